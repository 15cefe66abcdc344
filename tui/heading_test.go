package tui

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
)

// beside is an App of a scenario beside agents that have said something.
func beside(t *testing.T, name string, heard feed.Reading) *App {
	t.Helper()
	a, err := New(Options{
		Scenario: name, Edits: quick, Theme: &canvas.Bare,
		Feed: feed.New(feed.Source{Address: heard.Address}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	settle(a)
	a.Take(Finding{reading: &heard})
	return a
}

// TestWhatIsSimulatedIsNotCalledLive opens a scenario beside agents: each view says which of the
// two it has, at every size, and how the agents are stands at their tab in the others.
func TestWhatIsSimulatedIsNotCalledLive(t *testing.T) {
	const file, theirs = "business-case-50m", "ecommerce-three-region"
	p := agentOf(t, model.Manual)
	p.runs(time.Second, 11*time.Second, 0)
	calm := p.reading()
	lost := calm
	lost.Err, lost.Lost = fmt.Errorf("no answer within 3s"), 9*time.Second
	for mark, heard := range map[string]feed.Reading{"●": calm, "✗": lost} {
		a := beside(t, file, heard)
		for at, v := range a.views {
			press(a, viewKeys[at:at+1])
			settle(a)
			for _, size := range sizes {
				text := screen(a, size[0], size[1])
				head, _, _ := strings.Cut(text, "\n")
				simulated, live := strings.Contains(head, "simulated  "+file[:7]), at >= 6
				tabbed := strings.Contains(head, " 7"+mark+" ")
				if simulated == live || tabbed == live || strings.Contains(head, theirs[:6]) != live ||
					strings.Contains(head, "● live") != (live && mark == "●") {
					t.Errorf("%s at %v, %s: the head is %q", v.title(), size, mark, head)
				}
				said := strings.Contains(text, "agents run") || strings.Contains(text, "not of "+file)
				if !said {
					t.Errorf("%s at %v: it does not say that the two differ\n%s", v.title(), size, text)
				}
			}
		}
		press(a, "1:pause<enter>") // An order is to the agents wherever it is begun.
		if head, _, _ := strings.Cut(screen(a, 120, 36), "\n"); !strings.Contains(head, theirs) ||
			strings.Contains(head, "simulated") {
			t.Errorf("over an order: the head is %q", head)
		}
	}
	same := beside(t, theirs, calm)
	for _, key := range []string{"1", "7"} {
		press(same, key)
		if text := screen(same, 120, 36); strings.Contains(text, "agents run") ||
			strings.Contains(text, "not of") {
			t.Errorf("the two are the same\n%s", text)
		}
	}
}

// TestEveryViewIsCountedInTheHead, of eleven too: the one that is shown by its name, each other one
// at least by the key that leads to it, in their order, and a blank stands before the first.
func TestEveryViewIsCountedInTheHead(t *testing.T) {
	a := beside(t, "business-case-50m", losing(t, model.Manual).reading())
	for width := leastWidth; width <= 200; width += 7 {
		for at, v := range a.views {
			press(a, viewKeys[at:at+1])
			settle(a)
			head, _, _ := strings.Cut(screen(a, width, 24), "\n")
			x := strings.Index(head, fmt.Sprintf("[%c", viewKeys[at]))
			if !strings.Contains(head, fmt.Sprintf("[%c %s]", viewKeys[at], v.title())) || x < 0 {
				t.Fatalf("with %d columns: %q does not name %s", width, head, v.title())
			}
			tabs := head
			for i := range a.views {
				found := regexp.MustCompile(`[ \[]` + viewKeys[i:i+1] + `[! \]]`).FindStringIndex(tabs)
				if found == nil {
					t.Errorf("with %d columns: %q has no tab %c in its place", width, head, viewKeys[i])
					break
				}
				tabs = tabs[found[1]-1:]
			}
		}
	}
}

// TestAPathBesideAgentsIsSimulated where there is no room for all of it: its end is shown.
func TestAPathBesideAgentsIsSimulated(t *testing.T) {
	a := beside(t, "ecommerce-three-region", losing(t, model.Manual).reading())
	press(a, "1")
	path := t.TempDir() + "/a-folder-with-a-long-name/mine.toml"
	a.study.name = path
	if got := a.heading(24); got != "simulated  …me/mine.toml" {
		t.Errorf("got %q", got)
	}
}

// TestOneRunIsNoThousand reads what a run rests on, and whose it is, while all trials of what is
// compared are done: of a published outage, of its next seed, and of what is compared.
func TestOneRunIsNoThousand(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2l")
	settle(a)
	for _, step := range []struct{ keys, says, head string }{
		{":play github-2018-10-21<enter>l", "one run, seed 2: github-2018-10-21", "github-2018-10-21"},
		{"4", "one run, seed 2: github-2018-10-21", "github-2018-10-21"},
		{"3<esc>l", "one run, seed 2: ecommerce-three-region", "ecommerce-three-region *1"},
		{"1", "done, 60 trials of 5 years", "ecommerce-three-region *1"},
	} {
		press(a, step.keys)
		settle(a)
		for _, size := range sizes[1:] {
			text := screen(a, size[0], size[1])
			head, _, _ := strings.Cut(text, "\n")
			if !strings.Contains(text, step.says) || !strings.Contains(head, step.head[:20-6]) ||
				size[0] > 100 && !strings.Contains(head, step.head) ||
				strings.Contains(text, "60 trials of") != strings.HasPrefix(step.says, "done") {
				t.Errorf("after %s: got\n%s\nwant %q, of %s", step.keys, text, step.says, step.head)
			}
			if strings.Contains(head, "*1") && !strings.Contains(step.head, "*1") {
				t.Errorf("after %s: %q counts what is changed in another one", step.keys, head)
			}
		}
	}
}

// TestTheListSaysWhatItRestsOn counts the scenarios that are listed and names the one that is open:
// none of them rests on the trials of that.
func TestTheListSaysWhatItRestsOn(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "6")
	for _, test := range []struct{ keys, want string }{
		{"", "the library is being read; open is ecommerce-three-region"},
		{"", fmt.Sprint(len(scenarios.Names()), " scenarios; open is ecommerce-three-region")},
		{"/region-loss<enter>", fmt.Sprint("2 of ", len(scenarios.Names()), " scenarios; open is ")},
		{"1", "done, 60 trials of 5 years, seed 1"},
	} {
		press(a, test.keys)
		for _, size := range sizes[1:] {
			if text := screen(a, size[0], size[1]); !strings.Contains(text, "\n "+test.want) ||
				strings.Contains(text, "trials of 5 years") != strings.HasPrefix(test.want, "done") {
				t.Errorf("at %v after %q: got\n%s\nwant %q", size, test.keys, text, test.want)
			}
		}
		settle(a)
	}
}

// TestWhatIfHasItsName in the head of every view at every size, whatever else gives way.
func TestWhatIfHasItsName(t *testing.T) {
	for _, name := range []string{"ecommerce-three-region", "case-management"} {
		a := opening(t, name, quick...)
		for at, v := range a.views {
			press(a, fmt.Sprint(at+1))
			for _, size := range sizes {
				head, _, _ := strings.Cut(screen(a, size[0], size[1]), "\n")
				if !strings.Contains(head, "2 What-if") || strings.Contains(head, "…") {
					t.Errorf("%s at %v: the head is %q", v.title(), size, head)
				}
			}
		}
	}
}

// TestWhatItHangsOnSaysItsTrials where it is shown: those of the table are those of the status
// line, and those of the comparison stand beside what rests on them.
func TestWhatItHangsOnSaysItsTrials(t *testing.T) {
	a := opening(t, "ecommerce-three-region", scenarios.Edit{Path: "run.trials", Value: "120"},
		scenarios.Edit{Path: "run.horizon", Value: "2y"})
	press(a, "5")
	settle(a)
	tried := a.hangs.found.Tried
	if tried >= a.shown.Trials {
		t.Fatalf("all %d trials were tried", tried)
	}
	said := regexp.MustCompile(`(\d+) trials`)
	for _, test := range []struct {
		keys          string
		width, height int
		want          []int
	}{
		{"", 80, 24, []int{120}}, {"", 200, 60, []int{tried, 120, tried}},
		{"<enter>", 120, 36, []int{tried, tried}},
	} {
		screen(a, 120, 36) // What enter shows goes by what had no room.
		press(a, test.keys)
		text, got := screen(a, test.width, test.height), []int{}
		for _, found := range said.FindAllStringSubmatch(text, -1) {
			var trials int
			fmt.Sscan(found[1], &trials)
			got = append(got, trials)
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%d x %d: got %d trials, want %d\n%s", test.width, test.height, got, test.want, text)
		}
	}
}

// TestTheListIsTheTimelines leaves the list of what can be played by the key of another view, which
// is then the one that is shown, and is what is copied; from there the list is opened in the
// timeline.
func TestTheListIsTheTimelines(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3<enter>")
	settle(a)
	if text := screen(a, 80, 24); !strings.Contains(text, "what can be played") {
		t.Fatalf("got\n%s\nwant the list", text)
	}
	for _, keys := range []string{"4", "3", "<enter>4", "<enter><tab>"} {
		press(a, keys)
		settle(a)
		text := screen(a, 80, 24)
		if topology := a.at == 3; strings.Contains(text, "what can be played") ||
			strings.Contains(text, "round trip to") != topology {
			t.Errorf("after %s: got\n%s", keys, text)
		}
	}
	if press(a, "y"); !strings.HasPrefix(a.Copied, "redoubt topology ecommerce-three-region") {
		t.Errorf("copied %q", a.Copied)
	}
	press(a, "<enter>")
	if text := screen(a, 80, 24); a.at != 2 || !strings.Contains(text, "[3 Timeline]") ||
		!strings.Contains(text, "what can be played") {
		t.Errorf("got\n%s\nwant the list in the timeline", text)
	}
}

// TestAFilterReadsDescriptions finds an outage by what is told of it, after what is called so.
func TestAFilterReadsDescriptions(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3<enter>")
	settle(a)
	press(a, "/dyn<enter>")
	found := false
	for _, one := range a.run.playable(a) {
		found = found || strings.HasPrefix(one.Name, "aws-2025-10-20")
	}
	if !found {
		t.Errorf("got\n%s\nwant the outage of 2025-10-20", screen(a, 120, 36))
	}
	list := []scenarios.Summary{
		{Name: "told", Description: "of\na region"}, {Name: "of-a", Title: "Of a region"}, {Name: "none"},
	}
	left := (&shelf{filter: "of A reg"}).left(list)
	if len(left) != 2 || left[0].Name != "of-a" || left[1].Name != "told" {
		t.Errorf("got %+v, want what is called so before what is told so", left)
	}
}

// TestAKeyBeyondTheNinthCanBeBound to something else than a view, as no digit before it can.
func TestAKeyBeyondTheNinthCanBeBound(t *testing.T) {
	a := beside(t, "business-case-50m", losing(t, model.Manual).reading())
	for at, key := range map[int]string{9: "0", 10: "-"} {
		if press(a, "1"+key); a.at != at {
			t.Errorf("%s leads to view %d, want %d", key, a.at+1, at+1)
		}
	}
	keys, err := NewKeymap(Binding{Action: "help", Key: "0"})
	if err != nil {
		t.Fatal(err)
	}
	a.keys = keys
	if press(a, "10"); a.at != 0 || !a.help {
		t.Errorf("0 leads to view %d, though it is bound to the help", a.at+1)
	}
}

// TestAnOutageIsSeenBesideAScenario in every view of what is simulated: at the tab of the agents,
// in letters and in a look of its own, and on the last line. While nothing is wrong, nothing says
// so.
func TestAnOutageIsSeenBesideAScenario(t *testing.T) {
	calm := agentOf(t, model.Automatic)
	calm.runs(time.Second, 11*time.Second, 0)
	silent := calm.reading()
	silent.Err, silent.Lost = errors.New("no answer"), 12*time.Second
	for _, c := range []struct {
		heard     feed.Reading
		tab, last string
	}{
		{calm.reading(), "7● Live", ""},
		{losing(t, model.Manual).reading(), "7! Live", "! people are asked to approve"},
		{silent, "7✗ Live", "agents: ✗ no answer 12s"},
	} {
		a := beside(t, "ecommerce-three-region", c.heard)
		settle(a)
		for view := range a.firstOfAgents() {
			press(a, string(viewKeys[view]))
			for _, size := range sizes {
				rows := strings.Split(screen(a, size[0], size[1]), "\n")
				tab := c.tab
				if !strings.Contains(rows[0], "Live") { // There is no room for titles.
					tab, _, _ = strings.Cut(tab, " ")
				}
				last := strings.TrimSpace(rows[len(rows)-2])
				if !strings.Contains(rows[0], tab) || !strings.HasPrefix(last, c.last) ||
					c.last == "" && strings.Contains(last, "!") {
					t.Errorf("%+v, view %d, %v: got\n%s\nwant %q and %q", c.heard.Err, view+1, size,
						strings.Join(rows, "\n"), tab, c.last)
				}
			}
		}
		a.Theme(&canvas.Dark)
		bad := strings.Contains(a.View(120, 36), "38;5;210m 7! Live")
		if bad != (c.tab == "7! Live") {
			t.Errorf("%s: the tab is red: %v", c.tab, bad)
		}
	}
}
