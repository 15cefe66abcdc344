package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
	"redoubt/units"
)

// TestWhatIsOldIsNotCalledLive where an agent answers that has applied nothing for long, as one
// that is cut off, or one that was just started: all that it says is drawn faintly.
func TestWhatIsOldIsNotCalledLive(t *testing.T) {
	for applied, want := range map[time.Duration]string{
		0: "● live", time.Hour: "‖ old 1h  ", -1: "‖ old  ",
	} {
		p := losing(t, model.Manual)
		p.view.Applied = applied
		a := watching(t, p.reading())
		a.Theme(&canvas.Dark)
		for _, key := range []string{"1", "2"} {
			press(a, key)
			text, old := screen(a, 120, 36), applied != 0
			if !strings.Contains(text, want) || strings.Contains(text, "● live") == old {
				t.Errorf("applied %s ago: want %q at the top\n%s", applied, want, text)
			}
			body := strings.Join(strings.Split(a.View(120, 36), "\n")[6:33], "\n")
			if held := strings.Contains(body, "\x1b[38;5;221m"); held == old {
				t.Errorf("applied %s ago: what holds is drawn so: %v", applied, held)
			}
		}
	}
}

// TestARefusalIsNoLostConnection has whoever is unknown to the agents read that.
func TestARefusalIsNoLostConnection(t *testing.T) {
	a := watching(t, feed.Reading{Err: fmt.Errorf("this needs a token"), Refused: true, Lost: 3e9})
	text := screen(a, 80, 24)
	for _, want := range []string{
		"✗ refused  agents", "✗ refused (this needs a token)", "--token-file",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q\n%s", want, text)
		}
	}
	if strings.Contains(text, "no agent has answered") {
		t.Errorf("they have answered\n%s", text)
	}
}

// TestAMessageGivesWay to how old that is what is shown, unless something went wrong.
func TestAMessageGivesWay(t *testing.T) {
	r := losing(t, model.Manual).reading()
	for _, wrong := range []bool{false, true} {
		a := watching(t, r)
		if a.say("taken"); wrong {
			a.complain(fmt.Errorf("taken not"))
		}
		for range 10 {
			a.Take(Finding{reading: &r})
		}
		if text := screen(a, 80, 24); !strings.Contains(text, " taken") {
			t.Errorf("the message is gone at once\n%s", text)
		}
		a.Take(Finding{reading: &r})
		if text := screen(a, 80, 24); strings.Contains(text, "taken") != wrong ||
			strings.Contains(text, "applied 0s ago") == wrong {
			t.Errorf("went wrong %v\n%s", wrong, text)
		}
	}
}

// TestThereIsMore is said of every view of agents that has more lines than the screen, and the last
// of them can be scrolled to.
func TestThereIsMore(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	for _, key := range []string{"1", "2"} {
		press(a, key)
		if text := screen(a, 60, 16); !strings.Contains(text, "more lines (j)") {
			t.Errorf("it is not said\n%s", text)
		}
		press(a, strings.Repeat("j", 200))
		a.View(60, 16)
		if text := screen(a, 60, 16); strings.Contains(text, "more lines") {
			t.Errorf("there is more at the end\n%s", text)
		}
		press(a, "k")
		if text := screen(a, 60, 16); !strings.Contains(text, "2 more lines (j)") {
			t.Errorf("a line back there is not more\n%s", text)
		}
	}
}

// TestTheNewestEntryIsSeen wherever all else fits.
func TestTheNewestEntryIsSeen(t *testing.T) {
	p := agentOf(t, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	r := p.reading()
	r.Entries = append(r.Entries, api.Entry{Event: "the newest"})
	a := watching(t, r)
	for height := 22; height < 70; height += 3 {
		for _, width := range []int{80, 120} {
			if text := screen(a, width, height); !strings.Contains(text, "the newest") {
				t.Errorf("%d x %d:\n%s", width, height, text)
			}
		}
	}
}

// TestEntriesAreBrief where a line may be cut: what matters stands first.
func TestEntriesAreBrief(t *testing.T) {
	for want, e := range map[string]api.Entry{
		"✗ refused: no; order: pause (ann: why)": {
			Event: "order: pause", Note: "ann: why",
			Changes: []string{"refused: no"}, Refused: "no",
		},
		"plan: failover; primary: b": {Event: "time goes by", Tick: true,
			Changes: []string{"plan: failover", "primary: b"}},
		"a says of b: up; plan: none; lease: c": {Event: "a says of b: up",
			Changes: []string{"plan: none", "lease: c"}},
		"time goes by": {Event: "time goes by", Tick: true},
	} {
		changes := slices.Clone(e.Changes)
		if got := brief(&e); got != want || !slices.Equal(changes, e.Changes) {
			t.Errorf("got %q of %+v, want %q", got, e, want)
		}
	}
}

// TestWhatKeysWouldDoIsSaid as things are: who is paused can resume.
func TestWhatKeysWouldDoIsSaid(t *testing.T) {
	p := losing(t, model.Manual)
	for _, paused := range []bool{false, true} {
		p.view.State.Paused = paused
		a := watching(t, p.reading())
		if text := screen(a, 120, 36); strings.Contains(text, "p resume") != paused ||
			strings.Contains(text, "p pause") == paused {
			t.Errorf("paused %v:\n%s", paused, text)
		}
	}
}

// TestAnOrderThatMakesNoSenseSaysSo before it is given.
func TestAnOrderThatMakesNoSenseSaysSo(t *testing.T) {
	p := agentOf(t, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	r := p.reading()
	a := watching(t, r)
	press(a, "a")
	if text := screen(a, 60, 16); !strings.Contains(text, "Nothing waits for an approval") {
		t.Errorf("it is not said that nobody is asked\n%s", text)
	}
	press(a, "nowhere<enter>")
	if text := strings.Join(strings.Fields(screen(a, 60, 16)), " "); !strings.Contains(text,
		`there is no region "nowhere": us-east-1, eu-west-1, ap-southeast-1`) {
		t.Errorf("what is wrong is cut off\n%s", text)
	}
	press(a, "<esc>")
	r.Status.Stores, r.Status.Primary = nil, ""
	a = watching(t, r)
	press(a, ":drill eu-west-1<enter>")
	if text := flat(screen(a, 80, 24)); !strings.Contains(text, "there is nothing to promote") ||
		!strings.Contains(text, "esc, and then :evacuate REGION") {
		t.Errorf("it is not said that there is no primary, and what is done instead\n%s", text)
	}
	p = losing(t, model.Manual)
	a = watching(t, p.reading())
	press(a, "a")
	if text := screen(a, 60, 16); strings.Contains(text, "Nothing waits") {
		t.Errorf("people are asked\n%s", text)
	}
}

// TestTheWordsHaveRoom on the narrowest screen: all of them are seen as they are typed.
func TestTheWordsHaveRoom(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	press(a, "feu-west-1<enter><enter><enter>ticket<enter>")
	words := a.live.form.words()
	press(a, words)
	lines := strings.Split(screen(a, 60, 16), "\n")
	if foot := lines[15]; !strings.Contains(foot, words) {
		t.Errorf("%q is not seen in %q", words, foot)
	}
	if text := strings.Join(lines[:14], "\n"); !strings.Contains(text, `Type "`+words+`" to give`) {
		t.Errorf("what is to be typed is not seen\n%s", text)
	}
}

// TestTheCurrentViewIsTold without any color, and without any look.
func TestTheCurrentViewIsTold(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	for i, v := range a.views {
		press(a, fmt.Sprint(i+1))
		tab := fmt.Sprintf("[%d %s]", i+1, v.title())
		a.Theme(&canvas.NoColor)
		head, _, _ := strings.Cut(a.View(80, 24), "\n")
		if strings.Count(head, "[1m"+tab) != 1 {
			t.Errorf("want %q without the bar's look in %q", tab, head)
		}
		a.Theme(&canvas.Bare)
		head, _, _ = strings.Cut(a.View(80, 24), "\n")
		if strings.Count(head, tab) != 1 || strings.Count(head, "]") != 1 {
			t.Errorf("want %q in %q", tab, head)
		}
	}
}

// TestACopyThatIsNotToBeUsedSaysWhy in full, also where it is narrow; and checks that are down are
// named as people name them.
func TestACopyThatIsNotToBeUsedSaysWhy(t *testing.T) {
	r := losing(t, model.Manual).reading()
	r.Status.Stores[0].Copies[0].Diverged = "suspected to have writes that the new primary lacks"
	r.Status.Regions[0].Observers[0].Down = []string{"canary", "orders", "search"}
	text := screen(watching(t, r), 80, 40)
	for _, want := range []string{
		"! suspected to have writes that the new primary lacks",
		"canary, orders and search are down", ": canary is down",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q\n%s", want, text)
		}
	}
}

// TestTheHelpOfAgentsHasTheirKeys and not those that only a scenario is for.
func TestTheHelpOfAgentsHasTheirKeys(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	press(a, "?")
	text := screen(a, 120, 90)
	for name, want := range map[string]bool{
		"(approve)": true, "(page-up)": true, "(coarse-left)": true, "(recommended)": false,
		"(choose)": false, "(undo)": false,
	} {
		if strings.Contains(text, name) != want {
			t.Errorf("%s: want it %v\n%s", name, want, text)
		}
	}
}

// TestACommandThatIsNotThereNamesThoseLikeIt as somebody may know it from the command line.
func TestACommandThatIsNotThereNamesThoseLikeIt(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	for typed, want := range map[string]string{
		"brake":     "there is pull-brake, lift-brake",
		"fly":       "? names them (mouse, quit, approve, failover,",
		"now-pause": "there is pause",
	} {
		press(a, ":"+typed+"<enter>")
		if text := screen(a, 120, 36); !strings.Contains(text, want) {
			t.Errorf("%s: want %q\n%s", typed, want, text)
		}
		press(a, "<esc>")
	}
}

// TestWhereEveryRegionWritesTheTerminalSaysSo reads the screen of agents without a primary, as
// those of redoubt agent --dev are: it says why there is none and how a region is left, and
// proposes no order that would be refused. With a primary it proposes them.
func TestWhereEveryRegionWritesTheTerminalSaysSo(t *testing.T) {
	p := agentOf(t, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	r := p.reading()
	for _, size := range sizes {
		text := flat(screen(watching(t, r), size[0], size[1]))
		if !strings.Contains(text, "f fail over") || strings.Contains(text, "no primary") {
			t.Errorf("%v: got\n%s\nwant a primary, and what can be done with it", size, text)
		}
	}
	r.Status.Stores, r.Status.Primary = nil, ""
	for i := range r.Status.Regions { // As they do where each of them writes.
		r.Status.Regions[i].Serves = true
	}
	for _, size := range sizes {
		text := flat(screen(watching(t, r), size[0], size[1]))
		if !strings.Contains(text, "no primary: every region writes (:evacuate leaves one)") ||
			strings.Contains(text, "fail over") || strings.Contains(text, "fail back") {
			t.Errorf("%v: got\n%s\nwant how a region is left, and no other order", size, text)
		}
	}
}

// TestADryRunIsSeen at every size, on the first screen: beside who leads while no plan runs, in the
// plan that runs, and in an order before it is given. Where something is done it is not said.
func TestADryRunIsSeen(t *testing.T) {
	const is = "dry run: executors only log what they would do"
	calm := agentOf(t, model.Automatic)
	calm.runs(time.Second, 11*time.Second, 0)
	for _, size := range sizes {
		for _, p := range []*pretended{calm, losing(t, model.Automatic)} {
			p.file.Executors = nil
			text := flat(screen(watching(t, p.reading()), size[0], size[1]))
			if strings.Contains(text, "dry") {
				t.Errorf("%v: a dry run is seen where there is none\n%s", size, text)
			}
			a := watching(t, dry(p).reading())
			text = flat(screen(a, size[0], size[1]))
			if !strings.Contains(text, is) || strings.Contains(text, ", dry run ") {
				t.Errorf("%v: got\n%s\nwant %q once, and of no step", size, text, is)
			}
			running := strings.Contains(text, "It is a dry run: ")
			if p.view.State.Plan.Kind != failover.NoPlan != running {
				t.Errorf("%v: want it said of the plan, if one runs\n%s", size, text)
			}
			press(a, "p")
			if text := flat(screen(a, size[0], size[1])); !strings.Contains(text, "! D"+is[1:]+".") {
				t.Errorf("%v: an order does not say it\n%s", size, text)
			}
		}
	}
	p := dry(losing(t, model.Automatic))
	p.file.Executors[0].Steps = []string{"scale"}
	p.file.Executors = append(p.file.Executors, model.Executor{
		Name: "does", Kind: model.CommandExecutor, Steps: []string{"promote"},
	})
	text := screen(watching(t, p.reading()), 120, 36)
	if strings.Count(text, ", dry run ") != 1 || !strings.Contains(text, "dry run of scale") {
		t.Errorf("want it said of the step that is one\n%s", text)
	}
}

// TestAPlanThatTakesLongSaysSo at every size, on the first screen, and not before it does.
func TestAPlanThatTakesLongSaysSo(t *testing.T) {
	p := losing(t, model.Automatic)
	began := time.Duration(p.view.State.Plan.Began)
	for _, gone := range []time.Duration{20 * time.Minute, 30 * time.Minute} {
		p.apply(began+gone, failover.Event{Kind: failover.Tick})
		for _, size := range sizes {
			text := flat(screen(watching(t, p.reading()), size[0], size[1]))
			const late = "! It takes longer than estimated: 30m gone of "
			if strings.Contains(text, late) != (gone == 30*time.Minute) {
				t.Errorf("%s gone, %v: got\n%s\nwant that it is late after 21m27s", gone, size, text)
			}
		}
	}
}

// TestAnOutageIsAsOldAsItIs also after a time without a leader, in which the log's clock stood
// still, wherever a terminal tells of it.
func TestAnOutageIsAsOldAsItIs(t *testing.T) {
	p := losing(t, model.Manual)
	p.view.Policy.Guarded = 0 // Else nobody has written meanwhile.
	p.view.Stood.Add(p.view.State.Now, p.view.State.Now, 45*time.Second)
	since := p.view.Policy.EvidenceOn(&p.view.State, 0).Since
	down := units.Length(p.view.State.Now.Sub(since) + 45*time.Second)
	a := watching(t, p.reading())
	for view, want := range map[string]string{
		"1": "down for " + down, "4": "down for " + down,
	} {
		press(a, view)
		if text := flat(screen(a, 120, 60)); !strings.Contains(text, want) ||
			!strings.Contains(text, "the log's clock stood still for 45s") {
			t.Errorf("view %s: got\n%s\nwant %q and why", view, text, want)
		}
	}
	press(a, "1")
	if text := flat(screen(a, 120, 60)); !strings.Contains(text, ", or 45s more") {
		t.Errorf("got\n%s\nwant a loss that may be larger", text)
	}
}
