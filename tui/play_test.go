package tui

import (
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/tui/canvas"
)

// TestAnIncidentIsPlayed picks a published outage from the list, walks it, and goes back to what is
// compared, which has stayed.
func TestAnIncidentIsPlayed(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	compared, pair := a.shown, a.pair
	press(a, "3<enter>")
	settle(a)
	press(a, "/github<enter><enter>j")
	text := screen(a, 120, 36)
	for _, want := range []string{"hot-standby", "github-2018-10-21, seed 1", "us-west"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
	if press(a, "y"); !strings.HasPrefix(a.Copied,
		"redoubt simulate github-2018-10-21 --strategy hot-standby --seed 1 --explain ") {
		t.Errorf("copied %q", a.Copied)
	}
	press(a, "4")
	if text := screen(a, 120, 36); !strings.Contains(text, a.run.other.scenario.Regions[1].Name) {
		t.Errorf("got\n%s\nwant the regions of the outage", text)
	}
	press(a, "3lx")
	if is := a.run.told.of; is.seed != 2 || is.kind == model.HotStandby || is.scenario.Name !=
		"github-2018-10-21" {
		t.Errorf("got %s of %s with seed %d", is.kind, is.scenario.Name, is.seed)
	}
	if a.shown != compared || a.pair != pair {
		t.Error("what is compared has changed")
	}
	press(a, "<esc>")
	if is := a.run.told.of; is.scenario != a.study.scenario || is.kind != a.pair[0] {
		t.Errorf("esc leads to %s of %s", is.kind, is.scenario.Name)
	}
}

// TestNoLaneIsHiddenInSilence reads all lanes of a run in windows of several heights, by the key
// that the window says.
func TestNoLaneIsHiddenInSilence(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3jjjjjjj")
	for _, test := range []struct {
		width, height, pages int
		says                 string
	}{
		{60, 16, 4, "8 lanes: L"}, {120, 16, 2, "8 lanes: L"},
		{80, 24, 2, "lanes 1 to 6 of 8: H/L"}, {120, 36, 1, "not to scale"},
	} {
		if text := screen(a, test.width, test.height); !strings.Contains(text, test.says) {
			t.Errorf("%dx%d: got\n%s\nwant %q", test.width, test.height, text, test.says)
		}
		seen, pages := map[string]bool{}, 0
		for before := ""; ; pages++ {
			text := screen(a, test.width, test.height)
			if text == before {
				break
			}
			for _, lane := range a.run.allLanes() {
				seen[lane.name] = seen[lane.name] || strings.Contains(text, " "+lane.name+"  ")
			}
			before = text
			press(a, "L")
		}
		for name, is := range seen {
			if !is {
				t.Errorf("%dx%d: %s is never seen", test.width, test.height, name)
			}
		}
		if pages != test.pages || len(seen) != 8 {
			t.Errorf("%dx%d: %d pages of %d lanes, want %d of 8", test.width, test.height, pages, len(seen),
				test.pages)
		}
		press(a, "HHHH")
	}
	press(a, "4")
	if text := screen(a, 120, 36); strings.Contains(text, "H/L") {
		t.Errorf("got\n%s\nwant no key of lanes where there are none", text)
	}
}

// TestGameDaysArePlayed has the command line play a game day, with the strategy that it is of, and
// says what cannot be played.
func TestGameDaysArePlayed(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, ":play agent-lost<enter>")
	if is := a.run.told.of; a.at != 2 || is.name != "agent-lost" || is.kind != model.HotStandby {
		t.Errorf("view %d, %s of %q", a.at, is.kind, is.name)
	}
	press(a, "<enter><enter>") // The first of the list is what is compared.
	settle(a)
	press(a, "<enter>")
	if a.run.other != nil {
		t.Errorf("%s is still played", a.run.other.name)
	}
	press(a, ":play nothing-such<enter>")
	if text := screen(a, 200, 60); !strings.Contains(text, "no embedded scenario is named") {
		t.Errorf("got\n%s", text)
	}
}

// TestNoKeyWaitsForARun goes on while a run is played: what is shown is the one before, which is
// said.
func TestNoKeyWaitsForARun(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	a.Key("3")
	if text := screen(a, 120, 36); !a.Busy() || !strings.Contains(text, "playing …") {
		t.Errorf("got\n%s\nwant that a run is being played", text)
	}
	a.Key("y")
	if !strings.HasSuffix(a.Copied, "--strategy warm-standby --seed 1") {
		t.Errorf("copied %q", a.Copied)
	}
	settle(a)
	for range 3 { // The two in between are never played.
		a.Key("l")
	}
	text := screen(a, 120, 36)
	if !strings.Contains(text, "playing another run …; this is of seed 1") {
		t.Errorf("got\n%s\nwant that another run is being played", text)
	}
	settle(a)
	if a.run.told.of.seed != 4 || !strings.Contains(screen(a, 120, 36), "seed 4") {
		t.Errorf("got seed %d, want 4", a.run.told.of.seed)
	}
}

// TestKeysCountForTheRunThatIsOnItsWay presses keys faster than a run is played, and comes to where
// somebody comes who waits after each one.
func TestKeysCountForTheRunThatIsOnItsWay(t *testing.T) {
	for _, keys := range []string{
		"3jjjkj", "3kjj", "3jjlj", "3jjlhjjj", "3jx<pgdown>k", "4jj", "3j:play agent-lost<enter>jj",
		":at 5m<enter>", "3:at 5m<enter>", "3:at 6m10s<enter>kj", "3jjl..,:at 6m10s<enter>.",
	} {
		slow := opening(t, "ecommerce-three-region", quick...)
		press(slow, keys)
		settle(slow)
		fast := opening(t, "ecommerce-three-region", quick...)
		for rest := keys; rest != ""; {
			var key string
			key, rest = nextKey(rest)
			fast.Key(key)
			fast.View(120, 36)
		}
		settle(fast)
		if got, want := screen(fast, 120, 36), screen(slow, 120, 36); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", keys, got, want)
		}
		if is := slow.run.current(slow) && slow.run.at > 0; !is {
			t.Errorf("%s leads to entry %d, want one that keys have led to", keys, slow.run.at)
		}
	}
}

// TestATimeIsGoneToInARunThatIsOnItsWay types a time where no run was played yet, and one that the
// run does not have: it is told once it is known which it has.
func TestATimeIsGoneToInARunThatIsOnItsWay(t *testing.T) {
	for _, test := range []struct {
		keys, says string
		at         time.Duration
	}{
		{":at 5m<enter>", "", 5 * time.Minute}, {"4:at 5m<enter>", "", 5 * time.Minute},
		{":at 5m<enter>..", "", 5*time.Minute + 2*instantStep},
		{":at 9000h<enter>", "the run is told from T+", 0},
	} {
		a := opening(t, "ecommerce-three-region", quick...)
		for rest := test.keys; rest != ""; {
			var key string
			key, rest = nextKey(rest)
			a.Key(key)
		}
		if a.wrong || a.message != "" || a.prompt != nil {
			t.Errorf("%s: %q is said before there is a run", test.keys, a.message)
		}
		settle(a)
		at := a.run.instant()
		if test.at != 0 && at != test.at || !strings.HasPrefix(a.message, test.says) {
			t.Errorf("%s leads to %s and says %q, want %s and %q", test.keys, at, a.message, test.at,
				test.says)
		}
	}
}

// TestAKeyThatIsHeldDownIsForgottenInTheEnd holds one while no run comes.
func TestAKeyThatIsHeldDownIsForgottenInTheEnd(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	a.Key("3")
	for range aheadMost {
		a.Key("j")
	}
	if a.message != "" {
		t.Errorf("%q is said of what is kept", a.message)
	}
	if a.Key("j"); a.message != "the run is still being played" || len(a.run.ahead) != aheadMost {
		t.Errorf("%d are kept, and it says %q", len(a.run.ahead), a.message)
	}
}

// TestKeysCountBeforeTheLibraryIsRead moves in a list that is still being read.
func TestKeysCountBeforeTheLibraryIsRead(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, key := range []string{"6", "j", "j", "enter"} {
		a.Key(key)
	}
	if a.library != nil || a.message != "the library is still being read" {
		t.Errorf("got %q, want that the library is being read", a.message)
	}
	settle(a)
	from := a.views[5].(*pickerView)
	screen(a, 80, 24)
	list := from.listed(a)
	if from.at < 2 || list[from.at-2].Name != "ecommerce-three-region" {
		t.Errorf("the cursor is at %d of %d, want two below what is open", from.at, len(list))
	}
}

// TestAPlanWithoutATargetIsNamed writes a plan that leads to no one region, as an evacuation can.
func TestAPlanWithoutATargetIsNamed(t *testing.T) {
	plan := redoubt.RunningPlan{Kind: "evacuation", Region: "us-east-1"}
	v := timelineView{told: &told{run: &redoubt.Simulation{
		Timeline: []redoubt.Entry{{}}, Explanations: []redoubt.Explanation{{Plan: plan}},
	}}}
	grid := canvas.New(60, 4)
	v.gateLines(60).draw(grid.All(), 0, false)
	text := grid.String(&canvas.Bare)
	if !strings.Contains(text, "evacuation of us-east-1 runs since") {
		t.Errorf("got\n%s\nwant what is left", text)
	}
}
