package tui

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
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

// regionLines are the regions and their agents, and who says what of those that not all see up.
func (a *App) regionLines(heard *feed.Reading, width int) (l lines) {
	const wordsFrom = 64 // From so many columns on there is room for who leads and since when.
	quorum := 0
	for i := range heard.Status.Regions {
		quorum = max(quorum, heard.Status.Regions[i].Quorum)
	}
	rows := [][]piece{{
		{canvas.Title, "region"}, {canvas.Dim, "is"}, {canvas.Dim, "seen"},
		{canvas.Dim, fmt.Sprintf("quorum %d", quorum)}, {canvas.Dim, "agent"},
		{canvas.Dim, "can carry"},
	}}
	for i := range heard.Status.Regions {
		rows = append(rows, a.regionRow(heard.Status, &heard.Status.Regions[i],
			width >= wordsFrom))
	}
	var table lines
	table.table(rows...)
	var carried []string // Below the table, where there is no room for its last column.
	if table.width() > width {
		for i := range rows {
			last := len(rows[i]) - 1
			if text := rows[i][last].text; i > 0 && text != "" {
				carried = append(carried, rows[i][0].text+" "+text)
			}
			rows[i] = rows[i][:last]
		}
		table = nil
		table.table(rows...)
	}
	l.add(table[0]...)
	for i, row := range table[1:] {
		l.add(row...)
		region := &heard.Status.Regions[i]
		for _, text := range remarks(heard.Members, region) {
			l.say(width, 6, canvas.Warn, "    ! "+text)
		}
		l = append(l, a.observerLines(region.Observers, width)...)
	}
	if len(carried) > 0 {
		l.say(width, 2, canvas.Plain, "can carry: "+strings.Join(carried, ", "))
	}
	return l
}

// observerLines are what agents say that do not just see a region up.
func (a *App) observerLines(observers []api.Observation, width int) (l lines) {
	var silent []string
	for _, o := range observers {
		style := verdictStyle(o.Verdict)
		switch {
		case o.Verdict == "unknown" && o.Age < 0:
			silent = append(silent, o.By+" ever")
		case o.Verdict == "unknown":
			silent = append(silent, o.By+" for "+ago(o.Age))
		case o.Verdict == "down":
			l.say(width, 6, style, fmt.Sprintf("    %s %s, %s ago: %s", marked[style], o.By, ago(o.Age),
				areDown(o.Down)))
		case len(o.Down) > 0:
			l.say(width, 6, canvas.Warn, fmt.Sprintf("    %s %s, %s ago: up, though %s", marked[style],
				o.By, ago(o.Age), areDown(o.Down)))
		}
	}
	if len(silent) > 0 {
		l.say(width, 6, canvas.Dim, "    "+marked[canvas.Dim]+" nothing was said by "+
			strings.Join(silent, ", by "))
	}
	return l
}

// areDown says that checks are down.
func areDown(checks []string) string {
	last := len(checks) - 1
	if last < 1 {
		return strings.Join(checks, "") + " is down"
	}
	return strings.Join(checks[:last], ", ") + " and " + checks[last] + " are down"
}

// regionRow is a region in a table, in a few words or in more.
func (a *App) regionRow(s *api.Status, r *api.RegionStatus, wordy bool) []piece {
	is := "standby"
	switch {
	case r.Role == "witness":
		is = r.Role
	case r.Region == s.Primary:
		is = "primary"
	case r.Serves:
		is = "serves"
	}
	seen, style := "", canvas.Plain
	if r.Verdict != "" {
		if style = verdictStyle(r.Verdict); r.Verdict == "down" {
			seen = " for " + ago(r.DownFor)
			if !wordy {
				seen = " " + ago(r.DownFor)
			}
		}
		seen = marked[style] + " " + r.Verdict + seen
	}
	agent, agentStyle := r.Agent, canvas.Plain
	if r.Agent == "lost" {
		agentStyle = canvas.Bad
		agent = "✗ lost"
	}
	switch {
	case r.Gossip == r.Agent:
	case r.Agent == "lost":
		agent += ", heard here"
	case wordy:
		agent, agentStyle = agent+", not here", canvas.Warn
	default:
		agent, agentStyle = "not here", canvas.Warn
	}
	if r.Region == s.Leader && wordy { // It stands above, too.
		is += ", leads"
	}
	return []piece{
		{canvas.Strong, r.Region}, {canvas.Plain, is}, {style, seen},
		{canvas.Plain, a.counts(r)}, {agentStyle, agent}, {canvas.Plain, carries(r)},
	}
}

// carries is how much of all traffic a region can carry now.
func carries(r *api.RegionStatus) string {
	if r.Role == "witness" {
		return ""
	}
	return units.Percent(r.Ready, 0) + " %"
}

// counts is how many say what of a region.
func (a *App) counts(r *api.RegionStatus) string {
	if r.Role == "witness" {
		return ""
	}
	unknown := len(r.Observers) - r.SaysUp - r.SaysDown
	text := fmt.Sprintf("%s%d %s%d", marked[canvas.Good], r.SaysUp, marked[canvas.Bad], r.SaysDown)
	if unknown > 0 {
		text += fmt.Sprintf(" %s%d", marked[canvas.Dim], unknown)
	}
	return text
}

// remarks are what else is to be known of a region.
func remarks(members *api.Members, r *api.RegionStatus) (all []string) {
	if r.Causes != "" {
		all = append(all, r.Causes+" declared")
	}
	if r.Vetoed {
		all = append(all, "nobody may leave it")
	}
	if len(r.Lacks) > 0 {
		all = append(all, "lacks "+strings.Join(r.Lacks, ", "))
	}
	for _, m := range members.Members {
		switch {
		case m.Region != r.Region:
		case !m.Member:
			all = append(all, "no member")
		case !m.Votes:
			all = append(all, "no vote")
		}
	}
	return all
}

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
			if text := store.Copies[j].Diverged; text != "" {
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
		lag, when = ago(c.Lag), ago(c.Age)+" ago"
	}
	if c.AtRisk != nil {
		risk, style = lossText(c.AtRisk), canvas.Plain
	}
	return []piece{
		{canvas.Plain, "  " + c.Region}, {canvas.Plain, lag}, {canvas.Dim, when}, {style, risk},
	}
}

// lossText is a bound on what is lost.
func lossText(l *api.Loss) string {
	return fmt.Sprintf("%s (%d writes)", ago(l.Seconds), l.Writes)
}

// planLines are the steps of the plan that runs, and how long the rest may take.
func (a *App) planLines(s *api.Status, width int) (l lines) {
	p := s.Plan
	if p == nil {
		return nil
	}
	l.say(width, 2, canvas.Title, fmt.Sprintf("Plan: %s %s, epoch %d, running for %s", p.Kind,
		api.Ends(p.Leaves, p.To), p.Epoch, ago(p.For)))
	if dry := p.Dry(); dry != "" {
		l.say(width, 2, canvas.Warn, "! "+dry)
	}
	if late := p.Late(); late != "" {
		l.say(width, 2, canvas.Bad, "! "+late)
	}
	if p.Left.Waits != "" {
		l.say(width, 2, canvas.Warn, "‖ It waits for "+p.Left.Waits+".")
	}
	l.say(width, 2, canvas.Plain, fmt.Sprintf("The rest takes about %s by the scenario's durations, "+
		"%s if all of it is slow.", ago(p.Left.Typical), ago(p.Left.Slow)))
	rows := make([][]piece, 0, len(p.Steps))
	for i := range p.Steps {
		step := &p.Steps[i]
		mark, style := stepMark(step.Status)
		what := step.Step
		if step.Store != "" {
			what += " " + step.Store
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
			{style, mark + " " + what}, {canvas.Plain, status}, {canvas.Dim, "for " + ago(step.For)},
			{canvas.Plain, step.Region}, {canvas.Warn, tries},
		})
	}
	l.table(rows...)
	return l
}

// stepMark marks how far a step is.
func stepMark(status string) (string, canvas.Style) {
	switch status {
	case "done", "spared":
		return "✓", canvas.Good
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
// it from being left.
func reasonLines(account *api.Account, width int) (l lines) {
	l.title("Why")
	for i := range account.Scopes {
		scope := &account.Scopes[i]
		l.say(width, 2, canvas.Plain, scope.Scope+": "+scope.Conclusion+".")
		if seenDown(scope) {
			l = append(l, gateLines(scope, width, false)...)
		}
	}
	return l
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

// person is who gave an order, as a number: the note says the name.
var person = regexp.MustCompile(`, by person \d+`)

// brief is an entry in a line that may be cut: what matters stands first.
func brief(e *api.Entry) string {
	var refused, plan, others []string
	for _, change := range e.Changes {
		switch {
		case strings.HasPrefix(change, "refused: "):
			refused = append(refused, "✗ "+change)
		case strings.HasPrefix(change, "plan: "):
			plan = append(plan, change)
		default:
			others = append(others, change)
		}
	}
	all := refused
	if e.Event != ticks || len(e.Changes) == 0 {
		event := person.ReplaceAllString(e.Event, "")
		if e.Note != "" {
			event += " (" + e.Note + ")"
		}
		all = append(all, event)
	}
	all = append(all, plan...)
	return strings.Join(append(all, others...), "; ")
}

// ticks is what is said of an entry by which nothing but time goes by.
const ticks = "time goes by"
