package agent

import (
	"context"
	"fmt"
	"math"
	"time"

	"redoubt/execute"
	"redoubt/failover"
	"redoubt/model"
)

// workers are a region's executor: steps take the scenario's times and fail for want of what it
// takes.
type workers struct {
	st     *stage
	region model.RegionID
}

// refusedAfter is the least that a step takes which comes to nothing, as in package sim.
const refusedAfter = 40 * time.Second

// Do does a step, or finds that it cannot be done.
func (w *workers) Do(ctx context.Context, a failover.Action) execute.Result {
	st, v := w.st, w.st.view()
	st.mu.Lock()
	if st.done[taskOf(&a)] && a.Look {
		st.mu.Unlock()
		return execute.Result{Outcome: execute.Done, Why: "it was done before"}
	}
	if a.Look && a.Step.Once() {
		st.mu.Unlock()
		return execute.Result{Outcome: execute.Failed, Why: "it was not done"}
	}
	took := st.duration(&v, &a)
	barred := st.obstacle(&v, &a, w.region)
	if barred != "" {
		took = max(took, refusedAfter)
	}
	began := st.goesOn(st.begunAs(&v, &a, w.region))
	st.mu.Unlock()
	if !sleep(ctx, time.Until(began.Add(took))) {
		return execute.Result{Why: "it was ended"}
	}
	guarded := st.pair.policy.Guarded>>a.Store&1 == 1
	for a.Step == failover.Promote && guarded && !st.g.world.guards[w.region][a.Store].open(a.Epoch) {
		if !sleep(ctx, 50*time.Millisecond) {
			return execute.Result{Why: "the guard does not open the store"}
		}
	}
	if now := st.view(); now.State.Plan.Epoch == a.Epoch {
		v = now
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if a.Step == failover.Scale && (barred == "" || st.obstacle(&v, &a, w.region) != "") {
		st.scale(&v)
	}
	delete(st.began, st.begunAs(&v, &a, w.region))
	if why := st.obstacle(&v, &a, w.region); why != "" || barred != "" {
		return execute.Result{Outcome: execute.Failed, Why: "it takes what is not there: " + why}
	}
	st.effect(&v, &a, w.region)
	return execute.Result{Outcome: execute.Done, Count: 3}
}

// begun is what a step does, in whatever round it is asked for: the task of its plan, or where a
// copy is promoted, that for whichever plan it is.
type begun struct {
	task     task
	promotes failover.PlanKind
	subject  model.RegionID
	by       model.RegionID
	store    model.StoreID
}

func (st *stage) begunAs(v *View, a *failover.Action, by model.RegionID) begun {
	if a.Step == failover.Promote {
		plan := &v.State.Plan
		return begun{promotes: plan.Kind, subject: plan.Subject, by: by, store: a.Store}
	}
	return begun{task: task{epoch: a.Epoch, index: a.Index}}
}

// goesOn is when something was begun, perhaps in an earlier round or for an earlier plan: what a
// provider is at goes on, also after the time of whoever has asked for it is over. The lock is
// held.
func (st *stage) goesOn(b begun) time.Time {
	if _, begun := st.began[b]; !begun {
		st.began[b] = time.Now()
	}
	return st.began[b]
}

// callOff forgets the promotions of a store: one has come about, or the copy is made anew. The
// lock is held.
func (st *stage) callOff(store model.StoreID) {
	for b := range st.began {
		if b.promotes != failover.NoPlan && b.store == store {
			delete(st.began, b)
		}
	}
}

// stop ends the promotions in a region, whose power is lost: they are begun anew.
func (st *stage) stop(r model.RegionID) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for b := range st.began {
		if b.promotes != failover.NoPlan && b.by == r {
			delete(st.began, b)
		}
	}
}

// duration is how long a step takes. The lock is held.
func (st *stage) duration(v *View, a *failover.Action) time.Duration {
	s, plan := st.pair.scenario, &v.State.Plan
	key := fmt.Sprint(plan.Kind, plan.Subject, plan.Target, a.Step, a.Store)
	switch a.Step {
	case failover.Promote:
		spec := &s.Stores[a.Store]
		switch {
		case plan.Kind == failover.Reopen:
			return s.Settings.StopTime
		case plan.Kind == failover.Failback || plan.Kind == failover.Switchover:
			return st.drawn(key, &spec.Switchover)
		case st.pair.strategy.FromBackup:
			return st.drawn(key, &spec.Restore)
		}
		return st.drawn(key, &spec.Promotion)
	case failover.Scale:
		if load := st.loadAfter(v); !st.mustScale(&load) {
			return 0
		}
		return st.drawn(key, &st.pair.strategy.Scale)
	case failover.Shift, failover.Divert:
		return st.drawn(fmt.Sprint(key, a.Index), &s.Routing.Flip)
	case failover.Rewind:
		return st.drawn(fmt.Sprint("rewind", a.Region), &s.People.Resync)
	case failover.Validate:
		return s.Settings.Validation
	}
	return 0
}

// obstacle says what keeps a step from coming about now, or nothing. The lock is held.
func (st *stage) obstacle(v *View, a *failover.Action, by model.RegionID) string {
	reopens := v.State.Plan.Kind == failover.Reopen
	switch a.Step {
	case failover.Promote, failover.Rewind:
		if st.ills.fixed.Has(by) && !reopens {
			return "the control plane is down"
		}
		if !st.ills.runs(a.Store, by) {
			return "the store does not run"
		}
	case failover.Scale:
		load := st.loadAfter(v)
		for r := range load {
			id := model.RegionID(r)
			short := load[r] > st.capacity[r] && st.wanted(v, id, load[r]) > st.capacity[r]+1e-9
			if short && (st.ills.fixed | st.ills.capped).Has(id) {
				return "a region gets no more capacity"
			}
		}
	case failover.Validate:
		if st.ills.lacking.Has(by) {
			return "it lacks an item"
		}
	case failover.Shift, failover.Divert:
		if st.ills.unrouted {
			return "the control plane of the routing is down"
		}
	}
	return ""
}

// loadAfter is every region's load once the plan's traffic has shifted. The lock is held.
func (st *stage) loadAfter(v *View) (load [model.MaxRegions]float64) {
	s := st.pair.scenario
	serving := v.Policy.ServingAfter(&v.State)
	for i := range s.Populations {
		p := &s.Populations[i]
		for r, part := range s.Sent(p, serving) {
			load[r] += part * p.Share
		}
	}
	return load
}

func (st *stage) mustScale(load *[model.MaxRegions]float64) bool {
	for r := range load {
		if load[r] > st.capacity[r] {
			return true
		}
	}
	return false
}

// wanted is what a region is scaled to for a load. The lock is held.
func (st *stage) wanted(v *View, r model.RegionID, load float64) float64 {
	need := load / st.pair.scenario.Regions[r].Utilisation
	part := float64(v.State.Plan.Carry[r]) / 1000
	ceiling := st.pair.scenario.CapacityCeiling(st.pair.strategy, r)
	return math.Max(st.capacity[r], math.Min(math.Max(need, part), ceiling))
}

// scale gives every region that takes over what it needs and gets. The lock is held.
func (st *stage) scale(v *View) {
	for r, load := range st.loadAfter(v) {
		id := model.RegionID(r)
		if load > 0 && !(st.ills.fixed | st.ills.capped).Has(id) {
			st.capacity[r] = st.wanted(v, id, load)
		}
	}
}

// effect is what a step that came about changes. The lock is held.
func (st *stage) effect(v *View, a *failover.Action, by model.RegionID) {
	st.done[taskOf(a)] = true
	switch a.Step {
	case failover.Promote:
		st.callOff(a.Store)
		st.copies[by][a.Store] = copied{of: by}
	case failover.Shift:
		if st.course.shifted == 0 {
			st.course.shifted = st.since()
		}
		st.serving = v.Policy.ServingAfter(&v.State)
	case failover.Repoint:
		for r := range st.copies {
			for store := range model.StoreID(st.pair.policy.Stores) {
				status := v.State.Diverged[store][r].Status
				left := status == failover.Suspected || status == failover.Archived
				if !left && model.RegionID(r) != v.State.Plan.Target {
					st.copies[r][store] = copied{of: v.State.Plan.Target, asOf: time.Now()}
				}
			}
		}
	case failover.Rewind:
		st.callOff(a.Store)
		st.copies[by][a.Store] = copied{of: v.State.Writers[a.Store], asOf: time.Now()}
	}
}
