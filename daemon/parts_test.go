package daemon

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// changed names the parts of which two scenarios have another digest, in their order.
func changed(one, other *model.Scenario) (names []string) {
	theirs := partsOf(other, model.WarmStandby)
	for i, p := range partsOf(one, model.WarmStandby) {
		if p.Digest != theirs[i].Digest {
			names = append(names, p.Name)
		}
	}
	return names
}

// read are the keys of a scenario, as alter names them, by where agents read them: in their parts,
// in the policy, or nowhere. What is said of a path is said of all below it of which nothing is
// said, unless it is said of a list itself, which has one element more or less. A struct of which
// agents read something has each of its keys here, so that a new one is thought of; others are a
// whole.
var read = map[string][]string{
	"probes":                  {"Checks", "Anchors"},
	"executors, notification": {"Executors[]"}, "executors": {"Executors itself"},
	"hooks":                      {"Hooks"},
	"capacity, zone":             {"Regions itself", "Regions[].Witness"},
	"estimates, stores, timings": {"Stores itself"},
	"stores":                     {"Stores[].Name", "Stores[].Kind"},
	"readiness":                  {"Settings.Readiness"},
	"capacity": {
		"Regions[].Utilisation", "Strategies[].Kind", "Strategies[].Standby",
	},
	"zone": {
		"Latency", "Populations[].Answers", "Populations[].Distance", "Populations[].Share",
		"Populations[].Nearest", "Routing.TTL", "Routing.Choice.Policy", "Routing.Choice.Weights",
		"Routing.Choice.Low", "Routing.Choice.High", "Routing.Choice.Default", "Routing.Choice.Bias",
	},
	"timings": {
		"Consensus.Heartbeat", "Settings.ReportEvery", "Settings.RenewEvery", "Settings.ClockDrift",
		"Stores[].LagSampleEvery",
	},
	"estimates": {
		"Routing.Flip", "Settings.StopTime", "Settings.Validation", "Traffic.RequestsPerSecond",
		"Traffic.WriteShare", "Stores[].Promotion", "Stores[].Switchover", "Stores[].Restore",
		"People.Resync",
	},
	inPolicy: {
		"Regions[].BurstCeiling", "Regions[].Quota", "Stores[].BackupEvery", "Stores[].Guarded",
		"Stores[].Allowed", "Scaling.Growth", "People.StableFor", "Settings.HoldDown",
		"Settings.Cooldown", "Settings.StaleAfter", "Settings.ChecksDown", "Settings.Approvals",
		"Settings.MinimumServing", "Settings.DataAtRiskMax", "Settings.CapacityMin", "Settings.Lease",
		"Settings.StepTimeout", "Settings.Steps[]", "Settings.StepTries", "Settings.Stages",
		"Settings.StageHold", "Settings.BrakeAfter", "Settings.BrakeWindow", "Settings.BrakeRegions",
		"Settings.FlapLimit", "Settings.FlapHalfLife", "Settings.ReadinessStaleAfter",
		"Strategies[].Mode", "Strategies[].FromBackup", "Strategies[].Scale",
	},
	// Those of two names do not speak with each other, and agents with two names for a region stop.
	"": {"Name", "Regions[].Name"},
	nowhere: {
		"Title", "Description", "Base", "Regions[].FailureDomain", "Regions[].Baseline", "Links",
		"Curves", "Populations itself", "Populations[].Name", "Populations[].Curve",
		"Populations[].UTCOffset",
		"Traffic.Starts", "Traffic.Retried", "Traffic.Sessions", "Traffic.Answer", "Traffic.Repeated",
		"Traffic.ServiceTime", "Traffic.DownBelow", "Stores[].Lag", "Stores[].LagTrace",
		"Stores[].CatchUp", "Stores[].Queues", "Stores[].ContendedKeys", "Stores[].Conflicts",
		"Stores[].WriteBytes",
		"Stores[].Idempotency", "Stores[].OffsetsEvery", "Checks[].Aligned", "Routing.Clients",
		"Routing.ClientCache", "Routing.Choice.Every", "Routing.Choice.Cost",
		"Routing.Choice.Reconnect", "Scaling.Reaction", "Scaling.Shrink", "Scaling.Hours", "Cache",
		"People.Approve", "People.Duty", "Settings.Steps itself", "Hazards", "Timeline",
		"Rollouts", "Alerts",
		"Backlogs", "Expected", "Business", "Bill", "Reference", "Objectives", "Strategies itself",
		"Strategies[].Serving", "Strategies[].ReplaceStores", "Strategies[].ExtraPerYear",
		"Strategies[].OneTime", "Run", "Assumed", "Sources",
	},
}

const inPolicy, nowhere = "the policy", "nowhere"

// where says where a key is read, and by which word of the table.
func where(path string) (found, by string) {
	for rest := path; rest != ""; rest = rest[:max(0, strings.LastIndexAny(rest, ".["))] {
		for found, paths := range read {
			for _, by := range paths {
				if by == rest || by == path+" itself" {
					return found, by
				}
			}
		}
	}
	return "", ""
}

// everyKey are scenarios that have every key between them.
func everyKey(t *testing.T) (all []*model.Scenario) {
	t.Helper()
	files, err := filepath.Glob("../scenarios/testdata/good/full*.toml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v: %v", files, err)
	}
	for _, name := range append(files, "../scenarios/testdata/agent/scenario.toml") {
		s, err := scenarios.ReadBeside(os.DirFS(filepath.Dir(name)), name, fileOf(t, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func fileOf(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// alter changes each value in v, one at a time and back again, and calls see in between with where
// it is: a list has one more element, and each of those that it has is altered too.
func alter(v reflect.Value, path string, see func(path string)) {
	try := func(other reflect.Value) {
		before := reflect.New(v.Type()).Elem()
		before.Set(v)
		v.Set(other.Convert(v.Type()))
		see(path)
		v.Set(before)
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				alter(v.Field(i), strings.TrimPrefix(path+"."+field.Name, "."), see)
			} else {
				see(path + ".?" + field.Name)
			}
		}
	case reflect.Slice:
		longer := reflect.MakeSlice(v.Type(), v.Len(), v.Len()+1)
		reflect.Copy(longer, v)
		try(reflect.Append(longer, reflect.Zero(v.Type().Elem())))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			alter(v.Index(i), path+"[]", see)
		}
	case reflect.String:
		try(reflect.ValueOf(v.String() + "x"))
	case reflect.Bool:
		try(reflect.ValueOf(!v.Bool()))
	case reflect.Float64:
		try(reflect.ValueOf(v.Float() + 1))
		try(reflect.ValueOf(v.Float() + 1e4))
	default: // Whole numbers of any size.
		try(reflect.ValueOf(1).Convert(v.Type()))
		if v.CanInt() {
			try(reflect.ValueOf(v.Int() + 1))
		} else {
			try(reflect.ValueOf(v.Uint() + 1))
		}
	}
}

// Whatever a scenario says is in the part of an agent that reads it, in its policy, or read by
// nobody: each value of every key is changed, and what changes by that is what the table says.
func TestEveryKeyIsInThePartThatReadsIt(t *testing.T) {
	moves := map[string]map[string]bool{}
	for i, s := range everyKey(t) {
		was := everyKey(t)[i]
		alter(reflect.ValueOf(s).Elem(), "", func(path string) {
			if moves[path] == nil {
				moves[path] = map[string]bool{}
			}
			for _, name := range changed(s, was) {
				moves[path][name] = true
			}
			if policiesDiffer(s, was) {
				moves[path][inPolicy] = true
			}
		})
	}
	used := map[string]bool{}
	for path, by := range moves {
		want, word := where(path)
		used[word] = true
		if want != inPolicy && want != nowhere { // It may be in both.
			delete(by, inPolicy)
		}
		got := strings.Join(slices.Sorted(maps.Keys(by)), ", ")
		if want == nowhere {
			want = ""
		}
		if got != want || word == "" {
			t.Errorf("%s changes %q, want %q (by %q)", path, got, want, word)
		}
	}
	for where, paths := range read {
		for _, path := range paths {
			if !used[path] {
				t.Errorf("%s, of which the table says %q, is no key", path, where)
			}
		}
	}
}

// policiesDiffer reports whether two scenarios have another policy under a strategy of both.
func policiesDiffer(one, other *model.Scenario) bool {
	for _, theirs := range other.Strategies {
		own, known := one.Strategy(theirs.Kind)
		if !known {
			continue
		}
		a, err := failover.NewPolicy(one, own)
		b, problem := failover.NewPolicy(other, theirs)
		if err == nil && problem == nil && a.Digest() != b.Digest() {
			return true
		}
	}
	return false
}

// The parts of a file are the same however it is written, and the order counts of what takes turns
// or is a number.
func TestPartsAreOfWhatAFileSays(t *testing.T) {
	const name = "../scenarios/testdata/agent/scenario.toml"
	text := string(fileOf(t, name))
	swapped := func(list string) func(*model.Scenario) {
		return func(s *model.Scenario) {
			v := reflect.ValueOf(s).Elem().FieldByName(list)
			swap := reflect.Swapper(v.Interface())
			swap(0, 1)
		}
	}
	s, err := scenarios.Read(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	turned, err := scenarios.Read(name, []byte(turned(text)))
	if err != nil {
		t.Fatal(err)
	}
	if got := changed(s, turned); len(got) > 0 {
		t.Errorf("with its tables in another order, and other blanks, it has other %v", got)
	}
	s.Hooks[0].Steps = []string{"promote", "shift"}
	s.Hooks = append(s.Hooks, model.Hook{Name: "second", Kind: model.CommandExecutor, Before: true})
	for _, c := range []struct {
		what, want string
		change     func(*model.Scenario)
	}{
		{"nothing", "", func(*model.Scenario) {}},
		{"anchors in another order", "", swapped("Anchors")},
		{"populations in another order", "", swapped("Populations")},
		{"steps in another order", "", func(s *model.Scenario) {
			slices.Reverse(s.Executors[0].Steps)
			s.Hooks[0].Steps = []string{"shift", "promote"}
		}},
		{"who tells people before the others", "", func(s *model.Scenario) {
			slices.Reverse(s.Executors)
			slices.Reverse(s.Executors[1:])
		}},
		{"checks in another order", "probes", swapped("Checks")},
		{"executors in another order", "executors", swapped("Executors")},
		{"hooks in another order", "hooks", swapped("Hooks")},
		{"no hooks", "hooks", func(s *model.Scenario) { s.Hooks = nil }},
		{"stores in another order", "stores", swapped("Stores")},
		{"nobody who is told", "notification", func(s *model.Scenario) {
			s.Executors = slices.DeleteFunc(slices.Clone(s.Executors), func(e model.Executor) bool {
				return e.Kind == model.PagerDutyExecutor
			})
		}},
	} {
		other := *s
		other.Executors, other.Hooks = slices.Clone(s.Executors), slices.Clone(s.Hooks)
		other.Checks, other.Stores = slices.Clone(s.Checks), slices.Clone(s.Stores)
		other.Anchors, other.Populations = slices.Clone(s.Anchors), slices.Clone(s.Populations)
		for i := range other.Executors {
			other.Executors[i].Steps = slices.Clone(s.Executors[i].Steps)
		}
		c.change(&other)
		if got := strings.Join(changed(s, &other), ", "); got != c.want {
			t.Errorf("%s: other %q, want %q", c.what, got, c.want)
		}
	}
}

// turned is a file with its kinds of tables in another order, and with comments and blanks.
func turned(text string) string {
	var head string
	var tables []string
	for i, chunk := range strings.Split("\n"+text, "\n[") {
		switch {
		case i == 0:
			head = chunk
		case strings.HasPrefix(chunk, "check.probe]"): // It belongs to the one before.
			tables[len(tables)-1] += "\n[" + chunk
		default:
			tables = append(tables, chunk)
		}
	}
	slices.SortStableFunc(tables, func(a, b string) int {
		kind := func(s string) string { return s[:strings.IndexByte(s, ']')] }
		return -strings.Compare(kind(a), kind(b))
	})
	all := head + "\n# Turned.\n[" + strings.Join(tables, "\n\n# Another.\n[")
	return strings.ReplaceAll(strings.ReplaceAll(all, " = ", "   =  "), `"10s"`, `"10000ms"`)
}
