package failover_test

import (
	"cmp"
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
	down, known       bool
}

// obvious is what is known of a region, computed from the whole list of reports: an observer says
// down since the first of its last unbroken run of reports that do, none of them stale when the
// next came.
func obvious(p *failover.Policy, all []said, subject model.RegionID, now failover.Instant) (
	down, up int, since failover.Instant,
) {
	var begun []failover.Instant
	for o := range model.RegionID(model.MaxRegions) {
		var own []said
		for _, r := range all {
			if r.observer == o && r.subject == subject && o != subject && p.Voters.Has(o) {
				own = append(own, r)
			}
		}
		if len(own) == 0 || now.Sub(own[len(own)-1].at) > p.StaleAfter {
			continue
		}
		last := own[len(own)-1]
		if last.known && !last.down {
			up++
		}
		if !last.known || !last.down {
			continue
		}
		first := last.at
		for i := len(own) - 2; i >= 0; i-- {
			if !own[i].down || !own[i].known || own[i+1].at.Sub(own[i].at) > p.StaleAfter {
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
// policy and to a second implementation that knows every report there ever was.
func TestEvidenceAgreesWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := oneStore()
		p.Workload, p.Voters = regions(0, 1, 2), regions(0, 1, 2, 3, 4)
		p.HoldDown = never // Nothing ever happens but evidence.
		s := p.Start()
		var all []said
		var sequences [model.MaxRegions][model.MaxRegions]uint64
		var did failover.Actions
		for range rapid.IntRange(1, 60).Draw(t, "reports") {
			o := model.RegionID(rapid.IntRange(0, 5).Draw(t, "observer"))
			subject := model.RegionID(rapid.IntRange(0, 2).Draw(t, "subject"))
			e := report(&s, o, subject, rapid.Bool().Draw(t, "down"))
			e.At = s.Now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "later")) * unit / 2)
			e.Age = time.Duration(rapid.IntRange(-1, 40).Draw(t, "age")) * unit
			e.Sequence = uint64(rapid.IntRange(1, 40).Draw(t, "sequence"))
			if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
				e.Known = 0
			}
			p.Apply(&s, &e, &did)
			if e.Sequence > sequences[o][subject] && o != subject && o < 5 {
				sequences[o][subject] = e.Sequence
				all = append(all, keep(all, s.Now, e))
			}
			for subject := range model.RegionID(3) {
				down, up, since := obvious(&p, all, subject, s.Now)
				got := p.EvidenceOn(&s, subject)
				if got.Down != down || got.Up != up || got.Since != since {
					t.Fatalf("region %d: got %+v, want %d down since %d, %d up", subject, got, down,
						since, up)
				}
			}
		}
	})
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
	return said{
		observer: e.Region, subject: e.Subject, at: at, down: e.Down == 1, known: e.Known == 1,
	}
}

// TestCandidateAndCooldownAgreeWithTheObvious compares Explain's target and cooldown with a plain
// reading of the rule, on random states.
func TestCandidateAndCooldownAgreeWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := oneStore()
		p.Workload, p.Candidates = regions(0, 1, 2, 3), regions(0, 1, 2, 3)
		p.Voters = p.Workload.With(4)
		s := p.Start()
		s.Now = failover.Instant(2 * time.Hour)
		s.Leases[0].End = s.Now
		sick := disturb(t, &p, &s)
		recent, resting := 0, model.RegionSet(0)
		for _, r := range s.Recent {
			if r.Valid && s.Now.Sub(r.At) < p.Cooldown {
				recent++
				resting = resting.With(r.From.Region).With(r.To)
			}
		}
		small, unready := restrict(t, &p, &s)
		var healthy []model.RegionID
		for r := range model.RegionID(4) {
			if r == s.Primary || sick.Has(r) {
				continue
			}
			healthy = append(healthy, r)
		}
		lagOf := func(r model.RegionID) time.Duration {
			if lag := s.Lags[0][r]; lag.Valid {
				return lag.Lag
			}
			return wide
		}
		want := best(healthy, func(r model.RegionID) []bool {
			return []bool{
				!p.Unlawful[0].Has(r), !unready.Has(r), lagOf(r) <= p.DataAtRiskMax, !small.Has(r),
				!resting.Has(r),
			}
		}, lagOf, p.EquallyFresh)
		got := p.Explain(s, failover.RegionScope(s.Primary))
		if got.Target != want {
			t.Fatalf("target: got %d, want %d", got.Target, want)
		}
		passes := recent == 0 || recent == 1 && !resting.Has(want)
		if (got.Gates[failover.CooldownGate].Ruling == failover.Pass) != passes {
			t.Fatalf("cooldown: got %+v, want a pass: %t", got.Gates[failover.CooldownGate], passes)
		}
	})
}

// disturb makes some regions sick, and gives all of them lags and recent transitions.
func disturb(t *rapid.T, p *failover.Policy, s *failover.State) (sick model.RegionSet) {
	sick = model.RegionSet(rapid.IntRange(0, 15).Draw(t, "sick"))
	for r := range model.RegionID(4) {
		for o := range model.RegionID(5) {
			e := report(s, o, r, sick.Has(r))
			var did failover.Actions
			q := *p
			q.HoldDown = never
			q.Apply(s, &e, &did)
		}
		lag := time.Duration(rapid.IntRange(0, 120).Draw(t, "lag")) * unit
		s.Lags[0][r] = failover.LagSample{Lag: lag, At: s.Now, Valid: lag%7 != 0}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "transitions") {
		ago := time.Duration(rapid.IntRange(0, 60).Draw(t, "ago")) * time.Minute
		from := rapid.IntRange(0, 3).Draw(t, "from")
		s.Recent[i] = failover.Transition{
			At: s.Now.Add(-ago), From: failover.RegionScope(model.RegionID(from)),
			To: model.RegionID((from + rapid.IntRange(1, 3).Draw(t, "to")) % 4), Valid: true,
		}
	}
	return sick
}

// restrict makes some regions too small, unlawful, or not ready.
func restrict(t *rapid.T, p *failover.Policy, s *failover.State) (small, unready model.RegionSet) {
	p.EquallyFresh = time.Duration(rapid.IntRange(0, 20).Draw(t, "equal")) * unit
	p.Items, p.ReadinessStaleAfter = 1, time.Hour
	small = model.RegionSet(rapid.IntRange(0, 15).Draw(t, "small"))
	p.Unlawful[0] = model.RegionSet(rapid.IntRange(0, 15).Draw(t, "unlawful"))
	unready = model.RegionSet(rapid.IntRange(0, 15).Draw(t, "unready"))
	for r := range model.RegionID(4) {
		s.Readiness[r] = failover.Readiness{At: s.Now, Known: 1}
		if unready.Has(r) {
			s.Readiness[r] = failover.Readiness{}
		}
		if small.Has(r) {
			p.Ceiling[r] = 499
		}
	}
	return small, unready
}

// best narrows a list by one wish after the other, where any meets it, then to those that are
// nearly as fresh as the freshest, and takes the first.
func best(
	left []model.RegionID, wishes func(model.RegionID) []bool,
	lag func(model.RegionID) time.Duration, equal time.Duration,
) model.RegionID {
	if len(left) == 0 {
		return model.NoRegion
	}
	for wish := range wishes(left[0]) {
		var met []model.RegionID
		for _, r := range left {
			if wishes(r)[wish] {
				met = append(met, r)
			}
		}
		if len(met) > 0 {
			left = met
		}
	}
	least := slices.MinFunc(left, func(a, b model.RegionID) int { return cmp.Compare(lag(a), lag(b)) })
	for _, r := range left {
		if lag(r) <= lag(least)+equal {
			return r
		}
	}
	return model.NoRegion
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
