package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"redoubt"
	"redoubt/levers"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
	"redoubt/tui/chart"
	"redoubt/tui/feed"
)

// The smallest screen that everything fits on.
const (
	leastWidth  = 60
	leastHeight = 16
)

// Options say how an App begins.
type Options struct {
	// Scenario is a name of the library or a file, and Edits what is changed in it. It may be empty
	// where there is a Feed: then that is all that is shown.
	Scenario string
	Edits    []scenarios.Edit
	// Left and Right are the strategies to compare; 0 leaves the choice to the scenario: warm-standby,
	// which is hot-warm, and active-active, or the first that it has. Where the scenario cannot show
	// one, a message says why, and what is shown.
	Left, Right model.StrategyKind
	Theme       *canvas.Theme
	Symbols     chart.Symbols
	// Keys are those of NewKeymap unless given.
	Keys Keymap
	// Mouse has clicks and the wheel do what keys do: the terminal then selects no text by them.
	Mouse bool
	// Feed is what agents say, if any are to be watched, and Asker the flags that say as whom they are
	// asked, as --token-file FILE: commands that are copied have them too.
	Feed  *feed.Feed
	Asker []string
	// DrawFirst has nothing be simulated before a first screen was drawn: in a terminal that should
	// not wait for a core.
	DrawFirst bool
}

// App is the interface without a terminal. It is not for several goroutines.
type App struct {
	// study is nil where agents alone are watched, and live where none are.
	study  *study
	live   *live
	engine engine
	pair   [2]model.StrategyKind
	// shown is what was found last, of the edits and by so many trials that shownOf says.
	shown  *redoubt.Comparison
	coarse bool
	stale  bool
	// first is what the first few trials of it said, nil while there is nothing or where they are all.
	first *redoubt.Comparison
	// turned is what all trials were found to say otherwise, "" once a key was pressed since.
	turned string
	// unchanged is which strategy is recommended as long as nothing is changed, 0 if none is or
	// nobody knows.
	unchanged model.StrategyKind
	// failure says why nothing can be simulated.
	failure string
	library []scenarios.Summary
	hangs   hangs
	// run is what the timeline tells.
	run *timelineView
	// allLevers are those of the study.
	allLevers []levers.Lever
	leversOf  leverKey
	views     []view
	at        int
	prompt    *prompt
	help      bool
	scroll    int
	message   string
	wrong     bool
	// since counts what was heard of agents since the message.
	since int
	// warned is what was said last of changes that are not saved, and of what.
	warned  warning
	keys    Keymap
	theme   *canvas.Theme
	symbols chart.Symbols
	grid    *canvas.Canvas
	// mouse says that the mouse is taken, spots what it can be on, and focused which side was clicked
	// on: 1 is the left one, 2 the right one.
	mouse   bool
	spots   []spot
	focused int
	// drawn is the screen as it was drawn last, of a size; "" when it is to be drawn anew.
	drawn         string
	width, height int
	// Copied is what the last key wants in the clipboard, and Done that the App is at its end. Whoever
	// owns the terminal takes both.
	Copied string
	Done   bool
}

// A view is one of the screens.
type view interface {
	title() string
	// hints are what the footer says of keys, the most needed first.
	hints() []hint
	// does carries an action out, and reports whether it is one of the view's.
	does(a *App, what action) bool
	draw(a *App, area canvas.Area)
}

// A hint is what some keys do in a view.
type hint struct {
	does    string
	actions []action
}

// common are the hints that every view ends with.
var common = []hint{
	{"save", []action{save}}, {"copy", []action{copyCommand}}, {"view", []action{nextView}},
	{"command", []action{command}},
}

// New opens a scenario. The error is that of scenarios.Load.
func New(o Options) (*App, error) {
	a := &App{
		theme: o.Theme, symbols: o.Symbols, keys: o.Keys, grid: canvas.New(1, 1), mouse: o.Mouse,
		engine: engine{found: make(chan Finding, 4)},
	}
	if o.DrawFirst {
		a.engine.drawn = make(chan struct{})
	}
	var err error
	if a.keys == nil {
		if a.keys, err = NewKeymap(); err != nil {
			return nil, err
		}
	}
	if a.theme == nil {
		a.theme = &canvas.Dark
	}
	if o.Scenario != "" || o.Feed == nil {
		if a.study, err = open(o.Scenario, o.Edits); err != nil {
			return nil, err
		}
		a.run = &timelineView{}
		a.views = []view{
			&compareView{}, &whatIfView{}, a.run, &topologyView{run: a.run}, &moneyView{}, &pickerView{},
		}
		a.wish(o.Left, o.Right)
		a.ask()
	}
	if o.Feed != nil {
		a.live, a.at = &live{feed: o.Feed, asker: o.Asker}, len(a.views)
		a.views = append(a.views, &liveView{}, &gatesView{}, &historyView{},
			&liveTopologyView{}, &planView{})
	}
	return a, nil
}

// ask has everything be simulated anew. What is shown is stale until the first answer.
func (a *App) ask() {
	a.stale, a.failure = true, ""
	a.engine.ask(a.study.scenario, a.pair)
	a.drawn = ""
}

// Next waits for what the simulation finds next.
func (a *App) Next() Finding { return <-a.engine.found }

// Busy reports whether a simulation is running.
func (a *App) Busy() bool {
	e := &a.engine
	return e.busy || e.reading || e.playing || e.weighing != nil
}

// Tick draws the progress of what runs.
func (a *App) Tick() { a.drawn = "" }

// Take shows what a simulation has found, unless something else was asked since.
func (a *App) Take(f Finding) {
	a.drawn = ""
	defer a.weigh() // It may have waited for this.
	switch {
	case f.weighed != nil:
		a.tookWeighed(f.weighed)
		return
	case f.reading != nil:
		a.live.heard = *f.reading
		a.outlived()
		return
	case f.answered != nil:
		a.took(f.answered)
		return
	case f.library != nil:
		a.library, a.engine.reading = f.library, false
		return
	case f.told != nil:
		a.engine.playing = false
		a.run.take(a, f.told)
		return
	case f.generation != a.engine.generation:
		return
	}
	if f.last {
		a.engine.busy = false
	}
	stopped := errors.Is(f.err, context.Canceled)
	switch {
	case stopped && (f.coarse || !a.stale):
		a.stopped()
		return // What there is already is better than a part.
	case f.comparison == nil:
		a.failure = a.mended(f.err).Error()
		return
	}
	a.replaced(f)
	a.shown, a.coarse, a.stale = f.comparison, f.coarse, false
	if a.study.unsaved() == 0 && !a.coarse { // What is known of it is not forgotten meanwhile.
		a.unchanged = a.recommended()
	}
	if stopped {
		a.coarse = true
		a.stopped()
	}
}

// trials is how many what is shown rests on.
func (a *App) trials() int {
	if a.shown == nil {
		return 0
	}
	return a.shown.Trials
}

// result is what is shown of a strategy, nil while there is nothing.
func (a *App) result(kind model.StrategyKind) *redoubt.StrategyResult {
	return resultOf(a.shown, kind)
}

func (a *App) say(format string, arguments ...any) {
	a.message, a.wrong, a.since = fmt.Sprintf(format, arguments...), false, 0
}

func (a *App) complain(err error) {
	if err != nil {
		a.message, a.wrong, a.since = strings.ReplaceAll(err.Error(), "\n", "; "), true, 0
	}
}

// Theme gives the App another theme.
func (a *App) Theme(theme *canvas.Theme) { a.theme, a.drawn = theme, "" }

// Key takes a key by its name: a letter, or a word as "enter" and "shift+tab".
func (a *App) Key(key string) {
	a.drawn, a.Copied, a.turned = "", "", ""
	if a.prompt != nil {
		a.typed(key)
		return
	}
	a.message, a.wrong = "", false
	what := a.keys[key]
	switch {
	case a.viewOf(key) >= 0:
		a.help = false // It names the views by their keys.
		a.show(a.viewOf(key))
	case a.help && what != quit && what != leave:
		a.helped(what)
	case what == "":
	case a.views[a.at].does(a, what):
	default:
		a.do(what)
	}
}

// Paste types a text, if something is being typed.
func (a *App) Paste(text string) {
	for _, r := range text {
		if a.prompt != nil && r >= ' ' {
			a.Key(string(r))
		}
	}
}

// typed has the prompt take a key. One that leaves does so as well while something is typed, unless
// it is a letter.
func (a *App) typed(key string) {
	if a.keys[key] == leave && key != "space" && utf8.RuneCountInString(key) > 1 {
		a.leave()
		return
	}
	p := a.prompt
	over, entered := p.key(key)
	if !over {
		return
	}
	a.prompt = nil
	if !entered {
		if p.typed != nil {
			p.typed("")
		}
		if p.esc != nil {
			p.esc()
		}
		return
	}
	a.message, a.wrong = "", false // What was wrong with what was entered before is no more.
	p.done(p.text)
	if a.wrong && a.prompt == nil { // It stays to be mended.
		p.problem, a.message = a.message, ""
		p.proposed = p.whole // The next letter begins anew.
		a.prompt = p
	}
}

// ofScenarios are the actions that nothing but a scenario is for.
var ofScenarios = []action{swap, undo, resetAll, save, again}

// inScenarios are those that nothing takes where agents alone are watched.
var inScenarios = []action{find, choose, recommended, resetOne}

// do carries out an action that every view has.
func (a *App) do(what action) {
	if a.study == nil && slices.Contains(ofScenarios, what) {
		a.say("there is no scenario here: %s has both", a.live.asking("redoubt tui SCENARIO --connect"))
		return
	}
	switch what {
	case quit:
		if a.mayDrop(a.keys.of(quit)[0] + " again leaves") {
			a.leave()
		}
	case leave:
		a.leave()
	case back:
		a.goBack()
	case help:
		a.help, a.scroll = true, 0
	case command:
		a.prompt = a.commandLine()
	case nextView:
		a.show((a.at + 1) % len(a.views))
	case lastView:
		a.show((a.at + len(a.views) - 1) % len(a.views))
	case swap:
		a.pair[0], a.pair[1] = a.pair[1], a.pair[0]
	case undo:
		a.takeBack()
	case resetAll:
		a.changed(a.study.become(a.study.opened))
	case save:
		a.prompt = a.saveLine()
	case copyCommand:
		a.Copied = a.repeat()
		a.say("copied: %s", a.Copied)
	case symbols:
		a.symbols = a.symbols.Next()
		a.say("drawn with %s", a.symbols)
	case theme:
		a.Theme(a.theme.Next())
		a.say("colors: %s", a.theme.Name)
	case again:
		a.ask()
	case find:
		a.say("there is no list to filter in %s%s", a.views[a.at].title(), a.lists())
	default:
		a.say("%s does nothing in %s: %s has its keys", a.keys.of(what)[0], a.views[a.at].title(),
			a.keys.of(help)[0])
	}
}

// goBack ends what is running, or leads to the first view.
func (a *App) goBack() {
	switch {
	case a.waits():
		a.say("an order is on its way: wait for what comes of it")
	case a.engine.busy:
		a.engine.stop()
	default:
		a.show(0)
	}
}

// viewKeys are the keys of the views, in the order in which they stand on a keyboard.
const viewKeys = "1234567890-"

// viewOf is the view that a key leads to, -1 of another key. Those beyond the ninth can be bound to
// something else, as no digit before can.
func (a *App) viewOf(key string) int {
	at := strings.Index(viewKeys, key)
	if len(key) != 1 || at >= len(a.views) || at >= 9 && a.keys[key] != "" {
		return -1
	}
	return at
}

func (a *App) show(at int) {
	if v, ok := a.views[a.at].(interface{ left() }); ok && at != a.at {
		v.left()
	}
	a.at = at
	a.weigh()
	if v, ok := a.views[at].(interface{ shown(*App) }); ok {
		v.shown(a)
	}
}

// takeBack undoes the last change.
func (a *App) takeBack() {
	name := a.study.name
	if !a.study.undo() {
		a.say("there is nothing to undo")
		return
	}
	a.ask()
	if a.study.name != name {
		a.say("back before %s was saved: this is %s", name, a.study.name)
	}
}

// changed asks anew after a change, or says why there was none.
func (a *App) changed(err error) {
	switch {
	case errors.Is(err, errUnchanged):
		a.say("nothing is changed by that")
	case err != nil:
		a.complain(err)
	default:
		a.ask()
	}
}

// opened goes on with another scenario.
func (a *App) opened(name string) {
	s, err := open(name, nil)
	if err != nil {
		a.complain(err)
		return
	}
	if !a.mayDrop("to open " + name + " again drops them") {
		return
	}
	a.study, a.shown, a.first, a.unchanged = s, nil, nil, 0
	a.run.forget()
	a.wish(a.pair[0], a.pair[1])
	a.ask()
	a.show(0)
}

// repeat is the command that prints what is shown.
func (a *App) repeat() string {
	if v, ok := a.views[a.at].(interface{ repeat(*App) string }); ok {
		return v.repeat(a)
	}
	return a.compareCommand()
}
