package tui

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/tui/canvas"
)

// TestWhoIsSentTooMuchIsSeen before the order that causes it, for each region that would be left to
// serve, and after it: above every view, beside what the region can carry where there is room, and
// first among the regions where not all rows are seen.
func TestWhoIsSentTooMuchIsSeen(t *testing.T) {
	r := evacuatedAgent(t).reading()
	a := watching(t, r)
	press(a, ":evacuate eu-west-1<enter>")
	const then = "ap-southeast-1 would be sent 100 % of users, and can carry 70 %."
	for _, size := range sizes {
		if text := flat(screen(a, size[0], size[1])); !strings.Contains(text, then) {
			t.Errorf("%v: got\n%s\nwant %q", size, text, then)
		}
	}
	if got := a.live.form.loses()[0]; got.style != canvas.Bad {
		t.Errorf("got the style %v of %q", got.style, got.text)
	}
	press(a, "<esc>:evacuate ap-southeast-1<enter>")
	r.Status.Regions[1].Ready = 1
	if got := a.live.form.loses()[0]; got.style != canvas.Warn {
		t.Errorf("got the style %v of %q, which can be carried", got.style, got.text)
	}
	press(a, "<esc>")
	r.Status.Regions[1].Ready = 0.7

	for _, size := range sizes {
		for view := range len(a.views) {
			press(a, string(viewKeys[view]))
			text := flat(screen(a, size[0], size[1]))
			if !strings.Contains(text, "! eu-west-1 is sent 80 % of users and can carry 70 %") {
				t.Errorf("%v, view %d: who is sent too much is not told\n%s", size, view+1, text)
			}
		}
	}
	press(a, "1")
	row := regexp.MustCompile(`users +can carry[^\n]*(\n[^\n]+)*\n +eu-west-1 .* 80 % +70 %`)
	if text := screen(a, 200, 60); !row.MatchString(text) {
		t.Errorf("what is sent does not stand beside what is carried\n%s", text)
	}
	for i := range r.Status.Regions {
		share := []float64{0, 0.3, 0.8}[i]
		r.Status.Regions[i].Users = &share
	}
	press(a, "4")
	order := regexp.MustCompile(`(?m)^ (us-east-1|eu-west-1|ap-southeast-1) .* 70 %`)
	for size, first := range map[[2]int]string{
		{60, 16}: "ap-southeast-1", {120, 36}: "us-east-1",
	} {
		rows := order.FindAllStringSubmatch(screen(a, size[0], size[1]), -1)
		if len(rows) == 0 || rows[0][1] != first {
			t.Errorf("%v: got %q, want %s first\n%s", size, rows, first, screen(a, size[0], size[1]))
		}
	}
}

// TestARegionThatIsDownIsToldOnce and not also as one that is sent more than it can carry.
func TestARegionThatIsDownIsToldOnce(t *testing.T) {
	r := evacuatedAgent(t).reading()
	is := func(text string) bool { return strings.HasPrefix(text, "eu-west-1 is sent") }
	if !slices.ContainsFunc(r.Status.Warnings(), is) {
		t.Fatalf("got %q", r.Status.Warnings())
	}
	r.Status.Regions[1].Verdict, r.Status.Regions[1].Ready = "not known", 0
	if slices.ContainsFunc(r.Status.Warnings(), is) {
		t.Errorf("got %q of a region of which nobody has said anything", r.Status.Warnings())
	}
	r.Status.Regions[1].Ready = 0.1
	if !slices.ContainsFunc(r.Status.Warnings(), is) {
		t.Errorf("got %q of a region that has said what it can carry", r.Status.Warnings())
	}
	if r.Status.Regions[1].Verdict = "down"; slices.ContainsFunc(r.Status.Warnings(), is) {
		t.Errorf("got %q of a region that is down", r.Status.Warnings())
	}
}

// TestADryRunHasLedNobodyAway and what is told of it says so, before the order and after it: that
// a region is left by the log alone, and that the agents' own name servers go by that, where they
// have any. Where executors do something it is told as before.
func TestADryRunHasLedNobodyAway(t *testing.T) {
	const was = "us-east-1 was evacuated in a dry run: what leads users there was not changed by an " +
		"executor"
	const also = ", and the agents' own name servers lead them elsewhere"
	const dns = "The agents' own name servers do change what they answer"
	for _, c := range []struct{ dry, answers bool }{{}, {true, false}, {true, true}, {false, true}} {
		p := evacuatedAgent(t)
		if p.view.Answers = c.answers; c.dry {
			dry(p)
		}
		for _, size := range sizes {
			a := watching(t, p.reading())
			text := flat(screen(a, size[0], max(size[1], 24)))
			if strings.Contains(text, was) != c.dry || strings.Contains(text, also) != (c.dry && c.answers) {
				t.Errorf("%+v, %v: got\n%s", c, size, text)
			}
			press(a, ":evacuate eu-west-1<enter>")
			text = flat(screen(a, size[0], size[1]))
			if strings.Contains(text, dns) != (c.dry && c.answers) {
				t.Errorf("%+v, %v: got\n%s", c, size, text)
			}
		}
		r := p.reading()
		r.Status.Regions[0].Verdict = "down"
		text := flat(screen(watching(t, r), 120, 36))
		goes := "and was evacuated: its traffic goes to eu-west-1, ap-southeast-1"
		if c.dry {
			goes = "and was evacuated in a dry run: its traffic would go to eu-west-1, ap-southeast-1"
		}
		if !strings.Contains(text, goes) {
			t.Errorf("%+v: got\n%s\nwant %q", c, text, goes)
		}
	}
}

// TestAnOrderThatWillBeRefusedSaysSo before it is given, in the agents' own words: a failback
// before its time, planned work in a region that is down, and an abort without a plan.
func TestAnOrderThatWillBeRefusedSaysSo(t *testing.T) {
	const refused = "! The agents will refuse it: "
	back := evacuatedAgent(t)
	from := time.Duration(back.view.State.Now)
	back.runs(from+time.Second, from+95*time.Second, model.RegionSet(0).With(0))
	back.runs(from+100*time.Second, from+200*time.Second, 0)
	lost := losing(t, model.Manual)
	for _, c := range []struct {
		p          *pretended
		keys, want string
	}{
		{back, ":failback us-east-1<enter>", "that region has not been back for as long as the policy " +
			"wants: it is in "},
		{lost, ":switchover eu-west-1<enter>", "a quorum sees down what would be left"},
		{lost, ":abort<enter>", "no plan is running."},
		{lost, ":failover eu-west-1<enter>", ""},
		{lost, ":pause<enter>", ""},
	} {
		for _, size := range sizes {
			a := watching(t, c.p.reading())
			press(a, c.keys)
			text := flat(screen(a, size[0], size[1]))
			if is := strings.Contains(text, refused); is != (c.want != "") ||
				is && !strings.Contains(text, refused+c.want) {
				t.Errorf("%s, %v: got\n%s\nwant %q", c.keys, size, text, c.want)
			}
		}
		r := c.p.reading() // Nobody answers: what was so then is not what they will do.
		r.Err = errors.New("no answer")
		a := watching(t, r)
		press(a, c.keys)
		if text := flat(screen(a, 120, 36)); strings.Contains(text, refused) {
			t.Errorf("%s: got\n%s", c.keys, text)
		}
	}
}

// TestARefusedCommandGivesWay to the next one, whether that is typed with its colon or without; a
// letter of it can be mended all the same.
func TestARefusedCommandGivesWay(t *testing.T) {
	for keys, want := range map[string]string{
		":nonsense<enter>:abort<enter>": "abort", ":nonsense<enter>abort<enter>": "abort",
		":aborx<enter><backspace>t<enter>": "abort", ":nonsense<enter><esc>:pause<enter>": "pause",
	} {
		a := watching(t, losing(t, model.Automatic).reading())
		press(a, keys)
		if a.live.form == nil || a.live.form.Verb != want {
			t.Errorf("%s: got %q, want the form of %s", keys, a.prompt.text, want)
		}
	}
}
