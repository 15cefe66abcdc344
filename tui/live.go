package tui

import (
	"context"
	"fmt"
	"slices"

	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
	"redoubt/units"
)

// live is what agents say, and the order that is being given to them.
type live struct {
	feed *feed.Feed
	// asker are the flags that say as whom agents are asked.
	asker []string
	// heard is what was heard last; it has no Status before the first answer.
	heard feed.Reading
	// form is the order that is being written, nil while there is none.
	form *orderForm
}

// Follow hands on what the agents say, until the context is over. Run does it by itself.
func (a *App) Follow(ctx context.Context) {
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

// outlived takes a message away that stood for a while: how old that is is shown has to be seen
// again. What went wrong stays until a key is pressed.
func (a *App) outlived() {
	const most = 10 // Readings: one a second.
	if a.since++; a.since > most && !a.wrong {
		a.message = ""
	}
}

// wideLive is from how many columns on a live view has two halves beside each other.
const wideLive = 116

// lowLive is below how many rows a live view has no room for what is over.
const lowLive = 12

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

// basis says what is shown rests on: how old it is, before all that a narrow screen may cut off.
func (fed) basis(a *App, _ int) string {
	heard := &a.live.heard
	switch s := heard.Status; {
	case s == nil:
		return "nothing was heard yet"
	case s.AppliedAgo < 0:
		return fmt.Sprintf("kept from before by the agent of %s (%s), entry %d", s.Region, heard.Address,
			s.Index)
	default:
		return fmt.Sprintf("applied %s ago by the agent of %s (%s), entry %d; T+%s of the log",
			ago(s.AppliedAgo+heard.Lost.Seconds()), s.Region, heard.Address, s.Index, ago(s.At))
	}
}

// isOld reports whether what is shown may not be so any more: nobody answers, or who does has
// applied nothing for long.
func isOld(heard *feed.Reading) bool {
	s := heard.Status
	return heard.Err != nil || s != nil && (s.Stuck || s.AppliedAgo < 0)
}

// paused reports whether people have stopped what begins by itself.
func (l *live) paused() bool { return l.heard.Status != nil && l.heard.Status.Paused }

// mark is what stands at the top of every view of how far what is shown is that of now.
func (l *live) mark() string {
	switch s := l.heard.Status; {
	case l.heard.Refused:
		return "✗ refused"
	case l.heard.Err != nil:
		return "✗ no answer " + units.Length(l.heard.Lost)
	case s == nil:
		return ""
	case s.AppliedAgo < 0:
		return "‖ old"
	case s.Stuck:
		return "‖ old " + ago(s.AppliedAgo)
	case s.Leader == "":
		return "✗ no leader"
	}
	return answering + " live"
}

// answering is the mark of agents that answer, and decide.
const answering = "●"

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

// asks is a command that asks the same agent, as the same person.
func (l *live) asks(words string) string {
	return l.asking("redoubt " + words + " --address")
}

// asking is the beginning of a command, and who is asked, as the same person.
func (l *live) asking(command string) string {
	for _, word := range append([]string{l.heard.Address}, l.asker...) {
		command += " " + units.ShellWord(word)
	}
	return command
}

func (v *liveView) draw(a *App, area canvas.Area) {
	a.place(area, aPane, 0)
	area, heard, further, ok := a.drawHeard(area)
	if !ok {
		return
	}
	old, s := isOld(heard), heard.Status
	const around = 2 // The title of the history, and the row before it.
	if area.Width < wideLive {
		before, after := reasonLines(heard.Account, area.Width)
		if !isDown(s) { // Else what happened comes before why nothing is done about the others.
			before, after = stacked(before, after), nil
		}
		after = stacked(after, further)
		all := stacked(a.planLines(s, area.Width, area.Height < lowLive),
			a.regionLines(heard, area.Width),
			a.storeLines(s, area.Width), before)
		room := area.Height - len(all) - len(after) - around
		if room < 1 { // All of it is scrolled.
			room = shownEntries
		}
		v.from = a.scroller(stacked(all, historyLines(heard.Entries, room), after), area,
			v.from, old, down)
		return
	}
	const gap = 3
	left := area.Left((area.Width - gap) * 7 / 12)
	right := area.Right(left.Width + gap)
	first := stacked(a.regionLines(heard, left.Width), a.storeLines(s, left.Width))
	wrong, fine := reasonLines(heard.Account, right.Width)
	second := stacked(a.planLines(s, right.Width, false), wrong, fine, further)
	above := max(len(first), len(second))
	history := historyLines(heard.Entries, max(area.Height-above-around, shownEntries))
	above = max(min(above, area.Height-len(history)-1), 0)
	from := a.scroller(first, left.Above(above), v.from, old, down)
	v.from = max(a.scroller(second, right.Above(above), v.from, old, down), from)
	history.draw(area.Below(above+1), 0, old)
}

// scroller draws lines, and says in place of the last one that there is room for how many more
// there are, and the key of what leads to them.
func (a *App) scroller(l lines, area canvas.Area, from int, old bool, further action) int {
	from = max(0, min(from, len(l)-area.Height))
	more := len(l) - from - area.Height
	if more <= 0 || area.Height < 2 {
		return l.draw(area, from, old)
	}
	area.Text(0, area.Height-1, canvas.Dim, fmt.Sprintf("↓ %d more lines (%s)", more+1,
		a.keys.of(further)[0]))
	l[:from+area.Height-1].draw(area.Above(area.Height-1), from, old)
	return from
}

// isDown reports whether any region is seen down.
func isDown(s *api.Status) bool {
	return slices.ContainsFunc(s.Regions, func(r api.RegionStatus) bool {
		return r.Verdict == "down"
	})
}

// silence says that no agent answers, why, and what helps.
func (l *live) silence() string {
	heard := &l.heard
	lost := units.Length(heard.Lost)
	switch {
	case heard.Refused && heard.Status == nil:
		return fmt.Sprintf("✗ refused (%v): leave, and give the --token-file of somebody who stands in "+
			"the agents' files of tokens", heard.Err)
	case heard.Refused:
		return fmt.Sprintf("✗ refused (%v): what follows was heard %s ago", heard.Err, lost)
	case heard.Status == nil:
		return fmt.Sprintf("✗ no agent has answered for %s (%v)", lost, heard.Err)
	}
	return fmt.Sprintf("✗ no agent has answered for %s (%v): what follows is as old as that", lost,
		heard.Err)
}

// useless reports whether a hint is of an order alone that has nothing to move: where every region
// writes, a failover never has, and a failback while no region is evacuated.
func (l *live) useless(h hint) bool {
	if l == nil || l.heard.Status == nil || l.heard.Status.Promotes() {
		return false
	}
	s := l.heard.Status
	left := slices.ContainsFunc(s.Regions, func(r api.RegionStatus) bool { return s.Evacuated(&r) })
	return slices.Contains(h.actions, failOver) || slices.Contains(h.actions, failBack) && !left
}
