package failover

import (
	"crypto/sha256"
	"fmt"

	"redoubt/model"
)

// AppendState appends s in a fixed little-endian encoding of every field, the one that snapshots
// keep and that State.Hash is made of.
func AppendState(b []byte, s *State) []byte {
	written := *s
	c := codec{bytes: b}
	written.code(&c)
	return c.bytes
}

// DecodeState reads what AppendState wrote, from all of b. It is an error when b is of another
// version or length, or holds a number that the arrays of a State have no room for. Whether the
// state is one that a log can lead to is not judged: that is for whoever keeps its Hash beside it.
func DecodeState(b []byte) (State, error) {
	var s State
	c := codec{bytes: b, reading: true}
	s.code(&c)
	if len(c.bytes) > 0 {
		c.fail(tooLong)
	}
	if c.wrong != "" {
		return State{}, fmt.Errorf("this is no state of encoding %d: %s", stateEncoding, c.wrong)
	}
	return s, nil
}

// Hash identifies the state: it is the SHA-256 of what AppendState writes. Agents, restores and
// releases that follow one log under one version of the rules agree on it, whatever their
// processors; two that differ have diverged.
func (s *State) Hash() Digest {
	return sha256.Sum256(AppendState(make([]byte, 0, stateRoom), s))
}

// stateRoom is enough for an encoded state.
const stateRoom = 8192

// code moves all that states have had a place for from the first.
func (l *Leftover) code(c *codec) {
	c.flag(&l.Unsettled)
	c.flag(&l.Strayed)
	octet(c, &l.Drained)
	octet(c, &l.Stores)
}

// code moves every field.
func (s *State) code(c *codec) {
	written := c.edition(stateEncoding, s.edition(), withCatchUps)
	s.Under.code(c)
	c.instant(&s.Now)
	word(c, &s.Epoch)
	c.region(&s.Primary)
	for i := range s.Writers {
		c.region(&s.Writers[i])
	}
	octet(c, &s.Serving)
	s.Left.code(c)
	c.instant(&s.Turned)
	c.question(&s.Asked)
	c.instant(&s.AskedAt)
	c.question(&s.Approved.Question)
	for i := range s.Approved.People {
		yes := &s.Approved.People[i]
		long(c, &yes.Who)
		c.instant(&yes.At)
		c.flag(&yes.Given)
	}
	for i := range s.Ready {
		short(c, &s.Ready[i])
	}
	for i := range s.Leases {
		s.Leases[i].code(c)
		s.Lapses[i].code(c)
	}
	for i := range s.Notices {
		s.Notices[i].code(c)
	}
	s.codeRegions(c)
	octet(c, &s.Silent)
	c.region(&s.Drill.Target)
	c.flag(&s.Drill.Asked)
	c.instant(&s.Drill.At)
	long(c, &s.Drill.Who)
	for i := range s.Orders {
		c.instant(&s.Orders[i].At)
		long(c, &s.Orders[i].ID)
	}
	c.flag(&s.Paused)
	c.instant(&s.PausedAt)
	s.Brake.code(c)
	s.Force.code(c)
	for i := range s.Recent {
		t := &s.Recent[i]
		c.instant(&t.At)
		c.scope(&t.From)
		c.region(&t.To)
		c.flag(&t.Took)
		c.flag(&t.Valid)
	}
	s.Plan.code(c, written >= withStages)
	if written >= withStages {
		s.codeStages(c)
	}
	if written >= withCatchUps {
		s.codeCatchUps(c)
	}
	if c.reading && written != s.edition() {
		c.fail(outOfRange) // One state has one encoding.
	}
}

// codeStages moves what comes of traffic that shifts in stages, but for steps.
func (s *State) codeStages(c *codec) {
	octet(c, &s.Split.From)
	octet(c, &s.Split.To)
	octet(c, &s.Split.Share)
	c.instant(&s.Split.Since)
	c.instant(&s.Split.Tells)
	c.flag(&s.Plan.Whole)
	for i := range s.Recent {
		s.Recent[i].codeWay(c)
	}
	octet(c, &s.Left.Unopened)
}

// codeCatchUps moves when replicas caught up.
func (s *State) codeCatchUps(c *codec) {
	for i := range s.Lags {
		for r := range s.Lags[i] {
			word(c, &s.Lags[i][r].CaughtUp)
		}
	}
}

// edition is the first that holds all that is in the state.
func (s *State) edition() edition {
	for i := range s.Lags {
		for r := range s.Lags[i] {
			if s.Lags[i][r].CaughtUp != 0 {
				return withCatchUps
			}
		}
	}
	if s.staged() {
		return withStages
	}
	return original
}

// How a transition came about, as the state's encoding says it. One number is of two that cannot be
// taken for each other: planned work has somewhere to go, and an evacuation has not.
const (
	stagedOrEvacuated uint8 = 1
	orderedReroute    uint8 = 2
)

// codeWay moves whether a transition was staged, or ordered.
func (t *Transition) codeWay(c *codec) {
	way := uint8(0)
	switch {
	case t.Ordered && t.To.Valid():
		way = orderedReroute
	case t.Ordered, t.Staged:
		way = stagedOrEvacuated
	}
	below(c, &way, orderedReroute)
	if !c.reading {
		return
	}
	t.Ordered = way == orderedReroute || way == stagedOrEvacuated && !t.To.Valid()
	t.Staged = way == stagedOrEvacuated && t.To.Valid()
	if way == orderedReroute && !t.To.Valid() {
		c.fail(outOfRange) // An evacuation that was ordered has another number.
	}
}

// stagelessSteps is how many steps a plan has at most whose traffic does not shift in stages.
const stagelessSteps = MaxSteps - model.MaxStages + 1

// staged reports whether there is anything in the state that only a shift in stages brings about,
// or that states had no place for before there was one.
func (s *State) staged() bool {
	var none [MaxSteps - stagelessSteps]Step
	rest := [MaxSteps - stagelessSteps]Step(s.Plan.Steps[stagelessSteps:])
	for i := range s.Recent {
		if s.Recent[i].Staged || s.Recent[i].Ordered {
			return true
		}
	}
	return s.Split != Split{} || s.Left.Unopened != 0 || s.Plan.Whole ||
		s.Plan.Count > stagelessSteps || rest != none
}

// codeRegions moves what the state knows of each region.
func (s *State) codeRegions(c *codec) {
	for i := range s.Lags {
		for r := range s.Lags[i] {
			sample := &s.Lags[i][r]
			long(c, &sample.Lag)
			c.instant(&sample.At)
			word(c, &sample.Epoch)
			copied := &s.Diverged[i][r]
			below(c, &copied.Status, divergenceCount-1)
			long(c, &copied.Writes)
			c.instant(&copied.Tried)
			c.flag(&copied.Begun)
			word(c, &copied.Open)
		}
	}
	for o := range s.Reports {
		for r := range s.Reports[o] {
			report := &s.Reports[o][r]
			long(c, &report.Sequence)
			c.instant(&report.At)
			for i := range report.Since {
				c.instant(&report.Since[i])
			}
			octet(c, &report.Known)
			octet(c, &report.Down)
		}
	}
	for r := range s.Marks {
		mark, readiness, flap := &s.Marks[r], &s.Readiness[r], &s.Flaps[r]
		octet(c, &mark.Causes)
		c.flag(&mark.Vetoed)
		c.instant(&mark.CausesAt)
		c.instant(&mark.VetoedAt)
		c.instant(&readiness.At)
		octet(c, &readiness.Known)
		octet(c, &readiness.Down)
		word(c, &flap.Score)
		c.instant(&flap.At)
		c.instant(&flap.Up)
		c.flag(&flap.Down)
		c.flag(&flap.Unsteady)
	}
}

func (u *Governance) code(c *codec) {
	for i := range u.Policy {
		octet(c, &u.Policy[i])
	}
	short(c, &u.Rules)
	octet(c, &u.Guarded)
	long(c, &u.Lease)
	long(c, &u.Drift)
}

func (l *Lease) code(c *codec) {
	c.region(&l.Holder)
	word(c, &l.Epoch)
	long(c, &l.Ticket)
	c.instant(&l.End)
	word(c, &l.Fenced)
	c.instant(&l.FencedAt)
	c.flag(&l.Open)
}

func (l *Lapse) code(c *codec) {
	c.flag(&l.Minded)
	c.flag(&l.Opening)
	c.instant(&l.Since)
	c.instant(&l.First)
	c.flag(&l.Told)
}

func (n *Notice) code(c *codec) {
	c.instant(&n.At)
	word(c, &n.Epoch)
	octet(c, &n.Index)
	below(c, &n.Step, stepKindCount-1)
	below(c, &n.Store, model.MaxStores-1)
	c.region(&n.Subject)
	c.region(&n.Target)
}

func (b *Brake) code(c *codec) {
	octet(c, &b.Cause)
	c.region(&b.Subject)
	c.instant(&b.At)
	c.instant(&b.Lifted)
	below(c, &b.Count, model.MaxBrakeAfter)
	for i := range b.Times {
		c.instant(&b.Times[i])
	}
}

func (f *Force) code(c *codec) {
	word(c, &f.Epoch)
	c.region(&f.Target)
	octet(c, &f.Stores)
	c.instant(&f.At)
	long(c, &f.Lag)
	long(c, &f.Writes)
	long(c, &f.Known)
	long(c, &f.Who)
}

func (plan *Plan) code(c *codec, staged bool) {
	steps := uint8(MaxSteps)
	if !staged {
		steps = stagelessSteps
	}
	below(c, &plan.Kind, planKindCount-1)
	word(c, &plan.Epoch)
	c.region(&plan.Subject)
	c.region(&plan.Target)
	below(c, &plan.Part, partCount-1)
	octet(c, &plan.Stores)
	c.flag(&plan.Leads)
	c.flag(&plan.Ordered)
	for i := range plan.Carry {
		short(c, &plan.Carry[i])
	}
	short(c, &plan.Shed)
	c.instant(&plan.Began)
	below(c, &plan.Count, steps)
	for i := range steps {
		step := &plan.Steps[i]
		below(c, &step.Kind, stepKindCount-1)
		below(c, &step.Store, model.MaxStores-1)
		c.region(&step.Region)
		c.region(&step.By)
		below(c, &step.Status, Spared)
		octet(c, &step.Tries)
		octet(c, &step.Round)
		c.flag(&step.Look)
		c.instant(&step.Since)
	}
}

// question moves what people are asked.
func (c *codec) question(q *Question) {
	c.scope(&q.Scope)
	c.region(&q.Target)
}

// scope moves what a question or a transition is about.
func (c *codec) scope(scope *Scope) {
	c.region(&scope.Region)
	below(c, &scope.Part, partCount-1)
	below(c, &scope.Store, model.MaxStores-1)
}

// instant moves an instant. None is further from the log's beginning than its last and what a
// policy may add to that, so that nothing reckoned from it overflows.
func (c *codec) instant(value *Instant) {
	long(c, value)
	if most := InstantMax.Add(2 * spanMax); c.reading && (*value < -most || *value > most) {
		c.fail(outOfRange)
		*value = 0
	}
}
