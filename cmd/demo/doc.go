// Command demo plays the loss of a region for real, beside what the simulator says of it.
//
// It runs the estate of examples/three-agents on this machine, from outside, as anybody would:
// three agents and two guards, each a process of its own, with a PostgreSQL primary and its copy.
// While a client writes wherever DNS leads it, the primary's region is killed. Then everything is
// measured and counted that the simulator says of the same file: how long each part of the recovery
// took, and what became of every row that was acknowledged. The region is brought back after that,
// and what it held alone is archived, counted and rewound.
//
// The exit code is 0 when all went as it must, 1 when not, 3 when it did and the RTO or the RPO lie
// outside of what the simulator has predicted for this machine, 4 when it did and too few runs were
// simulated to say that, and 77 when there is no PostgreSQL, or no Linux, to try it with; with
// REDOUBT_TOOLS=required that is 1, too.
package main
