package scenarios_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

var indexes = regexp.MustCompile(`\[\d+\]`)

// replacements are what a test puts in place of a value; one of them suits each key.
var replacements = []string{
	`"7s"`, `"7m"`, `"7h"`, `"77%"`, `"37ppm"`, `"7x"`, `"$77"`, `"7/year"`, `"7/s"`, `"7h/year"`,
	`"7y"`, `7`, `1`, `0.77`, `true`, `false`, `"other"`, `"witness"`, `"us-east-1"`, `"eu-west-1"`,
	`"eu-central-1"`, `"cellar"`, `"global"`, `"single-writer"`, `"measured"`, `"automatic"`,
	`"network"`, `"cache"`, `"rpo"`, `"hot-standby"`, `"rds"`, `"m7g.large linux on-demand"`,
	`"GCP event (per service report)"`, `"region-loss"`, `"0%"`, `"100%"`, `"200ms"`, `"verify"`,
	`"none"`, `"carts"`, `"lag"`, `"pilot-light"`, `"Sun 07:07"`, `"+07:07"`, `"18:30 0.7x"`,
	`"Mon-Fri 07:07-17:07 +07:07"`, `"Mon-Fri 07:07-17:07 +07:07 3x"`, `"failover"`, `"{other}"`,
	`"https://{other}/"`, `503`, `"primary"`, `"AAAA"`,
	`"dry-run"`, `"webhook"`, `"after"`, `"shift"`, `"promote"`,
}

// beside are the files beside the one that is read.
var beside = os.DirFS("testdata/good")

// whole are keys that change only together with others, by their path; an edit of the whole file
// stands in for the change of the one value.
var whole = map[string][]string{
	"store.lag_trace": {`"lag.csv"`, `"lag-other.csv"`},
	"outage_trace":    {`"outages.csv"`, `"outages-other.csv"`},
	"base":            {`"budget-three-region"`, `"business-case-50m"`},
	"check.scope": {
		"scope = \"region\"", "scope = \"routing\"", "checks_down = 2", "checks_down = 1",
	},
	"routing.clients": {
		"clients = \"idealised\"\nclient_cache = \"10s\"", "clients = \"measured\"",
	},
	"region.role":      {`"cellar"` + "\nrole = \"witness\"", `"cellar"`},
	"population.share": {`"100%"` + "\nnearest", `"99%"` + "\nnearest", `"0%"`, `"1%"`},
	"hazard.kind": {
		"\"region-loss\"\nregion = \"us-east-1\"\nrate",
		"\"link-cut\"\nbetween = [\"us-east-1\", \"cellar\"]\nrate",
	},
	"fault.kind": {
		"\"region-loss\"\nregion = \"us-east-1\"\nat",
		"\"link-cut\"\nbetween = [\"us-east-1\", \"cellar\"]\nat",
	},
	"alert.metric": {
		"\"errors\"\nabove = \"1%\"",
		"\"lag\"\nabove = \"1s\"\nstore = \"orders\"\nregion = \"eu-west-1\"",
	},
	"curve.name":       {`"office"`, `"bureau"`},
	"population.curve": {`curve = "office"`, `curve = "shop"`, `curve = "shop"`, `curve = "office"`},
	"region.name":      {`"cellar"`, `"attic"`},
	"store.name":       {`"orders"`, `"purchases"`},
	"resource.service": {
		"\"ec2\"\nitem = \"m6i.large linux on-demand\"", "\"nat\"\nitem = \"gateway\"",
	},
	"policy.stale_after": {"stale_after = \"20s\"", "stale_after = \"30s\""},
	"policy.minimum_serving": {
		"name = \"cellar\"\nrole = \"witness\"", "name = \"cellar\"", "minimum_serving = 1",
		"minimum_serving = 2",
	},
}

// TestEveryKeyChangesTheScenario takes files that have every key between them, changes each value
// in turn, and demands another scenario: a key exists when something reads it.
func TestEveryKeyChangesTheScenario(t *testing.T) {
	changed := map[string]bool{}
	for _, file := range glob(t, "testdata/good/full*.toml") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, err := scenarios.ReadBeside(beside, "full", data)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range scenarios.Values(data) {
			path := indexes.ReplaceAllString(v.Path, "")
			changed[path] = changed[path] || changes(before, data, v, path)
		}
	}
	for path, ok := range changed {
		if !ok && path != "schema" {
			t.Errorf("no change of %s changes the scenario", path)
		}
	}
	if changed["schema"] {
		t.Error("the schema can be changed")
	}
	checkCoverage(t, changed)
}

// changes reports whether some other value at this place gives another valid scenario.
func changes(before *model.Scenario, data []byte, v scenarios.Value, path string) bool {
	if pairs, ok := whole[path]; ok {
		edited := strings.NewReplacer(pairs...).Replace(string(data))
		after, err := scenarios.ReadBeside(beside, "whole", []byte(edited))
		return err == nil && differ(before, after)
	}
	for _, text := range replacements {
		edited := slices.Concat(data[:v.Start], []byte(text), data[v.End:])
		after, err := scenarios.ReadBeside(beside, "edited", edited)
		if err == nil && differ(before, after) {
			return true
		}
	}
	return false
}

// differ compares two scenarios but for where in which file they say something.
func differ(x, y *model.Scenario) bool { return !reflect.DeepEqual(placeless(x), placeless(y)) }

func placeless(s *model.Scenario) *model.Scenario {
	plain := *s
	plain.Timeline = slices.Clone(s.Timeline)
	for i := range plain.Timeline {
		plain.Timeline[i].Place = model.Place{}
	}
	plain.Rollouts = slices.Clone(s.Rollouts)
	for i := range plain.Rollouts {
		plain.Rollouts[i].Place = model.Place{}
	}
	return &plain
}

// checkCoverage demands that the file has every key of the format: a table's key counts when a
// value stands below it.
func checkCoverage(t *testing.T, paths map[string]bool) {
	t.Helper()
	var all strings.Builder
	for path := range paths {
		all.WriteString("." + path + ".\n")
	}
	tables, keys := scenarios.Keys()
	for _, table := range tables {
		for _, key := range keys[table] {
			if !strings.Contains(all.String(), "."+key.Key+".") {
				t.Errorf("the file has no %s of %s", key.Key, table)
			}
		}
	}
}

func TestEveryKeyIsDescribed(t *testing.T) {
	var have []string
	tables, keys := scenarios.Keys()
	for _, table := range tables {
		for _, key := range keys[table] {
			have = append(have, table+"."+key.Key)
			if key.Meaning == "" || !strings.HasSuffix(key.Meaning, ".") {
				t.Errorf("%s.%s has no sentence that describes it", table, key.Key)
			}
		}
	}
	slices.Sort(have)
	if got := scenarios.Descriptions(); !slices.Equal(got, have) {
		t.Errorf("described are\n%v\nthe format has\n%v", got, have)
	}
}
