package tui

import (
	"fmt"
	"slices"
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
	walk
	// told is the run that is shown, nil before the first one was played.
	told *told
	// other is what is played in place of what is studied, nil where nothing is.
	other *aRun
	// seed is that of a run of what is studied, 0 while it is the scenario's own.
	seed uint64
	// asked is what the policy made of the time between two moments that was asked for last.
	asked *told
	// ahead is what is to be done with a run that is on its way once it has come, in the order in
	// which keys have asked for it, and aheadOf which one.
	ahead   []func()
	aheadOf aRun
	// list is what can be played, nil unless it is shown.
	list *shelf
}

func (*timelineView) title() string { return "Timeline" }

func (v *timelineView) hints() []hint {
	if v.list != nil {
		return slices.Concat([]hint{
			{"scenario", []action{down, up}}, {"play", []action{choose}},
		}, v.list.more(), []hint{{"filter", []action{find}}, {"back", []action{back}}})
	}
	hints := []hint{
		{"moment", []action{down, up}}, {"play another", []action{choose}},
		{"seed", []action{left, right}}, {"10 s", []action{earlier, later}},
		{"other strategy", []action{swap}},
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
	if v.walk.scrolls(what) {
		return true
	}
	if by := stepsOf(what); by != 0 {
		v.step(a, by)
		return true
	}
	switch what {
	case earlier:
		v.pass(a, -instantStep)
	case later:
		v.pass(a, instantStep)
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
		v.walk.goToRow(len(v.entries()), at)
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
	if v.current(a) && v.at < len(v.entries()) {
		at = v.instant().String()
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
	v.walk.draw(a, area, &gantt{
		least: leastBeside, name: v.told.of.kind.String(), says: func(int) string { return v.summary(a) },
		none: "nothing happens in this run", lanes: v.allLanes(), moments: v.moments(),
		rows: v.moments(), clock: redoubt.Clock,
		row: func(i int) (string, string) {
			e := &v.entries()[i]
			return redoubt.Clock(e.At), entryText(e)
		},
		told: v.toldLines,
	})
}

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
			one := lane{name: name, style: canvas.Dim}
			for _, times := range byRegion[region] {
				one.spans = append(one.spans, span{times[0], times[1], part.style, "█", false})
			}
			all = append(all, one)
		}
	}
	return all
}

// entryText is what happened, and where.
func entryText(e *redoubt.Entry) string { return strings.TrimSpace(e.Region + " " + e.Text) }

// toldLines are what is told of the moment at the cursor: what happened, where the list of so many
// columns cuts it off, and what the policy made of it.
func (v *timelineView) toldLines(width, list int) (all lines) {
	if text := entryText(&v.entries()[v.at]); v.past > 0 {
		all.say(width, 2, canvas.Strong, v.sinceThat())
	} else if canvas.Width(text) > list-entryAt {
		all.say(width, 2, canvas.Strong, text)
	}
	return append(all, v.gateLines(width)...)
}

// gateLines are what the policy made of the moment at the cursor: who leads and serves, what runs,
// and which gates keep what from being left.
func (v *timelineView) gateLines(width int) (l lines) {
	told := v.explanation()
	switch {
	case !v.knows():
		l.add(piece{canvas.Dim, "asking what the policy made of " + redoubt.Clock(v.instant()) + " …"})
		return l
	case v.past > 0 && v.asked.problem != "":
		l.say(width, 2, canvas.Bad, v.asked.problem)
		return l
	case told == nil:
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

// explanation is what the policy made of the time at the cursor, nil where none decides.
func (v *timelineView) explanation() *redoubt.Explanation {
	run := v.told.run
	if v.past > 0 && v.asked != nil {
		return v.asked.between
	}
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
