package redoubt

import (
	"context"
	"slices"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// otherwise has an incident played with something different, and says which of its checks hold.
var otherwise = []struct {
	name, what string
	alter      func(k *known, s *model.Scenario)
	holds      []bool
}{
	{"github-2018-10-21", "nothing is decided", idle, []bool{true, true, true, true, false}},
	{
		"github-2018-10-21", "a decider that waits for a minute",
		func(k *known, _ *model.Scenario) { k.decider = "repmgr" },
		[]bool{false, false, false, true, true},
	},
	{
		"github-2018-10-21", "two minutes", lasts(2 * time.Minute),
		[]bool{true, true, true, false, false},
	},
	{"kinesis-2020-11-25", "nothing is decided", idle, []bool{false, true}},
	{"kinesis-2020-11-25", "missing data is a failure", func(_ *known, s *model.Scenario) {
		for i := range s.Checks {
			s.Checks[i].MissingFails = true
		}
	}, []bool{true, false}},
	{"facebook-2021-10-04", "nothing is decided", idle, []bool{true, true, false}},
	{"facebook-2021-10-04", "one region alone", by(alone), []bool{false, false, true}},
	{"facebook-2021-10-04", "ten minutes more", lasts(381 * time.Minute), []bool{true, false, true}},
	{"aws-2021-12-07", "nothing is decided", idle, []bool{true, false, false}},
	{"aws-2021-12-07", "the region itself is lost", func(_ *known, s *model.Scenario) {
		for i := range s.Timeline {
			if s.Timeline[i].Kind == model.ServiceLoss {
				s.Timeline[i].Kind = model.RegionLoss
			}
		}
	}, []bool{false, true, true}},
	{"cloudflare-2023-11-02", "nothing is decided", idle, []bool{true, false}},
	{
		"cloudflare-2023-11-02", "nothing is missing", by(without(model.MissingItem)),
		[]bool{false, false},
	},
	{"cloudflare-2024-03-26", "nothing is decided", idle, []bool{false, true, false}},
	{"cloudflare-2024-03-26", "no brake", func(_ *known, s *model.Scenario) {
		s.Settings.BrakeRegions = 0
	}, []bool{true, false, true}},
	{"cloudflare-2024-03-26", "as in 2023", by(dependent), []bool{false, true, false}},
	{"aws-2025-10-20", "nothing is decided", idle, []bool{false, false, true, true}},
	{
		"aws-2025-10-20", "machines can be had", by(without(model.CapacityRefused)),
		[]bool{true, false, true, true},
	},
	{"aws-2025-10-20", "without memory", forgetful, []bool{true, true, false, true}},
	{
		"aws-2025-10-20", "a decider that waits for an hour",
		func(k *known, _ *model.Scenario) { k.others[1].ruled = moved("azure-failover-group") },
		[]bool{true, true, true, false},
	},
}

// idle is a policy that only advises: nothing is done.
func idle(_ *known, s *model.Scenario) {
	for i := range s.Strategies {
		s.Strategies[i].Mode = model.Advise
	}
}

// forgetful is a policy without memory, with people who wait for nothing.
func forgetful(_ *known, s *model.Scenario) {
	set := &s.Settings
	set.HoldDown, set.Cooldown, set.BrakeAfter, set.BrakeRegions, set.FlapLimit = 0, 0, 0, 0, 0
	s.People.StableFor, s.People.Resync = time.Minute, model.Fixed(time.Minute)
}

// lasts has every fault last for another time.
func lasts(length time.Duration) func(*known, *model.Scenario) {
	return func(_ *known, s *model.Scenario) {
		for i := range s.Timeline {
			s.Timeline[i].Duration = length
		}
	}
}

// by is what a variant of an incident changes.
func by(alter func(*model.Scenario) ([]*model.Scenario, error)) func(*known, *model.Scenario) {
	return func(_ *known, s *model.Scenario) {
		if altered, err := alter(s); err == nil {
			*s = *altered[0]
		}
	}
}

// Every check of every incident is false when something is different, and some of those of each
// incident when nothing is decided.
func TestEveryCheckOfAnIncidentCanFail(t *testing.T) {
	failed := map[string]int{}
	for _, k := range knownIncidents() {
		for _, row := range otherwise {
			if row.name != k.name {
				continue
			}
			changed := k
			changed.others = slices.Clone(k.others)
			s, err := scenarios.Load(k.name)
			if err != nil {
				t.Fatal(err)
			}
			row.alter(&changed, s)
			r, err := changed.playOn(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			for i, check := range r.Checks {
				if check.Holds != row.holds[i] {
					t.Errorf("%s, %s: %q holds %t, want %t", k.name, row.what, check.What, check.Holds,
						row.holds[i])
				}
				if !check.Holds {
					failed[k.name+": "+check.What]++
				}
			}
			if row.what == "nothing is decided" && r.ChecksHold() {
				t.Errorf("%s: every check holds though nothing is decided", k.name)
			}
		}
		whole, err := k.play(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, check := range whole.Checks {
			if failed[k.name+": "+check.What] == 0 {
				t.Errorf("%s: %q never fails", k.name, check.What)
			}
		}
	}
}

// Where nothing is compared there is nothing to be within: those incidents are named.
func TestNothingIsWithinToleranceWhereNothingIsCompared(t *testing.T) {
	nothing := []string{"kinesis-2020-11-25"}
	for _, k := range knownIncidents() {
		r := &IncidentReport{Comparisons: k.compared}
		within, compared := r.WithinTolerance()
		if want := !slices.Contains(nothing, k.name); compared != want || within {
			t.Errorf("%s: compared %t and within %t, want %t, and nothing within before it is played",
				k.name, compared, within, want)
		}
	}
}
