package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"redoubt"
	"redoubt/deciders"
	"redoubt/model"
)

// ownDecider is redoubt's own, as a scenario sets it.
func ownDecider() deciders.Decider {
	return deciders.Decider{
		Name: "redoubt", Title: "redoubt", Source: "docs/decisions.md", Rule: "It waits.",
		LeftOut: "nothing.", Constants: []deciders.Constant{
			{Name: "check api", Value: "10s x 3 with a timeout of 6s", Source: "the scenario"},
			{Name: "hold_down", Value: "1m0s", Source: "the scenario, policy.hold_down"},
		},
	}
}

// policyTest is a small result with a policy of every sort.
func policyTest() *redoubt.PolicyTest {
	constants := []deciders.Constant{
		{Name: "interval", Value: "10 s", Source: "https://example.org/config"},
		{Name: "quorum", Value: "2", Source: "https://example.org/notes", Unverified: true},
	}
	wait := deciders.Wait{What: "its next poll", Fixed: 5 * time.Second, Spread: 10 * time.Second}
	hasty := deciders.Decider{
		Name: "hasty", Title: "Hasty", Source: "https://example.org/rule", Rule: "It polls and acts.",
		LeftOut: "its moods.", Constants: constants, Switch: "eager=true",
		EarliestSum: "interval - 5 s + 1 s", LatestSum: "interval + 5 s + 1 s",
		Differs: "interval alone leaves out its breath.",
		Paths:   [][]deciders.Wait{{wait}, {{What: "nothing much", Fixed: time.Second}}},
		Then:    []deciders.Wait{{What: "a breath", Fixed: time.Second}},
		Fence:   []deciders.Wait{{What: "its lease", Fixed: 8 * time.Second}},
	}
	blind := deciders.Decider{
		Name: "blind", Title: "Blind", Source: "https://example.org/blind", Rule: "It looks elsewhere.",
		LeftOut: "nothing.", Blind: "it looks elsewhere", TrafficOnly: true,
	}
	nan, never := math.NaN(), model.Estimate{High: 0.0076}
	short, long := 10*time.Second, 43*time.Second
	return &redoubt.PolicyTest{
		Scenario: estate(), Strategy: model.WarmStandby, Seed: 7, Runs: 500,
		Cuts:   []time.Duration{short, long},
		Stakes: deciders.Stakes{WritesPerSecond: 10, Side: 0.5, Lag: 500 * time.Millisecond},
		Policies: []redoubt.Policy{
			{
				Decider: hasty, DecidesEarliest: 6 * time.Second, DecidesLatest: 16 * time.Second,
				Stops: true, StopsEarliest: 8 * time.Second, StopsLatest: 8 * time.Second,
				Results: []redoubt.CutResult{
					{Cut: short, Begun: 0.4, Promoted: 0.4, Earliest: 6 * time.Second, Latest: short,
						PromotedEarliest: 6 * time.Second, PromotedLatest: short,
						AtRisk: 8500 * time.Millisecond, WritesAtRisk: 45},
					{Cut: long, Begun: 1, Promoted: 1, Earliest: 6 * time.Second, Latest: 16 * time.Second,
						PromotedEarliest: 6 * time.Second, PromotedLatest: 16 * time.Second,
						AtRisk: 8500 * time.Millisecond, WritesAtRisk: 45},
				},
			},
			{Decider: blind, Results: []redoubt.CutResult{
				{Cut: short, WritesAtRisk: nan}, {Cut: long, WritesAtRisk: nan},
			}},
			{
				Decider: ownDecider(), Simulated: true, DecidesEarliest: 44 * time.Second,
				DecidesLatest: 50 * time.Second,
				Results: []redoubt.CutResult{
					{Cut: short, WritesAtRisk: nan, BegunWithin: never, PromotedWithin: never},
					{Cut: long, Begun: 0.5, Promoted: 0.062,
						BegunWithin:    model.Estimate{Mean: 0.5, Low: 0.4563, High: 0.5437},
						PromotedWithin: model.Estimate{Mean: 0.062, Low: 0.044, High: 0.0867},
						Earliest:       44 * time.Second, Latest: 50 * time.Second, AtRisk: 9 * time.Second,
						WritesAtRisk: 4.5, PromotedEarliest: 41 * time.Second, PromotedLatest: 95 * time.Second,
						InCut: redoubt.Promotions{
							Runs: 1, Earliest: 41 * time.Second, Latest: 41 * time.Second,
							Share:  model.Estimate{Mean: 0.002, Low: 0.001, High: 0.104},
							Writes: model.Estimate{Mean: 12, Low: math.Inf(-1), High: math.Inf(1)},
							Least:  12, Most: 12,
						},
						AfterCut: redoubt.Promotions{
							Runs: 30, Earliest: 45 * time.Second, Latest: 95 * time.Second,
							Share:  model.Estimate{Mean: 0.06, Low: 0.02, High: 0.162},
							Writes: model.Estimate{Mean: 0.75, Low: 0.25, High: 1.25}, Least: 0, Most: 2,
						}},
				},
			},
		},
	}
}

func TestPoliciesInEveryForm(t *testing.T) {
	view := policiesView{PolicyTest: policyTest(), asked: source{name: "shop.toml"}}
	allForms(t, "policies", view)
	allForms(t, "policy-rules", rulesView{view})
}

// The keys that others may rely on, in the real result.
func TestPoliciesKeepTheirContract(t *testing.T) {
	var stdout, stderr bytes.Buffer
	arguments := []string{"policies", "--output", "json", "--runs", "5"}
	if code := run(context.Background(), arguments, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	var data struct {
		Policies []struct {
			Name, Source string
			TrafficOnly  bool `json:"traffic_only"`
			Results      []map[string]any
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &data); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range data.Policies {
		names = append(names, p.Name)
		if p.Source == "" || len(p.Results) != len(redoubt.NamedCuts()) {
			t.Errorf("%s has source %q and %d results", p.Name, p.Source, len(p.Results))
		}
		for _, r := range p.Results {
			for _, key := range []string{
				"partition_seconds", "share_promoted", "earliest_seconds", "latest_seconds",
				"writes_at_risk",
			} {
				if _, has := r[key]; !has {
					t.Errorf("%s has no %s", p.Name, key)
				}
			}
			promoted, is := r["share_promoted"].(float64)
			if is == p.TrafficOnly || promoted < 0 || promoted > 1 {
				t.Errorf("%s: share_promoted is %v", p.Name, r["share_promoted"])
			}
		}
	}
	want := "orchestrator orchestrator-60s vtorc patroni pg_auto_failover stolon repmgr route-53 " +
		"route-53-fast k8gb azure-sql redoubt redoubt-no-hold"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got policies %s, want %s", got, want)
	}
}

// A row answers what share promotes, when, and what is at risk then. Where nothing is promoted
// there is no time and no risk, whatever was decided.
func TestPoliciesSayWhenTheyPromote(t *testing.T) {
	for _, strategy := range []string{"warm-standby", "backup-restore"} {
		var stdout, stderr bytes.Buffer
		arguments := []string{"policies", "--output", "json", "--runs", "40", "--strategy", strategy}
		if code := run(context.Background(), arguments, &stdout, &stderr); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
		var data policiesData
		if err := json.Unmarshal(stdout.Bytes(), &data); err != nil {
			t.Fatal(err)
		}
		if data.KeepsReplica != (strategy == "warm-standby") {
			t.Errorf("%s: got keeps_replica %t", strategy, data.KeepsReplica)
		}
		promoted, decided := 0, 0
		for _, p := range data.Policies {
			for _, r := range p.Results {
				if p.TrafficOnly {
					continue
				}
				some := r.SharePromoted > 0
				if some != (r.LatestSeconds > 0) || !some && r.WritesAtRisk != 0 ||
					r.EarliestSeconds > r.LatestSeconds || p.Simulated != (r.SampledRuns != nil) ||
					p.Simulated && some && r.EarliestSeconds <= r.DecidedEarliest {
					t.Errorf("%s, %s: %+v", strategy, p.Name, r)
				}
				if some {
					promoted++
				}
				if r.ShareDecided > 0 {
					decided++
				}
			}
		}
		if decided == 0 || (promoted > 0) != data.KeepsReplica {
			t.Errorf("%s: %d cuts decided on, %d promoted in", strategy, decided, promoted)
		}
	}
}

// The table is what people paste into tickets: it stays within the width of running text.
func TestThePolicyTableIsNarrow(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"policies"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	for line := range strings.SplitSeq(stdout.String(), "\n") {
		if width := utf8.RuneCountInString(line); width > textWidth {
			t.Errorf("got %d columns, want at most %d:\n%s", width, textWidth, line)
		}
	}
}

// What cannot decide by itself says so, so that a row of zeros is no puzzle.
func TestPoliciesSayWhyNothingIsDecided(t *testing.T) {
	for _, row := range []struct{ strategy, want string }{
		{"single-region", "- redoubt: single-region has nowhere to fail over to: "},
		{"backup-restore", "- redoubt: backup-restore is in mode manual: nothing moves without people"},
		{"warm-standby", ""},
	} {
		var stdout, stderr bytes.Buffer
		arguments := []string{"policies", "--runs", "1", "--strategy", row.strategy}
		if code := run(context.Background(), arguments, &stdout, &stderr); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
		_, after, _ := strings.Cut(stdout.String(), "\n- redoubt: ")
		if got := "\n- redoubt: " + after; row.want != "" && !strings.HasPrefix(got, "\n"+row.want) ||
			row.want == "" && strings.Contains(got, "has nowhere") {
			t.Errorf("%s: got the remark %.80q, want %q", row.strategy, got, row.want)
		}
	}
}

// An interrupted test says so, and on how many runs it rests.
func TestInterruptedPoliciesSaySo(t *testing.T) {
	view := policiesView{PolicyTest: policyTest(), asked: source{name: "shop.toml"}, partial: true}
	var text bytes.Buffer
	view.document().writeText(&text)
	const want = "INTERRUPTED: what follows of redoubt rests on 500 runs of each cut."
	if !strings.Contains(text.String(), want) {
		t.Errorf("got\n%s\nwant %q", text.String(), want)
	}
	if data, ok := view.structure().(policiesData); !ok || !data.Interrupted {
		t.Errorf("got %+v, want it interrupted", data)
	}
}

// rulesTitle begins docs/policies.md; what follows is what the command prints.
const rulesTitle = `# The rules behind the 43-second test

Written by ` + "`redoubt policies --rules --output markdown`" + `: the same data decides. The last
two sections are redoubt's own, with the settings of the built-in ` + defaultScenario + `.

`

func TestTheRulesAreDocumented(t *testing.T) {
	var stdout, stderr bytes.Buffer
	arguments := []string{"policies", "--rules", "--output", "markdown"}
	if code := run(context.Background(), arguments, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	const path = "../../docs/policies.md"
	want := rulesTitle + stdout.String()
	switch got, err := os.ReadFile(path); {
	case err == nil && string(got) == want:
	case *update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s (%v) does not say what the rules are: run make golden", path, err)
	}
}
