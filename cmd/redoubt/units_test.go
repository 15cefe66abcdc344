package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

func TestNumbersForPeople(t *testing.T) {
	const day = 24 * time.Hour
	cases := []struct{ name, got, want string }{
		{"figures of a small number", figures(0.012345, 3), "0.0123"},
		{"figures of a large number", figures(12345.6, 3), "12346"},
		{"figures of nothing", figures(0, 3), "0"},
		{"figures of no value", figures(math.NaN(), 3), "-"},
		{"figures of what never comes", figures(math.Inf(1), 3), "never"},
		{"no zeros at the end", shortest(100, 4), "100"},
		{"zeros before the point", shortest(5000, 3), "5000"},
		{"digits at the end", shortest(11.574, 4), "11.57"},
		{"dollars", usd(5707.76), "$5,708"},
		{"thousands", usd(-412_345), "-$412k"},
		{"almost a million", usd(999_600), "$1.00M"},
		{"millions", usd(65.7e6), "$65.7M"},
		{"billions", usd(2.5e9), "$2.50B"},
		{"no amount", usd(math.NaN()), "-"},
		{"unbounded amount", usd(math.Inf(1)), "never"},
		{"cents", cents(model.Dollars(2406.666)), "$2,406.67"},
		{"no cents", cents(model.Dollars(2406.999)), "$2,407"},
		{"negative cents", cents(model.Dollars(-0.5)), "-$0.50"},
		{"most cents", cents(math.MaxInt64), "$9,223,372,036,854.77"},
		{"least cents", cents(math.MinInt64), "-$9,223,372,036,854.77"},
		{"large revenue", usdMillions(1.7e9), "$1.700B"},
		{"revenue", usdMillions(328.5e6), "$328.5M"},
		{"breakeven hours", hours(52.56), "52.6"},
		{"few breakeven hours", hours(0.0123), "0.01"},
		{"no breakeven hours", hours(0), "0"},
		{"breakeven after more than a year", hours(8760.1), "never"},
		{"breakeven after a whole year", hours(8760), "8760.0"},
		{"breakeven that never comes", hours(math.Inf(1)), "never"},
		{"zero length", length(0), "0s"},
		{"milliseconds", length(735 * time.Millisecond), "735ms"},
		{"seconds", length(1500 * time.Millisecond), "1.5s"},
		{"almost a minute", length(59700 * time.Millisecond), "1m"},
		{"minutes", length(125 * time.Second), "2m05s"},
		{"almost an hour", length(time.Hour - 100*time.Millisecond), "1h"},
		{"hours", length(62 * time.Minute), "1h02m"},
		{"almost a day", length(day - time.Second), "1d"},
		{"days", length(76 * time.Hour), "3d04h"},
		{"negative length", length(-time.Minute), "-1m"},
		{"start", clock(0), "T+0s"},
		{"tenths", clock(30400 * time.Millisecond), "T+30.4s"},
		{"minute", clock(125 * time.Second), "T+2m05s"},
		{"hour", clock(time.Hour + 2*time.Second), "T+1h00m02s"},
		{"before the start", clock(-5 * time.Second), "T-5s"},
		{"share", percent(0.99926, 4), "99.9260"},
		{"one witness", plural(1, "witness"), "1 witness"},
		{"two witnesses", plural(2, "witness"), "2 witnesses"},
		{"two strategies", plural(2, "strategy"), "2 strategies"},
		{"no stores", plural(0, "store"), "0 stores"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
}

func TestNumbersForMachines(t *testing.T) {
	cases := []struct {
		name string
		x    float64
		want string
	}{
		{"ten digits", 1.0 / 3, "0.3333333333"},
		{"no exponent", 123456789012, "123456789000"},
		{"small", 1.25e-7, "0.000000125"},
		{"minus zero", math.Copysign(0, -1), "0"},
		{"no value", math.NaN(), "null"},
		{"unbounded", math.Inf(-1), "null"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := json.Marshal(number(c.x))
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestTextIsWrapped(t *testing.T) {
	var b strings.Builder
	address := "https://a.example/" + strings.Repeat("x", 60) + "-" + strings.Repeat("y", 60)
	text := strings.Repeat("word ", 40) + address
	writeWithin(&b, textWidth, text, "- ", "  ")
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	got, want := strings.Join(strings.Fields(b.String()[2:]), ""), strings.ReplaceAll(text, " ", "")
	if got != want {
		t.Errorf("got %q, want every letter of %q", got, want)
	}
	for _, line := range lines {
		if len(line) > textWidth {
			t.Errorf("got a line of %d columns, want at most %d", len(line), textWidth)
		}
	}
	if want := "  " + strings.Repeat("y", 60); lines[len(lines)-1] != want {
		t.Errorf("got %q, want the address broken after a mark", lines[len(lines)-1])
	}
}

func TestNumberStaysWithItsPercentSign(t *testing.T) {
	for width := 4; width < 60; width++ {
		for _, line := range wrap("avoids 89.63 % of 6.41 outage hours (95 %) a year", width) {
			if strings.HasPrefix(line, "%") {
				t.Errorf("at %d columns: got the line %q, want the number before its sign", width, line)
			}
		}
	}
}

func TestSuggestions(t *testing.T) {
	known := []string{"compare", "cost", "simulate"}
	cases := []struct{ name, written, want string }{
		{"a letter off", "compair", "did you mean compare?"},
		{"swapped", "csot", "did you mean cost?"},
		{"a beginning", "sim", "did you mean simulate?"},
		{"nothing near", "weather", "there are compare, cost, simulate"},
		{"nothing written", "", "there are compare, cost, simulate"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := suggest(c.written, known); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAHintForAScenarioIsALine(t *testing.T) {
	for name, want := range map[string]string{
		"peak-hour": "did you mean peak-hour-loss?",
		"weather":   "'redoubt scenarios list' has all names",
		"":          "'redoubt scenarios list' has all names",
	} {
		if got := scenarioNear(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestMarkdownKeepsWhatItMeans(t *testing.T) {
	d := &document{}
	table := newTable("<name", "down\nh/yr")
	table.row("a|b", "1")
	d.table(table)
	d.list("5 * 3 < 16")
	var b strings.Builder
	d.writeMarkdown(&b)
	want := "| name | down h/yr |\n| :--- | ---: |\n| a\\|b | 1 |\n\n- 5 \\* 3 \\< 16\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
