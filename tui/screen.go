package tui

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"redoubt/contrast"
	"redoubt/tui/canvas"
	"redoubt/tui/chart"
)

// View is the screen as so many lines of so many columns, with the escapes of the theme. It is
// drawn anew only when something has changed.
func (a *App) View(width, height int) string {
	if a.drawn != "" && width == a.width && height == a.height {
		return a.drawn
	}
	a.width, a.height = width, height
	a.grid.Reset(width, height)
	a.grid.ASCII = a.symbols == chart.ASCII
	a.spots = a.spots[:0]
	all := a.grid.All()
	switch {
	case width < leastWidth || height < leastHeight:
		a.drawSmall(all)
	default:
		a.drawHead(all.Above(1))
		body := all.Inner(1, 2, all.Width-2, all.Height-4-a.turnedRows())
		a.drawBody(body)
		a.drawStatus(all.Above(height - 1))
		a.drawFoot(all.Below(height - 1))
	}
	a.drawn = a.grid.String(a.theme)
	a.engine.begin()
	return a.drawn
}

// drawBody draws the help, an order, or the view. One that panics says so in its place: who watches
// an outage keeps the other views, and the keys that lead to them.
func (a *App) drawBody(body canvas.Area) {
	spots := len(a.spots)
	defer func() {
		if wrong := recover(); wrong != nil {
			where := panicked()
			a.spots = a.spots[:spots]
			body.Fill(canvas.Plain)
			body.Paragraph(0, canvas.Bad, fmt.Sprintf("! this view could not be drawn: %v, in %s. Please "+
				"report that. The other views can be drawn, and the keys do what they did.", wrong, where))
		}
	}()
	switch {
	case a.help:
		a.drawHelp(body)
	case a.live != nil && a.live.form != nil:
		a.drawForm(body)
	default:
		a.views[a.at].draw(a, body)
	}
}

// panicked is the function that panicked, and its line, for whoever recovers from that.
func panicked() string {
	const most, above = 16, 3 // Above lie Callers, this, and who recovers.
	callers := make([]uintptr, most)
	frames := runtime.CallersFrames(callers[:runtime.Callers(above, callers)])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") || !more {
			return fmt.Sprintf("%s, line %d", frame.Function, frame.Line)
		}
	}
}

// drawSmall says that there is no room.
func (a *App) drawSmall(area canvas.Area) {
	keys := a.keys.of(quit)[0]
	if a.prompt != nil { // Until then it is a letter.
		keys = "esc and " + keys
	}
	text := fmt.Sprintf("This window has %d x %d; redoubt needs %d x %d. Make it larger, or press %s "+
		"to leave.", area.Width, area.Height, leastWidth, leastHeight, keys)
	area.Paragraph(0, canvas.Plain, text)
}

// statusRows is how many rows the longest text above the last two lines has.
const statusRows = 4

// turnedRows is how many rows a screen that has them leaves to what turned: it is about what stands
// there, which it would cover.
func (a *App) turnedRows() int {
	if a.turned == "" || a.message != "" || a.height < roomForWhy {
		return 0
	}
	return len(canvas.WrapFit(a.turned, a.width-2, statusRows))
}

// drawStatus says at the end of an area what was just done, or what is wrong with what is typed,
// over as many rows as that takes; or else what the figures rest on.
func (a *App) drawStatus(area canvas.Area) {
	text, style := a.message, canvas.Strong
	switch ordering := a.live != nil && a.live.form != nil; { // An order says above what is wrong.
	case a.prompt != nil && a.prompt.problem != "" && !ordering:
		text, style = "! "+a.prompt.problem, canvas.Bad
	case a.wrong && text != "":
		text, style = "! "+text, canvas.Bad
	}
	if text == "" {
		a.drawBasis(area.Below(area.Height - 1))
		if a.turned == "" {
			return
		}
		text, area = a.turned, area.Above(area.Height-1)
	}
	rows := canvas.WrapFit(text, area.Width-2, statusRows)
	area = area.Below(area.Height - len(rows))
	for y, row := range rows {
		area.Inner(0, y, area.Width, 1).Fill(canvas.Plain)
		area.Text(1, y, style, row)
	}
}

// drawBasis writes in a row what the figures rest on, and before that in a view of a scenario the
// gravest of what agents beside it warn of: it is seen wherever people look.
func (a *App) drawBasis(area canvas.Area) {
	x, room := 1, area.Width-2
	if wrong := a.gravest(); wrong != "" && !a.watches() {
		x = area.Text(x, 0, canvas.Bad, canvas.Fit(wrong, room)) + 2
		room = area.Width - 1 - x
	}
	if room > 0 {
		area.Text(x, 0, canvas.Dim, canvas.Fit(a.restsOn(room), room))
	}
}

// drawFoot writes the keys of the view, or what is being typed.
func (a *App) drawFoot(area canvas.Area) {
	if a.prompt != nil {
		a.prompt.draw(area)
		return
	}
	area.Fill(canvas.Bar)
	end := area.Width - 1
	for _, h := range []hint{{"quit", []action{quit}}, {"help", []action{help}}} { // In any case.
		keys := a.keysOf(h)
		end -= canvas.Width(keys+" "+h.does) + 1
		area.Text(area.Text(end, 0, canvas.BarStrong, keys)+1, 0, canvas.Bar, h.does)
	}
	x, hints := 1, a.views[a.at].hints()
	if a.study != nil && a.cut() { // First: nothing is refined until it is run again.
		hints = append([]hint{{"run again", []action{again}}}, hints...)
	}
	if a.help {
		hints = []hint{{"scroll", []action{down, up}}, {"close", []action{help, back}}}
	}
	for _, h := range hints {
		keys := a.keysOf(h)
		if keys == "" || a.live.useless(h) || x+canvas.Width(keys+" "+a.saysOf(h)) > end-2 {
			continue
		}
		x = area.Text(x, 0, canvas.BarStrong, keys)
		x = area.Text(x+1, 0, canvas.Bar, a.saysOf(h)) + 2
	}
}

// saysOf is what a hint's keys do as things are.
func (a *App) saysOf(h hint) string {
	if slices.Contains(h.actions, pause) && a.live.paused() {
		return "resume"
	}
	return h.does
}

// keysOf are the first keys of a hint's actions.
func (a *App) keysOf(h hint) string {
	var keys []string
	for _, what := range h.actions {
		if of := a.keys.of(what); len(of) > 0 {
			keys = append(keys, of[0])
		}
	}
	return strings.Join(keys, "/")
}

// helped scrolls the help, or leaves it.
func (a *App) helped(what action) {
	switch what {
	case help, back:
		a.help = false
	case up:
		a.scroll = max(a.scroll-1, 0)
	case down:
		a.scroll++
	case pageUp:
		a.scroll = max(a.scroll-10, 0)
	case pageDown:
		a.scroll += 10
	}
}

// legend is what the marks mean that stand where there is no room for words.
var legend = []struct{ mark, means string }{
	{marks[0] + marks[1], "the left and the right side; in the difference, which one is better"},
	{"★", "the strategy that is recommended"},
	{"n252", "a quantile of 252 incidents, or of so many losses of writes"},
	{contrast.Unchecked, "an amount that nobody checked; beside a value, one that was changed"},
	{unsureMark, "it is not certain whether the net benefit is a gain or a loss"},
	{"?", "by the first few trials; the others are being simulated"},
}

// drawHelp writes all keys and commands, those of the view first.
func (a *App) drawHelp(area canvas.Area) {
	a.place(area, aPane, 0)
	var l lines
	line := func(key, does string) {
		const keyWidth = 24
		for _, part := range canvas.Wrap(does, area.Width-keyWidth-1) {
			l.add(piece{canvas.Plain, fmt.Sprintf("  %-*s %s", keyWidth-2, key, part)})
			key = ""
		}
	}
	title := func(text string) { l.add(piece{canvas.Strong, text}) }
	var views []string
	for i, v := range a.views {
		views = append(views, fmt.Sprintf("%c %s", viewKeys[i], v.title()))
	}
	l.say(area.Width, 2, canvas.Strong, "The views: "+strings.Join(views, ", "))
	l.add()
	title("In " + a.views[a.at].title())
	for _, h := range a.views[a.at].hints() {
		line(a.keysOf(h), a.saysOf(h))
	}
	if a.study != nil {
		l.add()
		title("Marks beside figures")
		for _, m := range legend {
			line(m.mark, m.means)
		}
	}
	l.add()
	title("All keys")
	for _, what := range allActions() {
		if a.live == nil && slices.Contains(ofAgents, what) ||
			a.study == nil && (slices.Contains(ofScenarios, what) || slices.Contains(inScenarios, what)) {
			continue
		}
		line(strings.Join(a.keys.of(what), " "), what.does()+" ("+string(what)+")")
	}
	l.add()
	title("The command line, after " + a.keys.of(command)[0])
	for _, w := range a.words() {
		line(w.name+" "+w.arguments, w.does)
	}
	l.add()
	l.say(area.Width, 2, canvas.Strong, "Any key can be bound anew: redoubt tui --bind quit=ctrl+q, "+
		"or a line quit = ctrl+q in redoubt/keys in your folder for settings, or in the file that "+
		"--bindings names.")
	for _, text := range a.ofMouse() {
		title(text)
	}
	title("All that is shown a command prints too: " + a.keys.of(copyCommand)[0] + " copies it.")
	a.scroll = a.scroller(l, area, a.scroll, false, down)
}
