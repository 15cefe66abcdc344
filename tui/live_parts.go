package tui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// marked is how something that is good, bad or not known is marked, whatever the colors.
var marked = map[canvas.Style]string{canvas.Good: "▲", canvas.Bad: "▼", canvas.Dim: "?"}

// verdictStyle is the style of what an observer says.
func verdictStyle(verdict string) canvas.Style {
	switch verdict {
	case "up":
		return canvas.Good
	case "down":
		return canvas.Bad
	}
	return canvas.Dim
}

func ago(seconds float64) string { return units.Length(units.Seconds(seconds)) }

// lasted is how long something has lasted by the log's clock, and for how long that stood still.
func lasted(logged, stood float64) string { return units.Length(api.Lasted(logged, stood)) }

// storeLines are who may write to each store, and how far its copies are behind.
func (a *App) storeLines(s *api.Status, width int) (l lines) {
	if len(s.Stores) == 0 {
		return nil
	}
	for i := range s.Stores {
		rows := [][]piece{{
			{canvas.Dim, "  copy in"}, {canvas.Dim, "behind"}, {canvas.Dim, "measured"},
			{canvas.Dim, "would lose at most"},
		}}
		store := &s.Stores[i]
		lease, style := leaseText(store)
		l.say(width, 2, canvas.Title, fmt.Sprintf("%s: %s writes", store.Store, orNobody(store.Writer)))
		l.say(width, 2, style, "  "+lease)
		if len(store.Copies) == 0 {
			continue
		}
		for j := range store.Copies {
			rows = append(rows, a.copyRow(&store.Copies[j]))
		}
		var table lines
		table.table(rows...)
		l.add(table[0]...)
		for j, row := range table[1:] {
			l.add(row...)
			c := &store.Copies[j]
			if text := cmp.Or(c.Holds, c.Diverged); text != "" {
				l.say(width, 6, canvas.Bad, "    ! "+text)
			}
		}
	}
	return l
}

// leaseText is who holds the lease of a store, and for how long.
func leaseText(s *api.StoreStatus) (text string, style canvas.Style) {
	text = fmt.Sprintf("epoch %d", s.Epoch)
	switch {
	case s.Fenced:
		return text + ", fenced", canvas.Warn
	case !s.Guarded:
		return text + ", no guard", canvas.Plain
	case s.Holder == "":
		return text + ", nobody has the lease", canvas.Warn
	case s.Unaged:
		return text + ", lease of " + s.Holder + ", nobody knows for how long", canvas.Warn
	case s.Left <= 0:
		return text + ", the lease of " + s.Holder + " is over", canvas.Warn
	}
	return text + ", lease of " + s.Holder + " for " + ago(s.Left), canvas.Plain
}

// copyRow is a copy of a store in a table.
func (a *App) copyRow(c *api.Copy) []piece {
	lag, when, risk, style := "?", "not known", "? nobody knows", canvas.Warn
	if c.Known {
		lag, when = ago(c.Lag), lasted(c.Age, c.Stood)+" ago"
	}
	if c.AtRisk != nil {
		risk, style = c.AtRisk.Text(), canvas.Plain
	}
	return []piece{
		{canvas.Plain, "  " + c.Region}, {canvas.Plain, lag}, {canvas.Dim, when}, {style, risk},
	}
}

// planLines are the steps of the plan that runs, and how long the rest may take. On a low screen
// the steps that are behind it have a line together, so that what is done now is seen.
func (a *App) planLines(s *api.Status, width int, low bool) (l lines) {
	p := s.Plan
	if p == nil {
		return nil
	}
	l.say(width, 2, canvas.Title, fmt.Sprintf("Plan: %s %s, epoch %d, running for %s", p.Kind,
		api.Ends(p.Leaves, p.To), p.Epoch, lasted(p.For, p.Stood)))
	l = append(l, planNotes(p, width)...)
	l.say(width, 2, canvas.Plain, p.RestTold())
	rows := make([][]piece, 0, len(p.Steps))
	var gone []string
	for i := range p.Steps {
		step := &p.Steps[i]
		mark, style := stepMark(step.Status)
		what := strings.TrimSpace(step.Step + " " + step.Store)
		if low && over(step.Status) && step.Status != "failed" {
			gone = append(gone, mark+" "+what)
			continue
		}
		status := p.Told(step)
		if step.Look {
			status += ", to be looked at"
		}
		tries := ""
		if step.Tries > 1 {
			tries = fmt.Sprintf("%d tries", step.Tries)
		}
		rows = append(rows, []piece{
			{style, mark + " " + what}, {canvas.Plain, status},
			{canvas.Dim, p.When(step)},
			{canvas.Plain, step.Region}, {canvas.Warn, tries},
		})
	}
	if len(gone) > 0 {
		l.say(width, 2, canvas.Dim, strings.Join(gone, "  "))
	}
	l.table(rows...)
	return l
}

// planNotes are what has to be known of the plan that runs beside its steps.
func planNotes(p *api.PlanStatus, width int) (l lines) {
	if dry := p.Dry(); dry != "" {
		l.say(width, 2, canvas.Warn, "! "+dry)
	}
	if late := p.Late(); late != "" {
		l.say(width, 2, canvas.Bad, "! "+late)
	}
	if p.Left.Waits != "" {
		l.say(width, 2, canvas.Warn, "‖ It waits for "+p.Left.Waits+".")
	}
	return l
}

// stepMark marks how far a step is.
func stepMark(status string) (string, canvas.Style) {
	switch status {
	case "done":
		return "✓", canvas.Good
	case "spared": // It has failed too, or was passed over, and the plan goes on without it.
		return "–", canvas.Warn
	case "failed":
		return "✗", canvas.Bad
	case "unknown":
		return "?", canvas.Warn
	case "claimed":
		return "▶", canvas.First
	}
	return "·", canvas.Dim
}

// reasonLines say of each scope why it is not left, and of one that is seen down which gates keep
// it from being left. Those that nobody sees down are apart, and have a sentence together.
func reasonLines(account *api.Account, width int) (wrong, fine lines) {
	const why = "Why"
	var others lines
	var up, unsure []string
	for i := range account.Scopes {
		scope := &account.Scopes[i]
		said := scope.Scope + ": " + scope.Conclusion + "."
		switch {
		case seenDown(scope):
			wrong.say(width, 2, canvas.Plain, said)
			wrong = append(wrong, gateLines(scope, width, false)...)
		case scope.Calm:
			up = append(up, scope.Scope)
		case scope.Unsaid:
			unsure = append(unsure, scope.Scope)
		default:
			others.say(width, 2, canvas.Plain, said)
		}
	}
	if len(up) > 0 {
		fine.say(width, 2, canvas.Plain, "nothing is done: a quorum sees "+listed(up)+" up.")
	}
	if len(unsure) > 0 {
		fine.say(width, 2, canvas.Plain, fmt.Sprintf("nothing is done: nobody says that %s down, and "+
			"too few say the opposite.", are(unsure)))
	}
	wrong, title := append(wrong, others...), why
	if len(wrong) > 0 {
		wrong, title = append(lines{{{canvas.Title, why}}}, wrong...), "Why not the others"
	}
	if len(fine) > 0 {
		fine = append(lines{{{canvas.Title, title}}}, fine...)
	}
	return wrong, fine
}

// are names several as what is so.
func are(names []string) string {
	if len(names) < 2 {
		return listed(names) + " is"
	}
	return listed(names) + " are"
}

// listed names several as people do.
func listed(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// seenDown reports whether a quorum says that a scope is down: the first gate is that of the
// evidence.
func seenDown(scope *api.ScopeAccount) bool {
	return len(scope.Gates) > 0 && scope.Gates[0].Verdict == "pass"
}

// gateLines are the gates of a scope, or those alone that do not let it be left.
func gateLines(scope *api.ScopeAccount, width int, all bool) (l lines) {
	for i := range scope.Gates {
		gate := &scope.Gates[i]
		mark, style := "✓", canvas.Plain
		switch gate.Verdict {
		case "hold":
			mark, style = "‖", canvas.Warn
		case "deny":
			mark, style = "✗", canvas.Bad
		default:
			if !all {
				continue
			}
		}
		l.say(width, 4, style, "  "+mark+" "+gate.Gate+": "+gate.Reason+gate.Times())
	}
	return l
}

// shownEntries is how many entries of the log stand beside all else, at least.
const shownEntries = 4

// historyLines are the newest entries of the log, the newest last.
func historyLines(entries []api.Entry, count int) (l lines) {
	l.title("What happened last (UTC)")
	if len(entries) == 0 {
		l.add(piece{canvas.Dim, "nothing that decided or changed something"})
	}
	for i := max(0, len(entries)-count); i < len(entries); i++ {
		e := &entries[i]
		l.add(piece{canvas.Dim, e.Wall.UTC().Format(time.TimeOnly) + "  "},
			piece{canvas.Plain, brief(e)})
	}
	return l
}

// brief is an entry in a line that may be cut: what matters stands first, as its changes do.
func brief(e *api.Entry) string {
	var refused, others []string
	for _, change := range e.Changes {
		if e.Refused != "" && strings.HasSuffix(change, e.Refused) {
			refused = append(refused, "✗ "+change)
		} else {
			others = append(others, change)
		}
	}
	all := refused
	if !e.Tick || len(e.Changes) == 0 {
		event := e.Event
		if e.Note != "" {
			event += " (" + e.Note + ")"
		}
		all = append(all, event)
	}
	return strings.Join(append(all, others...), "; ")
}
