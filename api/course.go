package api

import (
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// PlanChange is what an entry of the log changed of a plan.
type PlanChange struct {
	Kind   string `json:"kind"`
	Epoch  uint32 `json:"epoch"`
	Leaves string `json:"leaves,omitempty"`
	To     string `json:"to,omitempty"`
	// Laid says that Steps are all that the plan has: it began with the entry, or goes on with others.
	Laid bool `json:"laid,omitempty"`
	// Ended says that it has ended with the entry, whether or not all of it is done.
	Ended bool `json:"ended,omitempty"`
	// DryRun says that no step of it is carried out, by the scenario of the agent that is asked.
	DryRun bool         `json:"dry_run,omitempty"`
	Steps  []StepChange `json:"steps,omitempty"`
}

// StepChange is a step whose status is another one since an entry.
type StepChange struct {
	// Number is the step's place in its plan, from 0 on.
	Number int    `json:"number"`
	Step   string `json:"step"`
	Store  string `json:"store,omitempty"`
	// Region is whose agent has claimed it, or else whose is to; it is empty of the leader's.
	Region string `json:"region,omitempty"`
	Status string `json:"status"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// PlanChanges are what an event changed of plans under a policy: of the one that ran, and of one
// that took its place.
func PlanChanges(
	e *failover.Event, p *failover.Policy, before, after *failover.State, file *model.Scenario,
) (all []PlanChange) {
	g := &status{file: file, s: after, p: p, name: failover.NamesOf(file)}
	was, is := &before.Plan, &after.Plan
	same := was.Kind == is.Kind && was.Epoch == is.Epoch
	if was.Kind != failover.NoPlan && !same {
		all = append(all, g.ended(e, before))
	}
	if is.Kind == failover.NoPlan {
		return all
	}
	change := g.change(is)
	change.Laid = !same || was.Count != is.Count
	for i := range min(was.Count, is.Count) {
		change.Laid = change.Laid || was.Steps[i].Kind != is.Steps[i].Kind
	}
	for i := range is.Count {
		now, then := &is.Steps[i], &was.Steps[i]
		if change.Laid || now.Status != then.Status || now.By != then.By {
			change.Steps = append(change.Steps, g.stepChange(int(i), now))
		}
	}
	if len(change.Steps) > 0 {
		all = append(all, change)
	}
	return all
}

// change is a plan of which nothing has changed yet.
func (g *status) change(plan *failover.Plan) PlanChange {
	return PlanChange{
		Kind: plan.Kind.String(), Epoch: uint32(plan.Epoch), Leaves: g.region(plan.Subject),
		To: g.region(plan.Target), DryRun: g.dryPlan(plan),
	}
}

// dryPlan reports whether no step of a plan is carried out.
func (g *status) dryPlan(plan *failover.Plan) bool {
	dry := true
	for i := range plan.Count {
		step := &plan.Steps[i]
		dry = dry && g.dry(step.Kind, step.Store, step.Kind.EachStore())
	}
	return dry
}

// stepChange is how a step is now.
func (g *status) stepChange(number int, step *failover.Step) StepChange {
	out := StepChange{
		Number: number, Step: step.Kind.String(), Status: step.Status.String(),
		Region: g.region(step.Region), DryRun: g.dry(step.Kind, step.Store, step.Kind.EachStore()),
	}
	if step.By.Valid() {
		out.Region = g.region(step.By)
	}
	if step.Kind.EachStore() {
		out.Store = g.name.Store(step.Store)
	}
	return out
}

// ended is what an event did to a plan that ended by it. A state keeps nothing of a plan that is
// over: what became of its last step is told of the event.
func (g *status) ended(e *failover.Event, before *failover.State) PlanChange {
	change := g.change(&before.Plan)
	change.Ended = true
	for i := range before.Plan.Count {
		step := before.Plan.Steps[i]
		fenced := e.Kind == failover.Fenced && step.Kind == failover.Fence && step.Store == e.Store &&
			open(step.Status)
		of := e.Epoch == before.Plan.Epoch && e.Step == i
		switch {
		case fenced, of && e.Kind == failover.StepDone:
			step.Status = failover.Done
		case of && e.Kind == failover.StepFailed:
			step.Status = failover.Failed
		default:
			continue
		}
		change.Steps = append(change.Steps, g.stepChange(int(i), &step))
	}
	return change
}

// Course is what a plan has done, and when, as the log tells it. Its times are in seconds of the
// log's time.
type Course struct {
	Kind   string `json:"kind"`
	Epoch  uint32 `json:"epoch"`
	Leaves string `json:"leaves,omitempty"`
	To     string `json:"to,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
	// Cut says that its beginning is older than what was read of the log.
	Cut bool `json:"cut,omitempty"`
	// First and Last are the indexes of the entries that tell of it, 0 where none does.
	First uint64 `json:"first_entry"`
	Last  uint64 `json:"last_entry"`
	// Began and Until are when it began, and when it ended or was last heard of. BeganWall and
	// UntilWall are the same by the clocks of the agents that have said so, zero where none has.
	Began     float64   `json:"began_seconds"`
	Until     float64   `json:"until_seconds"`
	BeganWall time.Time `json:"began_wall,omitzero"`
	UntilWall time.Time `json:"until_wall,omitzero"`
	// Ended says that it has ended, and Runs that it runs: one that does neither has ended in what
	// was not read.
	// Stood is for how long, of a plan that runs, the log's clock has stood still since it began.
	Stood float64      `json:"stood_seconds,omitempty"`
	Ended bool         `json:"ended"`
	Runs  bool         `json:"runs"`
	Steps []CourseStep `json:"steps"`
}

// CourseStep is what became of a step.
type CourseStep struct {
	Step   string `json:"step"`
	Store  string `json:"store,omitempty"`
	Region string `json:"region,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
	// Stages are the statuses that it had, one after the other.
	Stages []Stage `json:"stages"`
}

// Stage is a status of a step, and from when until when it had it.
type Stage struct {
	Status string `json:"status"`
	// From and To are in seconds of the log's time.
	From float64 `json:"from_seconds"`
	To   float64 `json:"to_seconds"`
}

// Status is the last that a step is known to have had, "" of one of which nothing is known.
func (s *CourseStep) Status() string {
	if len(s.Stages) == 0 {
		return ""
	}
	return s.Stages[len(s.Stages)-1].Status
}

// Over reports whether nothing more becomes of a step.
func (s *CourseStep) Over() bool {
	return slices.Contains([]string{
		failover.Done.String(), failover.Spared.String(), failover.Failed.String(),
	}, s.Status())
}

// Began is when somebody first claimed a step, and false where nobody is known to have.
func (s *CourseStep) Began() (at float64, known bool) {
	for _, stage := range s.Stages {
		if stage.Status == failover.Claimed.String() {
			return stage.From, true
		}
	}
	return 0, false
}

// Left are the steps that were neither done nor given up when a plan ended, or was last heard of.
func (c *Course) Left() (left []*CourseStep) {
	for i := range c.Steps {
		if s := &c.Steps[i]; !s.Over() && s.Step != "" {
			left = append(left, s)
		}
	}
	return left
}

// Took is how long a plan has run, or ran: by the clocks of those who stamped it where they say
// longer than the log's, which stands still without a leader.
func (c *Course) Took() time.Duration {
	logged := Lasted(max(c.Until-c.Began, 0), c.Stood)
	if c.Cut || c.BeganWall.IsZero() || c.UntilWall.Sub(c.BeganWall) < logged+stoodLeast {
		return logged
	}
	return c.UntilWall.Sub(c.BeganWall)
}

// Courses are the plans that entries of a log tell of, the oldest first, with the one that a
// status has, which is nil where nobody was asked.
func Courses(entries []Entry, now *Status) (all []Course) {
	for i := range entries {
		for j := range entries[i].Plans {
			change := &entries[i].Plans[j]
			last := len(all) - 1
			if last < 0 || all[last].Epoch != change.Epoch || all[last].Kind != change.Kind {
				all = append(all, courseOf(change, &entries[i]))
				last++
			}
			all[last].take(change, &entries[i])
		}
	}
	if now == nil {
		return all
	}
	last := len(all) - 1
	p := now.Plan
	told := p != nil && last >= 0 &&
		(all[last].Epoch == p.Epoch && all[last].Kind == p.Kind || all[last].Last > now.Index)
	if p != nil && !told {
		all = append(all, Course{
			Kind: p.Kind, Epoch: p.Epoch, Leaves: p.Leaves, To: p.To, DryRun: p.DryRun, Cut: true,
		})
		last++
	}
	if last >= 0 {
		all[last].reach(now)
	}
	return all
}

// courseOf is a plan that begins with an entry, or whose beginning was not read.
func courseOf(c *PlanChange, e *Entry) Course {
	return Course{
		Kind: c.Kind, Epoch: c.Epoch, Leaves: c.Leaves, To: c.To, DryRun: c.DryRun, Cut: !c.Laid,
		First: e.Index, Began: e.At, BeganWall: e.Wall,
	}
}

// take goes on with what an entry changed.
func (c *Course) take(change *PlanChange, e *Entry) {
	c.Last, c.Ended = e.Index, change.Ended
	c.Until, c.UntilWall = e.At, e.Wall
	if change.Laid {
		c.Steps = c.Steps[:min(len(c.Steps), len(change.Steps))]
	}
	for i := range c.Steps {
		if stages := c.Steps[i].Stages; len(stages) > 0 {
			stages[len(stages)-1].To = e.At
		}
	}
	for i := range change.Steps {
		said := &change.Steps[i]
		for len(c.Steps) <= said.Number {
			c.Steps = append(c.Steps, CourseStep{})
		}
		step := &c.Steps[said.Number]
		if step.Step != said.Step || step.Store != said.Store {
			*step = CourseStep{Step: said.Step, Store: said.Store}
		}
		step.Region, step.DryRun = said.Region, said.DryRun
		if step.Status() != said.Status {
			step.Stages = append(step.Stages, Stage{Status: said.Status, From: e.At, To: e.At})
		}
	}
}

// reach goes on until now, as a status has it: with what is known of the plan that runs, if it is
// this one, and not at all if that is not said of it.
func (c *Course) reach(now *Status) {
	if c.Ended {
		return
	}
	p, at := now.Plan, max(now.At+max(now.AppliedAgo, 0), c.Until)
	if c.First > now.Index { // It began after that was asked.
		c.Runs = true
		return
	}
	if p == nil || p.Epoch != c.Epoch || p.Kind != c.Kind {
		return
	}
	c.Runs, c.Until, c.UntilWall, c.DryRun = true, at, time.Time{}, p.DryRun
	c.Stood = p.Stood
	if c.Cut {
		c.Began = at - p.For
	}
	for i := range p.Steps {
		for len(c.Steps) <= i {
			c.Steps = append(c.Steps, CourseStep{})
		}
		step, said := &c.Steps[i], &p.Steps[i]
		if len(step.Stages) == 0 || step.Step != said.Step {
			*step = CourseStep{
				Step: said.Step, Store: said.Store, Region: said.Region, DryRun: said.DryRun,
				Stages: []Stage{{Status: said.Status, From: max(at-said.For, c.Began), To: at}},
			}
		}
		step.Stages[len(step.Stages)-1].To, step.DryRun = at, said.DryRun
	}
}
