// Package execute does the steps of a plan in the world: it promotes, fences, archives, shifts,
// tells people. What to do is decided elsewhere, and an action says all of it.
//
// An Executor is told one action and says how that went: Done, Failed (all is as it was before), or
// Unknown. It observes, acts and observes again, so that an action that is told twice is done once,
// and an answer that was lost is found again. A Roster knows which executors do which steps. It
// refuses an action that is older than one that it has let through, asks the hooks that may forbid
// it, and remembers both, and what must not be done twice, over restarts in a Memory.
//
//	agent ── action ──▶ Roster ── stale? hooks? ──▶ Executor ── Done, Failed, Unknown ──▶ agent
//
// There are Dry, Command, Webhook, PostgreSQL and DNS; a Notifier tells people what they should
// know. Nothing here reads the log, and nothing here decides: an agent asks for what its own
// applied state says is outstanding and current. Passwords and keys are in no error, log or
// argument.
package execute
