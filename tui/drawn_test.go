package tui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"redoubt/api"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
)

// drawnWhole fails where a view panics in an area, whichever part of it is seen.
func drawnWhole(t *testing.T, a *App, what string, width, height int) {
	t.Helper()
	a.View(width, height) // What a view counts when it is drawn, it may go by afterwards.
	for rows := range height - 3 {
		func() {
			defer func() {
				if wrong := recover(); wrong != nil {
					t.Errorf("%s in %d rows of %d columns: %v", what, rows, width, wrong)
				}
			}()
			a.views[a.at].draw(a, canvas.New(width-2, rows).All())
		}()
	}
	if text := screen(a, width, height); strings.Contains(text, "could not be drawn") {
		t.Errorf("%s: got\n%s", what, text)
	}
}

// TestEveryLiveViewIsDrawnInFewRows with as many warnings as may come, wherever it is scrolled to.
func TestEveryLiveViewIsDrawnInFewRows(t *testing.T) {
	for _, p := range []*pretended{goingOn(t), losing(t, model.Manual), moved(t)} {
		r := p.reading()
		for range 7 {
			a := watching(t, r)
			for i := range a.views {
				for _, keys := range []string{"", "L", "LL", "J", "j", "k", "<pgdown>", "<pgup>", "HH"} {
					press(a, fmt.Sprint(i+1)+strings.Repeat(keys, 5))
					what := fmt.Sprintf("%s after %q with %d warnings", a.views[i].title(), keys,
						len(r.Status.Notices))
					drawnWhole(t, a, what, leastWidth, leastHeight)
					a.View(120, 36) // A window that is made smaller keeps what it is scrolled to.
					drawnWhole(t, a, what, leastWidth, leastHeight)
				}
			}
			status := *r.Status
			status.Notices = append(status.Notices[:len(status.Notices):len(status.Notices)],
				"people are told of something that takes more than a row of the least screen to say")
			r.Status = &status
		}
	}
}

// TestEverySimulatedViewIsDrawnInFewRows wherever it is scrolled to.
func TestEverySimulatedViewIsDrawnInFewRows(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for i := range a.views {
		for _, keys := range []string{"", "L", "J", "j", "k", "<pgdown>", "<pgup>"} {
			press(a, fmt.Sprint(i+1)+strings.Repeat(keys, 4))
			settle(a)
			drawnWhole(t, a, fmt.Sprintf("%s after %q", a.views[i].title(), keys), leastWidth, leastHeight)
		}
	}
}

// TestLanesAreReachedOnTheLeastScreen by their key, each of them, with warnings above them, and
// without.
func TestLanesAreReachedOnTheLeastScreen(t *testing.T) {
	lane := regexp.MustCompile(`(?m)^ [✓✗▒█·?–] (\S+)`)
	for name, heard := range map[string]feed.Reading{
		"a plan": goingOn(t).reading(), "one that is told with warnings": warnedOf(goingOn(t).reading()),
	} {
		a := watching(t, heard)
		press(a, "5")
		screen(a, leastWidth, leastHeight)
		seen := map[string]bool{}
		for range 20 {
			press(a, "L")
			text := screen(a, leastWidth, leastHeight)
			for _, found := range lane.FindAllStringSubmatch(text, -1) {
				seen[found[1]] = true
			}
			if strings.Contains(text, "to 0 of") || !strings.Contains(text, "not to scale") {
				t.Fatalf("%s: got\n%s\nwant lanes", name, text)
			}
		}
		for _, step := range heard.Status.Plan.Steps {
			if name, _, _ := strings.Cut(step.Step, " "); !seen[name] && !seen[name+","] {
				t.Errorf("%s: the lane of %s is not reached: %v", name, step.Step, seen)
			}
		}
	}
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3L")
	settle(a)
	if text := screen(a, leastWidth, leastHeight); !strings.Contains(text, "lanes 1 to 3 of ") {
		t.Errorf("got\n%s\nwant three lanes of a run", text)
	}
}

// warnedOf has more be warned of than the least screen has rows for.
func warnedOf(r feed.Reading) feed.Reading {
	status := *r.Status
	status.Leader, status.Stuck, status.AppliedAgo, status.Brake = "", true, 40, "flapping"
	status.Paused, status.Shadow, status.Unkept = true, true, "the disk is full"
	status.Notices = []string{"people have to look at a step of the plan, which has failed for good"}
	r.Status = &status
	return r
}

// TestTheGravestWarningIsKept on the least screen in an outage: that nothing is decided stands
// first, a third of the rows is the view's, and what is cut or left out is read in full below.
func TestTheGravestWarningIsKept(t *testing.T) {
	r := warnedOf(losing(t, model.Manual).reading())
	a := watching(t, r)
	const body = leastHeight - 4
	if _, further := a.banners().within(leastWidth-2, 60, "j"); len(further) > 0 {
		t.Errorf("got %v said again where there is room for all", further)
	}
	for i, keys := range []string{"j", "j", "J", "j", "J"} {
		press(a, fmt.Sprint(i+1))
		text := screen(a, leastWidth, leastHeight)
		if !strings.Contains(text, "\n\n ! no leader is known, so that nothing is decided") &&
			!strings.HasPrefix(strings.Split(text, "\n")[2], " ! no leader is known, so that nothing") {
			t.Errorf("%s: got\n%s\nwant that nothing is decided first", a.views[i].title(), text)
		}
		if want := " more, at the end (" + keys + ")"; !strings.Contains(text, want) {
			t.Errorf("%s: got\n%s\nwant %q", a.views[i].title(), text, want)
		}
		above, further := a.banners().within(leastWidth-2, body, keys)
		if left := body - len(above) - 1; left*3 < body {
			t.Errorf("%d rows of %d are left to the view", left, body)
		}
		for range 120 {
			text += screen(a, leastWidth, leastHeight)
			press(a, keys)
		}
		for _, row := range further { // They are seen one after the other.
			if row := strings.TrimSpace(row[0].text); !strings.Contains(text, row) {
				t.Errorf("%s: %q is never seen", a.views[i].title(), row)
			}
		}
		if len(further) < 6 {
			t.Errorf("%v is all that is said in full", further)
		}
	}
}

// TestAnOverduePlanHasNoRestOfNothing in Live and in Plan, nor in its heading.
func TestAnOverduePlanHasNoRestOfNothing(t *testing.T) {
	r := goingOn(t).reading()
	p := r.Status.Plan
	p.For, p.Left = p.Whole.Slow+20, api.Estimate{}
	p.Steps[3].Tries = 3
	a := watching(t, r)
	for key, count := range map[string]int{"1": 1, "5": 2} {
		press(a, key)
		text := flat(screen(a, 200, 60))
		said := strings.Count(strings.ToLower(text), "overdue by 20s, no estimate, "+p.Steps[3].Step)
		if said != count || strings.Contains(text, "about 0s") {
			t.Errorf("view %s: got\n%s\nwant it %d times", key, text, count)
		}
	}
}

// TestLiveHasWhatStatusSays of a region that is back, of what its copy holds, and of an overload.
func TestLiveHasWhatStatusSays(t *testing.T) {
	r := moved(t).reading()
	const waits = "nothing returns to it before it has been known to be up for 30m, in 29m19s"
	const holds = "archived (136 writes held by nobody else)"
	r.Status.Regions[0].Notes = []string{waits}
	copied := &r.Status.Stores[0].Copies[0]
	copied.Diverged, copied.Holds = "archived", holds
	all := 1.0
	r.Status.Regions[1].Users = &all
	a := watching(t, r)
	for _, width := range []int{60, 80, 110} {
		text := flat(screen(a, width, 60))
		for _, want := range []string{"! " + waits, "! " + holds} {
			if strings.Count(text, want) != 1 {
				t.Errorf("%d: got\n%s\nwant %q once", width, text, want)
			}
		}
	}
	press(a, "4")
	const over = "✗ 100 % of users are sent there, and it can carry 70 %"
	if text := flat(screen(a, 200, 60)); !strings.Contains(text, over) {
		t.Errorf("got\n%s\nwant %q", text, over)
	}
}

// broken is a view that panics when it is drawn.
type broken struct{ fed }

func (broken) title() string              { return "Broken" }
func (broken) does(*App, action) bool     { return false }
func (broken) draw(a *App, _ canvas.Area) { a.views[-len(a.views)].draw(a, canvas.Area{}) }

// TestAViewThatPanicsLeavesTheOthers and says what went wrong and where; keys lead away from it.
func TestAViewThatPanicsLeavesTheOthers(t *testing.T) {
	a := watching(t, goingOn(t).reading())
	a.views = append(a.views, broken{})
	press(a, "6")
	text := flat(screen(a, 120, 36))
	for _, want := range []string{"this view could not be drawn: ", "out of range [-6]", "broken.draw",
		"report", "q quit"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %s\nwant %q", text, want)
		}
	}
	press(a, "1")
	if text = screen(a, 120, 36); !strings.Contains(text, "Plan: failover") {
		t.Errorf("got\n%s\nwant another view", text)
	}
}
