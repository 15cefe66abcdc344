package tui

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestWhatTurnsTheAnswerIsAlwaysSaid at every size of What-if, also where the sign of a net benefit
// is not certain: of both sides the revenue from which it pays, with its interval, and all that
// there is no room for is counted.
func TestWhatTurnsTheAnswerIsAlwaysSaid(t *testing.T) {
	number := regexp.MustCompile(`(\d+) more[ ,:]`)
	for _, revenue := range []string{"75M", "52M"} {
		a := opening(t, "ecommerce-three-region", append([]scenarios.Edit{
			{Path: "business.revenue_per_year", Value: "$" + revenue},
		}, quick...)...)
		press(a, "2")
		for width := leastWidth; width <= 200; width += 10 {
			for height := leastHeight; height <= 40; height += 2 {
				text := flat(screen(a, width, height))
				for i, r := range a.results() {
					at, name := fmt.Sprintf("$%.3gM", r.Case.BreakevenRevenue/1e6), a.pair[i].String()
					said := regexp.MustCompile(`(` + strings.TrimSpace(marks[i]) + `|` + name + `) ` +
						`((pays )?from|(would )?pays? from a revenue of) \` + at +
						`(/yr)?( on)? \((95 %: )?\$`)
					if whole := answerOf(a, width, height); !said.MatchString(whole) {
						t.Errorf("%d x %d, revenue %s: %s is not said to pay from %s on\n%s", width, height,
							revenue, name, at, screen(a, width, height))
					}
				}
				if m := number.FindStringSubmatch(text); m == nil && !strings.Contains(text, "RPO ≤ 1m") {
					t.Errorf("%d x %d: what has no room is not counted\n%s", width, height, text)
				}
			}
		}
		if text := screen(a, 60, 16); !strings.Contains(text, "s save  u undo") {
			t.Errorf("got\n%s\nwant the keys that save and undo", text)
		}
	}
}

// answerOf is what stands on the right of the values that are moved, as one line.
func answerOf(a *App, width, height int) string {
	var text []string
	from := 1 + min(leversWidth, (width-2)/2-1) + 2
	for _, row := range strings.Split(screen(a, width, height), "\n") {
		if columns := []rune(row); len(columns) > from {
			text = append(text, string(columns[from:]))
		}
	}
	return flat(strings.Join(text, "\n"))
}

// TestTheFlipHoldsWhatIsUnsure moves the revenue over the breakeven: the sign of the net is marked
// at exactly those revenues that its interval holds.
func TestTheFlipHoldsWhatIsUnsure(t *testing.T) {
	within := opening(t, "ecommerce-three-region", quick...).result(model.ActiveActive).Case.
		BreakevenWithin
	if !cost.HasInterval(within) || within.Low >= within.Mean || within.Mean >= within.High {
		t.Fatalf("the interval is %+v", within)
	}
	for _, at := range []float64{
		within.Low * 0.99, within.Low * 1.01, within.Mean, within.High * 0.99, within.High * 1.01,
	} {
		a := opening(t, "ecommerce-three-region", append([]scenarios.Edit{
			{Path: "business.revenue_per_year", Value: fmt.Sprintf("$%.0f", at)},
		}, quick...)...)
		r := a.result(model.ActiveActive)
		if holds := within.Low <= at && at <= within.High; r.Case.Unsure() != holds {
			t.Errorf("at $%.0f of %+v: the sign is not certain: %v", at, within, r.Case.Unsure())
		}
		if now := r.Case.BreakevenWithin; math.Abs(now.Low/within.Low-1)+
			math.Abs(now.High/within.High-1) > 1e-6 {
			t.Errorf("at $%.0f the interval is %+v, no longer %+v", at, now, within)
		}
	}
}

// TestTurning says what would turn the answer over where there is no such revenue, or none that is
// known, never for certain where the sign is not.
func TestTurning(t *testing.T) {
	sure, open := model.Estimate{Mean: 5, Low: 1, High: 9}, model.Estimate{Mean: 5, Low: -1, High: 9}
	bad, endless, none := model.Estimate{Mean: -5, Low: -9, High: -1}, math.Inf(1), math.NaN()
	for want, c := range map[string]cost.Case{
		"pays whatever the revenue is": {NetPerYear: sure},
		"is not known to pay, and more revenue is no help": {
			NetPerYear: open, BreakevenWithin: model.Estimate{High: none},
		},
		"does not pay, and more revenue is no help": {NetPerYear: bad},
		"pays at no revenue": {
			NetPerYear: bad, BreakevenRevenue: endless,
		},
		"is not known to pay at any revenue": {
			NetPerYear: open, BreakevenRevenue: endless,
		},
		"has no price": {BreakevenRevenue: none},
		"pays from a revenue of $0/yr on (95 %: $0 .. $2,000)": {
			NetPerYear: sure, BreakevenWithin: model.Estimate{High: 2000},
		},
		"pays from a revenue of $3,000/yr on (95 %: from $2,000)": {
			NetPerYear: sure, BreakevenRevenue: 3000,
			BreakevenWithin: model.Estimate{Low: 2000, High: endless},
		},
		"pays from a revenue of $3,000/yr on (95 %: any)": {
			NetPerYear: open, BreakevenRevenue: 3000, BreakevenWithin: model.Estimate{High: endless},
		},
		"pays from a revenue of $9/yr on (95 %: $8 .. $9, coarse)": {
			NetPerYear: open, BreakevenRevenue: 9, BreakevenWithin: model.Estimate{Low: 8, High: 9},
		},
	} {
		c.Priced, c.Verdict = !strings.Contains(want, "price"), cost.Proceed
		r := &redoubt.StrategyResult{Kind: model.HotStandby, Case: c}
		if got, _, _ := turning(r, strings.Contains(want, "coarse")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
