package tui

import (
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
)

// TestACopiedQuestionIsAsked copies the commands of the views that agents feed, with the flags that
// the terminal asks them by itself: without those they are refused.
func TestACopiedQuestionIsAsked(t *testing.T) {
	p := agentOf(t, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	r := p.reading()
	a, err := New(Options{
		Theme: &canvas.Bare, Feed: feed.New(feed.Source{Address: r.Address}),
		Asker: []string{"--token-file", "my keys/otto"},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Take(Finding{reading: &r})
	for keys, verb := range map[string]string{"1": "status", "2": "explain", "3": "history"} {
		want := "redoubt " + verb + " --address " + r.Address + " --token-file 'my keys/otto'"
		if press(a, keys+"y"); a.Copied != want {
			t.Errorf("got %q, want %q", a.Copied, want)
		}
	}
	const both = "redoubt tui SCENARIO --connect 127.0.0.1:7402 --token-file 'my keys/otto' has both"
	if press(a, "s"); !strings.Contains(a.message, both) {
		t.Errorf("got %q, want %q", a.message, both)
	}
}

// TestAnOrderGoesWhereItCan warns of a move to where the writes are already, refuses a witness, and
// offers neither; of a region that is to be left, and of an agent, it takes them.
func TestAnOrderGoesWhereItCan(t *testing.T) {
	p := agentIn(t, "warm-standby-two-region", model.WarmStandby, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	r := p.reading()
	home, witness := r.Status.Primary, r.Status.Regions[2].Region
	other := r.Status.Regions[1].Region
	const there, vote = "is the primary already", "is a witness: it has a vote"
	for _, test := range []struct{ verb, region, told string }{
		{"failover", home, there}, {"switchover", home, there}, {"failback", home, there},
		{"drill", home, there}, {"dry-drill", home, there}, {"failover", other, ""},
		{"switchover", other, ""}, {"failback", other, ""}, {"veto", home, ""},
		{"failover", witness, vote}, {"veto", witness, vote}, {"remove-member", witness, ""},
	} {
		a := watching(t, r)
		press(a, ":"+test.verb+" "+test.region+"<enter>")
		text := flat(screen(a, 120, 36))
		for _, words := range []string{there, vote} {
			if strings.Contains(text, words) != (words == test.told) {
				t.Errorf("%s %s: is it said that it %s? got\n%s", test.verb, test.region, words, text)
			}
		}
		if (a.live.form.order.Region == "") != (test.told == vote) {
			t.Errorf("%s %s: the order is about %q", test.verb, test.region, a.live.form.order.Region)
		}
	}
	a := watching(t, r)
	press(a, "f")
	offered, inLine := a.prompt.complete(""), a.completions(":failover "[1:])
	press(a, "<esc>F")
	back := a.prompt.complete("")
	if strings.Join(offered, " ") != other || strings.Join(inLine, " ") != "failover "+other ||
		strings.Join(back, " ") != other {
		t.Errorf("%q, %q and %q are offered, want %s alone", offered, inLine, back, other)
	}
	r.Status.Plan = &api.PlanStatus{}
	a = watching(t, r)
	if press(a, ":failover "+home+"<enter>"); strings.Contains(screen(a, 120, 36), there) {
		t.Error("it is said of what a plan may have left halfway")
	}
}
