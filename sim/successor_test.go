package sim

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// tried is a step of a plan: whose agent claimed it first and last, when the first began it, and
// when the log heard that it was done.
type tried struct {
	plan        failover.PlanKind
	index       uint8
	kind        failover.StepKind
	first, last model.RegionID
	began, done int64
}

// TestASuccessorEndsWhatAnAgentBegan cuts the agent of each step of a failback in stages off right
// after it has begun. It ends what it began, and nobody hears so: whoever is asked next finds that
// done, and does not wait until the other one is heard of again.
func TestASuccessorEndsWhatAnAgentBegan(t *testing.T) {
	const lasts = 3 * time.Hour
	s := estate()
	s.Settings.Stages, s.Settings.StageHold = []int{10, 50, 100}, time.Hour
	lose(s, home, time.Hour, lasts)
	taken := 0
	for _, step := range stepsTried(t, s) {
		if step.plan != failover.Failback {
			continue // While home is lost too, nobody decides without this one.
		}
		cutOff := *s
		cutOff.Timeline = slices.Clone(s.Timeline)
		isolate(&cutOff, step.first, time.Duration(step.began-warmup)+time.Nanosecond, lasts)
		for _, again := range stepsTried(t, &cutOff) {
			if again.plan != step.plan || again.index != step.index || again.last == step.first {
				continue
			}
			taken++
			if took := time.Duration(again.done - step.began); took < 0 || took > 5*time.Minute {
				t.Errorf("%s, begun by %d, took %s until %d had ended it", step.kind, step.first, took,
					again.last)
			}
		}
	}
	if taken < 4 {
		t.Errorf("got %d steps that another agent took on, want those of the leader's", taken)
	}
}

// stepsTried plays a scenario to its end, and lists the steps that agents begin.
func stepsTried(t *testing.T, s *model.Scenario) (all []tried) {
	t.Helper()
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 5*24*time.Hour)
	checked := &checkedDecider{policy: w.policy}
	w.decider = checked
	w.begin(newSource(seedOf(t), 0), timelineOutages(nil, s))
	w.load()
	of := map[[2]int]int{}
	for w.step() {
		plan := &w.state.Plan
		for i := range plan.Count {
			step, key := &plan.Steps[i], [2]int{int(plan.Epoch), int(i)}
			at, known := of[key]
			switch {
			case !known && w.work[i].running:
				of[key] = len(all)
				all = append(all, tried{plan.Kind, i, step.Kind, step.By, step.By, w.now, 0})
			case known && step.Status == failover.Done && all[at].done == 0:
				all[at].last, all[at].done = step.By, w.now
			}
		}
	}
	w.finale()
	if err := cmp.Or(checked.broken, atHome(w)); err != nil {
		t.Fatal(err)
	}
	return all
}
