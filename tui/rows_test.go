package tui

import (
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// TestEveryLiveViewHasItsRows on the least screen and on a common one, in calm, in an outage and
// with a plan that runs: half of them at least, and first what whoever looks there asks about.
func TestEveryLiveViewHasItsRows(t *testing.T) {
	calm := agentOf(t, model.Manual)
	calm.runs(time.Second, 61*time.Second, 0)
	for _, scene := range []struct {
		name string
		p    *pretended
		// first is what the body of each view has, in their order.
		first [5]string
		rows  int
	}{
		{"calm", calm, [5]string{
			"us-east-1 primary ▲ up", "nothing is done: a quorum sees us-east-1 up",
			"10 03:00:01", "us-east-1 primary 100.0 %", "No plan runs",
		}, 10},
		{"outage", losing(t, model.Manual), [5]string{
			"us-east-1 primary ▼ down", "nothing is done: approval holds", "131 03:01:16",
			"us-east-1 primary 100.0 %", "No plan runs",
		}, 8},
		{"plan", goingOn(t), [5]string{
			"· promote orders pending for 21s", "the failover of us-east-1 to eu-west-1 is under way",
			"159 03:01:32", "down for 1m21s", "▒ promote orders has waited",
		}, 8},
	} {
		a := watching(t, scene.p.reading())
		for i, v := range a.views {
			press(a, viewKeys[i:i+1])
			for _, size := range [][2]int{{60, 16}, {80, 24}} {
				above, _ := a.banners().within(size[0]-2, size[1]-4, "j")
				text := screen(a, size[0], size[1])
				body := strings.Split(text, "\n")[2+len(above)+1 : size[1]-2]
				if len(body) < scene.rows || len(body)*2 < size[1]-4 {
					t.Errorf("%s at %v, %s: %d rows\n%s", v.title(), size, scene.name, len(body), text)
				}
				if want := scene.first[i]; !strings.Contains(flat(strings.Join(body, "\n")), want) {
					t.Errorf("%s at %v, %s: want %q\n%s", v.title(), size, scene.name, want, text)
				}
			}
		}
	}
}

// TestAShortSummaryStandsWhereItSavesRows and has all that the long one has.
func TestAShortSummaryStandsWhereItSavesRows(t *testing.T) {
	s := goingOn(t).reading().Status
	b := banner{piece{text: summary(s)}, shortSummary(s)}
	for width, short := range map[int]bool{58: true, 78: false, 198: false} {
		if got := b.in(width); strings.HasPrefix(got, "automatic ·") != short {
			t.Errorf("in %d columns: got %q", width, got)
		}
	}
	s.Paused, s.Plan, s.Serving = true, nil, []string{"eu-west-1", "us-east-1"}
	s.DrySteps = []string{"scale"}
	const want = "automatic · paused · primary us-east-1 · serving eu-west-1 us-east-1 · leader " +
		"eu-west-1 · epoch 2 · dry run of scale"
	if got := shortSummary(s); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Serving, s.Primary = nil, ""
	if got := shortSummary(s); !strings.Contains(got, "serving nobody") {
		t.Errorf("got %q, want that nobody serves", got)
	}
}

// TestStepsThatAreBehindALowPlanHaveOneLine, and one that failed, which people ask about, its own.
func TestStepsThatAreBehindALowPlanHaveOneLine(t *testing.T) {
	r := goingOn(t).reading()
	for status, want := range map[string]string{
		"done":   "✓ freeze ✓ fence orders ✓ scale · promote",
		"spared": "✓ freeze ✓ fence orders – scale · promote",
		"failed": "✓ freeze ✓ fence orders ✗ scale failed",
	} {
		r.Status.Plan.Steps[2].Status = status
		a := watching(t, r)
		if text := flat(screen(a, 60, 16)); !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
		if text := flat(screen(a, 80, 24)); !strings.Contains(text, "✓ freeze done at +13s eu-west-1") {
			t.Errorf("got\n%s\nwant all that is known of each step", text)
		}
	}
}
