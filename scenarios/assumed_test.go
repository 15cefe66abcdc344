package scenarios_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

// leftOut is the least scenario with something more, in which every default is read.
func leftOut(t *testing.T, more string) *model.Scenario {
	t.Helper()
	data, err := os.ReadFile("testdata/good/minimal.toml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Read("left-out.toml", append(data, more...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const everyFeature = `
[routing]
policy = "anycast"

[cache]
hit_ratio = "90%"

[scaling]
reaction = "5m"

[[store]]
name = "reports"
kind = "rds-replica"
lag = "1s"

[[store]]
name = "files"
kind = "s3-time-control"

[[hazard]]
kind = "replication-stall"
region = "eu-west-1"
store = "orders"
rate = "1/year"
duration = "10m"
source = "a test"

[[hazard]]
kind = "packet-loss"
between = ["us-east-1", "eu-west-1"]
share = "5%"
rate = "1/year"
duration = "10m"
source = "a test"
`

// assumed are the keys that the runs of some strategies assume.
func assumed(s *model.Scenario, kinds ...model.StrategyKind) map[string]model.Assumption {
	all := map[string]model.Assumption{}
	for _, kind := range kinds {
		for _, a := range s.AssumedBy(kind) {
			all[a.Key] = a
		}
	}
	return all
}

// What the description of a key calls an assumption is noted where it is left out and read.
func TestEveryDefaultThatIsAnAssumptionIsNoted(t *testing.T) {
	all := assumed(leftOut(t, everyFeature), model.StrategyKinds()...)
	_, keys := scenarios.Keys()
	found := 0
	for table, list := range keys {
		for _, key := range list {
			if !strings.Contains(key.Meaning, "assumption") {
				continue
			}
			found++
			if _, noted := all[table+"."+key.Key]; !noted {
				t.Errorf("%s.%s is left out and assumed, and nobody says so", table, key.Key)
			}
		}
	}
	if found < 8 {
		t.Errorf("%d keys are described as assumptions, want those that there are", found)
	}
	for key, want := range map[string]string{
		"region.utilisation": "60%", "region.burst_ceiling": "3x", "cache.behind": "2x",
		"store.write_bytes": "500 bytes",
		"cache.warm_up":     "10m", "scaling.shrink": "1h", "people.approve": "median 10m, p95 30m",
		"store.promotion": "median 10m, p95 20m", "strategy.pilot-light.scale": "median 35m, p95 57m30s",
	} {
		if got := all[key].Value; got != want {
			t.Errorf("%s is assumed to be %q, want %q", key, got, want)
		}
	}
	if got := all["region.utilisation"].Of; !slices.Equal(got, []string{"us-east-1", "eu-west-1"}) {
		t.Errorf("the utilisation is assumed of %v", got)
	}
}

// What nothing reads is not assumed, nor is what the file says, or what was published.
func TestOnlyWhatIsReadIsAssumed(t *testing.T) {
	s := leftOut(t, "\n[people]\napprove = \"5m\"\n")
	for _, row := range []struct {
		kind model.StrategyKind
		want []string
	}{
		{model.SingleRegion, []string{"region.utilisation"}},
		{model.BackupRestore, []string{
			"people.resync", "region.utilisation", "store.restore", "strategy.backup-restore.scale",
		}},
		{model.HotStandby, []string{"people.resync", "region.utilisation", "store.switchover"}},
		{model.ActiveActive, []string{"region.burst_ceiling", "region.utilisation"}},
	} {
		var got []string
		for key := range assumed(s, row.kind) {
			got = append(got, key)
		}
		if slices.Sort(got); !slices.Equal(got, row.want) {
			t.Errorf("%s assumes %v, want %v", row.kind, got, row.want)
		}
	}
}
