// Package gossip tells an agent which other agents are alive. It is memberlist with few members far
// apart in mind, and its word is a hint: who has lost whom is said to the log, and decided there.
//
// Members are an agent's view. All packets and streams are encrypted and authenticated with a key
// that every agent has; there can be several, so that one can be replaced while the agents run. A
// member's name is that of its region, and whoever has another name is ignored. The dead are
// forgotten by memberlist after a minute; all known addresses are joined again now and then, so
// that a partition of any length heals.
//
// Who has the key can speak for any region here. What must come from one region alone goes over
// package peer.
package gossip
