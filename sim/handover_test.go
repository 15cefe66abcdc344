package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A step whose agent is cut off at its work is begun anew by the agent of the next leader, and has
// all of its time to take again. That comes to it when the first, which runs on, is held dead: some
// 40 s after the cut, and no 15 minutes later, when a step that nobody ends is asked for anew.
func TestAStepIsBegunAnewByWhoLeadsNext(t *testing.T) {
	const flip = 10 * time.Minute
	s := estate()
	s.Routing.Flip = model.Fixed(flip)
	during(s, model.ServiceLoss, home, time.Hour, 12*time.Hour)
	isolate(s, witness, time.Hour+5*time.Minute, 6*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 3*time.Hour)
	w.story = &Story{}
	finished(t, w)
	begun, done := toldAt(w, "begins to shift"), toldAt(w, "shift is done")
	if len(begun) != 2 || len(done) != 1 || done[0] != begun[1]+flip ||
		begun[1] > time.Hour+6*time.Minute {
		t.Errorf("begun at %v, done at %v, want it begun anew in a minute, and done %s later", begun,
			done, flip)
	}
}

// An agent that ends its work when another one has been granted the step has done nothing.
func TestWhoIsSupersededAtItsWorkEndsNothing(t *testing.T) {
	for _, by := range []model.RegionID{witness, home} {
		s := estate()
		s.Routing.Flip = model.Fixed(time.Minute)
		during(s, model.ServiceLoss, home, time.Hour, 12*time.Hour)
		w := stage(t, s, model.HotStandby, seedOf(t), witness, 3*time.Hour)
		w.load()
		index := -1
		for index < 0 && w.step() {
			for i := range w.state.Plan.Count {
				if w.state.Plan.Steps[i].Kind == failover.Shift && w.work[i].running {
					index = int(i)
				}
			}
		}
		if index < 0 {
			t.Fatal("nobody begins to shift")
		}
		w.state.Plan.Steps[index].By = by
		for w.now < w.work[index].ends && w.step() {
		}
		if ended := w.work[index].finished; ended != (by == witness) {
			t.Errorf("what %s has been granted the witness ends: %t", s.Regions[by].Name, ended)
		}
	}
}

// What a step does it does once, however often its end comes: a promotion has what came after the
// last offsets handled again, and counts it once.
func TestAStepHasItsEffectOnce(t *testing.T) {
	s := estate()
	s.Stores[0].OffsetsEvery = time.Minute
	lose(s, home, time.Hour, 6*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.load()
	for w.step() {
		plan := &w.state.Plan
		for i := range plan.Count {
			heard := plan.Steps[i].Status == failover.Done
			if plan.Steps[i].Kind != failover.Promote || !w.work[i].finished || heard {
				continue
			}
			before := w.trial
			w.finish(i, int32(plan.Epoch))
			if before.Duplicates == 0 || w.trial != before {
				t.Fatalf("got %+v and then %+v, want what is handled again once", before, w.trial)
			}
			return
		}
	}
	t.Error("no promotion was ended that the log had yet to hear of")
}

// Each stage of the traffic is a change of the routing of its own, which takes its own time.
func TestEachStageTakesATimeOfItsOwn(t *testing.T) {
	s := estate()
	s.Settings.Stages = []int{10, 50, 100}
	s.Routing.Flip = model.Distribution{Family: model.Exponential, A: 60}
	during(s, model.ServiceLoss, home, time.Hour, 2*time.Hour)
	w := recounted(t, s, model.HotStandby)
	took := map[time.Duration]bool{}
	begun, done := toldAt(w, "begins to shift ("), toldAt(w, "of the traffic) is done")
	for i := range min(len(begun), len(done)) {
		took[done[i]-begun[i]] = true
	}
	if len(done) != 2 || len(took) != 2 {
		t.Errorf("begun at %v and done at %v, want stages of several lengths", begun, done)
	}
}
