// Package deciders reproduces when other deciders would fail over, from their documented
// defaults: orchestrator, VTOrc, Patroni, pg_auto_failover, Stolon, repmgr, Route 53's health
// checks, k8gb and Azure SQL's failover groups.
//
// A Decider is data: a few waits, each fixed or uniform over a phase, and whether it sees the cut
// at all. Facing plays a cut of the primary region's links over all phases and says in what share
// of them the decider promotes, when at the earliest and the latest, and how much that puts at
// risk.
//
//	the links are cut --> its evidence is complete --> it confirms, holds --> it promotes
//	                  \-> the cut-off primary stops writing, or never does
//
// Only timing rules are here: nothing of how a candidate is chosen, of lag gates counted in bytes,
// or of how long a promotion takes. What a rule leaves out is said in its Decider.
package deciders
