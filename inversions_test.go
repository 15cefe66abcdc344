package redoubt

import (
	"context"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

func compared(t *testing.T, s *model.Scenario, trials int) *Comparison {
	t.Helper()
	c, err := Compare(context.Background(), s, CompareOptions{Trials: trials, Years: 5})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func embedded(t *testing.T, name string) *model.Scenario {
	t.Helper()
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A primary that two cut links isolate stops its writes. A single region asks nobody, and goes on.
func TestALostQuorumExplainsAnInversion(t *testing.T) {
	s := embedded(t, "warm-standby-two-region")
	s.Timeline, s.Hazards = nil, nil
	for peer := range model.RegionID(len(s.Regions)) {
		if peer != s.Primary() {
			s.Hazards = append(s.Hazards, model.Hazard{
				Kind: model.LinkCut, Region: s.Primary(), Peer: peer, PerYear: 50,
				Duration: model.Fixed(20 * time.Hour),
			})
		}
	}
	found := false
	for _, text := range compared(t, s, 30).Inversions {
		more := strings.Contains(text, "more than single-region")
		found = found || more && strings.Contains(text, model.DownQuorum.String())
		if strings.Contains(text, "unexplained") {
			t.Errorf("got %q, want it explained", text)
		}
	}
	if !found {
		t.Error("no strategy is down more than a single region for want of a quorum")
	}
}

// Who serves in a third region feels its loss.
func TestExposureExplainsAnInversion(t *testing.T) {
	s := embedded(t, "ecommerce-three-region")
	s.Hazards = append([]model.Hazard(nil), s.Hazards...)
	s.Hazards[1].PerYear, s.Hazards[2].PerYear = 0, 0.1 // One in nine outages.
	found := false
	for _, text := range compared(t, s, 100).Inversions {
		found = found || strings.HasPrefix(text, "read-local is down") &&
			strings.Contains(text, model.DownExposed.String())
	}
	if !found {
		t.Error("read-local's exposure is not said")
	}
}

// hoursBy is a year's downtime of one trial, in hours by cause.
type hoursBy [model.DownCauseCount]float64

// resultOf returns a strategy's result with what each of its trials was down for.
func resultOf(kind model.StrategyKind, of func(trial int) hoursBy) *StrategyResult {
	r := &StrategyResult{Kind: kind, Outcome: model.Outcome{Horizon: model.Year}}
	for i := range 40 {
		var trial model.Trial
		for cause, lasted := range of(i) {
			trial.DownBy[cause] = time.Duration(lasted * float64(time.Hour))
			trial.Down += trial.DownBy[cause]
			if lasted > 0 {
				trial.Stretches[cause] = 1
			}
		}
		r.Outcome.Trials = append(r.Outcome.Trials, trial)
	}
	return r
}

func TestWhatNoCauseExplainsIsSaid(t *testing.T) {
	cases := []struct {
		name   string
		richer func(trial int) hoursBy
		want   []string
		not    string
	}{
		{"all of it is explained", func(int) hoursBy {
			return hoursBy{model.DownFailover: 0.25, model.DownQuorum: 1}
		}, []string{
			": " + model.DownQuorum.String() + " (1.0 h a year against 0 s, 1 times a year against 0); ",
			"; " + model.DownFailover.String() + " (15.0 min a year",
		}, "unexplained"},
		{"a part of it is", func(trial int) hoursBy {
			down := hoursBy{model.DownQuorum: 1}
			if trial == 0 {
				down[model.DownPlanned] = 1
			}
			return down
		}, []string{model.DownQuorum.String(), "; 1.5 min of it are unexplained"},
			model.DownPlanned.String()},
		{"none of it is", func(trial int) hoursBy {
			var down hoursBy
			if trial%5 == 0 && trial < 35 { // Seven causes, once each.
				down[trial/5] = 1
			}
			return down
		}, []string{": unexplained: "}, " h a year against"},
		{"too little to tell", func(trial int) hoursBy {
			var down hoursBy
			if trial == 0 {
				down[model.DownQuorum] = 1
			}
			return down
		}, []string{": too little to tell apart"}, "unexplained"},
	}
	nothing := resultOf(model.HotStandby, func(int) hoursBy { return hoursBy{} })
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := downInversion(nothing, resultOf(model.ReadLocal, c.richer))
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q in it", got, want)
				}
			}
			if strings.Contains(got, c.not) {
				t.Errorf("got %q, want no %q in it", got, c.not)
			}
		})
	}
	if got := downInversion(nothing, nothing); got != "" {
		t.Errorf("got %q of two that are alike, want nothing", got)
	}
}

// A difference of cost is explained by the categories of the bill; without a bill there is none.
func TestTheBillExplainsACheaperStrategy(t *testing.T) {
	s := embedded(t, "ecommerce-three-region")
	find := func() string {
		for _, text := range compared(t, s, 2).Inversions {
			if strings.HasPrefix(text, "read-local costs") {
				return text
			}
		}
		return ""
	}
	if got := find(); !strings.Contains(got, "$120,000 less for compute") ||
		strings.Contains(got, "unexplained") {
		t.Errorf("got %q, want what compute costs less", got)
	}
	s.Bill = nil
	if got := find(); got != "" {
		t.Errorf("got %q without a price", got)
	}
}
