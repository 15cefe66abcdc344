package redoubt

import (
	"context"
	"slices"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

// An incident says what its runs assume, those of another strategy than its own included, which
// read the time of a switchover and of rewinding a copy where its own reads neither.
func TestAnIncidentSaysWhatItsRunsAssume(t *testing.T) {
	const name = "aws-2025-10-20"
	reports, err := Incidents(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"store.switchover", "people.approve", "people.resync"}
	if got := keysOf(reports[0].Assumed); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// Checks that alternate are run, for six lengths; Route 53's rule is not.
	for i, want := range []Other{{Strategy: model.HotStandby, Runs: 6 * 20}, {}} {
		if got := reports[0].Others[i]; got.Strategy != want.Strategy || got.Runs != want.Runs {
			t.Errorf("other %d: got %d runs of %s, want %d of %s", i+1, got.Runs, got.Strategy, want.Runs,
				want.Strategy)
		}
	}
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	if own := keysOf(s.AssumedBy(model.ActiveActive)); !slices.Equal(own, want[1:2]) {
		t.Errorf("its own strategy assumes %v, want %v", own, want[1:2])
	}
}

func keysOf(assumed []model.Assumption) (keys []string) {
	for _, a := range assumed {
		keys = append(keys, a.Key)
	}
	return keys
}

// What an incident runs is what it tells the assumptions of: a variant with a strategy of its own,
// what was in place then, and a single region where nothing was; what a rule says runs nothing.
func TestTheStrategiesThatAnIncidentRuns(t *testing.T) {
	own, other := model.HotStandby, model.PilotLight
	ruled := variant{strategy: model.BackupRestore, ruled: moved("repmgr")}
	for _, c := range []struct {
		name string
		of   known
		want []model.StrategyKind
	}{
		{"a decider's rule", known{decider: "orchestrator"}, []model.StrategyKind{own}},
		{"nothing then", known{}, []model.StrategyKind{own, model.SingleRegion}},
		{"the same then", known{then: &variant{}}, []model.StrategyKind{own, own}},
		{"another then", known{then: &variant{strategy: other}}, []model.StrategyKind{own, other}},
		{
			"others", known{decider: "orchestrator", others: []variant{{}, {strategy: other}, ruled}},
			[]model.StrategyKind{own, own, other},
		},
	} {
		c.of.strategy = own
		if got := c.of.kinds(); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
