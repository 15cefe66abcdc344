// Package wan is a network between regions that exists in virtual time alone: packets and streams
// for memberlist, calls for hashicorp/raft, and questions with answers for agents, each with the
// delay, the loss and the cuts of its way. The libraries and the agents run on it in a bubble of
// testing/synctest, thousands of seconds in one; package calibrate measures the libraries on it,
// and the tests of the agents play faults on it. No program is built with it.
//
// A Network says how each way is, and who is lost. A MemberPort, a RaftPort and a Peer are a
// region's ends of it. What goes over TCP in reality is sent again after a loss or a cut, as TCP
// does, each time after twice the time: a cut that heals in time delays it and breaks nothing.
//
// It knows no bandwidth: a snapshot takes as long as a vote.
package wan
