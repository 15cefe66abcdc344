// Package chaos breaks what runs: its tests start the built command as real processes (three
// agents, two of them with a PostgreSQL cluster under a guard), break something, heal it, and hold
// what is left against what has to be so whatever breaks. It has tests alone, and nobody imports
// it.
//
//	network   the links between the regions, and what of them is cut
//	spaces    regions in namespaces of their own, with a kernel's real silence between them
//	relays    regions on loopback, with relays that lose and hold back
//	process   what is started, killed, stopped, and started again when it has ended by itself
//	estate    three regions with all of that, and the files that they read
//	clocks    an agent whose time of day is stepped
//	writers   write to both databases all the time, and note when each write was taken
//	disks     an agent's disk that is full, slow, or stands still: a file system of its own, or held
//	judge     what has to be so after each round
//	faults    what breaks, one by one; rounds draw from them
//
// The judge believes nobody: which database took writes when is what the writers were told by the
// databases themselves, on one monotonic clock.
package chaos
