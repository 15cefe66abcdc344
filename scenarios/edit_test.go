package scenarios_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redoubt/scenarios"
)

// edited is a file with a little of everything, which TestEditKeepsTheRest changes.
const edited = `# An estate.
name = "a"   # Called so.

[business]
revenue_per_year = "$75M" # Assumption.
horizon = "3y"

[[region]]
name = "us-east-1"
utilisation = "70%"

[[region]]
name = "eu.west" # A dot.

[[store]]
name = "orders"
guarded = true
lag = { lognormal = { median = "300ms", p99 = "1s" } } # Floor: "35 ms }".
list = [
  "a", # one ]
  "b",
]

[strategy.read-local]
share = "10%"
`

func TestEditKeepsTheRest(t *testing.T) {
	for _, test := range []struct{ what, path, value, old, new string }{
		{
			"a string", "business.revenue_per_year", "$100M", `"$75M" # Assumption.`,
			`"$100M" # Assumption.`,
		},
		{"one with quotes", "name", `a "b" \c`, `name = "a"`, `name = "a \"b\" \\c"`},
		{"a number that is a string", "business.horizon", "5", `"3y"`, `"5"`},
		{"what is true or false", "store[orders].guarded", "false", "= true", "= false"},
		{"by its place", "region[0].utilisation", "60%", "70%", "60%"},
		{"by its name", "region[us-east-1].utilisation", "60%", "70%", "60%"},
		{"within braces", "store[0].lag.lognormal.p99", "2s", `"1s"`, `"2s"`},
		{
			"a table in braces", "store[0].lag", `{ uniform = ["1s", "2s"] }`,
			`{ lognormal = { median = "300ms", p99 = "1s" } }`, `{ uniform = ["1s", "2s"] }`,
		},
		{
			"a list over several lines", "store[0].list", `["c"]`,
			"[\n  \"a\", # one ]\n  \"b\",\n]", `["c"]`,
		},
		{
			"a table by one value", "store[0].lag", "1s",
			`{ lognormal = { median = "300ms", p99 = "1s" } }`, `"1s"`,
		},
		{
			"a key that is missing", "business.deferred", "10%", "horizon = \"3y\"\n",
			"horizon = \"3y\"\ndeferred = \"10%\"\n",
		},
		{
			"one of an item", "region[eu.west].utilisation", "50%", "# A dot.\n",
			"# A dot.\nutilisation = \"50%\"\n",
		},
		{
			"one in braces", "store[0].lag.lognormal.p95", "9s", `p99 = "1s" }`,
			`p99 = "1s", p95 = "9s" }`,
		},
		{"a bare one", "run", "10", "# Called so.\n", "# Called so.\nrun = 10\n"},
		{
			"a table that is missing", "run.trials", "10", "share = \"10%\"\n",
			"share = \"10%\"\n\n[run]\ntrials = 10\n",
		},
		{
			"a deep one", "strategy.warm-standby.share", "20%", "share = \"10%\"\n",
			"share = \"10%\"\n\n[strategy.warm-standby]\nshare = \"20%\"\n",
		},
	} {
		got, err := scenarios.Apply([]byte(edited), scenarios.Edit{Path: test.path, Value: test.value})
		want := strings.Replace(edited, test.old, test.new, 1)
		if err != nil || string(got) != want || want == edited {
			t.Errorf("%s: got %v\n%s\nwant\n%s", test.what, err, got, want)
		}
	}
}

func TestEditSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ path, value, want string }{
		{"", "1", "a path is made of keys"},
		{"a b", "1", "a path is made of keys"},
		{"region[0", "1", "a bracket has to name an item"},
		{"region[]", "1", "a bracket has to name an item"},
		{"region[0]x", "1", "after a bracket comes a dot"},
		{"region[7].name", "x", "there is no region[7]: the file has 2 of them"},
		{"region[us-east-2].name", "x", `(did you mean "us-east-1"?)`},
		{"hazard[0].rate", "1/year", "the file has no hazard"},
		{"business[0].x", "1", "business is a table, and no list"},
		{"business", "1", "this is a whole table"},
		{"region[0]", "1", "this is a whole table"},
		{"name.first", "x", "name is a string, which has no keys"},
		{"store[0].lag", "{ uniform = ", "it is no value"},
		{"name", "[1", "it is no value"},
		{"name", "\"a\"\nb = 1", "it is no value"},
	} {
		got, err := scenarios.Apply([]byte(edited), scenarios.Edit{Path: test.path, Value: test.value})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s = %s: got %v\n%s\nwant %q", test.path, test.value, err, got, test.want)
		}
	}
}

// TestEditOfTheBase changes what a file leaves to its base, and gets what the same change of the
// base itself gives: a list becomes the file's, all of it, and what lies in braces too.
func TestEditOfTheBase(t *testing.T) {
	const base = "warm-standby-two-region"
	over := []byte("schema = 1\nbase = \"" + base + "\" # Mine.\nname = \"mine\"\n" +
		"title = \"Mine\"\ndescription = \"Mine.\"\n\n[strategy.warm-standby]\nscale = \"4m\"\n")
	source, _ := scenarios.Source(base)
	scaled := scenarios.Edit{Path: "strategy.warm-standby.scale", Value: "4m"}
	for _, edit := range []scenarios.Edit{
		{Path: "check[0].interval", Value: "17s"},
		{Path: "check[api].failures", Value: "7"},
		{Path: "region[eu-west-1].utilisation", Value: "50%"},
		{Path: "hazard[2].rate", Value: "3/year"},
		{Path: "store[0].lag", Value: "3s"},
		{Path: "resource[1].quantity", Value: "9"},
		{Path: "strategy.warm-standby.standby.compute", Value: "40%"},
		{Path: "strategy.hot-standby.standby.compute", Value: "90%"},
		{Path: "policy.hold_down", Value: "99s"},
	} {
		got, err := scenarios.Apply(over, edit)
		if err != nil {
			t.Errorf("%s: %v", edit.Path, err)
			continue
		}
		if !bytes.HasPrefix(got, over[:len(over)-1]) {
			t.Errorf("%s: the rest of the file was changed:\n%s", edit.Path, got)
		}
		again, err := scenarios.Apply(got, edit)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: %v\n%s\nand again\n%s", edit.Path, err, got, again)
		}
		wanted, err := scenarios.Apply(source, scaled, edit)
		if err != nil {
			t.Fatal(err)
		}
		if is, want := played(t, got), played(t, wanted); is != want {
			t.Errorf("%s: got\n%s\nwant\n%s", edit.Path, is, want)
		}
	}
}

// played is all of a scenario but for what it is called, where it stands and what happens in it.
func played(t *testing.T, data []byte) string {
	t.Helper()
	s, err := scenarios.Read("a.toml", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return fmt.Sprintf("%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v", s.Regions, s.Populations, s.Stores,
		s.Checks, s.Settings, s.Hazards, s.Bill, s.Strategies)
}

// TestEditOfTheLibrary changes what a person would change in every embedded estate, and reads it.
func TestEditOfTheLibrary(t *testing.T) {
	for _, name := range scenarios.Estates() {
		source, _ := scenarios.Source(name)
		got, err := scenarios.Apply(source,
			scenarios.Edit{Path: "business.revenue_per_year", Value: "$123M"},
			scenarios.Edit{Path: "routing.ttl", Value: "17s"},
			scenarios.Edit{Path: "run.trials", Value: "7"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s, err := scenarios.Read(name, got)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.Business.RevenuePerYear.USD() != 123e6 || s.Run.Trials != 7 {
			t.Errorf("%s: got %v and %d trials", name, s.Business.RevenuePerYear, s.Run.Trials)
		}
	}
}

// TestEditNeverPanics gives paths and values that nobody would.
func TestEditNeverPanics(t *testing.T) {
	keys := rapid.SampledFrom([]string{
		"name", "business", "region[0]", "region[eu.west]", "store[0].lag", "x", "", "lognormal", "[",
		"median", "strategy", "read-local", "list[0]", "list",
	})
	rapid.Check(t, func(t *rapid.T) {
		path := strings.Join(rapid.SliceOfN(keys, 1, 4).Draw(t, "path"), ".")
		value := rapid.StringOf(rapid.SampledFrom([]rune(`ab1"'{}[]#=,.\ `+"\n\x00é"))).Draw(t, "value")
		got, err := scenarios.Apply([]byte(edited), scenarios.Edit{Path: path, Value: value})
		if err != nil {
			return
		}
		again, err := scenarios.Apply(got, scenarios.Edit{Path: path, Value: value})
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%s = %q: %v\n%s\nand again\n%s", path, value, err, got, again)
		}
	})
}
