package failover_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/failover"
	"redoubt/model"
)

// grantedLease is one right to write that was given out, or a fence.
type grantedLease struct {
	region model.RegionID
	epoch  failover.Epoch
	end    failover.Instant
}

// oracleLease is the lease of one store, kept as the list of all that was ever granted and fenced.
type oracleLease struct {
	grants []grantedLease
	fences []grantedLease
	// open is the epoch in which each region was left for another while it could still write.
	open [model.MaxRegions]failover.Epoch
}

// fenced reports whether a guard of the last holder's region recorded a fence of its epoch, or of a
// later one, while it held the lease.
func (o *oracleLease) fenced() bool {
	last := o.grants[len(o.grants)-1]
	for _, f := range o.fences {
		if f.region == last.region && f.epoch >= last.epoch {
			return true
		}
	}
	return false
}

// closed reports whether the last holder can no longer write.
func (o *oracleLease) closed(p *failover.Policy, store model.StoreID, now failover.Instant) bool {
	last := o.grants[len(o.grants)-1]
	return o.fenced() || p.Guarded>>store&1 == 1 && now >= last.end.Add(p.Drift)
}

// closedFor reports whether a region could take the store over: nobody else writes to it then, be
// it the last holder or one that a person's force has left. Whoever opens a store again where it
// belongs changes nothing about the latter.
func (o *oracleLease) closedFor(
	target, writer model.RegionID, p *failover.Policy, store model.StoreID, now failover.Instant,
) bool {
	for r, epoch := range o.open {
		if epoch != 0 && target.Valid() && target != writer && model.RegionID(r) != target {
			return false
		}
	}
	return o.closed(p, store, now)
}

// renews reports whether a renewal counts: it is the holder's, of the epoch that it holds, which is
// not fenced, and no plan has begun to fence the store but the one that made it the holder.
func (o *oracleLease) renews(s *failover.State, e *failover.Event) bool {
	last := o.grants[len(o.grants)-1]
	if e.Region != last.region || e.Epoch != last.epoch || o.fenced() {
		return false
	}
	if s.Plan.Kind != failover.NoPlan && s.Plan.Epoch == last.epoch {
		return true
	}
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		begun := step.Status != failover.Waiting
		if step.Kind == failover.Fence && step.Store == e.Store && begun {
			return false
		}
	}
	return s.Writers[e.Store] == e.Region
}

// follow takes one event into account. That a claim was granted it learns from the state.
func (o *oracleLease) follow(
	p *failover.Policy, store model.StoreID, before *failover.State, e *failover.Event,
	after *failover.State,
) {
	last := &o.grants[len(o.grants)-1]
	if e.Store == store && e.Kind == failover.LeaseRenewed && o.renews(before, e) {
		last.end = max(last.end, after.Now.Add(p.Lease))
	}
	if e.Store == store && e.Kind == failover.Fenced && e.Epoch <= before.Epoch &&
		e.Region == last.region {
		o.fences = append(o.fences, grantedLease{region: e.Region, epoch: e.Epoch})
	}
	if e.Store == store && e.Kind == failover.Fenced && e.Region.Valid() &&
		e.Epoch <= before.Epoch && e.Epoch >= o.open[e.Region] {
		o.open[e.Region] = 0
	}
	if is := after.Leases[store]; is.Epoch != before.Leases[store].Epoch {
		if !o.closed(p, store, after.Now) {
			o.open[last.region] = last.epoch
		}
		o.open[before.Plan.Target] = 0
		o.grants = append(o.grants, grantedLease{
			region: before.Plan.Target, epoch: before.Plan.Epoch, end: after.Now.Add(p.Lease),
		})
		o.fences = nil // Each holder's guard has a record of its own.
	}
}

// TestLeaseAgreesWithTheObvious follows random logs with a second implementation of the leases:
// who holds each, until when, and whether the holder can still write, as the fence gate has it.
func TestLeaseAgreesWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reader := &byteReader{data: rapid.SliceOfN(rapid.Byte(), 200, 1200).Draw(t, "bytes")}
		p := reader.policy()
		s := p.Start()
		leases := make([]oracleLease, p.Stores)
		for i := range leases {
			leases[i].grants = []grantedLease{{region: p.Home, epoch: 1, end: failover.Instant(p.Lease)}}
		}
		var did failover.Actions
		for len(reader.data) > 0 {
			before, e := s, reader.event(&s)
			p.Apply(&s, &e, &did)
			for i := range leases {
				store := model.StoreID(i)
				leases[i].follow(&p, store, &before, &e, &s)
				last := leases[i].grants[len(leases[i].grants)-1]
				if got := s.Leases[i]; got.Holder != last.region || got.Epoch != last.epoch ||
					got.End != last.end {
					t.Fatalf("after %+v: got %+v, want %+v", e, got, last)
				}
				part := failover.Scope{Region: s.Writers[i], Part: failover.OneStore, Store: store}
				verdict := p.Explain(s, part)
				gate := verdict.Gates[failover.FenceGate]
				want := leases[i].closedFor(verdict.Target, s.Writers[i], &p, store, s.Now)
				if (gate.Ruling == failover.Pass) != want {
					t.Fatalf("after %+v: got %+v, want closed %t", e, gate, want)
				}
			}
		}
	})
}

// TestEvacuationSharesAgreeWithTheObvious has one of four writing regions fail, and holds what the
// others are to carry against exact fractions: each takes a part of what is lost in proportion to
// how much it can grow, less at most the fraction of a thousandth, and more by at most such a
// fraction for each region before it; no more than it can grow, and nothing is lost between them.
func TestEvacuationSharesAgreeWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := oneStore()
		p.Workload, p.Candidates, p.Voters = regions(0, 1, 2, 3), regions(0, 1, 2, 3),
			regions(0, 1, 2, 3, 4)
		p.MultiWriter, p.ServesReads, p.Stores, p.HoldDown = true, true, 0, 0
		s := p.Start()
		for r := range model.RegionID(4) {
			s.Ready[r] = uint16(rapid.IntRange(0, 1200).Draw(t, "ready"))
			p.Ceiling[r] = uint16(rapid.IntRange(0, 1500).Draw(t, "ceiling"))
		}
		sick := model.RegionSet(rapid.SampledFrom([]int{0, 2, 4, 8, 6}).Draw(t, "sick"))
		s.Serving &^= sick // They were left before.
		for _, o := range []model.RegionID{1, 2, 3, 4} {
			e := report(&s, o, 0, true)
			s, _ = p.Step(s, e)
		}
		if s.Plan.Kind != failover.Evacuation {
			t.Skip("nothing to evacuate to")
		}
		room, grown, earlier := 0, 0, 0.0
		free := func(r model.RegionID) int { return max(0, int(p.Ceiling[r])-int(s.Ready[r])) }
		for r := model.RegionID(1); r < 4; r++ {
			if !sick.Has(r) {
				room += free(r)
			}
		}
		moved := min(int(s.Ready[0]), room)
		for r := range model.RegionID(4) {
			part := int(s.Plan.Carry[r]) - int(s.Ready[r])
			if r == 0 || sick.Has(r) {
				if s.Plan.Carry[r] != 0 {
					t.Fatalf("region %d is to carry %d and is left", r, s.Plan.Carry[r])
				}
				continue
			}
			exact := 0.0
			if room > 0 {
				exact = float64(moved) * float64(free(r)) / float64(room)
			}
			off := float64(part) - exact
			if grown += part; part > free(r) || off <= -1 || off > earlier+1e-9 {
				t.Fatalf("region %d: got %d more of %d, want %.3f", r, part, free(r), exact)
			}
			earlier++
		}
		carried := grown
		for r := range model.RegionID(4) {
			if r != 0 && !sick.Has(r) {
				carried += int(s.Ready[r])
			}
		}
		shed := min(int(s.Ready[0])-moved, max(0, 1000-carried))
		if grown != moved || int(s.Plan.Shed) != shed {
			t.Fatalf("got %d moved and %d shed, want %d and %d", grown, s.Plan.Shed, moved, shed)
		}
	})
}

// TestFlapsAgreeWithTheObvious has a region come and go, and holds its penalty against the sum of
// its returns in real numbers, each halved for every half-life, in a straight line in between.
func TestFlapsAgreeWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := oneStore()
		p.HoldDown, p.StaleAfter = never, never
		p.FlapLimit = uint8(rapid.IntRange(1, 4).Draw(t, "limit"))
		p.FlapHalfLife = time.Duration(rapid.IntRange(1, 7200).Draw(t, "half-life")) * unit
		limit, steady := 1000*float64(p.FlapLimit)-500, 375*float64(p.FlapLimit)
		s := p.Start()
		penalty, at, unsteady := 0.0, failover.Instant(0), false
		left := func(now failover.Instant) float64 {
			halves := float64(now.Sub(at)) / float64(p.FlapHalfLife)
			return penalty * math.Pow(0.5, math.Floor(halves)) * (1 - (halves-math.Floor(halves))/2)
		}
		var did failover.Actions
		for range rapid.IntRange(1, 30).Draw(t, "returns") {
			pause := time.Duration(rapid.IntRange(0, 9000).Draw(t, "pause")) * unit
			for _, down := range []bool{true, false} {
				for _, o := range []model.RegionID{1, 2} {
					e := report(&s, o, 0, down)
					e.At = s.Now.Add(pause)
					pause = 0
					p.Apply(&s, &e, &did)
				}
			}
			before := left(s.Now)
			unsteady = unsteady && before >= steady
			near := math.Abs(before-steady) < 40
			penalty, at = math.Min(before+1000, 16_000), s.Now
			unsteady = unsteady || penalty >= limit
			got := s.Flaps[0]
			if math.Abs(float64(got.Score)-penalty) > 40 || got.At != max(s.Now, 1) {
				t.Fatalf("got %+v, want a penalty of %.1f", got, penalty)
			}
			if near || math.Abs(penalty-limit) < 40 {
				penalty, unsteady = float64(got.Score), got.Unsteady // Rounding decides.
			}
			if got.Unsteady != unsteady {
				t.Fatalf("got %+v, want unsteady %t", got, unsteady)
			}
		}
	})
}

// As many quick returns as the policy names make a region unsteady, and no fewer do.
func TestQuickReturnsReachTheLimit(t *testing.T) {
	for limit := range uint8(8) {
		p := oneStore()
		p.FlapLimit, p.FlapHalfLife = limit+1, 15*time.Minute
		l := newLog(t, p)
		for returns := range limit + 1 {
			if l.state.Flaps[1].Unsteady {
				t.Errorf("limit %d: unsteady after %d returns", p.FlapLimit, returns)
			}
			l.tick(10 * unit)
			l.report(1, true, 0, 2)
			l.report(1, false, 0, 2)
		}
		if !l.state.Flaps[1].Unsteady {
			t.Errorf("limit %d: got %+v, want unsteady", p.FlapLimit, l.state.Flaps[1])
		}
	}
}
