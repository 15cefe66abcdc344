package redoubt_test

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestTopology looks at a scenario when all is well, at the loss of its primary region, and after a
// failover, and adds up who is sent where.
func TestTopology(t *testing.T) {
	s, err := scenarios.Load("warm-standby-two-region")
	if err != nil {
		t.Fatal(err)
	}
	first, err := redoubt.Simulate(s, redoubt.SimulateOptions{
		Strategy: model.WarmStandby, Seed: 1, Untraced: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var moved time.Duration
	for _, entry := range first.Timeline {
		if entry.Text == "verify is done" && moved == 0 {
			moved = entry.At
		}
	}
	run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
		Strategy: model.WarmStandby, Seed: 1,
		Explain: redoubt.Explain{At: []time.Duration{time.Second, moved}},
	})
	if err != nil || moved == 0 {
		t.Fatalf("traffic moved at %s, %v", moved, err)
	}
	primary, secondary := s.Primary(), s.Secondary()
	for _, test := range []struct {
		name            string
		is              *redoubt.Topology
		first, second   string
		sent            model.RegionID
		impaired, leads bool
	}{
		{"well", redoubt.TopologyOf(s, model.WarmStandby), "primary", "standby", primary, false, false},
		{"lost", run.TopologyAt(time.Second), "primary", "standby", primary, true, true},
		{"moved", run.TopologyAt(moved), "standby", "primary", secondary, true, true},
	} {
		users, leaders := 0.0, 0
		for _, r := range test.is.Regions {
			users += r.Users
			if r.Leads {
				leaders++
			}
		}
		one, other := test.is.Regions[primary], test.is.Regions[secondary]
		if one.Role != test.first || other.Role != test.second ||
			test.is.Regions[test.sent].Users != users || math.Abs(users-1) > 1e-9 ||
			len(one.Impaired) > 0 != test.impaired || leaders > 0 != test.leads {
			t.Errorf("%s: got %+v", test.name, test.is.Regions)
		}
		if last := test.is.Regions[len(s.Regions)-1]; last.Role != "witness" || last.Users != 0 {
			t.Errorf("%s: the witness is %+v", test.name, last)
		}
		if want := len(s.Regions) * (len(s.Regions) - 1); len(test.is.Ways) != want {
			t.Errorf("%s: %d ways, want %d", test.name, len(test.is.Ways), want)
		}
	}
}

// TestTopologyHasCutWays cuts the way between two regions, and says so of both directions and of
// nothing else.
func TestTopologyHasCutWays(t *testing.T) {
	s, err := scenarios.Load("github-2018-10-21")
	if err != nil {
		t.Fatal(err)
	}
	run, err := redoubt.Simulate(s, redoubt.SimulateOptions{Strategy: model.HotStandby, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	cut := func(at time.Duration) (ways []string) {
		for _, way := range run.TopologyAt(at).Ways {
			if way.Cut {
				ways = append(ways, way.From+" to "+way.To)
			}
		}
		return ways
	}
	held, over := 0, time.Duration(0)
	for _, span := range run.Spans {
		if span.Part.String() != "link" {
			continue
		}
		over = max(over, span.To)
		one, other := s.Regions[span.Region].Name, span.Lane
		for _, way := range []string{one + " to " + other, other + " to " + one} {
			if held++; !slices.Contains(cut(span.From), way) {
				t.Errorf("at %s the way from %s is not cut", span.From, way)
			}
		}
	}
	if still := cut(over); held == 0 || len(still) > 0 {
		t.Errorf("of %d ways at %s these are still cut: %v", held, over, still)
	}
	for _, way := range redoubt.TopologyOf(s, model.HotStandby).Ways {
		if way.Cut || way.RTT <= 0 {
			t.Errorf("when all is well the way is %+v", way)
		}
	}
}

// TestTopologyHasSources says of each distance where it is from: who measured it, which key states
// it, or that nobody verified it.
func TestTopologyHasSources(t *testing.T) {
	text, err := scenarios.Text("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	linked := string(text) + `
[[link]]
between = ["us-east-1", "eu-west-1"]
rtt = "80ms"
jitter = "2ms"
`
	assumed := regexp.MustCompile(`(?m)^lag(_in)? = .*$`).ReplaceAllString(linked, "")
	assumed = strings.Replace(assumed, `"single-writer"`, `"s3-time-control"`, 1)
	const stated = "the scenario's link[0].rtt, and the mean of link[0].jitter"
	const measured = "cloudping.co p50 over 1Y captured 2025-05-29 via " +
		"github:oaustegard/oaustegard.github.io web-utilities/aws-ping-p50-1y.json@22f8adc2 " +
		"(latency_aws.csv)"
	ways := []string{
		"round trips us-east-1 to eu-west-1: " + stated,
		"round trips us-east-1 to ap-southeast-1, eu-west-1 to ap-southeast-1: " + measured,
	}
	for _, test := range []struct {
		name, text string
		lags       []string
	}{
		{"stated", linked, []string{
			"lag of orders in eu-west-1: the scenario's store[0].lag",
			"lag of orders in ap-southeast-1: the scenario's store[0].lag_in.ap-southeast-1",
		}},
		{"assumed", assumed, []string{"lag of orders in eu-west-1, ap-southeast-1: " +
			"unverified: an assumption of the kind s3-time-control"}},
	} {
		path := filepath.Join(t.TempDir(), "estate.toml")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Load(path)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		want := slices.Concat(ways, test.lags)
		if got := redoubt.TopologyOf(s, model.WarmStandby).Sources(); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, strings.Join(got, "\n"),
				strings.Join(want, "\n"))
		}
		s.Sources = model.Sources{}
		for _, text := range redoubt.TopologyOf(s, model.WarmStandby).Sources() {
			if !strings.HasSuffix(text, ": unverified") {
				t.Errorf("%s: got %q of what nobody said", test.name, text)
			}
		}
	}
}
