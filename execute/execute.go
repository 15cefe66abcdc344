package execute

import (
	"context"
	"fmt"
	"strings"

	"redoubt/failover"
	"redoubt/model"
)

// Outcome is how an action went.
type Outcome uint8

// The outcomes.
const (
	// Unknown means that nobody can say whether the action was done.
	Unknown Outcome = iota
	// Done means that the world is as the action wants it.
	Done
	// Failed means that all is as it was before, or that doing the action again does no harm.
	Failed
)

var outcomeNames = [...]string{"unknown", "done", "failed"}

// String gives the outcome's name.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "invalid"
}

// Result is what an executor says of an action.
type Result struct {
	Outcome Outcome
	// Count is how many writes an Archive has counted.
	Count uint64
	// Why says in a few words what was found, for people.
	Why string
}

// Executor does steps. Do may be called again for an action that was done, or begun: it looks
// first, and where the action says Look and its step is one that is done Once, it only looks. It
// returns soon after its context is over.
type Executor interface {
	Do(ctx context.Context, a failover.Action) Result
}

func done(format string, arguments ...any) Result {
	return Result{Outcome: Done, Why: fmt.Sprintf(format, arguments...)}
}

func failed(format string, arguments ...any) Result {
	return Result{Outcome: Failed, Why: fmt.Sprintf(format, arguments...)}
}

func unknown(format string, arguments ...any) Result {
	return Result{Outcome: Unknown, Why: fmt.Sprintf(format, arguments...)}
}

// onlyLooks reports whether whoever is told an action must not act.
func onlyLooks(a failover.Action) bool { return a.Look && a.Step.Once() }

// Names are what regions and stores are called in what executors say to others.
type Names struct{ Regions, Stores []string }

// Region is the name of a region, or "" of none.
func (n Names) Region(r model.RegionID) string {
	if int(r) < len(n.Regions) {
		return n.Regions[r]
	}
	return ""
}

// Store is the name of a store, or "" of none.
func (n Names) Store(s model.StoreID) string {
	if int(s) < len(n.Stores) {
		return n.Stores[s]
	}
	return ""
}

// NamesOf are the names that a scenario gives.
func NamesOf(s *model.Scenario) (names Names) {
	for i := range s.Regions {
		names.Regions = append(names.Regions, s.Regions[i].Name)
	}
	for i := range s.Stores {
		names.Stores = append(names.Stores, s.Stores[i].Name)
	}
	return names
}

// ActionID is the name of an action, by which its repetitions are recognised: the epoch of its plan
// and its place in it.
func ActionID(a failover.Action) string {
	if a.Kind == failover.Do {
		return fmt.Sprintf("%d.%d", a.Epoch, a.Index)
	}
	return fmt.Sprintf("%x", a.ID())
}

// Moment says when somebody is told an action.
type Moment string

// The moments.
const (
	// Doing is when an executor is to do it.
	Doing Moment = "do"
	// Looking is when it may have been done, and an executor is to say whether it was.
	Looking Moment = "look"
	// Before is when a hook may forbid it, and After when a hook hears that it was done.
	Before Moment = "before"
	After  Moment = "after"
)

// Order is an action as programs and services are told it.
type Order struct {
	ID     string `json:"id"`
	Moment Moment `json:"moment"`
	Step   string `json:"step"`
	Epoch  uint32 `json:"epoch"`
	Index  uint8  `json:"index"`
	Round  uint8  `json:"round"`
	Tries  uint8  `json:"tries"`
	// Look says that it may have been done before.
	Look bool `json:"look"`
	// Part is "region", "store" or "routing": how much of Subject is left. Store is empty where the
	// step is not about one.
	Part    string `json:"part"`
	Store   string `json:"store,omitempty"`
	Region  string `json:"region,omitempty"`
	Subject string `json:"subject,omitempty"`
	Target  string `json:"target,omitempty"`
	// Share is how much of the traffic goes where a shift has it, in percent.
	Share uint8 `json:"share,omitempty"`
}

// OrderOf is an action in names.
func (n Names) OrderOf(a failover.Action, moment Moment) Order {
	order := Order{
		ID: ActionID(a), Moment: moment, Step: StepName(a.Step), Epoch: uint32(a.Epoch),
		Index: a.Index, Round: a.Round, Tries: a.Tries, Look: a.Look, Part: partName(a.Part),
		Region: n.Region(a.Region), Subject: n.Region(a.Subject), Target: n.Region(a.Target),
		Share: a.Share,
	}
	if aboutStore(a) {
		order.Store = n.Store(a.Store)
	}
	return order
}

// StepName is a step's name as scenario files write it.
func StepName(step failover.StepKind) string { return strings.ReplaceAll(step.String(), " ", "-") }

// StepOf is the step of a name, or 0.
func StepOf(name string) failover.StepKind {
	for step := failover.Fence; step.String() != "unknown"; step++ {
		if StepName(step) == name {
			return step
		}
	}
	return 0
}

func partName(part failover.Part) string {
	switch part {
	case failover.OneStore:
		return "store"
	case failover.Routing:
		return "routing"
	case failover.Whole:
	}
	return "region"
}

// aboutStore reports whether an action concerns one store: its step does, or its plan.
func aboutStore(a failover.Action) bool {
	return a.Part == failover.OneStore || stepsOfStore.Has(a.Step)
}

// stepsOfStore are the steps that a plan has for each store.
var stepsOfStore = failover.Steps(failover.Fence, failover.Promote, failover.Archive,
	failover.Rewind)
