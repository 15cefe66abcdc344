// Package api is how people and programs talk to an agent: over HTTP, as JSON.
//
// StatusOf, AccountOf and EstimateOf are pure: what a state says, in words and numbers. A Server
// answers with them, takes orders, and has an audit line for each; a Client asks a Server. What it
// knows of an agent is the interface Agent, so that neither side here knows of Raft.
//
//	GET  /v1/status    who is primary, who may write, what is seen, what runs, how long it may take
//	GET  /v1/explain   every gate of every scope, with its reason
//	GET  /v1/members   the agents, and which of them are heard of
//	GET  /v1/events    what changes, as server-sent events
//	GET  /v1/history   what the log says, the newest last
//	GET  /v1/archive   the files of the log with the hash of each state, for redoubt replay
//	POST /v1/orders    an operator's word
//	GET  /livez /readyz /metrics
//
// Everything but /livez, /readyz and /metrics needs a token, on loopback too: whoever may order a
// failover is not everybody with an account on the machine.
package api
