// Package peer is how the agents of a cluster talk to each other: one TCP port, TLS 1.3 with
// certificates on both sides, and two protocols behind it, which TLS itself negotiates (ALPN):
// streams for Raft, and questions with answers.
//
// A certificate carries one URI, redoubt://CLUSTER/REGION, and that is who speaks: what comes over
// a connection comes from that region and no other. Both sides verify the authority, the time, the
// cluster and the region, and who dials a region is answered by it or by nobody. Keys are read from
// disk again when they change; connections whose certificate is over, or whose authority is no
// longer trusted, end within a minute.
//
// A Node is one agent's end. An Authority makes keys. Whoever is refused is logged and counted by a
// Reason, and gets no more than a bounded share of memory, connections and time.
//
// The time of a certificate is judged by the wall clock, the one thing here that is: an agent
// whose clock is off by more than its certificates allow talks to nobody.
package peer
