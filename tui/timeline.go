package tui

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"redoubt"
	"redoubt/api"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// timelineView tells one run of the left strategy: what lasted in each region, what happened, and
// at the cursor what the policy made of it. In place of what is studied it plays another scenario
// if it is told to.
type timelineView struct {
	// told is the run that is shown, nil before the first one was played.
	told *told
	// other is what is played in place of what is studied, nil where nothing is.
	other *aRun
	// seed is that of a run of what is studied, 0 while it is the scenario's own.
	seed uint64
	// at is the entry under the cursor.
	at int
	// ahead is at which entry the cursor begins in a run that is on its way, and aheadOf which one.
	ahead   int
	aheadOf aRun
	// lanes is which of the lanes are shown, where there is no room for all: so many times as many
	// lie above them as there is room for. Where there is room for none, they take that of the gates
	// from 1 on.
	lanes int
	// below is how far what is told of the moment is scrolled, belowOf the moment, and cut says that
	// there is no room for all of it.
	below   int
	belowOf int
	cut     bool
	// list is what can be played, nil unless it is shown.
	list *shelf
}

func (*timelineView) title() string { return "Timeline" }

func (v *timelineView) hints() []hint {
	if v.list != nil {
		return []hint{
			{"scenario", []action{down, up}}, {"play", []action{choose}}, {"filter", []action{find}},
			{"back", []action{back}},
		}
	}
	hints := []hint{
		{"moment", []action{down, up}}, {"play another", []action{choose}},
		{"seed", []action{left, right}}, {"other strategy", []action{swap}},
		{"lanes", []action{coarseLeft, coarseRight}}, {"far", []action{pageDown, pageUp}},
	}
	if v.cut {
		hints = slices.Insert(hints, 1, hint{"gates", []action{detailDown, detailUp}})
	}
	if v.other != nil {
		hints = append([]hint{{"back to yours", []action{back}}}, hints...)
	}
	return append(hints, common...)
}

// shown has a run be played where there is none yet, and the library be read for who plays another.
func (v *timelineView) shown(a *App) {
	v.play(a)
	a.readLibrary()
}

func (v *timelineView) does(a *App, what action) bool {
	if v.list != nil {
		return v.picks(a, what)
	}
	const page = 8
	switch what {
	case up:
		v.step(a, -1)
	case down:
		v.step(a, 1)
	case pageUp:
		v.step(a, -page)
	case pageDown:
		v.step(a, page)
	case detailUp:
		v.below = max(v.below-1, 0)
	case detailDown:
		v.below++
	case coarseLeft:
		v.lanes = max(v.lanes-1, 0)
	case coarseRight:
		v.lanes++
	case left:
		v.reseed(a, -1)
	case right:
		v.reseed(a, 1)
	case choose:
		v.openList(a)
	case swap:
		if v.other == nil {
			return false // The sides of the comparison are swapped.
		}
		v.otherStrategy(a)
	case back:
		if v.other == nil {
			return false
		}
		v.other = nil
		v.play(a)
	default:
		return false
	}
	return true
}

// picked moves the cursor to a moment that was clicked on, or in the list of what can be played,
// where two clicks play it.
func (v *timelineView) picked(a *App, at int) {
	switch {
	case v.list == nil:
		v.at = v.clamped(at)
	case v.list.picked(at):
		v.picks(a, choose)
	}
}

// repeat is the command that tells the run.
func (v *timelineView) repeat(a *App) string {
	text, seed, at := v.command(a)
	text = "redoubt simulate " + text + seed
	if at != "" {
		text += " --explain " + at
	}
	return text
}

// command are the words of a command that say of which scenario and strategy the run is, and with
// which seed, and the moment of the cursor, "" where that is of another run.
func (v *timelineView) command(a *App) (text, seed, at string) {
	wanted := v.wanted(a)
	words := a.study.words()
	if v.other != nil {
		words = units.ShellWord(wanted.name)
	}
	text = fmt.Sprintf("%s --strategy %s", words, wanted.kind)
	if entries := v.entries(); v.current(a) && v.at < len(entries) {
		at = entries[v.at].At.String()
	}
	return text, fmt.Sprintf(" --seed %d", wanted.seed), at
}

func (v *timelineView) draw(a *App, area canvas.Area) {
	v.play(a)
	switch {
	case v.list != nil:
		v.list.draw(a, area, "what can be played", v.playable(a))
		return
	case v.told == nil:
		area.Text(0, 0, canvas.Dim, "playing …")
		return
	case v.told.run == nil:
		area.Paragraph(0, canvas.Bad, "This cannot be played: "+v.told.problem)
		return
	}
	const least = 18 // From this height on there is room for lanes beside all else.
	lanes, note := v.allLanes(), ""
	if area.Height < least && len(lanes) > 0 {
		note = fmt.Sprintf("  %d lanes: %s", len(lanes), a.keys.of(coarseRight)[0])
	}
	kind := v.told.of.kind.String()
	x := area.Text(0, 0, canvas.First, kind) + 2
	area.Text(x, 0, canvas.Dim, canvas.Fit(v.summary(a), area.Width-x-canvas.Width(note)))
	area.Ends(area.Width, 0, canvas.Dim, note)
	if len(v.entries()) == 0 {
		area.Text(0, 2, canvas.Dim, "nothing happens in this run")
		return
	}
	a.place(area, aList, 0)
	below := area.Below(1)
	if area.Height >= least {
		rows := min(len(lanes), area.Height/3)
		v.lanes = max(min(v.lanes, pagesOf(len(lanes), rows)-1), 0)
		v.drawLanes(a, below.Above(rows+1), lanes, v.lanes*rows)
		below = below.Below(rows + 2)
	}
	list := below.Above(below.Height / 2)
	rest := below.Below(list.Height + 1)
	if area.Width >= 100 {
		half := below.Width * 6 / 11
		list, rest = below.Left(half), below.Right(half+2)
	}
	v.drawEntries(a, list)
	rows := rest.Height - 1
	if v.lanes = min(v.lanes, pagesOf(len(lanes), rows)); area.Height < least && v.lanes > 0 {
		v.drawLanes(a, rest, lanes, (v.lanes-1)*rows)
		return
	}
	v.drawTold(a, rest, list.Width)
}

// pagesOf is how many times so many rows have to be filled for all of some lanes to be seen.
func pagesOf(lanes, rows int) int { return (lanes + max(rows, 1) - 1) / max(rows, 1) }

// summary says what came of the run.
func (v *timelineView) summary(a *App) string {
	text := fmt.Sprintf("seed %d", v.told.of.seed)
	if v.told.of.name != "" {
		text = v.told.of.name + ", " + text
	}
	if !v.current(a) {
		return "playing another run …; this is of " + text
	}
	incidents := v.told.run.Incidents
	for i, incident := range incidents {
		if i == 2 {
			return text + fmt.Sprintf("; %d incidents", len(incidents))
		}
		text += "; RTO " + units.Length(incident.RTO) + ", RPO " + units.Length(incident.RPO)
	}
	if len(incidents) == 0 {
		text += "; no incident"
	}
	return text
}

// A lane is what lasts of one part of a region, by the times at which it does.
type lane struct {
	name  string
	style canvas.Style
	spans [][2]time.Duration
}

// allLanes are those of what the answer hangs on: when the service is down, what is lost, who leads
// and who may write, and what is being done.
func (v *timelineView) allLanes() (all []lane) {
	shown := []struct {
		part, name string
		style      canvas.Style
	}{
		{"service", "down", canvas.Bad}, {"fault", "fault", canvas.Bad},
		{"consensus", "leads", canvas.Plain}, {"guard", "writes", canvas.Good},
		{"step", "steps", canvas.First}, {"people", "people", canvas.Warn},
	}
	for _, part := range shown {
		byRegion := map[model.RegionID][][2]time.Duration{}
		for _, span := range v.told.run.Spans {
			if span.Part.String() == part.part {
				byRegion[span.Region] = append(byRegion[span.Region], [2]time.Duration{span.From, span.To})
			}
		}
		regions := make([]model.RegionID, 0, len(byRegion))
		for region := range byRegion {
			regions = append(regions, region)
		}
		slices.Sort(regions)
		for _, region := range regions {
			name := part.name
			if regions := v.told.of.scenario.Regions; int(region) < len(regions) {
				name = regions[region].Name + " " + part.name
			}
			all = append(all, lane{name, part.style, byRegion[region]})
		}
	}
	return all
}

// drawLanes draws what lasts, a row for each lane from one on, over the moments of the run: each
// entry has as much room as any other, since seconds decide in the first minutes and hours pass
// later. Below them stands the moment of the cursor, and which of all lanes they are.
func (v *timelineView) drawLanes(a *App, area canvas.Area, all []lane, from int) {
	const nameWidth = 24
	lanes := all[min(from, len(all)):min(from+area.Height-1, len(all))]
	field := area.Right(nameWidth)
	entries := v.entries()
	column := func(i int) int { return i * field.Width / len(entries) }
	for i := range entries { // A click on the lanes leads to the moment of its column.
		a.place(field.Left(column(i+1)).Right(column(i)), aMoment, i)
	}
	for y, lane := range lanes {
		area.Left(nameWidth-1).Text(0, y, canvas.Dim, canvas.Fit(lane.name, nameWidth-2))
		for _, span := range lane.spans {
			from := sort.Search(len(entries), func(i int) bool { return entries[i].At >= span[0] })
			to := sort.Search(len(entries), func(i int) bool { return entries[i].At > span[1] })
			for x := column(from); x < max(column(to), column(from)+1); x++ {
				field.Text(x, y, lane.style, "█")
			}
		}
		field.Text(column(v.at), y, canvas.Strong, "│")
	}
	mark := redoubt.Clock(entries[v.at].At)
	x := min(column(v.at), max(field.Width-canvas.Width(mark), 0))
	legend := "moments, not to scale"
	if len(lanes) < len(all) {
		legend = fmt.Sprintf("lanes %d to %d of %d: %s", from+1, from+len(lanes), len(all),
			a.keysOf(hint{actions: []action{coarseLeft, coarseRight}}))
	}
	area.Left(nameWidth).Text(0, len(lanes), canvas.Dim, canvas.Fit(legend, nameWidth-1))
	field.Text(x, len(lanes), canvas.Strong, mark)
}

// drawEntries writes what happened, around the cursor.
func (v *timelineView) drawEntries(a *App, area canvas.Area) {
	entries := v.entries()
	top := max(0, min(v.at-area.Height/2, len(entries)-area.Height))
	for i, entry := range entries[top:] {
		style := canvas.Plain
		row := area.Inner(0, i, area.Width, 1)
		a.place(row, anEntry, top+i)
		if top+i == v.at {
			style = canvas.Selected
			row.Fill(style)
		}
		row.Ends(entryAt-1, 0, style, redoubt.Clock(entry.At))
		row.Text(entryAt, 0, style, canvas.Fit(entryText(&entry), row.Width-entryAt))
	}
}

// entryAt is the column in which the text of an entry begins, after its time.
const entryAt = 12

// entryText is what happened, and where.
func entryText(e *redoubt.Entry) string { return strings.TrimSpace(e.Region + " " + e.Text) }

// drawTold writes what is told of the moment at the cursor: what happened, where the list of so
// many columns cuts it off, and what the policy made of it. What there is no room for is scrolled.
func (v *timelineView) drawTold(a *App, area canvas.Area, list int) {
	if v.belowOf != v.at {
		v.below, v.belowOf = 0, v.at
	}
	var all lines
	if text := entryText(&v.entries()[v.at]); canvas.Width(text) > list-entryAt {
		all.say(area.Width, 2, canvas.Strong, text)
	}
	all = append(all, v.gateLines(area.Width)...)
	v.cut = len(all) > area.Height
	v.below = a.scroller(all, area, v.below, false, detailDown)
}

// gateLines are what the policy made of the moment at the cursor: who leads and serves, what runs,
// and which gates keep what from being left.
func (v *timelineView) gateLines(width int) (l lines) {
	told := v.explanation()
	if told == nil {
		l.add(piece{canvas.Dim, "no policy decides here"})
		return l
	}
	l.say(width, 2, canvas.Strong, fmt.Sprintf("epoch %d: primary %s, serving %v", told.Epoch,
		orNobody(told.Primary), told.Serving))
	if told.Plan.Kind != "none" {
		l.say(width, 2, canvas.First, fmt.Sprintf("%s %s runs since %s", told.Plan.Kind,
			api.Ends(told.Plan.Region, told.Plan.Target), redoubt.Clock(told.Plan.Began)))
	}
	for _, scope := range told.Scopes {
		l.say(width, 2, canvas.Plain, scope.Scope+": "+scope.Conclusion)
		for _, gate := range scope.Gates {
			if gate.Verdict == "pass" {
				continue
			}
			style, mark := canvas.Warn, "‖ "
			if gate.Verdict == "deny" {
				style, mark = canvas.Bad, "✗ "
			}
			l.say(width, 4, style, "  "+mark+gate.Name+": "+gate.Reason)
		}
	}
	if len(told.Scopes) == 0 {
		l.add(piece{canvas.Dim, "Nobody says that anything is down."})
	}
	return l
}

// explanation is what the policy made of the moment at the cursor, nil where none decides.
func (v *timelineView) explanation() *redoubt.Explanation {
	run := v.told.run
	for i := range run.Explanations {
		if e := &run.Explanations[i]; e.At == run.Timeline[v.at].At {
			return e
		}
	}
	return nil
}

func orNobody(name string) string {
	if name == "" {
		return "nobody"
	}
	return name
}
