package redoubt

import (
	"context"
	"math"
	"time"

	"redoubt/cost"
	"redoubt/model"
	"redoubt/sim"
)

// ownPolicy is redoubt's own, with one hold-down.
type ownPolicy struct {
	Policy
	holdDown time.Duration
}

// faced is one policy in cuts of one length.
type faced struct {
	policy   *ownPolicy
	isolator *sim.Isolator
	result   CutResult
	// begun counts runs; lost and writes are sums over those in which a failover took effect, inCut
	// and afterCut what each of them came to.
	begun           int
	lost            time.Duration
	writes          int64
	inCut, afterCut effects
}

// effects are the failovers that took effect in some runs: the writes lost in each, and when the
// first and the last of them did.
type effects struct {
	writes           []float64
	earliest, latest time.Duration
}

func (e *effects) add(run *sim.Isolation) {
	if len(e.writes) == 0 || run.PromotedAt < e.earliest {
		e.earliest = run.PromotedAt
	}
	e.latest = max(e.latest, run.PromotedAt)
	e.writes = append(e.writes, float64(run.LostWrites))
}

// face plays the cuts in the simulator, a run of every policy in every cut at a time, and returns
// how many runs of each are done: an interruption leaves as many of all.
func face(
	ctx context.Context, own []ownPolicy, s *model.Scenario, strategy model.Strategy,
	o PoliciesOptions,
) (done int, err error) {
	var all []faced
	for i := range own {
		changed := *s
		changed.Settings.HoldDown = own[i].holdDown
		for _, cut := range o.Cuts {
			isolator, err := sim.NewIsolator(&changed, strategy, cut, o.Seed)
			if err != nil {
				return 0, err
			}
			all = append(all, faced{
				policy: &own[i], isolator: isolator, result: CutResult{Cut: cut, WritesAtRisk: math.NaN()},
			})
		}
	}
	for done < o.Runs && ctx.Err() == nil {
		for i := range all {
			played, err := all[i].isolator.Run(done)
			if err != nil {
				return 0, err
			}
			all[i].add(&played)
		}
		done++
		if o.Progress != nil {
			o.Progress(done*len(all), o.Runs*len(all))
		}
	}
	for i := range all {
		all[i].sum(done)
	}
	return done, ctx.Err()
}

// add takes one more run.
func (f *faced) add(run *sim.Isolation) {
	p, r := f.policy, &f.result
	if run.Stopped {
		if !p.Stops || run.StoppedAt < p.StopsEarliest {
			p.StopsEarliest = run.StoppedAt
		}
		p.Stops, p.StopsLatest = true, max(p.StopsLatest, run.StoppedAt)
	}
	if run.Begun {
		if f.begun++; f.begun == 1 || run.Decided < r.Earliest {
			r.Earliest = run.Decided
		}
		r.Latest = max(r.Latest, run.Decided)
	}
	if !run.Promoted {
		return
	}
	f.lost += run.Lost
	f.writes += run.LostWrites
	if run.PromotedAt < r.Cut {
		f.inCut.add(run)
	} else {
		f.afterCut.add(run)
	}
}

// sum has the policy know what its runs came to.
func (f *faced) sum(runs int) {
	p, r := f.policy, &f.result
	r.InCut, r.AfterCut = f.inCut.promotions(runs), f.afterCut.promotions(runs)
	promoted := r.InCut.Runs + r.AfterCut.Runs
	r.BegunWithin, r.PromotedWithin = shareOf(f.begun, runs), shareOf(promoted, runs)
	r.Begun, r.Promoted = r.BegunWithin.Mean, r.PromotedWithin.Mean
	if promoted > 0 {
		r.AtRisk = f.lost / time.Duration(promoted)
		r.WritesAtRisk = float64(f.writes) / float64(promoted)
		r.PromotedEarliest, r.PromotedLatest = r.InCut.Earliest, r.AfterCut.Latest
		if r.InCut.Runs == 0 {
			r.PromotedEarliest = r.AfterCut.Earliest
		}
		if r.AfterCut.Runs == 0 {
			r.PromotedLatest = r.InCut.Latest
		}
	}
	if f.begun > 0 && (p.DecidesLatest == 0 || r.Earliest < p.DecidesEarliest) {
		p.DecidesEarliest = r.Earliest
	}
	p.DecidesLatest = max(p.DecidesLatest, r.Latest)
	p.Results = append(p.Results, *r)
}

// shareOf is a share of runs with its 95 % interval.
func shareOf(some, runs int) (share model.Estimate) {
	share.Mean = float64(some) / float64(runs)
	share.Low, share.High = cost.Wilson(int64(some), int64(runs))
	return share
}

// promotions sums up the runs in which a failover took effect, of so many.
func (e *effects) promotions(runs int) Promotions {
	writes := e.writes
	p := Promotions{Runs: len(writes), Earliest: e.earliest, Latest: e.latest}
	p.Share = shareOf(p.Runs, runs)
	if p.Runs == 0 {
		return p
	}
	p.Writes = cost.Within(cost.EstimateOf(writes), 0, math.Inf(1))
	p.Least, p.Most = int64(writes[0]), int64(writes[0])
	for _, lost := range writes {
		p.Least, p.Most = min(p.Least, int64(lost)), max(p.Most, int64(lost))
	}
	return p
}
