package tui

import (
	"fmt"
	"slices"
	"strings"

	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
	"redoubt/units"
)

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
		{canvas.Dim, "users"}, {canvas.Dim, "can carry"},
	}}
	for i := range heard.Status.Regions {
		rows = append(rows, a.regionRow(heard.Status, &heard.Status.Regions[i],
			width >= wordsFrom))
	}
	table, carried := fitting(rows, width)
	l.add(table[0]...)
	for i, row := range table[1:] {
		l.add(row...)
		region := &heard.Status.Regions[i]
		all := append(remarks(heard.Members, region), region.Notes...)
		for _, text := range all {
			l.say(width, 6, canvas.Warn, "    ! "+text)
		}
		l = append(l, a.observerLines(region.Observers, width)...)
	}
	if len(carried) > 0 {
		l.say(width, 2, canvas.Plain, "can carry: "+strings.Join(carried, ", "))
	}
	return l
}

// fitting is the table of regions in so many columns. Where there is no room for which part of the
// users is sent to each, that is left out, and next what each can carry, which is told below then.
func fitting(rows [][]piece, width int) (table lines, carried []string) {
	if table.table(rows...); table.width() <= width {
		return table, nil
	}
	sent := len(rows[0]) - 2
	for i := range rows {
		rows[i] = slices.Delete(rows[i], sent, sent+1)
	}
	table = nil
	if table.table(rows...); table.width() <= width {
		return table, nil
	}
	for i := range rows {
		if text := rows[i][sent].text; i > 0 && text != "" {
			carried = append(carried, rows[i][0].text+" "+text)
		}
		rows[i] = rows[i][:sent]
	}
	table = nil
	table.table(rows...)
	return table, carried
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
			silent = append(silent, o.By+" for "+lasted(o.Age, o.Stood))
		case o.Verdict == "down":
			l.say(width, 6, style, fmt.Sprintf("    %s %s, %s ago: %s", marked[style], o.By,
				lasted(o.Age, o.Stood), areDown(o.Down)))
		case len(o.Down) > 0:
			l.say(width, 6, canvas.Warn, fmt.Sprintf("    %s %s, %s ago: up, though %s", marked[style],
				o.By, lasted(o.Age, o.Stood), areDown(o.Down)))
		}
	}
	if len(silent) > 0 {
		l.say(width, 6, canvas.Dim, "    "+marked[canvas.Dim]+" nothing was said by "+
			strings.Join(silent, ", by "))
	}
	return l
}

// areDown says that checks are down.
func areDown(checks []string) string { return are(checks) + " down" }

// regionRow is a region in a table, in a few words or in more.
func (a *App) regionRow(s *api.Status, r *api.RegionStatus, wordy bool) []piece {
	is := s.Does(r)
	seen, style := "", canvas.Plain
	if r.Verdict != "" {
		if style = verdictStyle(r.Verdict); r.Verdict == "down" {
			seen = " for " + lasted(r.DownFor, r.DownStood)
			if !wordy {
				seen = " " + lasted(r.DownFor, r.DownStood)
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
	switch {
	case r.Agent == "lost" && r.Role != "witness" && is != "lost":
		is += ", lost"
	case r.Region == s.Leader && wordy: // It stands above, too.
		is += ", leads"
	}
	carries := canvas.Plain
	if r.Overload() != "" {
		carries = canvas.Bad
	}
	return []piece{
		{canvas.Strong, r.Region}, {canvas.Plain, is}, {style, seen},
		{canvas.Plain, a.counts(r)}, {agentStyle, agent}, {canvas.Plain, usersText(r)},
		{carries, r.CanCarry()},
	}
}

// usersText is the part of all users that is sent to a region, "" where nobody says.
func usersText(r *api.RegionStatus) string {
	if r.Users == nil {
		return ""
	}
	return units.Percent(*r.Users, 0) + " %"
}

// isTold reports whether that a region is down is said above its row by something else: the plan
// that leaves it, where the view tells that, or a notice that asks people about it.
func isTold(s *api.Status, region string, byPlan bool) bool {
	const whole = "region"
	return byPlan && s.Plan != nil && s.Plan.Leaves == region ||
		slices.ContainsFunc(s.Calls, func(c api.Call) bool {
			return c.Region == region && c.Part == whole && !c.Drill && (c.Kind == "ask" || c.Gate != "")
		})
}

// downText says which regions are down and what became of each, "" where none is, or all are told:
// by the plan too, where the view tells that.
func downText(s *api.Status, byPlan bool) string {
	var all []string
	for i := range s.Regions {
		r := &s.Regions[i]
		if r.Verdict != "down" || isTold(s, r.Region, byPlan) {
			continue
		}
		text := r.Region + " is down for " + lasted(r.DownFor, r.DownStood)
		switch {
		case s.WasLeft(r):
			whose := "the"
			if s.Evacuated(r) {
				whose = "its"
			}
			goes := "goes"
			if s.DryShift() {
				goes = "would go"
			}
			text += fmt.Sprintf(" and %s: %s traffic %s to %s", s.HowLeft(r), whose, goes,
				orNobody(strings.Join(s.Serving, ", ")))
		case r.Region == s.Primary:
			text += " and is the primary still"
		case r.Serves:
			text += " and serves still"
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
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
