package chart_test

import (
	"math"
	"strings"
	"testing"

	"redoubt/tui/canvas"
	"redoubt/tui/chart"
)

// drawn is what a function draws on so many columns and rows.
func drawn(width, height int, draw func(canvas.Area)) string {
	c := canvas.New(width, height)
	draw(c.All())
	lines := strings.Split(c.String(&canvas.Bare), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestBar(t *testing.T) {
	scale := chart.Over(8)
	for _, test := range []struct {
		symbols chart.Symbols
		value   float64
		want    string
	}{
		{chart.Block, 8, "████"}, {chart.Block, 4, "██"}, {chart.Block, 5, "██▌"}, {chart.Block, 0, ""},
		{chart.Block, 99, "████"}, {chart.Block, math.NaN(), ""}, {chart.Block, -1, ""},
		{chart.ASCII, 5, "###"}, {chart.Braille, 1, "▌"},
	} {
		got := drawn(4, 1, func(a canvas.Area) {
			chart.Bar(a, 0, canvas.First, test.symbols, scale, test.value)
		})
		if got != test.want {
			t.Errorf("%s of %v: got %q, want %q", test.symbols, test.value, got, test.want)
		}
	}
}

func TestInterval(t *testing.T) {
	got := drawn(11, 2, func(a canvas.Area) {
		chart.Interval(a, 0, canvas.First, chart.Block, chart.Scale{High: 11}, 2, 5, 8)
		chart.Interval(a, 1, canvas.First, chart.ASCII, chart.Scale{High: 11}, 5, 5, 5)
	})
	if want := "  ├──●──┤\n     o"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestColumnsKeepPeaks squeezes more values than there are columns.
func TestColumnsKeepPeaks(t *testing.T) {
	values := make([]float64, 40)
	values[13], values[39] = 8, 4
	got := drawn(4, 1, func(a canvas.Area) {
		chart.Columns(a, canvas.First, chart.Block, chart.Over(8), values)
	})
	if want := " █ ▄"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLineIsJoined(t *testing.T) {
	step := func(x float64) float64 {
		if x < 2 {
			return 0
		}
		return 4
	}
	for _, test := range []struct {
		symbols chart.Symbols
		want    string
	}{
		{chart.ASCII, "  **\n  *\n  *\n**"},
		{chart.Block, "  █▀\n  █\n  █\n▄▄▀"},
		{chart.Braille, "  ⡏⠉\n  ⡇\n  ⡇\n⣀⣀⠇"},
	} {
		got := drawn(4, 4, func(a canvas.Area) {
			p := chart.NewPlot(a, test.symbols, chart.Scale{High: 4}, chart.Scale{High: 4})
			p.Line(canvas.First, step)
			p.Draw()
		})
		if got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.symbols, got, test.want)
		}
	}
}

// TestSidesDifferWithoutColor draws the same line and band in the styles of both sides: the text
// alone tells which is which, and so do marks where the lines lie upon each other.
func TestSidesDifferWithoutColor(t *testing.T) {
	flat := func(at float64) func(float64) float64 { return func(float64) float64 { return at } }
	for _, symbols := range []chart.Symbols{chart.Braille, chart.Block, chart.ASCII} {
		plot := func(draw func(p *chart.Plot)) string {
			return drawn(9, 3, func(a canvas.Area) {
				p := chart.NewPlot(a, symbols, chart.Scale{High: 9}, chart.Scale{High: 3})
				draw(p)
			})
		}
		line := func(style canvas.Style) string {
			return plot(func(p *chart.Plot) { p.Line(style, flat(1)); p.Draw() })
		}
		if first, second := line(canvas.First), line(canvas.Second); first == second {
			t.Errorf("%s: both lines are\n%s", symbols, first)
		}
		got := plot(func(p *chart.Plot) {
			p.Draw()
			p.Mark(canvas.First, 4, "1", flat(1))
			p.Mark(canvas.Second, 0, "2", flat(1))
		})
		if want := "\n    1   2\n"; got != want {
			t.Errorf("%s: got %q, want %q", symbols, got, want)
		}
	}
}

func TestOver(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   chart.Scale
	}{
		{nil, chart.Scale{Low: 0, High: 1}},
		{[]float64{3, math.NaN(), math.Inf(1), 5}, chart.Scale{Low: 0, High: 5}},
		{[]float64{-2, 3}, chart.Scale{Low: -2, High: 3}},
	} {
		if got := chart.Over(test.values...); got != test.want {
			t.Errorf("Over(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}
