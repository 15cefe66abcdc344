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

// TestCandidateAndCooldownAgreeWithTheObvious compares Explain's target and cooldown with a plain
// reading of the rule, on random states.
func TestCandidateAndCooldownAgreeWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := oneStore()
		p.Workload, p.Candidates = regions(0, 1, 2, 3), regions(0, 1, 2, 3)
		p.Voters = p.Workload.With(4)
		s := p.Start()
		s.Now = failover.Instant(20 * time.Hour)
		s.Leases[0].End = s.Now
		sick := disturb(t, &p, &s)
		recent, resting, led := 0, model.RegionSet(0), model.RegionSet(0)
		for _, r := range s.Recent {
			if r.Valid && s.Now.Sub(r.At) < p.Cooldown {
				recent++
				resting, led = resting.With(r.From.Region).With(r.To), led.With(r.From.Region)
				if r.Took {
					led = led.With(r.To)
				}
			}
		}
		limits := restrict(t, &p, &s)
		young := justKeepUp(t, &p, &s)
		var healthy []model.RegionID
		for r := range model.RegionID(4) {
			if r == s.Primary || sick.Has(r) {
				continue
			}
			healthy = append(healthy, r)
		}
		lagOf := func(r model.RegionID) time.Duration {
			if lag := s.Lags[0][r]; lag.Epoch != 0 {
				return lag.Lag
			}
			return wide
		}
		want := best(healthy, func(r model.RegionID) []bool {
			return []bool{
				!p.Unlawful[0].Has(r), !limits.unready.Has(r), !s.Silent.Has(r),
				!limits.apart.Has(r), !limits.tainted.Has(r), !limits.restless.Has(r),
				lagOf(r) <= p.DataAtRiskMax, !young.Has(r),
				carried(&p, &s, sick, r) >= int(p.CapacityMin), !limits.unsteady.Has(r),
				s.Marks[r].Causes == 0, !resting.Has(r),
			}
		}, lagOf, p.EquallyFresh)
		got := p.Explain(s, failover.RegionScope(s.Primary))
		if got.Target != want {
			t.Fatalf("target: got %d, want %d", got.Target, want)
		}
		passes := recent == 0 || recent == 1 && !led.Has(want)
		if (got.Gates[failover.CooldownGate].Ruling == failover.Pass) != passes {
			t.Fatalf("cooldown: got %+v, want a pass: %t", got.Gates[failover.CooldownGate], passes)
		}
	})
}

// TestWhoTakesLostTrafficAgreesWithTheObvious does so of traffic whose only way is lost, which no
// writes go along with.
func TestWhoTakesLostTrafficAgreesWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := oneStore()
		p.Workload, p.Candidates = regions(0, 1, 2, 3), regions(0, 1, 2, 3)
		p.Voters, p.Optional = p.Workload.With(4), 0
		s := p.Start()
		s.Now = failover.Instant(20 * time.Hour)
		sick := disturb(t, &p, &s)
		limits := restrict(t, &p, &s)
		s.Serving = regions(0)
		away := model.RegionSet(rapid.IntRange(0, 15).Draw(t, "away"))
		resting := model.RegionSet(0)
		for _, r := range s.Recent {
			if r.Valid && s.Now.Sub(r.At) < p.Cooldown {
				resting = resting.With(r.From.Region).With(r.To)
			}
		}
		var healthy []model.RegionID
		for r := range model.RegionID(4) {
			if s.Flaps[r].Down = away.Has(r); r != 0 && !sick.Has(r) {
				healthy = append(healthy, r)
			}
		}
		away &= limits.unsteady
		want := best(healthy, func(r model.RegionID) []bool {
			copied := s.Diverged[0][r].Status
			follows := copied == failover.InStep || copied == failover.Unreconciled
			return []bool{
				!limits.unready.Has(r), !limits.tainted.Has(r), !away.Has(r),
				carried(&p, &s, sick, r) >= int(p.CapacityMin), follows || !p.ServesReads,
				!limits.unsteady.Has(r), !(limits.restless | away).Has(r), !s.Silent.Has(r),
				s.Marks[r].Causes == 0, !resting.Has(r),
			}
		}, func(model.RegionID) time.Duration { return 0 }, 0)
		got := p.Explain(s, failover.Scope{Part: failover.Routing})
		if got.Target != want {
			t.Fatalf("target: got %d, want %d", got.Target, want)
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
		s.Lags[0][r] = failover.LagSample{Lag: lag, At: s.Now}
		if lag%7 != 0 {
			s.Lags[0][r].Epoch = 1
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "transitions") {
		ago := time.Duration(rapid.IntRange(0, 60).Draw(t, "ago")) * time.Minute
		from := rapid.IntRange(0, 3).Draw(t, "from")
		s.Recent[i] = failover.Transition{
			At: s.Now.Add(-ago), From: failover.RegionScope(model.RegionID(from)),
			To:   model.RegionID((from + rapid.IntRange(1, 3).Draw(t, "to")) % 4),
			Took: rapid.Bool().Draw(t, "took"), Valid: true,
		}
	}
	return sick
}

// justKeepUp has some copies be such as have caught up, where no guard keeps the store, and says
// which of them have not kept up for a hold-down.
func justKeepUp(t *rapid.T, p *failover.Policy, s *failover.State) (young model.RegionSet) {
	guarded := rapid.Bool().Draw(t, "guarded")
	since := p.EvidenceOn(s, s.Primary).Since
	for r := range model.RegionID(4) {
		ago := time.Duration(rapid.IntRange(0, 100).Draw(t, "caught up")) * unit
		if caught := s.Now.Add(-ago); ago < 90*unit && !guarded {
			s.Lags[0][r].CaughtUp = failover.Second(caught / failover.Instant(unit))
			if caught > since && ago < p.HoldDown {
				young = young.With(r)
			}
		}
	}
	if !guarded {
		p.Guarded = 0
	}
	return young
}

// limited are the regions that have something against them.
type limited struct{ unready, apart, tainted, unsteady, restless model.RegionSet }

// restrict makes some regions too small, unlawful, not ready, silent, unsteady, or has their copies
// diverge.
func restrict(t *rapid.T, p *failover.Policy, s *failover.State) (limits limited) {
	some := func(what string) model.RegionSet {
		return model.RegionSet(rapid.SampledFrom([]int{0, 0, 1, 2, 4, 8, 6, 12, 15}).Draw(t, what))
	}
	p.EquallyFresh = time.Duration(rapid.IntRange(0, 20).Draw(t, "equal")) * unit
	p.Items, p.ReadinessStaleAfter = 1, time.Hour
	p.FlapLimit, p.FlapHalfLife = 2, time.Hour
	p.Restores, p.ServesReads = rapid.Bool().Draw(t, "restores"), rapid.Bool().Draw(t, "reads")
	if p.ServesReads {
		s.Serving = p.Workload
	}
	p.Unlawful[0], s.Silent = some("unlawful"), some("silent")
	limits.unready = some("unready")
	small, left, flapping := some("small"), some("left"), some("flapping")
	ailing := some("ailing")
	for r := range model.RegionID(4) {
		s.Readiness[r] = failover.Readiness{At: s.Now, Known: 1}
		if limits.unready.Has(r) {
			s.Readiness[r] = failover.Readiness{}
		}
		if p.Ceiling[r] = 500; small.Has(r) {
			p.Ceiling[r] = uint16(rapid.SampledFrom([]int{100, 250, 499}).Draw(t, "ceiling"))
		}
		status := failover.DivergenceStatus(rapid.IntRange(1, 3).Draw(t, "status"))
		if left.Has(r) {
			s.Diverged[0][r].Status = status
			if status != failover.Unreconciled && !p.Restores {
				limits.apart = limits.apart.With(r)
			}
		}
		if cause := failover.Cause(rapid.IntRange(1, 15).Draw(t, "cause")); ailing.Has(r) {
			s.Marks[r].Causes = cause
			if cause&(failover.Corruption|failover.SecurityIncident) != 0 {
				limits.tainted = limits.tainted.With(r)
			}
		}
		// A penalty of 2000 has fallen below 750 after two half-lives, and not after one.
		halvings := rapid.IntRange(0, 3).Draw(t, "half-lives")
		if flapping.Has(r) {
			ago := time.Duration(halvings) * p.FlapHalfLife
			s.Flaps[r] = failover.Flap{Score: 2000, At: s.Now.Add(-ago), Unsteady: true}
			if halvings < 2 {
				limits.unsteady = limits.unsteady.With(r)
			}
			if halvings == 0 { // The cooldown is half a half-life.
				limits.restless = limits.restless.With(r)
			}
		}
	}
	return limits
}

// carried is what could be carried if a region took over: it, and what serves beside the primary
// where every region serves, each as far as it can be scaled.
func carried(
	p *failover.Policy, s *failover.State, sick model.RegionSet, target model.RegionID,
) int {
	have := int(p.Ceiling[target])
	for r := range model.RegionID(4) {
		if p.ServesReads && s.Serving.Has(r) && r != s.Primary && r != target && !sick.Has(r) {
			have += int(p.Ceiling[r])
		}
	}
	return have
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
