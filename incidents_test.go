package redoubt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"redoubt/scenarios"
)

func TestIncidentsAreAsPublished(t *testing.T) {
	reports, err := Incidents(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		if len(r.Checks) == 0 {
			t.Errorf("%s: nothing is held to what was published", r.Name)
		}
		for _, check := range r.Checks {
			if !check.Holds {
				t.Errorf("%s: does not hold: %s", r.Name, check.What)
			}
		}
		for _, p := range r.Published {
			if p.Source == "" {
				t.Errorf("%s: %s has no source", r.Name, p.Key)
			}
		}
		never := []string{"split_brain_seconds"}
		if slices.Contains(leftAlone, r.Name) {
			never = []string{"failovers", "lost_writes", "split_brain_seconds"}
		}
		for _, key := range never {
			if f := figureOf(r.WithRedoubt, key); f.High != 0 {
				t.Errorf("%s: got %s %g to %g with redoubt, want 0", r.Name, key, f.Low, f.High)
			}
		}
	}
}

// leftAlone are those in which the right action is none.
var leftAlone = []string{"github-2018-10-21", "kinesis-2020-11-25", "facebook-2021-10-04"}

// Every incident has its scenario, and every scenario of the group its incident.
func TestIncidentsHaveTheirScenarios(t *testing.T) {
	var have []string
	for _, s := range scenarios.List() {
		if s.Group == scenarios.IncidentGroup {
			have = append(have, s.Name)
		}
	}
	want := slices.Sorted(slices.Values(IncidentNames()))
	if !slices.Equal(have, want) {
		t.Errorf("got the scenarios %v, want %v", have, want)
	}
}

// The checks must be able to fail: other deciders would not have done what GitHub's did.
func TestChecksOfAnIncidentCanFail(t *testing.T) {
	rows := []struct {
		decider string
		holds   []bool
	}{
		{"orchestrator", []bool{true, true, true, true, true}},
		// What is left out says so: with MySQL's own timeout nothing is promoted in 43 s.
		{"orchestrator-60s", []bool{false, false, false, true, true}},
		{"repmgr", []bool{false, false, false, true, true}},
		// It promotes, and its old primary has stopped by then.
		{"patroni", []bool{true, false, true, true, true}},
	}
	for _, row := range rows {
		k := github2018()
		k.decider = row.decider
		r, err := k.play(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for i, check := range r.Checks {
			if check.Holds != row.holds[i] {
				t.Errorf("%s: %q holds %t, want %t", row.decider, check.What, check.Holds, row.holds[i])
			}
		}
		if within, _ := r.WithinTolerance(); within != (row.decider == "orchestrator") {
			t.Errorf("%s is within tolerance: %t", row.decider, within)
		}
	}
}

func TestIncidentsRefuseUnknownNames(t *testing.T) {
	if _, err := Incidents(context.Background(), "github-2018"); err == nil {
		t.Error("got no error for a name that is unknown")
	}
	reports, err := Incidents(context.Background(), "facebook-2021-10-04")
	if err != nil || len(reports) != 1 || reports[0].Name != "facebook-2021-10-04" {
		t.Errorf("got %d reports and %v, want the one asked for", len(reports), err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if reports, err := Incidents(ctx); !errors.Is(err, context.Canceled) || len(reports) != 0 {
		t.Errorf("got %d reports and %v, want none and the context's error", len(reports), err)
	}
}

// Every run is told of once, and there are as many as was said from the start.
func TestIncidentsTellOfEveryRun(t *testing.T) {
	last, of := 0, 0
	names := []string{"github-2018-10-21", "facebook-2021-10-04", "cloudflare-2023-11-02"}
	_, err := PlayIncidents(context.Background(), IncidentsOptions{
		Names: names, Progress: func(done, total int) {
			if done != last+1 || of > 0 && total != of {
				t.Fatalf("got %d of %d after %d of %d", done, total, last, of)
			}
			last, of = done, total
		},
	})
	if err != nil || last != of || last < 3*IncidentRuns {
		t.Errorf("got %d of %d runs, and the error %v", last, of, err)
	}
}

// What was played to its end is kept when the rest is interrupted.
func TestInterruptedIncidentsKeepThoseThatAreDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	names := []string{"github-2018-10-21", "facebook-2021-10-04"}
	reports, err := PlayIncidents(ctx, IncidentsOptions{
		Names: names, Progress: func(done, total int) {
			if done == total-1 {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || len(reports) != 1 {
		t.Fatalf("got %d reports and %v, want the first one and the context's error", len(reports), err)
	}
	alone, err := Incidents(context.Background(), names[0])
	if err != nil || fmt.Sprint(*reports[0]) != fmt.Sprint(*alone[0]) {
		t.Errorf("got %+v (%v), want %+v", *reports[0], err, *alone[0])
	}
}
