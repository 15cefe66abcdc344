package tui

import (
	"context"
	"fmt"
	"strings"

	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
	"redoubt/units"
)

// live is what agents say, and the order that is being given to them.
type live struct {
	feed *feed.Feed
	// heard is what was heard last; it has no Status before the first answer.
	heard feed.Reading
	// form is the order that is being written, nil while there is none.
	form *orderForm
}

// follow hands on what the agents say, until the context is over.
func (a *App) follow(ctx context.Context) {
	if a.live == nil {
		return
	}
	a.live.feed.Run(ctx, func(r feed.Reading) {
		select {
		case a.engine.found <- Finding{reading: &r}:
		case <-ctx.Done():
		}
	})
}

// wideLive is from how many columns on a live view has two halves beside each other.
const wideLive = 116

// liveView is how things are, as an agent says: who leads and writes, what is seen of each region
// and by how many, how far the copies are behind, what runs, and what keeps it from running.
type liveView struct {
	fed
	from int
}

func (*liveView) title() string { return "Live" }

// fed is what all views have that agents feed.
type fed struct{}

func (fed) hints() []hint {
	return []hint{
		{"approve", []action{approve}}, {"fail over", []action{failOver}},
		{"fail back", []action{failBack}}, {"pause", []action{pause}}, {"more", []action{down, up}},
		{"other orders", []action{command}}, {"view", []action{nextView}},
		{"copy", []action{copyCommand}},
	}
}

// basis says what is shown rests on.
func (fed) basis(a *App) string {
	heard := &a.live.heard
	switch s := heard.Status; {
	case s == nil:
		return "nothing was heard yet"
	case s.AppliedAgo < 0:
		return fmt.Sprintf("as the agent of %s (%s) has kept it, entry %d", s.Region, heard.Address,
			s.Index)
	default:
		return fmt.Sprintf("as the agent of %s (%s) has applied it, entry %d, %s ago; %s of the log",
			s.Region, heard.Address, s.Index, ago(s.AppliedAgo), ago(s.At))
	}
}

func (v *liveView) does(a *App, what action) bool {
	return scrolled(&v.from, what) || a.orders(what)
}

// scrolled moves what is drawn first, if that is what a key does.
func scrolled(from *int, what action) bool {
	by := rowsOf(what)
	*from = max(*from+by, 0)
	return by != 0
}

// rowsOf is by how many rows an action moves down, 0 of one that does not.
func rowsOf(what action) int {
	const far = 10
	return map[action]int{up: -1, down: 1, pageUp: -far, pageDown: far}[what]
}

// repeat is the command that prints it.
func (*liveView) repeat(a *App) string { return a.live.asks("status") }

// asks is a command that asks the same agent.
func (l *live) asks(words string) string {
	return "redoubt " + words + " --address " + units.ShellWord(l.heard.Address)
}

func (v *liveView) draw(a *App, area canvas.Area) {
	a.place(area, aPane, 0)
	area, heard, ok := a.drawHeard(area)
	if !ok {
		return
	}
	old, s := heard.Err != nil, heard.Status
	if area.Width < wideLive {
		all := stacked(a.planLines(s, area.Width), a.regionLines(heard, area.Width),
			a.storeLines(s, area.Width), reasonLines(heard.Account, area.Width),
			historyLines(heard.Entries, shownEntries))
		v.from = all.draw(area, v.from, old)
		return
	}
	const gap = 3
	left := area.Left((area.Width - gap) * 7 / 12)
	right := area.Right(left.Width + gap)
	first := stacked(a.regionLines(heard, left.Width), a.storeLines(s, left.Width))
	const around = 2 // The title, and the row before it.
	room := max(left.Height-len(first)-around, shownEntries)
	first = stacked(first, historyLines(heard.Entries, room))
	second := stacked(a.planLines(s, right.Width), reasonLines(heard.Account, right.Width))
	from := first.draw(left, v.from, old)
	v.from = max(second.draw(right, v.from, old), from)
}

// drawHeard writes what has to be seen before all else: that nobody answers, and what an agent
// warns of. It returns what is left of the area, and false where there is nothing to show in it.
func (a *App) drawHeard(area canvas.Area) (canvas.Area, *feed.Reading, bool) {
	heard := &a.live.heard
	y := 0
	if heard.Err != nil {
		text := fmt.Sprintf("✗ no agent has answered for %s (%s: %v)", units.Length(heard.Lost),
			heard.Address, heard.Err)
		if heard.Status != nil {
			text += ": what follows is as old as that"
		}
		y = area.Paragraph(y, canvas.Bad, text)
	}
	if heard.Status == nil {
		if heard.Err == nil {
			area.Text(0, 0, canvas.Dim, "waiting for the first answer …")
		}
		return area, heard, false
	}
	s := heard.Status
	most := max(area.Height/3, 1)
	for i, text := range s.Warnings() {
		if y >= most && i > 0 {
			y = area.Paragraph(y, canvas.Bad, fmt.Sprintf("! and %d more: %s", len(s.Warnings())-i,
				a.live.asks("status")))
			break
		}
		y = area.Paragraph(y, canvas.Bad, "! "+text)
	}
	y = area.Paragraph(y, canvas.Strong, summary(s))
	return area.Below(y + 1), heard, true
}

// summary is where things stand in a line.
func summary(s *api.Status) string {
	parts := []string{
		s.Mode + " mode", "primary " + orNobody(s.Primary),
		"serving " + orNobody(strings.Join(s.Serving, " ")), "leader " + orNobody(s.Leader),
		fmt.Sprintf("epoch %d", s.Epoch),
	}
	if len(s.Stores) == 0 && s.Primary == "" {
		parts[1] = "no primary: nothing has to be promoted"
	}
	if s.Plan == nil {
		parts = append(parts, "no plan runs")
	}
	return strings.Join(parts, " · ")
}
