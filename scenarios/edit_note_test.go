package scenarios_test

import (
	"strings"
	"testing"

	"redoubt/scenarios"
)

// TestAChangedLineSaysWhatItWas at its end, whatever comment it has, and of one value of several
// which one: all else stays as it is, and what is not changed gets no note.
func TestAChangedLineSaysWhatItWas(t *testing.T) {
	const file = `# No revenue is stated. $75M is assumed.
revenue = "$75M"
deferred = "0%" # Assumption.
lag = { lognormal = { median = "300ms", p99 = "1s" } }
pair = { one = 1, two = "#2" }
text = { list = [1], long = """
two lines""" }
`
	for _, test := range []struct{ path, value, line, want string }{
		{"revenue", "$100M", `revenue = "$75M"`,
			`revenue = "$100M"  # Changed in a test; was $75M.`},
		{"deferred", "10%", `deferred = "0%" # Assumption.`,
			`deferred = "10%" # Assumption. Changed in a test; was 0%.`},
		{"lag.lognormal.p99", "2s", `p99 = "1s" } }`,
			`p99 = "2s" } }  # Changed in a test; p99 was 1s.`},
		{"pair.one", "3", `one = 1, two = "#2" }`,
			`one = 3, two = "#2" }  # Changed in a test; one was 1.`},
		{"pair", "{ two = '#' }", `{ one = 1, two = "#2" }`,
			`{ two = '#' }  # Changed in a test.`},
		{"revenue", "$75M", `revenue = "$75M"`, `revenue = "$75M"`},
		{"text.list", "[2]", "list = [1]", "list = [2]"},
	} {
		edit := scenarios.Edit{Path: test.path, Value: test.value}
		got, err := scenarios.ApplyNoted([]byte(file), "a test", edit)
		want := strings.Replace(file, test.line, test.want, 1)
		if err != nil || string(got) != want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", test.path, err, got, want)
		}
		if again, err := scenarios.ApplyNoted(got, "a test", edit); string(again) != string(got) {
			t.Errorf("%s again: %v, got\n%s\nwant it as it was", test.path, err, again)
		}
	}
	nowhere := scenarios.Edit{Path: "x[", Value: "1"}
	if _, err := scenarios.ApplyNoted([]byte(file), "a test", nowhere); err == nil {
		t.Error("a path that leads nowhere is taken")
	}
}
