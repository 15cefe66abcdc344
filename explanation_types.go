package redoubt

import (
	"time"

	"redoubt/sim"
)

// OutsideRun says that a time which is to be explained lies outside the run.
type OutsideRun = sim.OutsideRun

// Explanation says why the policy did, or did not, act at one moment of a run. Its times are since
// the start of the run.
type Explanation struct {
	At time.Duration
	// Leader is the name of the region that leads, empty while none is elected and nothing is
	// decided.
	Leader string
	// Epoch is the last one that was handed out.
	Epoch uint32
	// Primary is empty where every region writes.
	Primary string
	Serving []string
	// Facts are what is so, in words: who may write, what is running, what people have ordered.
	Facts []Fact
	// Plan is what is running; its Kind is "none" when nothing is.
	Plan RunningPlan
	// Scopes are what could be left, in the order in which the policy judges them.
	Scopes []ScopeExplanation
}

// Fact is one thing that is so: what it is about, and a sentence without its full stop.
type Fact struct{ About, Text string }

// RunningPlan is a plan and how far it is.
type RunningPlan struct {
	Kind  string
	Epoch uint32
	// Region is left and Target takes over; either can be empty.
	Region, Target string
	Began          time.Duration
	Steps          []PlanStep
}

// PlanStep is one step of a plan.
type PlanStep struct {
	// Kind is for instance "promote", Store which one, or empty.
	Kind, Store string
	// Status is "waiting", "pending", "claimed", "done", "unknown" or "failed", since Since.
	Status string
	Since  time.Duration
	// By is the region whose agent claimed it last, or empty.
	By    string
	Tries int
}

// ScopeExplanation says what every gate has to say about leaving one scope.
type ScopeExplanation struct {
	// Scope is its name for people. Region and Store are what it is of; Store is empty but for a
	// store that is judged on its own. Part is "region", "store" or "routing".
	Scope, Region, Part, Store string
	// Action is what would be planned, Target who would take over, or empty.
	Action, Target string
	Gates          []GateExplanation
	// Candidates are the regions that could have taken over.
	Candidates []Candidate
	// New says that the Explanation before has nothing of this scope, or that there is none;
	// UnderWay that the running plan leaves it, so that the gates speak of leaving it once more.
	New, UnderWay bool
	// Conclusion says in one sentence why nothing is done, or what was begun.
	Conclusion string
}

// GateExplanation is what one gate says.
type GateExplanation struct {
	// Name, Verdict and Reason are as in a Gate.
	Name, Verdict, Reason string
	// Since is when what the verdict rests on began; it means something if Began. Until is when a
	// hold ends by itself; it means something if Ends.
	Since, Until time.Duration
	Began, Ends  bool
	// Changed says that the verdict is another one than in the Explanation before.
	Changed bool
}

// Candidate is a region that could take over, and why it was chosen or not.
type Candidate struct {
	Region string
	Chosen bool
	// Reason is half a sentence that reads after the region's name.
	Reason string
}
