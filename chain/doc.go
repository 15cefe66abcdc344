// Package chain ties the files of an archive together.
//
// The records of one file are tied to each other already, by the marks of failover's log files. A
// File is what a file of an archive is known by from outside: its number, its name, how long it is
// and the SHA-256 of that. Each file but the first begins with a link, which says this of the one
// before it; what is kept of the last one is the archive's head, in a file of its own. So whoever
// has the head can tell whether a file was taken away, changed, cut short or put elsewhere.
//
//	first.log ◀── link, second.log ◀── link, third.log ◀── head
//
// A Walk follows the files in order and finds the first that does not fit, as a Fault in words:
// which file it is, and what helps. Files from before there were links are taken as they are.
//
// Nothing here is signed: who can write to every file, and to the head, can write another archive
// that fits together. What shows that is a head that was noted elsewhere, or the archive of another
// agent, which holds the same states.
package chain
