package model

import "time"

// Executor is who does some steps of a plan. Where it is reached is each agent's own business.
type Executor struct {
	// Name is unique; an agent's addresses go by it.
	Name string
	Kind ExecutorKind
	// Steps are what it does, from StepNames.
	Steps []string
	// OneStore says that it does them for Store alone. Otherwise it does them for every store, and
	// those that are about none.
	OneStore bool
	Store    StoreID
	// Timeout is how long it may take; 0 leaves that to the policy.
	Timeout time.Duration
}

// Hook is who is told of steps before they are done, and may forbid them, or after they were.
type Hook struct {
	// Name is unique; an agent's addresses go by it.
	Name string
	// Kind is CommandExecutor or WebhookExecutor.
	Kind ExecutorKind
	// Steps are those that it is told of, from StepNames.
	Steps []string
	// Before says that it is asked before a step, which is not done unless it says so; otherwise it
	// hears of what was done.
	Before bool
	// Timeout is how long an answer may take, above 0.
	Timeout time.Duration
}

// ExecutorKind says how an executor does a step.
type ExecutorKind uint8

// The kinds of executors.
const (
	// DryRun does nothing, and says what would be done.
	DryRun ExecutorKind = iota + 1
	// CommandExecutor runs a program.
	CommandExecutor
	// WebhookExecutor posts a signed message.
	WebhookExecutor
	// PostgreSQLExecutor does what is to be done to a PostgreSQL cluster.
	PostgreSQLExecutor
	// DNSExecutor waits for name servers that answer from the agents' state.
	DNSExecutor
	// PeopleExecutor tells people, in messages of its own, and PagerDutyExecutor in PagerDuty's: of
	// what was done, and of all that needs them.
	PeopleExecutor
	PagerDutyExecutor
)

// ExecutorKinds lists the kinds.
func ExecutorKinds() []ExecutorKind {
	return []ExecutorKind{
		DryRun, CommandExecutor, WebhookExecutor, PostgreSQLExecutor, DNSExecutor, PeopleExecutor,
		PagerDutyExecutor,
	}
}

// HookKinds lists the kinds that can be hooks.
func HookKinds() []ExecutorKind { return []ExecutorKind{CommandExecutor, WebhookExecutor} }

var executorKindNames = [...]string{
	"unknown", "dry-run", "command", "webhook", "postgresql", "dns", "people", "pagerduty",
}

// String gives the kind's name as scenario files write it.
func (k ExecutorKind) String() string {
	if int(k) < len(executorKindNames) {
		return executorKindNames[k]
	}
	return executorKindNames[0]
}

// StepNames are the names of all steps of plans, as scenario files write them.
var StepNames = [...]string{
	"fence", "scale", "promote", "repoint", "shift", "freeze", "drain", "catch-up", "validate",
	"verify", "notify", "archive", "rewind", "rehearse", "divert", "undrain",
}

// Steps are the steps that an executor of a kind can do; nil stands for all.
func (k ExecutorKind) Steps() []string {
	switch k {
	case PostgreSQLExecutor:
		return []string{
			"fence", "promote", "repoint", "drain", "catch-up", "validate", "verify", "archive", "rewind",
			"rehearse", "undrain",
		}
	case DNSExecutor:
		return []string{"shift", "divert", "verify", "rehearse"}
	case PeopleExecutor, PagerDutyExecutor:
		return []string{"notify"}
	case DryRun, CommandExecutor, WebhookExecutor:
	}
	return nil
}

// The limits of what a scenario may list of them.
const (
	MaxExecutors = 64
	MaxHooks     = 32
)
