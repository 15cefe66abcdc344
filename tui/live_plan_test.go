package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/tui/canvas"
)

// cursorRow is the row of the list that is selected.
func cursorRow(t *testing.T, a *App, width, height int) string {
	t.Helper()
	a.Theme(&canvas.Dark)
	defer a.Theme(&canvas.Bare)
	bare := strings.Split(screen(a, width, height), "\n")
	for y, row := range strings.Split(a.View(width, height), "\n") {
		if strings.Contains(row, "\x1b[48;5;24;38;5;231m") && y > 1 {
			return bare[y]
		}
	}
	t.Fatalf("no row is selected\n%s", screen(a, width, height))
	return ""
}

// TestThePlanFollowsNow as readings come, unless the cursor was moved away, and goes back to it: a
// step that runs has lasted until then, and nothing moves without a reading.
func TestThePlanFollowsNow(t *testing.T) {
	p := goingOn(t)
	a := watching(t, p.reading())
	press(a, "5")
	first := screen(a, 120, 36)
	if row := cursorRow(t, a, 120, 36); !strings.Contains(row, "now runs for 21s") {
		t.Fatalf("the cursor is on %q", row)
	}
	if a.Tick(); screen(a, 120, 36) != first {
		t.Error("it moves by itself")
	}
	p.apply(time.Duration(p.view.State.Now)+9*time.Second, failover.Event{Kind: failover.Tick})
	hear := func() {
		r := p.reading()
		a.Take(Finding{reading: &r})
	}
	hear()
	if row := cursorRow(t, a, 120, 36); !strings.Contains(row, "now runs for 30s") {
		t.Errorf("9 s later the cursor is on %q", row)
	}
	press(a, "kk")
	before := cursorRow(t, a, 120, 36)
	p.carriesOut(t, time.Duration(p.view.State.Now)+time.Second)
	hear()
	if row := cursorRow(t, a, 120, 36); row != before || strings.Contains(row, "now") {
		t.Errorf("the cursor was on %q, and is on %q", before, row)
	}
	press(a, strings.Repeat("<pgdown>", 9))
	text := screen(a, 120, 36)
	if row := cursorRow(t, a, 120, 36); !strings.Contains(row, "is done with: notify") ||
		!strings.Contains(text, "was over after ") || strings.Contains(text, "░░") {
		t.Errorf("at its end the cursor is on %q, want nothing ahead\n%s", row, text)
	}
}

// TestAPlanIsScrubbed by the keys of the timeline: by moments, and by time between two of them,
// with what was under way then.
func TestAPlanIsScrubbed(t *testing.T) {
	a := watching(t, goingOn(t).reading())
	press(a, "5kkk")
	if text := screen(a, 120, 36); !strings.Contains(text, "is done with:") ||
		!strings.Contains(text, "▒ scale, eu-west-1: asked for 13s before") {
		t.Errorf("got\n%s\nwant the entry, and what was under way", text)
	}
	press(a, ",")
	if row := cursorRow(t, a, 120, 36); !strings.Contains(row, " +3s ") ||
		!strings.Contains(row, "3s later") {
		t.Errorf("ten seconds before, the cursor is on %q", row)
	}
	if text := screen(a, 120, 36); !strings.Contains(text, " +3s of the plan") ||
		!strings.Contains(text, "entry 160; T+1m37s of the log") {
		t.Errorf("got\n%s\nwant the time of the plan, and of the log, told apart", text)
	}
	press(a, ".....")
	if row := cursorRow(t, a, 120, 36); !strings.Contains(row, "now runs for") {
		t.Errorf("the cursor goes beyond now: %q", row)
	}
	text := screen(a, 60, 16)
	if strings.Contains(text, "moments, not to scale") || !strings.Contains(text, "9 lanes: L") {
		t.Errorf("got\n%s\nwant the key of the lanes", text)
	}
	press(a, "L")
	if text = screen(a, 60, 16); !strings.Contains(text, "moments, not to scale") {
		t.Errorf("got\n%s\nwant lanes", text)
	}
}

// TestEachPlanIsTold where several were read: the one before, and the newest again.
func TestEachPlanIsTold(t *testing.T) {
	p := moved(t)
	for range 3 { // The region comes back, and its copy is made a replica again.
		at := time.Duration(p.view.State.Now) + 5*time.Second
		p.runs(at, at+20*time.Minute, 0)
		p.carriesOut(t, time.Duration(p.view.State.Now)+time.Second)
	}
	a := watching(t, p.reading())
	press(a, "5")
	for _, test := range []struct{ keys, want string }{
		{"", "reprotection of us-east-1"}, {"h", "failover from us-east-1 to eu-west-1"},
		{"h", "no plan before this one"}, {"l", "reprotection of us-east-1"},
		{"l", "this is the newest plan"},
	} {
		press(a, test.keys)
		if text := screen(a, 120, 36); !strings.Contains(text, test.want) {
			t.Errorf("after %q: got\n%s\nwant %q", test.keys, text, test.want)
		}
		if row := cursorRow(t, a, 120, 36); !strings.Contains(row, "is done with: ") {
			t.Errorf("after %q the last moment is %q, want the end of the plan", test.keys, row)
		}
	}
	press(a, "hk")
	p.sees(time.Duration(p.view.State.Now)+time.Second, 1, true) // It stays when something comes.
	r := p.reading()
	a.Take(Finding{reading: &r})
	if text := screen(a, 120, 36); !strings.Contains(text, "failover from us-east-1 to eu-west-1, ") {
		t.Errorf("got\n%s\nwant the plan that was chosen", text)
	}
}

// TestAStepThatIsADryRunSaysSo in its lane, where others are none; where all are, the plan does.
func TestAStepThatIsADryRunSaysSo(t *testing.T) {
	p := losing(t, model.Automatic)
	a := watching(t, dry(p).reading())
	press(a, "5")
	if text := screen(a, 120, 36); strings.Contains(text, "scale, dry run") ||
		!strings.Contains(text, "epoch 2, dry run  runs for") {
		t.Errorf("got\n%s\nwant it said of the plan", text)
	}
	p.file.Executors[0].Steps = []string{"scale"}
	p.file.Executors = append(p.file.Executors, model.Executor{
		Name: "does", Kind: model.CommandExecutor, Steps: []string{"promote"},
	})
	r := p.reading()
	r.Entries = nil // They are in the words of before.
	a = watching(t, r)
	press(a, "5")
	if text := screen(a, 120, 36); !strings.Contains(text, "scale, dry run") ||
		strings.Contains(text, "promote orders, eu-west-1, dry") ||
		strings.Contains(text, "epoch 2, dry run  runs") {
		t.Errorf("got\n%s\nwant it said of the step to scale alone", text)
	}
}

// TestWhatWasNotReadOfAPlanIsSaid and not made up.
func TestWhatWasNotReadOfAPlanIsSaid(t *testing.T) {
	p := goingOn(t)
	r := p.reading()
	r.After = r.Entries[len(r.Entries)-1].Index
	r.Entries = r.Entries[len(r.Entries)-1:]
	a := watching(t, r)
	press(a, "5")
	if text := screen(a, 200, 60); !strings.Contains(text, "its beginning was not read") ||
		!strings.Contains(text, "runs for 21s") || !strings.Contains(text, "✓ freeze") {
		t.Errorf("got\n%s\nwant what the status says", text)
	}
	r.Entries, r.Status.Plan = nil, nil
	a.Take(Finding{reading: &r})
	want := fmt.Sprintf("in what was read of the log, which is what came after entry %d.", r.After)
	if text := flat(screen(a, 120, 36)); !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant %q", text, want)
	}
	press(a, "jkhl,.HLJK") // There is nothing to go through.
	a.View(120, 36)
}

// TestAnOldPlanIsNotCalledNow where nobody answers: it is drawn faintly, as of what was heard last.
func TestAnOldPlanIsNotCalledNow(t *testing.T) {
	r := goingOn(t).reading()
	r.Err, r.Lost = fmt.Errorf("no answer within 3s"), 9*time.Second
	a := watching(t, r)
	press(a, "5")
	text := screen(a, 120, 36)
	if !strings.Contains(text, "last heard runs for 21s") || strings.Contains(text, " now ") {
		t.Errorf("got\n%s\nwant what was heard last", text)
	}
	for _, key := range []string{"4", "5"} {
		press(a, key)
		a.Theme(&canvas.Dark)
		body := strings.Join(strings.Split(a.View(120, 36), "\n")[5:33], "\n")
		for _, style := range []string{"38;5;221m", "38;5;210m", "38;5;114m", "38;5;80m"} {
			if strings.Contains(body, style) {
				t.Errorf("view %s: %s is drawn in what is old\n%s", key, style, body)
			}
		}
	}
}

// TestOrdersAreGivenWhereThingsAreSeen in the views of the regions and of the plan as in the
// others.
func TestOrdersAreGivenWhereThingsAreSeen(t *testing.T) {
	for _, key := range []string{"4", "5"} {
		p := losing(t, model.Manual)
		a := served(t, p)
		heard(t, a)
		press(a, key+"aticket 4711<enter>approve us-east-1 to eu-west-1<enter>")
		until(t, a, func() bool { return a.live.form == nil })
		until(t, a, func() bool { return a.live.heard.Status.Plan != nil })
		if a.wrong || !strings.Contains(a.message, "taken: approve us-east-1") || len(p.orders) != 1 {
			t.Errorf("view %s: got %q and %d orders", key, a.message, len(p.orders))
		}
		press(a, "5")
		until(t, a, func() bool { return strings.Contains(screen(a, 120, 36), "failover from us-e") })
		if text := screen(a, 120, 36); !strings.Contains(text, "▒ promote orders") {
			t.Errorf("got\n%s\nwant the steps of the plan", text)
		}
		press(a, "y")
		if !strings.HasPrefix(a.Copied, "redoubt history --plans --address ") {
			t.Errorf("copied %q", a.Copied)
		}
		press(a, "4y")
		if !strings.HasPrefix(a.Copied, "redoubt topology --address ") {
			t.Errorf("copied %q", a.Copied)
		}
	}
}

// TestTheRegionsSayWhatIsNotKnown of an agent that says neither how far ways are nor where users
// are sent, of a region of which nobody can tell, and of an observer that says nothing.
func TestTheRegionsSayWhatIsNotKnown(t *testing.T) {
	r := losing(t, model.Manual).reading()
	a := watching(t, r)
	press(a, "4")
	if text := screen(a, 120, 36); !strings.Contains(text, "▼ 70ms") ||
		!strings.Contains(text, "assumed by the scenario, not measured: round trips") ||
		!strings.Contains(text, "100.0 %      100 %  ✗ down for 1m10s (2 of 2 say so)") {
		t.Errorf("got\n%s\nwant what is known", text)
	}
	s := r.Status
	s.Links = nil
	for i := range s.Regions {
		s.Regions[i].Users = nil
	}
	s.Regions[1].Verdict = "not known"
	s.Regions[2].Verdict, s.Regions[2].Agent = "not known", "lost"
	s.Regions[1].SaysUp, s.Regions[1].Observers[0].Verdict = 1, "unknown"
	s.Regions[1].Observers[0].Age = 47
	s.Regions[2].SaysUp, s.Regions[2].SaysDown = 1, 1
	a = watching(t, r)
	press(a, "4")
	for _, size := range sizes { // What is wrong is not cut on a narrow screen.
		all := flat(screen(a, size[0], 60))
		for _, want := range []string{
			"? 1 of 2 sees it up; us-east-1 silent for 47s (2 needed)",
			"✗ its agent is lost; 1 of 2 sees it up, 1 of 2 sees it down (2 needed)",
		} {
			if size[0] != 80 && !strings.Contains(all, want) { // There it is in a column.
				t.Errorf("%v: got\n%s\nwant %q", size, all, want)
			}
		}
	}
	text := screen(a, 200, 60)
	for _, want := range []string{
		"standby, leads                ?       70 %  ? 1 of 2", "▼ ?", "? ?", "▲ ?",
		"this agent does not say how far the ways are, or where users are sent",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
	if strings.Contains(text, "assumed by the scenario") {
		t.Errorf("something is assumed that nobody has said\n%s", text)
	}
}

// TestAClickGoesToAMomentOfThePlan on its lanes, and on its list.
func TestAClickGoesToAMomentOfThePlan(t *testing.T) {
	a := watching(t, goingOn(t).reading())
	press(a, "5")
	a.View(120, 36)
	for _, s := range a.spots {
		if s.what != aMoment && s.what != anEntry || s.at != 1 {
			continue
		}
		press(a, "<pgdown>")
		a.View(120, 36)
		for x := range 120 {
			for y := range 36 {
				if found, is := spotAt(a.spots, x, y); is && found == s {
					a.Click(x, y)
					x, y = 120, 36
				}
			}
		}
		if row := cursorRow(t, a, 120, 36); !strings.Contains(row, "will freeze") {
			t.Errorf("a click on %v leads to %q", s.what, row)
		}
	}
}

// TestAStepThatWasSparedIsNoneThatIsDone in the list and in the lanes.
func TestAStepThatWasSparedIsNoneThatIsDone(t *testing.T) {
	r := goingOn(t).reading()
	r.Entries = nil
	r.Status.Plan.Steps[0].Status, r.Status.Plan.Steps[0].Ahead = "spared", nil
	a := watching(t, r)
	if text := flat(screen(a, 120, 36)); !strings.Contains(text, "– freeze spared") {
		t.Errorf("got\n%s\nwant that it is not done", text)
	}
	press(a, "5")
	if text := screen(a, 120, 36); !strings.Contains(text, "– freeze, eu-west-1") {
		t.Errorf("got\n%s\nwant that it is not done", text)
	}
}

// TestAViewWithoutAPlanNamesItsKeys on every screen, as they are bound.
func TestAViewWithoutAPlanNamesItsKeys(t *testing.T) {
	a := watching(t, agentOf(t, model.Automatic).reading())
	press(a, "5")
	for _, test := range []struct{ key, want string }{
		{"h", "j/k goes through its moments, ,/. by 10 s, H/L through its lanes, and h/l to the plan"},
		{"z", "and z/l to the plan before it and after it."},
	} {
		keys, err := NewKeymap(Binding{Action: "left", Key: test.key})
		if err != nil {
			t.Fatal(err)
		}
		a.keys, a.drawn = keys, ""
		for _, size := range sizes {
			if text := flat(screen(a, size[0], size[1])); !strings.Contains(text, test.want) {
				t.Errorf("%v: got\n%s\nwant %q", size, text, test.want)
			}
		}
	}
}
