// Package calibrate runs the libraries that the agents are made of, hashicorp/raft and memberlist,
// on the network of package wan in virtual time, and measures how long they take to notice the loss
// of a region. The simulator's own model of both is held against these figures, which `make
// calibrate` writes to sim/testdata/measured.csv. Nothing else uses it.
//
// `make wire` measures something else: TCP of the Linux it runs on, over a wire that loses packets,
// beside the rule by which both that network and the simulator have it send again what was lost.
//
// Its functions belong into a bubble of testing/synctest. They are not deterministic: both
// libraries draw from the global random source.
package calibrate
