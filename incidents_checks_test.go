package redoubt

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// What a check is about can be otherwise: with the figures of a variant in place of those that it
// looks at, it does not hold.
func TestChecksHangOnWhatIsPlayed(t *testing.T) {
	rows := []struct {
		name  string
		swap  func(r *IncidentReport)
		holds []bool
	}{
		{
			"github-2018-10-21", func(r *IncidentReport) { r.WithRedoubt = nil },
			[]bool{true, true, true, false, false},
		},
		{
			"kinesis-2020-11-25",
			func(r *IncidentReport) { r.Simulated, r.WithRedoubt = r.WithRedoubt, r.Simulated },
			[]bool{false, false},
		},
		{
			"aws-2021-12-07", func(r *IncidentReport) { r.Others[1].Figures = r.WithRedoubt },
			[]bool{false, true, true},
		},
		{
			"aws-2021-12-07", func(r *IncidentReport) { r.WithRedoubt = r.Others[0].Figures },
			[]bool{true, false, true},
		},
		{
			"aws-2021-12-07", func(r *IncidentReport) { r.Others[0].Figures = r.WithRedoubt },
			[]bool{true, true, false},
		},
		{
			"cloudflare-2023-11-02", func(r *IncidentReport) { r.WithRedoubt = r.Others[1].Figures },
			[]bool{false, false},
		},
		{
			"cloudflare-2024-03-26", func(r *IncidentReport) { r.WithRedoubt = r.Simulated },
			[]bool{false, true, false},
		},
		{
			"cloudflare-2024-03-26", func(r *IncidentReport) { r.Simulated = r.WithRedoubt },
			[]bool{true, false, false},
		},
		{
			"aws-2025-10-20", func(r *IncidentReport) { r.WithRedoubt = r.Simulated },
			[]bool{false, false, true, true},
		},
		{
			"aws-2025-10-20", func(r *IncidentReport) { r.Others[1].Figures = r.Others[0].Figures },
			[]bool{true, true, true, false},
		},
	}
	for _, row := range rows {
		reports, err := Incidents(context.Background(), row.name)
		if err != nil {
			t.Fatal(err)
		}
		r := reports[0]
		row.swap(r)
		for _, k := range knownIncidents() {
			if k.name != row.name {
				continue
			}
			for i, check := range k.checks(r) {
				if check.Holds != row.holds[i] {
					t.Errorf("%s: %q holds %t, want %t", row.name, check.What, check.Holds, row.holds[i])
				}
			}
		}
	}
}

// It is redoubt's memory that keeps it from following checks that alternate: a policy without
// hold-down, cooldown, brake and count of returns follows them, and people who wait for nothing
// bring all back each time.
func TestAPolicyWithoutMemoryFollowsAlternatingChecks(t *testing.T) {
	k := aws2025()
	k.others[0].runs = 3
	remembers := k.others[0].alter
	k.others[0].alter = func(s *model.Scenario) ([]*model.Scenario, error) {
		changed := *s
		forgetful(&k, &changed)
		return remembers(&changed)
	}
	s, err := scenarios.Load(k.name)
	if err != nil {
		t.Fatal(err)
	}
	figures, err := k.others[0].play(context.Background(), &k, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := figureOf(figures, "failovers").High; got <= 1 {
		t.Errorf("got %g failovers at most without memory, want more than one", got)
	}
}

// The outages of 2023 and 2024 are one scenario but for the dependency, and for how long the site
// is lost: no other number can make the difference.
func TestThePairDiffersInTheDependencyAlone(t *testing.T) {
	var pair []model.Scenario
	for _, name := range []string{unnoticed, "cloudflare-2024-03-26"} {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		missing := func(f model.Fault) bool { return f.Kind == model.MissingItem }
		s.Timeline = slices.DeleteFunc(s.Timeline, missing)
		for i := range s.Timeline {
			s.Timeline[i].Place, s.Timeline[i].Duration = model.Place{}, 0
		}
		s.Name, s.Title, s.Description, s.Expected = "", "", "", nil
		pair = append(pair, *s)
	}
	if !reflect.DeepEqual(pair[0], pair[1]) {
		t.Error("the two differ in more than the dependency")
	}
}

// The alternation covers what was published, half of it bad at every length that divides it.
func TestChecksAlternateForAsLongAsPublished(t *testing.T) {
	s, err := scenarios.Load("aws-2025-10-20")
	if err != nil {
		t.Fatal(err)
	}
	all, err := alternate(s)
	if err != nil || len(all) != len(lengths()) {
		t.Fatalf("got %d scenarios and %v, want %d", len(all), err, len(lengths()))
	}
	for i, length := range lengths() {
		bad, end := time.Duration(0), time.Duration(0)
		for _, f := range all[i].Timeline {
			if f.At < end {
				t.Errorf("%s: two faults overlap at %s", length, f.At)
			}
			bad, end = bad+f.Duration, f.At+f.Duration
		}
		if off := bad - alternating/2; off < 0 || off > length {
			t.Errorf("%s: bad for %s, want half of %s", length, bad, alternating)
		}
		if last := end - onset(s); last > alternating {
			t.Errorf("%s: it alternates for %s, want %s at most", length, last, alternating)
		}
	}
}
