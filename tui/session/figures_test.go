package session

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// comparison is what is read of `redoubt compare --output json`.
type comparison struct {
	Recommended, Why string
	Strategies       []*strategy
	Pair             struct {
		// Differences are in the order of figures.
		Differences []difference
	}
}

// difference says which of two has the better figure, and is null where they are not told apart.
type difference struct{ Better *string }

// estimate is a mean and what covers it.
type estimate struct{ Mean, Low, High float64 }

type strategy struct {
	Name         string
	Availability estimate
	DownHours    estimate  `json:"downtime_hours_per_year"`
	RTO          quantiles `json:"rto_seconds"`
	RPO          quantiles `json:"rpo_seconds"`
	Cost         float64   `json:"cost_per_year_usd"`
	Loss         estimate  `json:"loss_per_year_usd"`
	Versus       *struct {
		Net       estimate `json:"net_benefit_per_year_usd"`
		Breakeven *float64 `json:"breakeven_outage_hours_per_year"`
	} `json:"versus_baseline"`
	Objectives []objective
	Verdict    string
	Reasons    []string
}

// quantiles are those of a sample, each with what covers it.
type quantiles struct {
	P50, P95  *float64
	P50Within bounds `json:"p50_within"`
	P95Within bounds `json:"p95_within"`
}

// bounds are the ends of an interval, null where the sample is too small for one.
type bounds struct{ Low, High *float64 }

type objective struct {
	Name        string
	Target      float64
	Met         *bool
	Probability *float64
}

// named is a strategy of the comparison.
func (c *comparison) named(t *testing.T, name string) *strategy {
	t.Helper()
	for _, s := range c.Strategies {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("the comparison has no %q", name)
	return nil
}

// A figure is a row of the screen, and where the comparison has it.
type figure struct {
	label string
	of    func(s *strategy) estimate
	// interval says that it has one; more, that more is better.
	interval, more bool
}

// covered is a quantile and what covers it.
func covered(x *float64, within bounds) estimate {
	if x == nil || within.Low == nil || within.High == nil {
		return estimate{Mean: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	return estimate{*x, *within.Low, *within.High}
}

// alone is a value that nothing covers.
func alone(x *float64) estimate {
	if x == nil {
		return estimate{Mean: math.NaN()}
	}
	return estimate{Mean: *x}
}

// figures are all that the screen may show.
var figures = []figure{
	{label: "available %", interval: true, more: true, of: func(s *strategy) estimate {
		a := s.Availability
		return estimate{100 * a.Mean, 100 * a.Low, 100 * a.High}
	}},
	{
		label: "down h/yr", interval: true,
		of: func(s *strategy) estimate { return s.DownHours },
	},
	{label: "RTO p50", interval: true, of: func(s *strategy) estimate {
		return covered(s.RTO.P50, s.RTO.P50Within)
	}},
	{label: "RTO p95", interval: true, of: func(s *strategy) estimate {
		return covered(s.RTO.P95, s.RTO.P95Within)
	}},
	{label: "RPO p95", interval: true, of: func(s *strategy) estimate {
		return covered(s.RPO.P95, s.RPO.P95Within)
	}},
	{label: "cost/yr", of: func(s *strategy) estimate { return alone(&s.Cost) }},
	{label: "loss/yr", interval: true, of: func(s *strategy) estimate { return s.Loss }},
	{
		label: "net/yr", interval: true, more: true,
		of: func(s *strategy) estimate { return s.Versus.Net },
	},
	{label: "breakeven h", of: func(s *strategy) estimate { return alone(s.Versus.Breakeven) }},
}

func figureOf(label string) (f *figure, known bool) {
	for i := range figures {
		if figures[i].label == label {
			return &figures[i], true
		}
	}
	return nil, false
}

// meets holds how often an objective was reached against what was printed.
func (s *strategy) meets(t *testing.T, label, cell string) {
	t.Helper()
	name, target, _ := strings.Cut(label, " ≤ ")
	for _, o := range s.Objectives {
		if !strings.EqualFold(o.Name, name) {
			continue
		}
		same(t, "the target of "+name, target, o.Target)
		words := strings.Fields(cell)
		if len(words) < 2 || o.Met == nil || o.Probability == nil {
			t.Fatalf("%s: %s: got %q for %+v", s.Name, label, cell, o)
		}
		if mark := map[bool]string{true: "✓", false: "✗"}[*o.Met]; words[0] != mark {
			t.Errorf("%s: %s: got %q, want %s", s.Name, label, cell, mark)
		}
		same(t, s.Name+": "+label, words[1], 100**o.Probability)
		return
	}
	t.Errorf("%q is on the screen, and nothing says where a comparison has it", label)
}

// A table is the rows of a comparison on a screen: of the left strategy, the right one, and what
// lies between them.
type table struct {
	names [2]string
	rows  []row
}

type row struct {
	label string
	cells [3]string
}

// tableOf reads a table off the screen, by the columns in which its head stands.
func tableOf(t *testing.T, screen string) (found table) {
	t.Helper()
	var columns []int
	for line := range strings.Lines(screen) {
		letters := []rune(strings.TrimRight(line, "\n "))
		if columns == nil {
			head := string(letters)
			if !strings.Contains(head, "◀ ") || !strings.Contains(head, "difference") {
				continue
			}
			for _, mark := range []string{"◀ ", "▶ ", "difference"} {
				columns = append(columns, len([]rune(head[:strings.Index(head, mark)])))
			}
			for i := range found.names {
				found.names[i] = strings.Fields(string(letters[columns[i]:columns[i+1]]))[1]
			}
			continue
		}
		if len(letters) == 0 {
			break
		}
		cell := func(from, to int) string {
			to = min(to, len(letters))
			return strings.TrimSpace(string(letters[min(from, to):to]))
		}
		const wide = 1 << 10
		found.rows = append(found.rows, row{cell(0, columns[0]), [3]string{
			cell(columns[0], columns[1]), cell(columns[1], columns[2]), cell(columns[2], wide),
		}})
	}
	if len(found.rows) == 0 {
		t.Fatalf("there is no table on\n%s", screen)
	}
	return found
}

// same fails unless a figure on the screen is a value, as far as it was rounded.
func same(t *testing.T, what, text string, want float64) {
	t.Helper()
	got, off, err := read(text)
	switch {
	case err != nil:
		t.Errorf("%s: %v", what, err)
	case math.IsNaN(got) && math.IsNaN(want):
	case !(math.Abs(got-want) <= off):
		t.Errorf("%s: the screen says %s, the comparison %v", what, text, want)
	}
}

// sizes are what the letters behind a number stand for: money, and time in seconds.
var sizes = map[string]float64{
	"": 1, "k": 1e3, "M": 1e6, "B": 1e9,
	"ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400,
}

var parts = regexp.MustCompile(`([0-9]+(?:\.([0-9]+))?)([a-zA-Z]*)`)

// read is the number that a text stands for, and by how much that may be off: half of the last
// digit. Durations have two units at most, and amounts a dollar.
func read(text string) (value, off float64, err error) {
	switch text {
	case "-", "never":
		return math.NaN(), 0, nil
	}
	number := strings.ReplaceAll(strings.TrimPrefix(text, "-"), ",", "")
	number = strings.TrimPrefix(number, "$")
	if left := parts.ReplaceAllString(number, ""); number == "" || left != "" {
		return 0, 0, fmt.Errorf("%q is no figure", text)
	}
	for _, part := range parts.FindAllStringSubmatch(number, -1) {
		size, known := sizes[part[3]]
		x, err := strconv.ParseFloat(part[1], 64)
		if err != nil || !known {
			return 0, 0, fmt.Errorf("%q is no figure", text)
		}
		value += x * size
		off = 0.500001 * size * math.Pow10(-len(part[2]))
	}
	if strings.HasPrefix(text, "-") {
		value = -value
	}
	return value, off, nil
}

// TestFiguresAreRead reads figures as the screen has them.
func TestFiguresAreRead(t *testing.T) {
	for _, test := range []struct {
		text       string
		value, off float64
	}{
		{"99.9973", 99.9973, 0.00005}, {"0.240", 0.24, 0.0005}, {"14m26s", 866, 0.5},
		{"5h22m", 19320, 30}, {"680ms", 0.68, 0.0005}, {"1.1s", 1.1, 0.05}, {"3d04h", 273600, 1800},
		{"$363k", 363_000, 500}, {"-$25k", -25_000, 500}, {"$6,145", 6145, 0.5}, {"$1.11M", 1.11e6, 5000},
	} {
		value, off, err := read(test.text)
		if err != nil || math.Abs(value-test.value) > 1e-9 || math.Abs(off/test.off-1) > 1e-5 {
			t.Errorf("%s: got %v, off by %v, %v; want %v, off by %v", test.text, value, off, err,
				test.value, test.off)
		}
	}
	for _, text := range []string{"", "…", "14m26s*", "6x", "$"} {
		if value, _, err := read(text); err == nil {
			t.Errorf("%q is read as %v", text, value)
		}
	}
}
