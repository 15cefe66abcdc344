package failover_test

import (
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A code is a state in as few bytes as tell it from every other of its walk, and from which the
// state can be made again. Instants are counted in units from the origin; one that is never read is
// 0.
type code string

// codec reads or writes the bytes of a code: both directions are one list of fields.
type codec struct {
	bytes   []byte
	reading bool
	at      int
}

// field moves one byte between the code and a field.
func field[T ~uint8](c *codec, value *T) {
	if c.reading {
		*value = T(c.bytes[c.at])
		c.at++
		return
	}
	c.bytes = append(c.bytes, byte(*value))
}

func (c *codec) instant(t *failover.Instant) {
	b := byte(0)
	if *t != 0 {
		b = byte(128 + int64(*t-origin)/int64(unit))
	}
	field(c, &b)
	*t = 0
	if b != 0 {
		*t = origin + failover.Instant(int64(b)-128)*failover.Instant(unit)
	}
}

func (c *codec) flag(value *bool) {
	b := byte(0)
	if *value {
		b = 1
	}
	field(c, &b)
	*value = b == 1
}

func small[T ~uint32 | ~uint64](c *codec, value *T) {
	b := byte(*value)
	field(c, &b)
	*value = T(b)
}

// scope moves what a question or a transition was about, in one byte.
func (c *codec) scope(scope *failover.Scope) {
	b := byte(scope.Region)&15 | byte(scope.Part)<<4 | byte(scope.Store)<<6
	if !scope.Region.Valid() {
		b = 15
	}
	field(c, &b)
	*scope = failover.Scope{Region: model.NoRegion}
	if b&15 != 15 {
		*scope = failover.Scope{
			Region: model.RegionID(b & 15), Part: failover.Part(b >> 4 & 3), Store: model.StoreID(b >> 6),
		}
	}
}

// question moves what people are asked, who takes over too.
func (c *codec) question(q *failover.Question) {
	c.scope(&q.Scope)
	field(c, &q.Target)
}

// since moves when a report began to say down of what a walk judges: the region, its stores, and
// the way to it.
func (c *codec) since(r *failover.Report, p *failover.Policy) {
	c.instant(&r.Since[0])
	for i := range p.Stores {
		if p.StoreChecks[i] != 0 {
			c.instant(&r.Since[1+i])
		}
	}
	if p.RoutingChecks != 0 {
		c.instant(&r.Since[len(r.Since)-1])
	}
}

// moment moves a state, the policy that it is under, and what happened before.
func (c *codec) moment(of *configuration, s *failover.State, h *history) {
	c.state(s, &of.policy)
	if of.other != nil {
		changed := of.under(s) == of.other
		if c.flag(&changed); c.reading && changed {
			s.Under = of.other.Start().Under
		} else if c.reading {
			s.Under = of.policy.Start().Under
		}
	}
	for i := range of.policy.Stores {
		for r := range of.workloads() {
			copied := &h[i][r]
			c.instant(&copied.over)
			flags := copied.flags()
			field(c, &flags)
			copied.setFlags(flags)
		}
	}
}

// state moves every field that differs between the states of a walk under a policy.
func (c *codec) state(s *failover.State, p *failover.Policy) {
	field(c, &s.Primary)
	field(c, &s.Serving)
	c.flag(&s.Left.Unsettled)
	c.flag(&s.Left.Strayed)
	field(c, &s.Left.Drained)
	field(c, &s.Left.Stores)
	field(c, &s.Left.Unopened)
	c.question(&s.Asked)
	c.instant(&s.AskedAt)
	c.question(&s.Approved.Question)
	for i := range s.Notices {
		notice := &s.Notices[i]
		if small(c, &notice.Epoch); notice.Epoch == 0 {
			break
		}
		c.instant(&notice.At)
		field(c, &notice.Index)
		field(c, &notice.Store)
		field(c, &notice.Subject)
		field(c, &notice.Target)
	}
	for i := range s.Approved.People {
		yes := &s.Approved.People[i]
		small(c, &yes.Who)
		c.instant(&yes.At)
		c.flag(&yes.Given)
	}
	for o := range model.RegionID(p.Voters.Count()) {
		for subject := range model.RegionID(p.Workload.Count()) {
			if o != subject {
				c.report(&s.Reports[o][subject], p)
			}
		}
	}
	for i := range p.Stores {
		field(c, &s.Writers[i])
		lease := &s.Leases[i]
		field(c, &lease.Holder)
		small(c, &lease.Epoch)
		small(c, &lease.Fenced)
		c.flag(&lease.Open)
		c.instant(&lease.End)
		c.instant(&lease.FencedAt)
		c.lapse(&s.Lapses[i])
		for r := range p.Workload.Count() {
			c.sample(&s.Lags[i][r])
		}
	}
	for i := range s.Recent {
		t := &s.Recent[i]
		c.flag(&t.Valid)
		c.flag(&t.Took)
		c.scope(&t.From)
		field(c, &t.To)
		c.instant(&t.At)
		c.flag(&t.Staged)
		c.flag(&t.Ordered)
	}
	c.plan(&s.Plan)
	c.split(s, p)
	c.orders(s, p)
	c.copies(s, p)
	if p.FlapLimit != 0 || p.StableFor != 0 {
		c.flaps(s, p)
	}
}

// lapse moves what is known of a lease that is over.
func (c *codec) lapse(l *failover.Lapse) {
	c.flag(&l.Minded)
	c.flag(&l.Opening)
	c.flag(&l.Told)
	c.instant(&l.Since)
	c.instant(&l.First)
}

// sample moves of which lease a sample of the lag is, and how much it is, in one byte.
func (c *codec) sample(sample *failover.LagSample) {
	lag := uint8(slices.Index(lags[:], sample.Lag))
	caught := sample.CaughtUp != 0
	b := uint8(sample.Epoch) | lag<<4
	if caught {
		b |= 1 << 7
	}
	field(c, &b)
	sample.Epoch, sample.Lag = failover.Epoch(b&15), lags[b>>4&7]
	if caught = b>>7 == 1; caught {
		ago := uint32(origin/failover.Instant(unit)) - uint32(sample.CaughtUp)
		small(c, &ago)
		sample.CaughtUp = failover.Second(uint32(origin/failover.Instant(unit)) - ago)
	}
}

// lags are those that a replica has in a walk.
var lags = [...]time.Duration{0, unit, behindOthers, farBehind}

func (c *codec) report(r *failover.Report, p *failover.Policy) {
	small(c, &r.Sequence)
	field(c, &r.Known)
	field(c, &r.Down)
	c.instant(&r.At)
	c.since(r, p)
}

// orders moves what only some configurations have, in one byte where there is nothing of it.
func (c *codec) orders(s *failover.State, p *failover.Policy) {
	some := s.Paused || s.Brake != failover.Brake{} || s.Force != failover.Force{} ||
		s.Marks != [model.MaxRegions]failover.Mark{} ||
		s.Readiness != [model.MaxRegions]failover.Readiness{}
	if c.flag(&some); !some {
		return
	}
	c.flag(&s.Paused)
	field(c, &s.Brake.Cause)
	c.instant(&s.Brake.Lifted)
	field(c, &s.Brake.Count)
	for i := range s.Brake.Times {
		c.instant(&s.Brake.Times[i])
	}
	for r := range p.Workload.Count() {
		field(c, &s.Marks[r].Causes)
		c.flag(&s.Marks[r].Vetoed)
		field(c, &s.Readiness[r].Known)
		field(c, &s.Readiness[r].Down)
		c.instant(&s.Readiness[r].At)
	}
	small(c, &s.Force.Epoch)
	field(c, &s.Force.Target)
	field(c, &s.Force.Stores)
	accepts := uint8(slices.Index(accepted[:], s.Force.Lag))
	field(c, &accepts)
	s.Force.Lag = accepted[accepts]
}

// accepted are the losses that somebody who forces accepts in a walk.
var accepted = [...]time.Duration{0, failover.AnyLoss, beyond, wide}

// copies moves what the copies hold, and which agents are silent, in one byte where there is
// nothing of it.
func (c *codec) copies(s *failover.State, p *failover.Policy) {
	some := s.Silent != 0 || s.Drill.Asked ||
		s.Diverged != [model.MaxStores][model.MaxRegions]failover.Divergence{}
	if c.flag(&some); !some {
		return
	}
	field(c, &s.Silent)
	for i := range p.Stores {
		for r := range p.Workload.Count() {
			copied := &s.Diverged[i][r]
			field(c, &copied.Status)
			small(c, &copied.Writes)
			c.instant(&copied.Tried)
			c.flag(&copied.Begun)
			small(c, &copied.Open)
		}
	}
	c.flag(&s.Drill.Asked)
	field(c, &s.Drill.Target)
	small(c, &s.Drill.Who)
}

// flaps moves how often regions have come and gone.
func (c *codec) flaps(s *failover.State, p *failover.Policy) {
	for r := range p.Workload.Count() {
		f := &s.Flaps[r]
		class := f.Score / flapClass
		small(c, &class)
		f.Score = class * flapClass
		c.instant(&f.At)
		c.instant(&f.Up)
		c.flag(&f.Down)
		c.flag(&f.Unsteady)
	}
}

// split moves how the traffic is divided, where it shifts in stages.
func (c *codec) split(s *failover.State, p *failover.Policy) {
	if p.StageHold == 0 {
		return
	}
	field(c, &s.Split.From)
	field(c, &s.Split.To)
	field(c, &s.Split.Share)
	for _, at := range []*failover.Instant{&s.Split.Since, &s.Split.Tells} {
		never := *at == failover.InstantMax
		if c.flag(&never); never {
			*at = failover.InstantMax
		} else {
			c.instant(at)
		}
	}
	c.flag(&s.Plan.Whole)
}

func (c *codec) plan(plan *failover.Plan) {
	field(c, &plan.Kind)
	small(c, &plan.Epoch)
	field(c, &plan.Subject)
	field(c, &plan.Target)
	field(c, &plan.Part)
	field(c, &plan.Stores)
	c.flag(&plan.Leads)
	c.flag(&plan.Ordered)
	c.instant(&plan.Began)
	field(c, &plan.Count)
	if c.reading {
		plan.Steps = [failover.MaxSteps]failover.Step{} // What the walk begins with may have had more.
	}
	for i := range plan.Count {
		step := &plan.Steps[i]
		field(c, &step.Kind)
		field(c, &step.Store)
		field(c, &step.Region)
		field(c, &step.By)
		c.flag(&step.Look)
		field(c, &step.Status)
		field(c, &step.Tries)
		c.instant(&step.Since)
	}
}
