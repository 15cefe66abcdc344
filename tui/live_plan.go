package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"redoubt"
	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
	"redoubt/units"
)

// planView tells the plan that agents carry out, or one before it: when each step was asked for,
// begun and over, what waits for what, and how long the rest may take.
type planView struct {
	fed
	walk
	// epoch is that of the plan that is shown, 0 while that is the newest.
	epoch uint32
	// held says that the cursor stays where it is, and does not follow what comes.
	held bool
}

func (*planView) title() string { return "Plan" }

func (v *planView) hints() []hint {
	hints := []hint{{"moment", []action{down, up}}, {"other plan", []action{left, right}}}
	if v.cut {
		hints = append(hints, hint{"more of it", []action{detailDown, detailUp}})
	}
	orders := slices.DeleteFunc(v.fed.hints(), func(h hint) bool { return h.actions[0] == down })
	return slices.Concat(hints[:1], orders[:4], hints[1:], []hint{
		{"lanes", []action{coarseLeft, coarseRight}}, {"10 s", []action{earlier, later}},
		{"far", []action{pageDown, pageUp}},
	}, orders[4:])
}

// repeat is the command that prints it.
func (*planView) repeat(a *App) string { return a.live.asks("history --plans") }

// shownOf is the plan that is shown, which of how many, and false where there is none.
func (v *planView) shownOf(heard *feed.Reading) (c *api.Course, at, count int, is bool) {
	all := api.Courses(heard.Entries, heard.Status)
	if len(all) == 0 {
		return nil, 0, 0, false
	}
	at = len(all) - 1
	if i := slices.IndexFunc(all, func(c api.Course) bool { return c.Epoch == v.epoch }); i >= 0 {
		at = i
	}
	return &all[at], at, len(all), true
}

func (v *planView) does(a *App, what action) bool {
	heard := &a.live.heard
	if a.orders(what) || v.walk.scrolls(what) {
		return true
	}
	by := map[action]int{left: -1, right: 1}[what]
	pass := map[action]time.Duration{earlier: -instantStep, later: instantStep}[what]
	steps := stepsOf(what)
	if by == 0 && pass == 0 && steps == 0 {
		return false
	}
	if heard.Status == nil {
		return true
	}
	c, at, count, is := v.shownOf(heard)
	switch {
	case !is:
	case by != 0:
		v.other(a, at+by, count)
	default:
		rows := rowsFrom(c, heard.Entries)
		v.follow(rows)
		if steps != 0 {
			v.walk.step(len(rows), steps)
		} else {
			v.walk.goTo(momentsFrom(c, rows), v.walk.instant(momentsFrom(c, rows))+pass)
		}
		v.held = v.at < len(rows)-1
	}
	return true
}

// other shows another plan of all that were read.
func (v *planView) other(a *App, at, count int) {
	switch {
	case at < 0:
		a.say("no plan before this one is among the entries that were read")
		return
	case at >= count:
		a.say("this is the newest plan")
		return
	}
	all := api.Courses(a.live.heard.Entries, a.live.heard.Status)
	if v.epoch, v.held = all[at].Epoch, false; at == count-1 {
		v.epoch = 0
	}
}

// picked moves the cursor to a moment that was clicked on.
func (v *planView) picked(a *App, at int) {
	if a.live.heard.Status == nil {
		return
	}
	if c, _, _, is := v.shownOf(&a.live.heard); is {
		rows := rowsFrom(c, a.live.heard.Entries)
		v.walk.goToRow(len(rows), at)
		v.held = v.at < len(rows)-1
	}
}

// follow has the cursor be on the newest moment, unless it was moved away.
func (v *planView) follow(rows []planRow) {
	if !v.held || v.at >= len(rows) {
		v.walk.goToRow(len(rows), len(rows)-1)
	}
}

// A planRow is a moment of a plan: an entry of the log, or nil now, by the log's time.
type planRow struct {
	at    float64
	entry *api.Entry
}

// rowsFrom are the moments of a plan: the entries from its beginning to its end, and now if it
// runs.
func rowsFrom(c *api.Course, entries []api.Entry) (rows []planRow) {
	for i := range entries {
		e := &entries[i]
		begun := e.Index >= c.First && e.At >= c.Began
		if begun && (e.Index <= c.Last || c.Runs && e.At <= c.Until) {
			rows = append(rows, planRow{e.At, e})
		}
	}
	if c.Runs {
		rows = append(rows, planRow{at: c.Until})
	}
	return rows
}

// since is how long after its beginning a time of the log is.
func since(c *api.Course, at float64) time.Duration { return units.Seconds(max(at-c.Began, 0)) }

// momentsFrom are the times of rows, since the plan's beginning.
func momentsFrom(c *api.Course, rows []planRow) (all []time.Duration) {
	for _, row := range rows {
		all = append(all, since(c, row.at))
	}
	return all
}

func (v *planView) draw(a *App, area canvas.Area) {
	area, heard, further, ok := a.drawHeard(area)
	if !ok {
		return
	}
	c, at, count, is := v.shownOf(heard)
	if !is {
		l := a.noPlan(heard, area.Width)
		v.below = a.scroller(stacked(l, further), area, v.below, isOld(heard), detailDown)
		return
	}
	rows := rowsFrom(c, heard.Entries)
	v.follow(rows)
	of := heard.Status.Plan
	if !c.Runs || of == nil || of.Epoch != c.Epoch {
		of = nil
	}
	g := &gantt{
		name: courseName(c), says: func(int) string { return courseSays(c, of, at, count) },
		none: "nothing is known of when its steps were done", lanes: courseLanes(c, of),
		rows: momentsFrom(c, rows), clock: planClock, of: " of the plan", old: isOld(heard),
		least:  leastOfPlan,
		legend: "· waits  ▒ asked for  █ being done  ✓ ✗ over  ░ ahead, by the scenario's durations",
	}
	g.moments = withAhead(g.rows, c, of)
	const roomy, names = 100, 34 // Columns: a step, its store and its region.
	if area.Width >= roomy {
		g.names = names
	}
	g.row = func(i int) (string, string) {
		switch {
		case rows[i].entry == nil && isOld(heard):
			return "last heard", nowText(c)
		case rows[i].entry == nil:
			return "now", nowText(c)
		}
		return rows[i].entry.Wall.UTC().Format(time.TimeOnly), brief(rows[i].entry)
	}
	g.told = func(width, _ int) (l lines) {
		row := &rows[v.at]
		switch {
		case row.entry == nil && of != nil:
			return stacked(nowLines(of, width), further)
		case row.entry != nil && v.past == 0:
			l = entryLines(row.entry, width)[1:]
		}
		return stacked(append(l, stepsAt(c, row.at+v.past.Seconds(), width)...), further)
	}
	v.walk.draw(a, area, g)
}

// planClock writes a time since a plan's beginning; that of the log, which its entries have, begins
// with a T.
func planClock(at time.Duration) string { return strings.TrimPrefix(redoubt.Clock(at), "T") }

// noPlan says that there is no plan, what one would look like, and which keys would go through it.
func (a *App) noPlan(heard *feed.Reading, width int) (l lines) {
	l.say(width, 2, canvas.Plain, "No plan runs, and none has run in what was read of the log"+
		readFrom(heard)+".")
	l.say(width, 2, canvas.Dim, "When one runs, each of its steps has a row here: whose agent does "+
		"it, since when, what it waits for, and until when it may take.")
	keys := func(actions ...action) string { return a.keysOf(hint{actions: actions}) }
	l.say(width, 2, canvas.Dim, fmt.Sprintf("%s goes through its moments, %s by 10 s, %s through its "+
		"lanes, and %s to the plan before it and after it.", keys(down, up), keys(earlier, later),
		keys(coarseLeft, coarseRight), keys(left, right)))
	return l
}

// leastOfPlan is from which height on there is room for the lanes of a plan beside all else.
const leastOfPlan = 14

// readFrom says from where on the log was read, where that is not its beginning.
func readFrom(heard *feed.Reading) string {
	if heard.After == 0 {
		return ""
	}
	return fmt.Sprintf(", which is what came after entry %d", heard.After)
}

// courseName is what a plan does, and that nothing of it is done where that is so.
func courseName(c *api.Course) string {
	text := fmt.Sprintf("%s %s, epoch %d", c.Kind, api.Ends(c.Leaves, c.To), c.Epoch)
	if c.DryRun {
		text += ", dry run"
	}
	return text
}

// courseSays is how far a plan has come, and which of all it is.
func courseSays(c *api.Course, of *api.PlanStatus, at, count int) string {
	text := nowText(c)
	if of != nil {
		text += "; " + of.Rest()
	}
	if count > 1 {
		text += fmt.Sprintf("; plan %d of %d", at+1, count)
	}
	if c.Cut {
		text += "; its beginning was not read"
	}
	return text
}

// nowText is how far a plan has come.
func nowText(c *api.Course) string {
	took, left := units.Length(c.Took()), len(c.Left())
	switch {
	case c.Runs:
		return "runs for " + took
	case !c.Ended:
		return "its end was not read; it ran for " + took
	case left == 1:
		return "ended after " + took + ", with a step that was not over"
	case left > 0:
		return fmt.Sprintf("ended after %s, with %d steps that were not over", took, left)
	}
	return "was over after " + took
}

// courseLanes are the steps of a plan, with what each was when, and of one that runs what it may
// still take.
func courseLanes(c *api.Course, of *api.PlanStatus) (all []lane) {
	for i := range c.Steps {
		step := &c.Steps[i]
		if step.Step == "" {
			continue
		}
		mark, style := markOf(step.Status())
		one := lane{name: mark + " " + stepName(c, step), style: style}
		if of != nil && i < len(of.Steps) && of.Steps[i].Ahead != nil {
			ahead := of.Steps[i].Ahead
			one.spans = append(one.spans, span{
				since(c, c.Until+ahead.Begins), since(c, c.Until+ahead.Ends), canvas.Dim, "░", false,
			})
		}
		for _, stage := range step.Stages {
			from, to, ended := since(c, stage.From), since(c, stage.To), over(stage.Status)
			glyph, style := stageGlyph(stage.Status)
			if ended {
				to = from
			}
			one.spans = append(one.spans, span{from, to, style, glyph, ended})
		}
		all = append(all, one)
	}
	return all
}

// stepName is what a step of a plan does, whose agent, and that nothing is done where that is so of
// this step alone.
func stepName(c *api.Course, s *api.CourseStep) string {
	text := s.Step
	if s.Store != "" {
		text += " " + s.Store
	}
	if s.Region != "" {
		text += ", " + s.Region
	}
	if s.DryRun && !c.DryRun {
		text += ", dry run"
	}
	return text
}

// over reports whether nothing more becomes of a step that has a status.
func over(status string) bool {
	return (&api.CourseStep{Stages: []api.Stage{{Status: status}}}).Over()
}

// stageGlyph is how the time is drawn for which a step had a status, or its end.
func stageGlyph(status string) (string, canvas.Style) {
	glyph, style := markOf(status)
	if status == "claimed" {
		glyph = "█"
	}
	return glyph, style
}

// markOf marks how far a step is: other than a list of steps, lanes tell what waits from what was
// asked for.
func markOf(status string) (string, canvas.Style) {
	if status == "pending" {
		return "▒", canvas.Plain
	}
	return stepMark(status)
}

// withAhead are the moments of a plan, and those that are ahead of one that runs.
func withAhead(rows []time.Duration, c *api.Course, of *api.PlanStatus) []time.Duration {
	all := slices.Clone(rows)
	if of == nil {
		return all
	}
	for i := range of.Steps {
		if ahead := of.Steps[i].Ahead; ahead != nil && ahead.Ends > 0 {
			all = append(all, since(c, c.Until+ahead.Ends))
		}
	}
	slices.Sort(all[len(rows):])
	return append(all[:len(rows)], slices.Compact(all[len(rows):])...)
}

// nowLines are what runs, how long the rest may take, and what waits and what for.
func nowLines(p *api.PlanStatus, width int) (l lines) {
	var runs, waits lines
	for i := range p.Steps {
		step := &p.Steps[i]
		if step.Ahead == nil || step.Says == "" {
			continue
		}
		mark, style := markOf(step.Status)
		text := step.Says
		if step.DryRun && !p.DryRun {
			text += " (dry run)"
		}
		part := &waits
		if underWay[step.Status] != "" {
			part = &runs
		}
		part.say(width, 4, style, mark+" "+text)
	}
	l = append(planNotes(p, width), runs...)
	l.say(width, 2, canvas.Plain, p.RestTold())
	return append(l, waits...)
}

// underWay says what is so of a step that is neither over nor waits for others.
var underWay = map[string]string{
	"pending": "asked for", "claimed": "begun", "unknown": "may have been done, nobody could say",
}

// stepsAt are the steps that were under way at a time of the log.
func stepsAt(c *api.Course, at float64, width int) (l lines) {
	for i := range c.Steps {
		stages := c.Steps[i].Stages
		for j, stage := range stages {
			last := j == len(stages)-1
			if words := underWay[stage.Status]; words != "" && stage.From <= at && (at < stage.To || last) {
				mark, style := markOf(stage.Status)
				l.say(width, 4, style, fmt.Sprintf("%s %s: %s %s before", mark, stepName(c, &c.Steps[i]),
					words, ago(at-stage.From)))
			}
		}
	}
	if len(l) == 0 {
		l.say(width, 2, canvas.Dim, "no step was under way then")
	}
	return l
}
