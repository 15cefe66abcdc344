package tui

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"redoubt/tui/canvas"
)

// drawHead writes what is studied, and the views.
func (a *App) drawHead(area canvas.Area) {
	area.Fill(canvas.Bar)
	const nameWidth = 28
	tabs, width := a.tabs(wholeTitles, 0)
	if width > area.Width-nameWidth {
		tabs, width = a.fittingTabs(area.Width)
	}
	area.Text(1, 0, canvas.BarStrong, a.heading(a.besideTabs(area.Width, tabs, width)))
	x := area.Width - width
	for i, tab := range tabs {
		style := canvas.Bar
		if i == a.at {
			style = canvas.BarSelected
		}
		from := x
		if a.connection(i) == wrongMark {
			style = canvas.BarBad
		}
		x = area.Text(x, 0, style, tab)
		a.place(area.Inner(from, 0, x-from, 1), aTab, i)
	}
}

// heading is what is looked at, in so many columns, and how much is changed in it: that is seen
// however long the name is.
func (a *App) heading(columns int) string {
	name, count := "redoubt  "+a.name(), a.count()
	if canvas.Width(name+count) > columns {
		name = a.name() // Whoever started the program knows what it is.
	}
	if long := name + count + " changed"; count != "" && canvas.Width(long) <= columns {
		return long
	}
	columns -= canvas.Width(count)
	if !strings.Contains(name, "/") || canvas.Width(name) <= columns {
		return canvas.Fit(name, columns) + count
	}
	path, is := strings.CutPrefix(name, simulated)
	lead := ""
	if is {
		lead = simulated
	}
	for path != "" && canvas.Width(lead+"…"+path) > columns {
		_, size := utf8.DecodeRuneInString(path)
		path = path[size:]
	}
	return lead + "…" + path + count
}

// count is how many values are changed, "" if none is.
func (a *App) count() string {
	if a.study == nil || a.study.unsaved() == 0 || a.watches() || a.playsOther() != nil {
		return ""
	}
	return fmt.Sprintf(" *%d", a.study.unsaved())
}

// simulated stands before a scenario beside agents, whose own has how far it is that of now.
const simulated = "simulated  "

// name is what is looked at: a scenario, or agents, whether they answer or not. Where both are, a
// view says which of the two it has: what is simulated is never called live.
func (a *App) name() string {
	switch {
	case a.live == nil:
		return a.subject()
	case !a.watches():
		return simulated + a.subject()
	}
	name := "agents"
	if heard := a.live.heard.Status; heard != nil {
		name = heard.Scenario
	}
	if mark := a.live.mark(); mark != "" {
		name = mark + "  " + name
	}
	return name
}

// watches reports whether what is shown is what agents say: in their views, and of an order to
// them wherever that was begun.
func (a *App) watches() bool {
	return a.live != nil && (a.at >= a.firstOfAgents() || a.live.form != nil)
}

// firstOfAgents is the first view of agents, one after the last where there are none.
func (a *App) firstOfAgents() int {
	return slices.IndexFunc(append(slices.Clone(a.views), &liveView{}), func(v view) bool {
		_, is := v.(*liveView)
		return is
	})
}

// subject is what a view of a scenario is about: what is studied, or what is played in its place.
func (a *App) subject() string {
	if other := a.playsOther(); other != nil {
		return other.name
	}
	return a.study.name
}

// playsOther is the run that is shown in place of what is studied, nil where none is.
func (a *App) playsOther() *aRun {
	switch a.views[a.at].(type) {
	case *timelineView, *topologyView:
		return a.run.other
	}
	return nil
}

// others is the scenario that the agents have where another one is simulated beside them, "" where
// it is the same, or where nobody has heard.
func (a *App) others() string {
	if a.study == nil || a.live == nil || a.live.heard.Status == nil ||
		a.live.heard.Status.Scenario == a.study.scenario.Name {
		return ""
	}
	return a.live.heard.Status.Scenario
}

// fittingTabs are tabs of a head so wide that has no room for whole titles: those that give way go
// as far as that leaves the name its room, and What-if goes where the name would be cut by much.
func (a *App) fittingTabs(width int) (tabs []string, wide int) {
	const several = 9 // With more, a name says which of two is looked at, too.
	mayCut := 0
	if strings.Contains(a.name(), "/") { // How a path ends says which file it is.
		mayCut = 16
	}
	named := func() bool {
		return canvas.Width(a.name()+a.count())-mayCut <= a.besideTabs(width, tabs, wide)
	}
	for gone := range len(giveWay) + 1 {
		if gone == len(giveWay) && len(a.views) <= several {
			mayCut = max(mayCut, 6)
		}
		if tabs, wide = a.tabs(shortTitles, gone); named() {
			return tabs, wide
		}
	}
	if tabs, wide = a.tabs(noTitles, 0); named() || len(a.views) <= several {
		return tabs, wide
	}
	return a.tabs(noRoom, 0)
}

// besideTabs is how many columns of a head tabs of a width leave to the name: one is blank between
// them, which is the first tab's where that begins with one.
func (a *App) besideTabs(width int, tabs []string, wide int) int {
	if !strings.HasPrefix(tabs[0], " ") {
		wide++
	}
	return width - wide - 1
}

// giveWay are the titles that tabs do without where there is no room for all, the first ones first.
// The last of all, which is not here, is What-if: no number says that there are values to move.
var giveWay = []string{
	"History", "Plan", "Regions", "Gates", "Live",
	"Scenarios", "Topology", "Timeline", "Compare", "Money",
}

// How many letters tabs have of the titles of views; that which is shown has all of them, and so
// has a title that is of two words.
const (
	wholeTitles = 1 << 8
	shortTitles = 4
	noTitles    = 0
	noRoom      = -1
)

// tabs are the views with their numbers and so many letters of their titles, one more where that is
// all of it, without so many of those that give way, and how wide they are together. That which is
// shown has brackets around it: a text without looks, as in a ticket, says which it was too.
func (a *App) tabs(letters, gone int) (tabs []string, width int) {
	for i, v := range a.views {
		title := v.title()
		switch {
		case i == a.at:
		case letters <= noTitles || slices.Contains(giveWay[:gone], title):
			title = ""
		case len(title) > letters+1 && !strings.Contains(title, "-"):
			title = title[:letters]
		}
		tab := strings.TrimRight(fmt.Sprintf(" %c%s %s", viewKeys[i], a.connection(i), title), " ") + " "
		if i == a.at {
			tab = "[" + strings.Trim(tab, " ") + "]"
		}
		if letters == noRoom { // One blank stands between two.
			tab = strings.TrimSpace(tab) + " "
		}
		tabs = append(tabs, tab)
		width += canvas.Width(tab)
	}
	return tabs, width
}

// wrongMark stands at the tab of agents that answer and warn of something.
const wrongMark = "!"

// connection is the mark that stands at the tab of agents while a scenario is shown: whether they
// answer, and warn of anything, is seen wherever one is.
func (a *App) connection(tab int) string {
	if a.live == nil || a.watches() || tab != a.firstOfAgents() {
		return ""
	}
	mark, _, _ := strings.Cut(a.live.mark(), " ")
	if mark == answering && a.gravest() != "" {
		return wrongMark
	}
	return mark
}

// gravest is the gravest of what agents warn of, or that none answers, "" where nothing is wrong.
func (a *App) gravest() string {
	switch {
	case a.live == nil:
		return ""
	case a.live.heard.Err != nil:
		return "agents: " + a.live.mark()
	}
	all := a.banners()
	if a.live.heard.Status != nil { // The last is the summary.
		all = all[:len(all)-1]
	}
	if len(all) == 0 {
		return ""
	}
	return all[0].text
}
