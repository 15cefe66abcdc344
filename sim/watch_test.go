package sim

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Looking at a run changes nothing of it, however often one looks.
func TestWatchingChangesNothing(t *testing.T) {
	for _, name := range []string{"ecommerce-three-region", "warm-standby-two-region"} {
		s := load(t, name)
		for _, strategy := range s.Strategies {
			plain, err := Play(s, strategy, 7)
			if err != nil {
				t.Fatal(err)
			}
			watch := Watch{Changes: true}
			for i := range time.Duration(200) {
				watch.At = append(watch.At, i*i*time.Second/4)
			}
			watched, err := PlayWatched(s, strategy, 7, watch)
			if err != nil {
				t.Fatal(err)
			}
			same := reflect.DeepEqual(plain.Entries, watched.Entries) && plain.Trial == watched.Trial &&
				plain.Hash() == watched.Hash() && reflect.DeepEqual(plain.Incidents, watched.Incidents)
			if !same {
				t.Errorf("%s, %s: the run is another one when it is watched", name, strategy.Kind)
			}
			for i := range watched.Moments {
				if i > 0 && watched.Moments[i].At <= watched.Moments[i-1].At {
					t.Errorf("%s, %s: moment %d is out of order", name, strategy.Kind, i)
				}
			}
		}
	}
}

// A state that was kept is the one of its time: before anybody knows, during the hold-down, while
// the plan runs, and long after.
func TestAMomentIsTheStateOfItsTime(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 2*time.Hour)
	strategy := strategyOf(t, s, model.WarmStandby)
	plain, err := Play(s, strategy, seedOf(t))
	if err != nil {
		t.Fatal(err)
	}
	begun := plain.Decisions[0].At
	at := []time.Duration{
		20 * time.Hour, 0, 59 * time.Second, begun - time.Second, begun + time.Second,
	}
	story, err := PlayWatched(s, strategy, seedOf(t), Watch{At: at})
	if err != nil {
		t.Fatal(err)
	}
	if len(story.Moments) != len(at) {
		t.Fatalf("got %d moments, want %d", len(story.Moments), len(at))
	}
	failed := func(m *Moment) bool {
		evidence := m.Policy.EvidenceOn(&m.State, home)
		return evidence.Failed()
	}
	early, before, during, late := &story.Moments[1], &story.Moments[2], &story.Moments[3],
		&story.Moments[4]
	for _, m := range []*Moment{&story.Moments[0], early} {
		if failed(m) || m.State.Plan.Kind != failover.NoPlan || m.State.Primary != home {
			t.Errorf("at %s, before the fault: %+v", m.At, m.State.Plan)
		}
	}
	verdict := before.Policy.Explain(before.State, failover.RegionScope(home))
	until, holds := verdict.Until(failover.HoldDownGate)
	if !failed(before) || before.State.Plan.Kind != failover.NoPlan || !holds {
		t.Errorf("at %s: the hold-down does not hold: %+v", before.At, verdict.Gates)
	}
	if ends := before.Time(until); ends > begun || ends < begun-time.Second {
		t.Errorf("the hold-down was to end at %s, and the plan began at %s", ends, begun)
	}
	if during.State.Plan.Kind != failover.Failover || during.State.Plan.Subject != home {
		t.Errorf("at %s: got %+v, want a failover", during.At, during.State.Plan)
	}
	if late.At != 20*time.Hour || late.State.Plan.Kind != failover.NoPlan || late.State.Epoch < 2 {
		t.Errorf("at %s, long after: epoch %d, %+v", late.At, late.State.Epoch, late.State.Plan)
	}
}

// The leader's region is lost: while none is elected, the log's clock stands still, and an instant
// before the gap keeps the time that it had.
func TestAMomentWithoutALeader(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, time.Hour)
	strategy := strategyOf(t, s, model.WarmStandby)
	gaps := 0
	for seed := range uint64(20) {
		watch := Watch{At: []time.Duration{30 * time.Second, time.Minute + time.Second, 2 * time.Hour}}
		story, err := PlayWatched(s, strategy, seed, watch)
		if err != nil {
			t.Fatal(err)
		}
		start, gap, late := &story.Moments[0], &story.Moments[1], &story.Moments[2]
		if gap.Leader.Valid() {
			continue // Another region led.
		}
		gaps++
		if stood := gap.Time(gap.State.Now); stood > time.Minute {
			t.Errorf("seed %d: the log's clock shows %s, and its leader was lost after a minute",
				seed, stood)
		}
		if got := late.Time(start.State.Now); got != start.Time(start.State.Now) {
			t.Errorf("seed %d: what was at %s is later said to have been at %s", seed, start.At, got)
		}
		if now := late.Time(late.State.Now); now != 2*time.Hour {
			t.Errorf("seed %d: the log's clock shows %s after two hours", seed, now)
		}
	}
	if gaps == 0 {
		t.Error("the lost region never led")
	}
}

func TestATimeOutsideTheRunIsRefused(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, time.Hour)
	strategy := strategyOf(t, s, model.WarmStandby)
	end := 25*time.Hour + time.Minute
	for _, row := range []struct {
		name string
		at   time.Duration
		want bool
	}{
		{"before the start", -time.Second, true},
		{"the start", 0, false},
		{"the end", end, false},
		{"after the end", end + 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			story, err := PlayWatched(s, strategy, 1, Watch{At: []time.Duration{row.at}})
			var outside *OutsideRun
			if got := errors.As(err, &outside); got != row.want {
				t.Fatalf("got %v, want refused: %t", err, row.want)
			}
			if err == nil && len(story.Moments) != 1 {
				t.Errorf("got %d moments, want 1", len(story.Moments))
			}
		})
	}
}
