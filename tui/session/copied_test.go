package session

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// roomyWidth and roomyHeight are of a window in which all of a command can be read that was copied.
const roomyWidth, roomyHeight = 320, 60

// opened is the usual scenario once all of it was simulated.
func opened(t *testing.T) *Terminal {
	t.Helper()
	w := start(t, roomyWidth, roomyHeight, append([]string{"tui", usual}, quick...)...)
	w.Until("all that was simulated", finished)
	return w
}

// copied is what a view copies, and what that command prints as JSON.
func copied(t *testing.T, w *Terminal, into any) (command string) {
	t.Helper()
	w.Press("y")
	text := w.Shows("copied: redoubt ")
	_, command, _ = strings.Cut(text, "copied: redoubt ")
	command, _, _ = strings.Cut(command, "\n")
	command = strings.TrimSpace(command)
	out, err := exec.Command("sh", "-c", program+" "+command+" --output json").Output()
	if err != nil {
		t.Fatalf("redoubt %s: %v", command, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("redoubt %s: %v", command, err)
	}
	return command
}

// told is what is read of a comparison of two beside each other.
type told struct {
	Trials, Years int
	Seed          uint64
	Strategies    []worth
	Pair          struct {
		Sides       []side
		Differences []struct {
			Figure, Text string
			Better       *string
			By           *float64
		}
		Cheaper *struct {
			Name string
			From float64 `json:"from_years"`
		}
		Sensitivity struct {
			Tried  int         `json:"trials_tried"`
			Net    [2]estimate `json:"net_benefits_per_year_usd"`
			Untold []string    `json:"not_told"`
			Values []swing
		}
	}
}

// worth is what a strategy costs and loses.
type worth struct {
	Name, Verdict string
	Cost          float64            `json:"cost_per_year_usd"`
	Unverified    float64            `json:"unverified_cost_per_year_usd"`
	Loss          estimate           `json:"loss_per_year_usd"`
	Lines         map[string]float64 `json:"loss_lines_per_year_usd"`
	Versus        *struct {
		Extra   float64  `json:"extra_cost_per_year_usd"`
		Avoided estimate `json:"avoided_loss_per_year_usd"`
		Net     estimate `json:"net_benefit_per_year_usd"`
		Hours   float64  `json:"breakeven_outage_hours_per_year"`
		Revenue float64  `json:"breakeven_revenue_usd"`
		Within  bounds   `json:"breakeven_revenue_within_usd"`
	} `json:"versus_baseline"`
}

type side struct {
	Name string
	Bill []struct {
		Category, What, Basis string
		PerYear               float64 `json:"per_year_usd"`
	}
	Losses  []float64  `json:"trial_losses_per_year_usd"`
	AddedUp []estimate `json:"cost_and_loss_after_years_usd"`
}

type swing struct {
	Name         string
	Half, Double struct {
		Limit  string
		Net    [2]estimate `json:"net_benefits_per_year_usd"`
		Turned []string
		Untold []string `json:"not_told"`
	}
}

// sides are the two strategies of a comparison in the order in which they are shown.
func (c *told) sides(t *testing.T) (sides [2]*worth) {
	t.Helper()
	for i := range c.Pair.Sides {
		for j := range c.Strategies {
			if c.Strategies[j].Name == c.Pair.Sides[i].Name {
				sides[i] = &c.Strategies[j]
			}
		}
	}
	if sides[0] == nil || sides[1] == nil {
		t.Fatalf("there are not two beside each other: %+v", c.Pair.Sides)
	}
	return sides
}

// TestChartsArePrinted holds the labels of both charts, and what the figures rest on, against what
// the copied command prints.
func TestChartsArePrinted(t *testing.T) {
	w := opened(t)
	screen := w.Shows("cost and loss, added up")
	var c told
	copied(t, w, &c)
	sides := c.Pair.Sides
	most := slices.Max(append(slices.Clone(sides[0].Losses), sides[1].Losses...))
	label := regexp.MustCompile(`\(heights are square roots\) +(\S+)  (.+?) +(\d+) yr`).
		FindStringSubmatch(screen)
	if label == nil {
		t.Fatalf("the charts have no labels on\n%s", screen)
	}
	same(t, "the greatest loss", label[1], most)
	if len(sides[0].Losses) != c.Trials || len(sides[0].AddedUp) != 1+3 || label[3] != "3" {
		t.Errorf("%d losses of %d trials, %d years added up, %s on the screen", len(sides[0].Losses),
			c.Trials, len(sides[0].AddedUp)-1, label[3])
	}
	top := regexp.MustCompile(`\n[ ▁-█]+ (\$[0-9.]+[kM])[ ⠀-⣿]*\n`).FindStringSubmatch(screen)
	if top == nil {
		t.Fatalf("there is no label above the lines on\n%s", screen)
	}
	same(t, "what is paid in the end", top[1],
		max(sides[0].AddedUp[3].High, sides[1].AddedUp[3].High))
	meets := "they cost the same"
	if cheaper := c.Pair.Cheaper; cheaper != nil && cheaper.From == 0 {
		meets = cheaper.Name + " is cheaper throughout"
	}
	if label[2] != meets {
		t.Errorf("the screen says %q, the comparison %q", label[2], meets)
	}
	if rests := fmt.Sprintf("done, %d trials of %d years, seed %d; 95 %% intervals", c.Trials, c.Years,
		c.Seed); !strings.Contains(screen, rests) {
		t.Errorf("the screen does not say %q\n%s", rests, screen)
	}
	w.Quits("q")
}

// TestTheDifferencesArePrinted holds the column of the differences, who is ahead and by how much,
// against what the copied command prints.
func TestTheDifferencesArePrinted(t *testing.T) {
	w := opened(t)
	var c told
	copied(t, w, &c)
	found := tableOf(t, w.Shows("difference"))
	told := 0
	for i, d := range c.Pair.Differences {
		want := d.Text
		if d.Better != nil {
			told++
			want = map[string]string{found.names[0]: "◀ ", found.names[1]: "▶ "}[*d.Better] + want
		}
		row := found.rows[i]
		if f, known := figureOf(row.label); !known || row.cells[2] != want {
			t.Errorf("%s: the screen says %q, the comparison %q of %s", row.label, row.cells[2], want,
				d.Figure)
		} else if d.Better != nil && f.label != "available %" {
			number, _, _ := strings.Cut(d.Text, " ") // The unit stands in the label.
			same(t, "the difference in "+d.Figure, number, *d.By)
		}
	}
	if len(c.Pair.Differences) != len(figures) || told < 4 {
		t.Errorf("of %d differences %d say who is ahead; want %d, and 4 that do",
			len(c.Pair.Differences), told, len(figures))
	}
	w.Quits("q")
}

// TestWhatAStrategyPaysFromIsPrinted holds the revenue from which each of two pays.
func TestWhatAStrategyPaysFromIsPrinted(t *testing.T) {
	w := opened(t)
	w.Press("2")
	w.Shows("what if")
	var c told
	copied(t, w, &c)
	screen := w.Shows("what if") // All of it is drawn by now.
	for _, s := range c.sides(t) {
		pays := "would pay"
		if s.Verdict == "proceed" {
			pays = "pays"
		}
		found := regexp.MustCompile(s.Name + " " + pays + ` from a revenue of (\S+)/yr on ` +
			`\(95 %: (\S+) \.\. (\S+)\)`).FindStringSubmatch(screen)
		if found == nil {
			t.Errorf("%s, %s: nothing says that it %s\n%s", s.Name, s.Verdict, pays, screen)
			continue
		}
		same(t, "the revenue from which "+s.Name+" pays", found[1], s.Versus.Revenue)
		s.holdsFlip(t, found[2], found[3])
	}
	w.Quits("q")
}

// holdsFlip holds the ends of the revenues at which it is not certain whether a strategy pays.
func (s *worth) holdsFlip(t *testing.T, low, high string) {
	t.Helper()
	within := s.Versus.Within
	if within.Low == nil || within.High == nil || *within.Low >= *within.High ||
		s.Versus.Revenue < *within.Low || s.Versus.Revenue > *within.High {
		t.Fatalf("%s pays from %v on, and that is within %v", s.Name, s.Versus.Revenue, within)
	}
	same(t, "the least revenue at which "+s.Name+" may pay", low, *within.Low)
	same(t, "the most at which it may not", high, *within.High)
}

// amounts are those of a row of the screen that are of no value a year.
func amounts(row string) (all []string) {
	for _, word := range strings.Fields(row) {
		if strings.Contains(word, "$") && !strings.Contains(word, "/") {
			all = append(all, word)
		}
	}
	return all
}

// TestTheBillIsPrinted holds each figure of the bill, of what is lost and of what the answer hangs
// on against what the copied command prints.
func TestTheBillIsPrinted(t *testing.T) {
	w := opened(t)
	w.Press("5")
	w.Shows("✓ pays then")
	var c told
	copied(t, w, &c)
	screen := w.Shows("✓ pays then") // All of it is drawn by now.
	sides := c.sides(t)
	held := 0
	hold := func(what, text string, want float64) {
		t.Helper()
		held++
		same(t, what, text, want)
	}
	lost := lossesOf(sides)
	for line := range strings.Lines(screen) {
		cells := regexp.MustCompile(` {2,}`).Split(strings.Trim(line, " ›\n"), -1)
		if bills, is := c.billed(cells[0], sides); is && len(cells) >= 4 {
			hold(cells[0], cells[1], bills[0])
			hold(cells[0], cells[2], bills[1])
			hold(cells[0], strings.TrimPrefix(cells[3], "+"), bills[1]-bills[0])
			cells = cells[4:]
		}
		if len(cells) != 3 {
			continue
		}
		if cells[0] == "95 %" {
			for i, cell := range cells[1:] {
				low, high, _ := strings.Cut(cell, "..")
				sides[i].holdsFlip(t, low, high)
				held++
			}
		}
		if want, is := lost[cells[0]]; is {
			hold(cells[0], cells[1], want[0])
			hold(cells[0], cells[2], want[1])
			delete(lost, cells[0])
		}
	}
	if held < 3*8+2*12+2 || len(lost) > 0 {
		t.Errorf("%d figures were held, and these were not on the screen: %v\n%s", held, lost, screen)
	}
	c.holdsLines(t, screen, "compute")
	c.holdsSwings(t, screen)
	w.Quits("q")
}

// holdsLines holds what each line of a category costs, and how that follows.
func (c *told) holdsLines(t *testing.T, screen, category string) {
	t.Helper()
	_, lines, _ := strings.Cut(screen, "─ "+category+", line by line")
	_, lines, _ = strings.Cut(lines, "\n")
	lines, _, _ = strings.Cut(lines, "─")
	shown := strings.Split(strings.TrimSpace(lines), "\n")
	for i := range c.Pair.Sides {
		for _, line := range c.Pair.Sides[i].Bill {
			if line.Category != category {
				continue
			}
			if len(shown) == 0 {
				t.Fatalf("%s of %s is not on\n%s", line.What, c.Pair.Sides[i].Name, screen)
			}
			row := strings.TrimSpace(shown[0])
			shown = shown[1:]
			if all := amounts(row); len(all) == 0 {
				t.Errorf("%q costs nothing", row)
			} else {
				same(t, row, all[0], line.PerYear)
			}
			basis, _, _ := strings.Cut(line.Basis, ",") // The end may be cut.
			if !strings.HasPrefix(row, []string{"◀ ", "▶ "}[i]+line.What) ||
				!strings.Contains(row, basis) {
				t.Errorf("got %q, want %s: %s", row, line.What, line.Basis)
			}
		}
	}
	if len(shown) > 0 {
		t.Errorf("nothing prints %q", shown)
	}
}

// billed is what a row of the bill has.
func (c *told) billed(label string, sides [2]*worth) (amounts [2]float64, is bool) {
	switch label {
	case "total":
		return [2]float64{sides[0].Cost, sides[1].Cost}, true
	case "of it unverified":
		return [2]float64{sides[0].Unverified, sides[1].Unverified}, true
	}
	for i := range c.Pair.Sides {
		for _, line := range c.Pair.Sides[i].Bill {
			if line.Category == label {
				amounts[i] += line.PerYear
				is = true
			}
		}
	}
	return amounts, is
}

// lossesOf are the rows of what is lost, by their labels.
func lossesOf(sides [2]*worth) map[string][2]float64 {
	rows := map[string][2]float64{}
	for label, of := range map[string]func(s *worth) float64{
		"sales":         func(s *worth) float64 { return s.Lines["sales"] },
		"lost writes":   func(s *worth) float64 { return s.Lines["lost_writes"] },
		"conflicts":     func(s *worth) float64 { return s.Lines["conflicts"] },
		"lost sessions": func(s *worth) float64 { return s.Lines["lost_sessions"] },
		"people":        func(s *worth) float64 { return s.Lines["people"] },
		"reputation":    func(s *worth) float64 { return s.Lines["reputation"] },
		"total":         func(s *worth) float64 { return s.Loss.Mean },
		"extra cost":    func(s *worth) float64 { return s.Versus.Extra },
		"avoided loss":  func(s *worth) float64 { return s.Versus.Avoided.Mean },
		"net":           func(s *worth) float64 { return s.Versus.Net.Mean },
		"breakeven $":   func(s *worth) float64 { return s.Versus.Revenue },
		"breakeven h":   func(s *worth) float64 { return s.Versus.Hours },
	} {
		rows[label] = [2]float64{of(sides[0]), of(sides[1])}
	}
	return rows
}

// holdsSwings holds what each value at half and at double comes to, and what is marked as turned.
func (c *told) holdsSwings(t *testing.T, screen string) {
	t.Helper()
	if len(c.Pair.Sensitivity.Values) < 5 {
		t.Errorf("%d values were weighed", len(c.Pair.Sensitivity.Values))
	}
	_, base, _ := strings.Cut(screen, "all as it is")
	base, _, _ = strings.Cut(base, "\n")
	shown := amounts(base)
	for i := range shown {
		same(t, "the net benefit as it is", shown[i], c.Pair.Sensitivity.Net[i%2].Mean)
		same(t, "that of the comparison", shown[i], c.sides(t)[i%2].Versus.Net.Mean)
	}
	rests := fmt.Sprintf("? not told, ◀ ▶ ahead; %d trials", c.Pair.Sensitivity.Tried)
	if len(shown) != 4 || !strings.Contains(screen, rests) {
		t.Errorf("got %q as it is, and want %q\n%s", base, rests, screen)
	}
	for _, value := range c.Pair.Sensitivity.Values {
		row := ""
		for line := range strings.Lines(screen) {
			if strings.HasPrefix(strings.TrimSpace(line), value.Name+"  ") {
				row = line
			}
		}
		shown := amounts(row)
		want := append(slices.Clone(value.Half.Net[:]), value.Double.Net[:]...)
		if len(shown) != len(want) {
			t.Errorf("%s: the screen has %q, want %v", value.Name, row, want)
			continue
		}
		for i := range want {
			same(t, value.Name, shown[i], want[i].Mean)
		}
		turned := 0
		for _, text := range append(slices.Clone(value.Half.Turned), value.Double.Turned...) {
			if !strings.HasSuffix(text, " is ahead") {
				turned++
			}
		}
		if marks := strings.Count(row, "✓") + strings.Count(row, "✗"); marks != turned {
			t.Errorf("%s: %d marks in %q, and %d turned", value.Name, marks, row, turned)
		}
		if untold := len(value.Half.Untold) + len(value.Double.Untold); untold !=
			strings.Count(row, "?") {
			t.Errorf("%s: %d are not told, and the row is %q", value.Name, untold, row)
		}
		for _, limit := range []string{value.Half.Limit, value.Double.Limit} {
			if !strings.Contains(screen, limit) {
				t.Errorf("%s: %q is not on\n%s", value.Name, limit, screen)
			}
		}
	}
}

// TestTheTopologyIsPrinted holds who does what, and every round trip and lag, against what the
// copied command prints, when a region is lost.
func TestTheTopologyIsPrinted(t *testing.T) {
	w := opened(t)
	w.Press("3")
	w.Shows("seed 1; RTO")
	w.Press("jj4")
	w.Shows("round trip to")
	var c struct {
		Regions []struct {
			Name, Role string
			Leads      bool
			Users      float64
			Impaired   []string
		}
		Ways []struct {
			From, To string
			RTT      float64 `json:"rtt_seconds"`
		}
		Copies []struct {
			Region string
			P50    float64 `json:"lag_p50_seconds"`
			P99    float64 `json:"lag_p99_seconds"`
		}
	}
	if command := copied(t, w, &c); !strings.Contains(command, " --at ") {
		t.Errorf("copied %q, want the moment in it", command)
	}
	screen := w.Shows("round trip to") // All of it is drawn by now.
	words := map[string][][]string{}   // Of the rows that begin with a region: first what it does.
	for line := range strings.Lines(screen) {
		if cells := strings.Fields(line); len(cells) > 0 {
			words[cells[0]] = append(words[cells[0]], cells[1:])
		}
	}
	for i, r := range c.Regions {
		rows := words[r.Name]
		if len(rows) < 2 {
			t.Fatalf("%s has %d rows on\n%s", r.Name, len(rows), screen)
		}
		is := strings.Join(rows[0], " ")
		if !strings.HasPrefix(is, r.Role) || strings.Contains(is, "leads") != r.Leads ||
			!strings.HasSuffix(is, strings.Join(r.Impaired, ", ")) {
			t.Errorf("the screen says of %s %q, the command %+v", r.Name, is, r)
		}
		at := slices.Index(rows[0], "%")
		same(t, "the users of "+r.Name, rows[0][max(at-1, 0)], 100*r.Users)
		trips := slices.Insert(slices.Clone(rows[1]), i, "") // None to itself.
		for _, way := range c.Ways {
			for j := range c.Regions {
				if way.From == r.Name && way.To == c.Regions[j].Name {
					same(t, "the way from "+way.From+" to "+way.To, trips[j], way.RTT)
				}
			}
		}
	}
	lags := regexp.MustCompile(`(\S+) \((\S+) at most in 99 %\) in ([^\s;]+)`).
		FindAllStringSubmatch(strings.Join(strings.Fields(screen), " "), -1)
	if len(lags) != len(c.Copies) || len(lags) == 0 || len(c.Ways) != 6 {
		t.Fatalf("%d lags on the screen, %d printed, %d ways\n%s", len(lags), len(c.Copies),
			len(c.Ways), screen)
	}
	for i, lag := range lags {
		if lag[3] != c.Copies[i].Region || math.IsNaN(c.Copies[i].P50) {
			t.Errorf("got a lag in %s, want %s", lag[3], c.Copies[i].Region)
		}
		same(t, "the lag in "+lag[3], lag[1], c.Copies[i].P50)
		same(t, "the most lag in "+lag[3], lag[2], c.Copies[i].P99)
	}
	w.Quits("q")
}
