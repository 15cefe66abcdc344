// Package probe looks at regions for an agent: whether they answer as they should, and how far
// behind their databases are.
//
// Runner makes every check of a scenario of every other region that runs a workload, each at its
// own times, and tells its agent a Verdict when one changes. What turns single probes into a
// verdict is failover.Detector, which the simulator runs too.
//
//	schedule ── Prober.Probe ──▶ Result ── Detector ──▶ Verdict ──▶ the log: Reported
//	             good, bad           ╲
//	             or untold            untold: the newest word ages, and is unknown once it is stale
//
// An agent that cannot look has seen nothing, which is not the same as having seen a region down. A
// probe is Untold when it never left the machine, or nothing could have come back: the agent's own
// resolver does not answer, it has no route, files, ports or memory ran out, a filter of its own
// forbids it, its password is refused, a command says so itself (exit code 75, EX_TEMPFAIL), does
// not start or is killed by somebody else, or the agent is ending. A timeout or a refusal is none
// of these: that is what a lost region looks like. It is also what a lost network of one's own
// looks like. That every region is silent does not tell the two apart, since an agent may have only
// one to look at; so the scenario can name anchors, and where it does, silence counts while one of
// them answers. A check with MissingFails takes Untold for a failure.
//
// Meter tells how much a replica lacks, from a heartbeat that its primary's agent writes with Beat.
//
// The package trusts nothing that it looks at. What it reads is bounded, in time and size; it
// unpacks nothing, follows a redirect only where it was told to, and only on the same host. No text
// that it gives has a password or an address in it that the scenario does not show.
package probe
