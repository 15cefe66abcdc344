// Package guard runs one store, and lets it take writes only while its region holds the lease.
//
// A guard is a process of its own, beside the agent: what the agent does, or does not do because it
// was killed, paused or hangs, leaves no second writer. It boots its store fenced, issues tickets,
// and opens the store against the ticket that the log has granted last. The ticket's deadline
// counts from when the guard issued it, by a clock that goes on while the machine sleeps. At the
// deadline the store is stopped, be it in the middle of a promotion, and boots fenced again. A
// fence is recorded on disk before it is answered, and no epoch that it covers is opened again.
//
//	agent ── ticket? ──▶ guard          the log: LeaseRenewed{ticket}, or StepClaimed{ticket}
//	agent ── show (epoch, ticket) ──▶ guard ── until ──▶ cage ── runs ──▶ store
//	agent ── fence (epoch) ──▶ guard    the log: Fenced{epoch}
//
// Keeper is the judgement, a value that knows no clock. Record is what outlives the guard. The cage
// is the first process of a namespace of its own, in which the store runs: it holds the deadline a
// second time, and when it ends, be it because the guard was killed, the kernel ends all that runs
// in it. So one of the two may be stopped or hang, and writes end all the same. A machine that
// stands still as a whole can be seen by nobody on it: who resumes it has to stop its store from
// outside, or not to call it guarded.
package guard
