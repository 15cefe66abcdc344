package tui

import (
	"fmt"
	"math"
	"strings"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// turns are what would turn the answer over, for each side that can say so: in several lengths, the
// longest first, of which both sides have as many.
type turns struct {
	texts [2][]string
}

// turns says at which revenue the two strategies begin to pay for themselves.
func (a *App) turns(results [2]*redoubt.StrategyResult) (t turns) {
	for i, r := range results {
		if r == nil || r.Excuse != "" {
			continue
		}
		name, mark := a.pair[i].String()+" ", marks[i]
		long, short, shortest := turning(r, a.coarse)
		t.texts[i] = []string{name + long, name + short, mark + short, mark + shortest}
	}
	return t
}

// turning says at which revenue a strategy begins to pay for itself, in three lengths: with the
// revenues at which that is not certain, since a bare number beside a verdict of which the sign is
// not would deny that.
func turning(r *redoubt.StrategyResult, coarse bool) (long, short, shortest string) {
	c := &r.Case
	at, once := c.BreakevenRevenue, c.OneTime.USD()
	same := func(long, short string) (string, string, string) { return long, short, short }
	switch {
	case r.Kind == model.SingleRegion:
		return same("is what the others are held against", "is the baseline")
	case !c.Priced || math.IsNaN(at):
		return same("has no price", "has no price")
	case math.IsInf(at, 0) && c.Unsure():
		return same("is not known to pay at any revenue", "may pay, or not")
	case math.IsInf(at, 0):
		return same("pays at no revenue", "pays at no revenue")
	case at == 0 && c.BreakevenWithin.High > 0: // Its interval says what is not certain.
	case at == 0 && c.Unsure():
		return same("is not known to pay, and more revenue is no help", "may pay, or not")
	case at == 0 && c.NetPerYear.Mean < 0:
		return same("does not pay, and more revenue is no help", "pays at no revenue")
	case at == 0:
		return same("pays whatever the revenue is", "pays at any revenue")
	}
	usd := units.USD(at)
	within, tight := contrast.Flip(c, units.USD, " .. "), contrast.Flip(c, units.USD, "..")
	long, tight = within, " ("+tight+")"
	if coarse {
		long, tight = long+", coarse", tight+"?"
	}
	switch long = usd + "/yr on (95 %: " + long + ")"; {
	case once != 0:
		long = fmt.Sprintf("earns its yearly cost from a revenue of %s; with the %s to build it the NPV "+
			"is %s", long, units.USD(once), units.USD(c.NPV))
	case c.Verdict == cost.Proceed:
		long = "pays from a revenue of " + long
	default:
		long = "would pay from a revenue of " + long
	}
	return long, "pays from " + usd + "/yr" + tight, "from " + usd + tight
}

// height is how many rows a length of both sides takes.
func (t *turns) height(length, width int) (rows int) {
	for _, texts := range t.texts {
		if texts != nil {
			rows += len(canvas.Wrap(texts[length], width))
		}
	}
	return rows
}

// longest is the longest length that has room in so many rows, the number of lengths where none
// has.
func (t *turns) longest(width, rows int) (length int) {
	for length < t.lengths() && t.height(length, width) > rows {
		length++
	}
	return length
}

// lengths is how many lengths there are.
func (t *turns) lengths() int { return max(len(t.texts[0]), len(t.texts[1])) }

// least is how many rows the shortest length takes.
func (t *turns) least(width int) int {
	if t.lengths() == 0 {
		return 0
	}
	return t.height(t.lengths()-1, width)
}

// leastOfStar is how many rows it takes at least to say which strategy is recommended: none where
// the status line does.
func (a *App) leastOfStar(width int) int {
	if a.recommended() == 0 || a.height < roomForWhy {
		return 0
	}
	return len(canvas.Wrap(a.starred(), width))
}

// drawTurns writes from a row on what would turn the answer over, which strategy is recommended and
// why: as much of each as there is room for, and then rows that part them.
func (a *App) drawTurns(area canvas.Area, y int, t turns) {
	height := func(text string) int { return len(canvas.Wrap(text, area.Width)) }
	answers, room := a.answers(), area.Height-y
	length, least := t.lengths(), a.leastOfStar(area.Width)
	if least > 0 { // What speaks for it is worth more than the longest words of the rest.
		length = t.longest(area.Width, room-height(answers[1]))
	}
	if length == t.lengths() {
		length = t.longest(area.Width, room-least)
	}
	if length < t.lengths() {
		room -= t.height(length, area.Width)
	}
	said := ""
	for _, text := range answers {
		if height(text) <= room {
			said = text
			break
		}
	}
	part := room - height(said) // So many rows are left.
	gap := func() {
		if part > 0 {
			part, y = part-1, y+1
		}
	}
	if length < t.lengths() {
		gap()
		for i, texts := range t.texts {
			if texts != nil {
				y = area.Paragraph(y, sides[i], texts[length])
			}
		}
	}
	if said == "" {
		return
	}
	gap()
	if y = area.Paragraph(y, canvas.Plain, said); said == a.recommendation() && !a.coarse {
		a.drawReasons(area.Below(y))
	}
}

// answers say which strategy is recommended, with all that speaks for it, the first of that, where
// it stands, or nothing of it.
func (a *App) answers() []string {
	switch {
	case a.shown == nil:
		return nil
	case a.recommended() == 0:
		return []string{a.recommendation()}
	}
	short, why := a.starred(), a.shown.Why
	for _, end := range []string{"; ", " ("} {
		why, _, _ = strings.Cut(why, end)
	}
	why = strings.TrimPrefix(why, "it has the ")
	return []string{
		a.recommendation(), short + ": " + why, short + ": why is in " + a.views[0].title() + " (1)",
		short,
	}
}

// drawReasons writes what speaks for or against the two, the first of each first, as far as there
// is room for it, and where the rest is.
func (a *App) drawReasons(area canvas.Area) {
	var texts []string
	var of []int
	for at, more := 0, true; more; at++ {
		more = false
		for i, r := range a.results() {
			if r != nil && at < len(r.Case.Reasons) {
				texts, of = append(texts, a.pair[i].String()+": "+r.Case.Reasons[at]), append(of, i)
				more = true
			}
		}
	}
	y := 0
	for at, text := range texts {
		last := at == len(texts)-1
		need := len(canvas.Wrap(text, area.Width))
		if !last {
			need++ // For what says that there is more.
		}
		if y+need > area.Height {
			more := fmt.Sprintf("%d more in %s (1)", len(texts)-at, a.views[0].title())
			if at > 0 {
				area.Text(0, y, canvas.Dim, more)
			}
			return
		}
		y = area.Paragraph(y, sides[of[at]], text)
	}
}
