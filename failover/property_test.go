package failover_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/failover"
	"redoubt/model"
)

// said is one report as it was sent: the oracle keeps all of them.
type said struct {
	observer, subject model.RegionID
	at                failover.Instant
	known, down       uint8
}

// word is what a report says of some checks: down when as many as are needed say so, up when it
// knows any of them and not enough say down, and nothing otherwise.
type word uint8

const (
	silence word = iota
	saysUp
	saysItIsDown
)

// about are the checks that a scope is judged by, and how many of them have to be down: of a part
// of a region no more than it has.
func about(p *failover.Policy, scope failover.Scope) (checks []uint8, need int) {
	for check := range p.Checks {
		part := failover.Scope{Region: scope.Region}
		for i := range model.StoreID(model.MaxStores) {
			if p.StoreChecks[i]&(1<<check) != 0 {
				part.Part, part.Store = failover.OneStore, i
			}
		}
		if p.RoutingChecks&(1<<check) != 0 {
			part.Part, part.Store = failover.Routing, 0
		}
		if part == scope {
			checks = append(checks, check)
		}
	}
	if need = int(p.ChecksDown); scope.Part != failover.Whole && need > len(checks) {
		need = len(checks)
	}
	return checks, need
}

func (r *said) word(p *failover.Policy, scope failover.Scope) word {
	checks, need := about(p, scope)
	known, down := 0, 0
	for _, check := range checks {
		if r.known&(1<<check) != 0 {
			known++
			if r.down&(1<<check) != 0 {
				down++
			}
		}
	}
	switch {
	case len(checks) > 0 && down >= need:
		return saysItIsDown
	case known > 0:
		return saysUp
	}
	return silence
}

// obvious is what is known of a scope, computed from the whole list of reports: an observer says
// down since the first of its last unbroken run of reports that do, none of them stale when the
// next came.
func obvious(p *failover.Policy, all []said, scope failover.Scope, now failover.Instant) (
	down, up int, since failover.Instant,
) {
	var begun []failover.Instant
	for o := range model.RegionID(model.MaxRegions) {
		var own []said
		for _, r := range all {
			if r.observer == o && r.subject == scope.Region && o != scope.Region && p.Voters.Has(o) {
				own = append(own, r)
			}
		}
		if len(own) == 0 || now.Sub(own[len(own)-1].at) > p.StaleAfter {
			continue
		}
		last := own[len(own)-1]
		if last.word(p, scope) == saysUp {
			up++
		}
		if last.word(p, scope) != saysItIsDown {
			continue
		}
		first := last.at
		for i := len(own) - 2; i >= 0; i-- {
			unbroken := own[i+1].at.Sub(own[i].at) <= p.StaleAfter
			if own[i].word(p, scope) != saysItIsDown || !unbroken {
				break
			}
			first = own[i].at
		}
		begun = append(begun, first)
		down++
	}
	quorum := p.Voters.Count()/2 + 1
	if down >= quorum {
		slices.Sort(begun)
		since = begun[quorum-1]
	}
	return down, up, since
}

// TestEvidenceAgreesWithTheObvious feeds random reports, late, copied and out of order, to the
// policy and to a second implementation that knows every report there ever was, and compares what
// they know of each region, of a store in it and of the way to it.
func TestEvidenceAgreesWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := oneStore()
		p.Workload, p.Voters = regions(0, 1, 2), regions(0, 1, 2, 3, 4)
		p.HoldDown = never // Nothing ever happens but evidence.
		apportionChecks(t, &p)
		s := p.Start()
		var all []said
		var sequences [model.MaxRegions][model.MaxRegions]uint64
		var did failover.Actions
		for range rapid.IntRange(1, 60).Draw(t, "reports") {
			o := model.RegionID(rapid.IntRange(0, 5).Draw(t, "observer"))
			subject := model.RegionID(rapid.IntRange(0, 2).Draw(t, "subject"))
			e := report(&s, o, subject, false)
			e.At = s.Now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "later")) * unit / 2)
			e.Age = time.Duration(rapid.IntRange(-1, 40).Draw(t, "age")) * unit
			e.Sequence = uint64(rapid.IntRange(1, 40).Draw(t, "sequence"))
			e.Known, e.Down = 15, rapid.SampledFrom([]uint8{0, 15, 15, 12, 3, 5}).Draw(t, "down")
			if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
				e.Known = rapid.Byte().Draw(t, "known")
			}
			p.Apply(&s, &e, &did)
			if e.Sequence > sequences[o][subject] && o != subject && o < 5 {
				sequences[o][subject] = e.Sequence
				all = append(all, keep(all, s.Now, e))
			}
			for subject := range model.RegionID(3) {
				for _, part := range scopes(&p, subject) {
					down, up, since := obvious(&p, all, part, s.Now)
					got := p.EvidenceFor(&s, part)
					if got.Down != down || got.Up != up || got.Since != since {
						t.Fatalf("%s: got %+v, want %d down since %d, %d up", scope(part), got, down,
							since, up)
					}
				}
			}
		}
	})
}

// apportionChecks gives a policy up to four checks, some of them about a part of their region.
func apportionChecks(t *rapid.T, p *failover.Policy) {
	p.Checks = uint8(rapid.IntRange(1, 4).Draw(t, "checks"))
	whole := 1
	for check := range p.Checks {
		switch part := rapid.IntRange(0, 3).Draw(t, "part"); {
		case check == 0:
		case part == 0:
			p.StoreChecks[0] |= 1 << check
		case part == 1:
			p.RoutingChecks |= 1 << check
		default:
			whole++
		}
	}
	p.ChecksDown = uint8(rapid.IntRange(1, whole).Draw(t, "needed"))
}

// keep is a report as the oracle keeps it: observed its age ago, not before the log or its last
// one.
func keep(all []said, now failover.Instant, e failover.Event) said {
	at := max(0, now.Add(-max(0, e.Age)))
	for _, r := range all {
		if r.observer == e.Region && r.subject == e.Subject {
			at = max(at, r.at)
		}
	}
	return said{observer: e.Region, subject: e.Subject, at: at, known: e.Known, down: e.Down}
}

func TestEventsSurviveTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), failover.EventSize, failover.EventSize).Draw(t, "bytes")
		e, ok := failover.DecodeEvent(raw)
		if !ok {
			t.Fatal("as many bytes as an event has are no event")
		}
		encoded := failover.AppendEvent(nil, e)
		if got, _ := failover.DecodeEvent(encoded); got != e || len(encoded) != len(raw) {
			t.Fatalf("got %+v, want %+v", got, e)
		}
		for i := range encoded {
			if encoded[i] != raw[i] {
				t.Fatalf("byte %d: got %d, want %d", i, encoded[i], raw[i])
			}
		}
		if _, ok := failover.DecodeEvent(raw[1:]); ok {
			t.Fatal("fewer bytes than an event has are an event")
		}
	})
}

// TestStepIsApply holds the two ways to step against each other, and the same log against itself.
func TestStepIsApply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reader := &byteReader{data: rapid.SliceOfN(rapid.Byte(), 20, 600).Draw(t, "bytes")}
		p := reader.policy()
		one, two := p.Start(), p.Start()
		did := failover.Actions{Count: 3} // What was there before must not matter.
		for len(reader.data) > 0 {
			e := reader.event(&one)
			var actions failover.Actions
			one, actions = p.Step(one, e)
			p.Apply(&two, &e, &did)
			if one != two || !slices.Equal(actions.All(), did.All()) {
				t.Fatalf("%+v: Step gives %+v, Apply %+v", e, one, two)
			}
		}
	})
}

// TestHoldDownShiftsThePlan says that a longer hold-down delays the plan by exactly that much.
func TestHoldDownShiftsThePlan(t *testing.T) {
	begins := func(hold time.Duration) failover.Instant {
		p := oneStore()
		p.HoldDown = hold
		l := newLog(t, p)
		l.lags()
		l.tick(10 * unit)
		for l.state.Plan.Kind == failover.NoPlan {
			l.report(0, true, 1, 2)
			next, ok := p.Deadline(l.state)
			if !ok {
				t.Fatal("no deadline though a hold-down runs")
			}
			l.apply(failover.Event{Kind: failover.Tick, At: min(next, l.state.Now.Add(7*unit))})
		}
		return l.state.Plan.Began
	}
	rapid.Check(t, func(r *rapid.T) {
		hold := time.Duration(rapid.IntRange(0, 200_000).Draw(r, "milliseconds")) * time.Millisecond
		want := failover.Instant(10 * unit).Add(hold)
		if got := begins(hold); got != want {
			r.Fatalf("with a hold-down of %s: got %d, want %d", hold, got, want)
		}
	})
}
