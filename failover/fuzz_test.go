package failover_test

import (
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// maxFuzzEvents bounds a fuzzed log, so that one input stays fast.
const maxFuzzEvents = 400

// FuzzStep turns bytes into a policy and a log, and holds every step against Check, against a
// ledger of write leases, and against what NextTick promises: that nothing changes before it. Run
// it with
//
//	make fuzz
func FuzzStep(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	loss := []byte{1, 1, 0, 0, 0x11, 0x11, 2, 2}
	for range 12 {
		loss = append(loss, 1, 1, 0, 1, 0, 0, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0)
	}
	f.Add(loss)
	f.Fuzz(func(t *testing.T, data []byte) {
		reader := &byteReader{data: data}
		l := newLog(t, reader.policy())
		if reader.below(8) != 0 {
			l.lags()
		}
		for n := range maxFuzzEvents {
			if len(reader.data) == 0 {
				return
			}
			e := reader.event(&l.state)
			before := l.state
			if err := l.try(e); err != nil {
				t.Fatalf("%+v: %v\nbefore %+v\nafter %+v", e, err, before, l.state)
			}
			if problem := tickPromise(&l.policy, &l.state); problem != "" {
				t.Fatalf("%+v: %s\nstate %+v", e, problem, l.state)
			}
			if n%16 == 0 {
				total(&l.policy, &l.state)
			}
		}
	})
}

// total calls everything that only looks at a state: none of it may panic.
func total(p *failover.Policy, s *failover.State) {
	for r := range model.RegionID(model.MaxRegions + 1) {
		for _, scope := range []failover.Scope{
			{Region: r}, {Region: r, Part: failover.OneStore, Store: 1},
			{Region: r, Part: failover.Routing},
		} {
			verdict, evidence := p.Explain(*s, scope), p.EvidenceFor(s, scope)
			if !evidence.Failed() && verdict.Opens() {
				panic("a verdict opens without evidence")
			}
			_ = verdict.Text(s.Now, names)
		}
	}
	for range p.Outstanding(*s) {
	}
}

// tickPromise says what changes before the instant that NextTick names, which nothing may but since
// when a region is known to be back: every event brings that up to date before it is looked at.
func tickPromise(p *failover.Policy, s *failover.State) string {
	at, ok := p.NextTick(s)
	if ok && at <= s.Now {
		return "the next tick is not in the future"
	}
	if !ok {
		at = max(s.Now.Add(2), failover.InstantMax)
	}
	quiet := *s
	var did failover.Actions
	p.Apply(&quiet, &failover.Event{Kind: failover.Tick, At: at - 1}, &did)
	quiet.Now = s.Now
	for r := range quiet.Flaps {
		quiet.Flaps[r].Up = s.Flaps[r].Up
	}
	if quiet != *s || did.Count != 0 {
		return "something happens before the next tick"
	}
	return ""
}

// byteReader reads what it needs from the front of some bytes, and zeros once they are used up.
type byteReader struct {
	data []byte
	// bad are the regions that most observers say are down, for now; of ill ones they say it of what
	// the second check is about.
	bad, ill model.RegionSet
	// many says that there are more stores than two: an event then names one of all that there can be.
	many bool
}

// kinds are the kinds of events in about the shares in which a log has them.
var kinds = [...]failover.EventKind{
	failover.Tick, failover.Reported, failover.Reported, failover.Reported, failover.Reported,
	failover.Reported, failover.Reported, failover.Reported, failover.LagMeasured,
	failover.LeaseRenewed, failover.Fenced, failover.StepClaimed, failover.StepClaimed,
	failover.StepDone, failover.StepDone, failover.StepFailed, failover.Ordered, failover.Tick,
	failover.CapacityChanged, failover.Ordered, failover.ReadinessChanged, failover.StepClaimed,
	failover.StepDone, failover.StepUnknown, failover.AgentLost, failover.AgentSeen,
	failover.AgentSeen, failover.AgentSeen, failover.StepClaimed, failover.StepDone,
}

// verbs are what operators order, what makes something happen more often than what forbids it.
var verbs = [32]failover.Verb{
	failover.Abort, failover.Reconcile, failover.Reconcile, failover.OrderEvacuation,
	failover.SkipValidation, failover.OrderReprotection, failover.OrderReprotection,
	failover.OrderDryDrill, failover.OrderDrill, failover.OrderDrill, failover.GoBack,
	failover.ApproveDrill, failover.ApproveDrill, failover.GoBack, failover.GoBack, failover.GoBack,
	failover.Approve, failover.GoBack, failover.GoBack, failover.OrderSwitchover,
	failover.OrderSwitchover, failover.OrderForce, failover.OrderForce, failover.Pause,
	failover.Resume, failover.PullBrake, failover.LiftBrake, failover.LiftBrake, failover.Declare,
	failover.Withdraw, failover.Veto, failover.LiftVeto,
}

func (r *byteReader) next() byte {
	if len(r.data) == 0 {
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

// below is the next byte modulo n.
func (r *byteReader) below(n int) int { return int(r.next()) % n }

// policy makes a policy that a valid scenario could have.
func (r *byteReader) policy() failover.Policy {
	p := oneStore()
	p.Workload = regions(0, 1)
	if r.below(2) == 1 {
		p.Workload = p.Workload.With(2)
	}
	p.Voters = p.Workload.With(2)
	if r.below(4) == 0 {
		p.Voters = p.Voters.With(3).With(4)
	}
	p.Candidates = p.Workload
	flags := r.next()
	p.ServesReads = flags&1 != 0
	r.stores(&p, flags)
	if flags&16 != 0 && flags&32 != 0 {
		p.Stores = 0
	}
	if flags&64 != 0 {
		p.MultiWriter, p.ServesReads, p.Stores = true, true, 0
	}
	p.Mode = []model.PolicyMode{
		model.Automatic, model.Automatic, model.Manual, model.Advise,
	}[r.below(4)]
	times := r.next()
	p.HoldDown = time.Duration(times&3) * unit
	p.StaleAfter = time.Duration(1+times>>2&3) * unit
	p.Cooldown = time.Duration(times>>4&7) * unit
	times = r.next()
	p.Lease = time.Duration(1+times&3) * unit
	p.Drift = time.Duration(times>>2&1) * unit
	p.StepTimeout = time.Duration(1+times>>3&3) * unit
	switch times >> 5 & 3 {
	case 1:
		p.Stages[0], p.StageHold = 10, unit
	case 2:
		p.Stages[0], p.Stages[1], p.StageHold = 10, 50, 2*unit
	}
	p.DataAtRiskMax = wide
	if times&128 != 0 {
		p.DataAtRiskMax = 6 * unit
	}
	p.StepTries = uint8(1 + r.below(3))
	p.MinimumServing = uint8(1 + r.below(2))
	p.Checks = uint8(1 + r.below(2))
	p.ChecksDown = p.Checks
	r.limits(&p)
	return p
}

// stores gives a policy one store, or two, or now and then as many as there can be, some of them
// guarded.
func (r *byteReader) stores(p *failover.Policy, flags byte) {
	p.Stores, p.Guarded = 1+flags>>1&1, flags>>2&3
	if flags&128 == 0 {
		return
	}
	if more := r.next(); more&1 != 0 {
		p.Stores, r.many = 3+more>>1&1, true
		p.Guarded = more >> 2 & (1<<p.Stores - 1)
	}
}

// limits gives a policy the gates that not every scenario has.
func (r *byteReader) limits(p *failover.Policy) {
	flags := r.next()
	if flags&1 != 0 {
		p.ChecksDown, p.Deep = 1, 1<<(p.Checks-1)
	}
	if flags&2 != 0 {
		p.BrakeAfter, p.BrakeWindow = 1+flags>>2&1, 16*unit
	}
	if flags&8 != 0 {
		p.BrakeRegions = 2
	}
	if flags&0x30 == 0x30 {
		p.Items, p.ReadinessStaleAfter = 1, 16*unit
	}
	if flags&0xc0 == 0xc0 {
		p.Unlawful[0] = 2
	}
	p.EquallyFresh = unit
	if extra := r.next(); extra&1 == 1 {
		p.Optional = failover.OptionalSteps
		p.FlapLimit, p.FlapHalfLife = 1+extra>>1&1, 4*unit
	}
	switch apart := r.next(); { // Of two checks one is mostly about a part of its region only.
	case p.Checks < 2:
	case apart&3 == 1:
		p.StoreChecks[apart>>2&1], p.ChecksDown = 2, 1
	case apart&3 > 1:
		p.RoutingChecks, p.ChecksDown = 2, 1
	}
}

// event makes an event that is near to what the state could use, or once in a while any bytes.
func (r *byteReader) event(s *failover.State) failover.Event {
	kind, where := r.next(), r.next()
	if kind >= 250 {
		var raw [failover.EventSize]byte
		for i := range raw {
			raw[i] = r.next()
		}
		e, _ := failover.DecodeEvent(raw[:])
		return e
	}
	what := r.next()
	if e, ok := onward(s, what); ok && kind >= 200 {
		return e
	}
	switch kind % 64 {
	case 63:
		r.bad ^= 1 << (what % 3)
	case 62:
		r.ill ^= 1 << (what % 3)
	}
	e := failover.Event{
		Kind: kinds[int(kind)%len(kinds)], At: s.Now,
		Region: model.RegionID(where & 7 % 5), Subject: model.RegionID(where >> 3 & 1),
		Store: model.StoreID(where >> 5 & 1), Known: what & 3, Down: what >> 2 & 3,
		Step: what & 7, Verb: verbs[what>>2&31], Part: failover.Part(where >> 6 & 1),
		Share: uint16(what) << 3,
		Age:   time.Duration(what>>4&3) * unit / 2, Lag: time.Duration(what&3) * unit,
		Ticket: uint64(what), Epoch: s.Epoch - failover.Epoch(what>>3&1),
	}
	if r.many {
		e.Store |= model.StoreID(r.next() & 2)
	}
	r.direct(s, &e, kind, where, what)
	return e
}

// direct makes an event say what the state could use.
func (r *byteReader) direct(s *failover.State, e *failover.Event, kind, where, what byte) {
	switch e.Kind {
	case failover.Tick:
		e.At = e.At.Add(time.Duration(what&3) * unit / 4)
	case failover.Reported:
		if where&32 != 0 {
			e.Subject += e.Subject // Region 2 as well, if it has a workload.
		}
		if e.Region.Valid() && e.Subject.Valid() {
			e.Sequence = s.Reports[e.Region][e.Subject].Sequence + uint64(1-what>>7&where>>7)
		}
		if where>>5 != 7 {
			e.Known, e.Down = 3, 0
			switch {
			case r.bad.Has(e.Subject):
				e.Down = 3
			case r.ill.Has(e.Subject):
				e.Down = 2
			}
		}
	case failover.ReadinessChanged:
		if where&32 != 0 {
			e.Known, e.Down = 1, 0
		}
	case failover.LeaseRenewed, failover.Fenced:
		if e.Kind == failover.Fenced && s.Plan.Kind == failover.NoPlan && kind < 200 {
			e.Kind = failover.LeaseRenewed // A guard that fences of its own accord is rare.
		}
		if what&1 == 0 {
			e.Epoch, e.Region = s.Leases[e.Store].Epoch, s.Leases[e.Store].Holder
		}
	case failover.StepClaimed, failover.StepDone, failover.StepFailed, failover.StepUnknown:
		directStep(s, e, where)
	case failover.Ordered:
		// Most are about no part.
		e.Who, e.Part = uint64(what), e.Part&failover.Part(where>>4)
		if *e = anew(s, *e); what&7 == 0 { // Now and then a copy, or late.
			said := s.Orders[where&7]
			e.Said, e.Sequence = said.At, said.ID+uint64(what>>3&1)
		}
		if where&64 != 0 {
			e.Lag = failover.AnyLoss
		}
		if s.Drill.Asked && (e.Verb == failover.ApproveDrill || what&3 == 0) {
			e.Verb, e.Region = failover.ApproveDrill, s.Drill.Target
			return
		}
		if where&32 != 0 {
			e.Region = model.RegionID(where & 1)
			if asked := s.Asked.Scope; asked.Region.Valid() {
				e.Region, e.Part, e.Store = asked.Region, asked.Part, asked.Store
				e.Verb, e.Subject = failover.Approve, s.Asked.Target
				if where&1 != 0 {
					e.Who &= 1 // A few people, who say it more than once.
				}
			}
		}
	default:
	}
}

// directStep has what is said of a step be of one that the plan has, mostly in its round and by
// whom it is for.
func directStep(s *failover.State, e *failover.Event, where byte) {
	e.Ticket &= 1 // What an archive has counted, if anything.
	if s.Plan.Count == 0 {
		return
	}
	e.Step %= s.Plan.Count
	step := &s.Plan.Steps[e.Step]
	if where&128 == 0 {
		e.Round = step.Round
	}
	switch {
	case e.Kind != failover.StepClaimed && where&64 == 0:
		e.Region = step.By
	case where&32 == 0 && step.Region.Valid():
		e.Region = step.Region
	}
}

// onward is the event that takes a plan's first open step further, as agents that do their work
// bring it about.
func onward(s *failover.State, what byte) (failover.Event, bool) {
	for i, step := range s.Plan.Steps[:s.Plan.Count] {
		e := failover.Event{
			Kind: failover.StepClaimed, At: s.Now, Region: step.Region, Epoch: s.Plan.Epoch,
			Step: uint8(i), Round: step.Round, Store: step.Store, Ticket: uint64(what & 1),
		}
		if !e.Region.Valid() {
			e.Region = 1
		}
		switch step.Status {
		case failover.Claimed:
			e.Kind, e.Region = failover.StepDone, step.By
			return e, true
		case failover.Pending, failover.Unknown:
			if step.Kind == failover.Fence {
				lease := &s.Leases[step.Store]
				e.Kind, e.Region, e.Epoch = failover.Fenced, lease.Holder, lease.Epoch
			}
			return e, true
		case failover.Waiting, failover.Done, failover.Failed, failover.Spared:
		}
	}
	return failover.Event{}, false
}

// TestRandomLogs is FuzzStep on random bytes, so that every run of the tests sees thousands of
// logs.
func TestRandomLogs(t *testing.T) {
	const logs, bytes = 1200, 2400
	source := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, bytes)
	plans, causes, forced := map[failover.PlanKind]int{}, map[failover.BrakeCause]int{}, 0
	moved := 0 // The most stores of a plan.
	for range logs {
		for i := range data {
			data[i] = byte(source.Uint32())
		}
		reader := &byteReader{data: data}
		l := newLog(t, reader.policy())
		l.lags()
		for len(reader.data) > 0 {
			before, e := l.state, reader.event(&l.state)
			if e.At > l.state.Now.Add(time.Hour) {
				continue // Leaps of the time end all that a log can tell.
			}
			if err := l.try(e); err != nil {
				t.Fatalf("%+v: %v\nbefore %+v\nafter %+v", e, err, before, l.state)
			}
			if problem := tickPromise(&l.policy, &l.state); problem != "" {
				t.Fatalf("%+v: %s\nstate %+v", e, problem, l.state)
			}
			if l.state.Brake.Cause != before.Brake.Cause {
				causes[l.state.Brake.Cause]++
			}
			if l.state.Epoch != before.Epoch {
				plans[l.state.Plan.Kind]++
				moved = max(moved, bits.OnesCount8(l.state.Plan.Stores))
				if l.state.Force.Epoch == l.state.Epoch {
					forced++
				}
				total(&l.policy, &l.state)
			}
		}
	}
	for kind := failover.Failover; kind <= failover.Retract; kind++ {
		if plans[kind] == 0 {
			t.Errorf("no log had a %s: the test is too weak", kind)
		}
	}
	for cause := failover.BrakeOff; cause <= failover.Pulled; cause++ {
		if causes[cause] == 0 {
			t.Errorf("in no log the brake went to %s: the test is too weak", cause)
		}
	}
	if moved < model.MaxStores {
		t.Errorf("no plan moved more than %d stores: the test is too weak", moved)
	}
	if forced == 0 {
		t.Error("in no log a failover was forced: the test is too weak")
	}
	t.Logf("plans begun: %v, %d forced; the brake: %v", plans, forced, causes)
}
