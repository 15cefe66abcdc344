package redoubt_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// facing runs the test of a scenario.
func facing(t *testing.T, name string, runs int) *redoubt.PolicyTest {
	t.Helper()
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	test, err := redoubt.Policies(context.Background(), s, redoubt.PoliciesOptions{
		Strategy: model.WarmStandby, Runs: runs, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return test
}

func policyNamed(t *testing.T, test *redoubt.PolicyTest, name string) redoubt.Policy {
	t.Helper()
	for _, p := range test.Policies {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no policy is named %s", name)
	return redoubt.Policy{}
}

func TestThe43SecondTest(t *testing.T) {
	test := facing(t, "warm-standby-two-region", 40)
	again := facing(t, "warm-standby-two-region", 40)
	for i, p := range test.Policies {
		if len(p.Results) != len(test.Cuts) {
			t.Fatalf("%s has %d results, want %d", p.Name, len(p.Results), len(test.Cuts))
		}
		for k, r := range p.Results {
			bad := r.Begun < 0 || r.Begun > 1 || r.Promoted < 0 || r.Promoted > r.Begun ||
				r.Earliest > r.Latest || r.Cut != test.Cuts[k] || p.Simulated &&
				r.Promoted != float64(r.InCut.Runs+r.AfterCut.Runs)/float64(test.Runs)
			if bad {
				t.Errorf("%s: %+v is out of bounds", p.Name, r)
			}
			other := again.Policies[i].Results[k]
			if math.IsNaN(r.WritesAtRisk) && math.IsNaN(other.WritesAtRisk) {
				r.WritesAtRisk, other.WritesAtRisk = 0, 0
			}
			if !reflect.DeepEqual(r, other) {
				t.Errorf("%s: %+v, then %+v", p.Name, r, other)
			}
		}
	}
	const named = 2 // NamedCuts()[2] is NamedCut.
	held, bare := policyNamed(t, test, "redoubt"), policyNamed(t, test, "redoubt-no-hold")
	if r := held.Results[named]; r.Begun != 0 || r.Promoted != 0 {
		t.Errorf("with a hold-down of a minute a cut of 43 s came to %+v", r)
	}
	// Checks of 10 s x 3 with a timeout of 6 s: T+26 to T+36 for one observer, T+38 with messages.
	if r := bare.Results[named]; r.Begun != 1 || r.Earliest < 26*time.Second ||
		r.Latest > 38*time.Second {
		t.Errorf("without a hold-down a cut of 43 s came to %+v, want a decision at 26 to 38 s", r)
	}
	// Wilson's intervals of 0 of 40 and of 40 of 40, by hand: 1.96^2 / (40 + 1.96^2) is 0.0876.
	none, all := held.Results[named].BegunWithin, bare.Results[named].BegunWithin
	if none.Low != 0 || math.Abs(none.High-0.0876) > 1e-4 || all.High != 1 ||
		math.Abs(all.Low-0.9124) > 1e-4 || held.Results[named].PromotedWithin != none {
		t.Errorf("the intervals of none and of all 40 runs are %+v and %+v", none, all)
	}
	last := len(test.Cuts) - 1
	if r := held.Results[last]; r.Begun != 1 || r.Earliest < 86*time.Second {
		t.Errorf("a cut of 10 min came to %+v, want a failover after the hold-down", r)
	}
	if r := policyNamed(t, test, "route-53").Results[last]; r.Begun != 0 {
		t.Errorf("route-53 sees a cut between regions: %+v", r)
	}
}

// What is interrupted is the test of fewer runs, as many of every cut.
func TestInterruptedPoliciesKeepTheRunsThatAreDone(t *testing.T) {
	s, err := scenarios.Load("warm-standby-two-region")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	last, of := 0, 2*len(redoubt.NamedCuts())
	test, err := redoubt.Policies(ctx, s, redoubt.PoliciesOptions{
		Strategy: model.WarmStandby, Runs: 1000, Seed: 1, Progress: func(done, total int) {
			if done != last+of || total != 1000*of {
				t.Errorf("got %d of %d after %d", done, total, last)
			}
			if last = done; done == 30*of {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || test == nil || test.Runs != 30 {
		t.Fatalf("got %+v and %v, want 30 runs and the context's error", test, err)
	}
	want := facing(t, "warm-standby-two-region", 30)
	if fmt.Sprint(test.Policies) != fmt.Sprint(want.Policies) {
		t.Errorf("got %+v\nwant %+v", test.Policies, want.Policies)
	}
}

func TestPoliciesRefuseAStrategyThatCannotBeBuilt(t *testing.T) {
	s, err := scenarios.Load("warm-standby-two-region")
	if err != nil {
		t.Fatal(err)
	}
	options := redoubt.PoliciesOptions{Strategy: model.ActiveActive, Runs: 1}
	if _, err := redoubt.Policies(context.Background(), s, options); err == nil {
		t.Error("no error for a strategy that the scenario does not run")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	options.Strategy = model.WarmStandby
	if _, err := redoubt.Policies(ctx, s, options); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want the context's", err)
	}
}

// What the others promote is one writer: figures of a strategy or a store with several would be of
// something else, beside redoubt's own.
func TestPoliciesAreOfOneWriter(t *testing.T) {
	for name, want := range map[string]string{
		"ecommerce-three-region": "every region writes under active-active",
		"quorum-store":           "dynamodb-strong, which nobody promotes",
	} {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		options := redoubt.PoliciesOptions{Strategy: model.ActiveActive, Runs: 1}
		if name == "quorum-store" {
			options.Strategy = model.HotStandby
		}
		if _, err := redoubt.Policies(t.Context(), s, options); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", name, err, want)
		}
	}
}
