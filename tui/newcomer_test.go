package tui

import (
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// What stood in the way of somebody who tried the program without its documents, in the window that
// a terminal opens with.

// TestAnAnswerThatTurnsIsSeen changes the revenue until another strategy is recommended: that it is
// another one stands beside the values, and no longer once that was saved or taken back.
func TestAnAnswerThatTurnsIsSeen(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2")
	told := func() string {
		return strings.Join(strings.Fields(rightOf(screen(a, 80, 24), 41)), " ")
	}
	if text := told(); !strings.Contains(text, "★ read-local is recommended") {
		t.Fatalf("got\n%s", text)
	}
	press(a, "<enter><ctrl+u>500k<enter>")
	settle(a)
	const turned = "★ single-region is recommended, no longer read-local"
	if text := told(); !strings.Contains(text, turned) {
		t.Errorf("got %s, want %s", text, turned)
	}
	if text := screen(a, 60, 16); !strings.Contains(text, turned) {
		t.Errorf("got\n%s\nwant %s", text, turned)
	}
	press(a, "1")
	if text := screen(a, 120, 36); !strings.Contains(text, turned+": ") {
		t.Errorf("got\n%s\nwant %s", text, turned)
	}
	press(a, "s<ctrl+u>"+t.TempDir()+"/mine.toml<enter>")
	if text := screen(a, 120, 36); strings.Contains(text, "no longer") {
		t.Errorf("got\n%s\nwant no word of what was before what is saved", text)
	}
}

// TestAnAnswerThatTurnsIsSeenAfterUndo takes a change back, and changes again before all trials of
// what was opened were simulated anew: what is recommended of that was known.
func TestAnAnswerThatTurnsIsSeenAfterUndo(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	const change = "2<enter><ctrl+u>500k<enter>"
	press(a, change)
	settle(a)
	press(a, "u")
	if a.Take(a.Next()); !a.coarse {
		t.Fatal("all trials were simulated at once")
	}
	press(a, change)
	settle(a)
	const turned = "★ single-region is recommended, no longer read-local"
	if text := screen(a, 200, 60); !strings.Contains(text, turned) {
		t.Errorf("got\n%s\nwant %q", text, turned)
	}
}

// TestWhatTurnedCoversNothing says what all trials say otherwise: which strategy is recommended
// stays beside it.
func TestWhatTurnedCoversNothing(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, view := range []string{"1", "2"} {
		press(a, view)
		for _, size := range sizes[1:] {
			a.turned, a.drawn = strings.TrimSpace(strings.Repeat("it turned ", 20)), ""
			text := strings.Join(strings.Fields(screen(a, size[0], size[1])), " ")
			for _, want := range []string{a.turned, "★ read-local is recommended"} {
				if !strings.Contains(text, want) {
					t.Errorf("view %s at %v: got %s\nwant %q", view, size, text, want)
				}
			}
		}
	}
}

// rightOf is what stands on a screen from a column on.
func rightOf(text string, column int) string {
	var right []string
	for _, line := range strings.Split(text, "\n") {
		letters := []rune(line)
		right = append(right, string(letters[min(column, len(letters)):]))
	}
	return strings.Join(right, "\n")
}

// TestViewsAreNamed in the window that a terminal opens with, and in the help.
func TestViewsAreNamed(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for key, want := range map[string]string{
		"1": "ecommerce-three-region  [1 Compare] 2 What-if  3 Time  4 Topo  5 Money  6 Scen",
		"6": " 1 Comp  2 What-if  3 Time  4 Topo  5 Money [6 Scenarios]",
	} {
		press(a, key)
		head, _, _ := strings.Cut(screen(a, 80, 24), "\n")
		if !strings.HasSuffix(strings.TrimRight(head, " "), want) {
			t.Errorf("got %q, want %q in it", head, want)
		}
	}
	press(a, "?")
	text := screen(a, 80, 24)
	for _, want := range []string{
		"The views: 1 Compare, 2 What-if, 3 Timeline, 4 Topology, 5 Money, 6 Scenarios",
		"j/k scroll  ?/esc close",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
}

// TestAmountsAreTakenAsTheyAreShown types amounts as the screen shows them and as people write
// them, and holds what the file then has, to the last digit.
func TestAmountsAreTakenAsTheyAreShown(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2")
	for _, test := range []struct{ typed, want string }{
		{"90.9M/yr", "$90.9M"}, {"$75.0M/yr", "$75.0M"}, {"100m", "$100M"}, {"120 M", "$120M"},
		{"1e9", "$1000000000"}, {"1.5e3k", "$1500k"}, {" $ 2 b / year", ""}, {"$2b/year", "$2B"},
		{"1,234,567.89", "$1,234,567.89"}, {"12,34", ""}, {"-5", ""}, {"inf", ""}, {"M", ""},
		{"90 apples", ""},
	} {
		before := editOf(a.study.edits, "business.revenue_per_year").Value
		if test.want == "" {
			test.want = before
		}
		press(a, "<enter><ctrl+u>"+test.typed+"<enter>")
		if got := editOf(a.study.edits, "business.revenue_per_year").Value; got != test.want {
			t.Errorf("%q is written %q, want %q", test.typed, got, test.want)
		}
		if refused := a.prompt != nil; refused != (test.want == before) {
			t.Errorf("%q: refused is %v", test.typed, refused)
		}
		if a.prompt != nil {
			press(a, "<esc>")
		}
	}
}

// TestAValueIsTypedOverTheOneThatIsShown begins with a letter, a paste, or a key that keeps the
// value to be changed in part; and goes on with what was refused.
func TestAValueIsTypedOverTheOneThatIsShown(t *testing.T) {
	for _, test := range []struct{ keys, pasted, want string }{
		{"", "", "$50M"}, {"115M", "", "115M"}, {"", "$115M", "$115M"}, {"<space>1", "", " 1"},
		{"<left><left>5", "", "$550M"}, {"<backspace>1M", "", "$501M"}, {"<end>0", "", "$50M0"},
		{"<ctrl+u>2M", "", "2M"}, {"abc<enter>d", "", "abcd"},
	} {
		a := opening(t, "business-case-50m", quick...)
		press(a, "2<enter>"+test.keys)
		a.Paste(test.pasted)
		if a.prompt == nil || a.prompt.text != test.want {
			t.Errorf("%s%s: got %+v, want %q", test.keys, test.pasted, a.prompt, test.want)
		}
	}
	a := opening(t, "business-case-50m", quick...)
	a.Theme(&canvas.Dark)
	press(a, "2<enter>")
	marked := a.View(80, 24)
	if press(a, "<end>"); a.View(80, 24) == marked {
		t.Error("a value that the next letter replaces looks as one that it is added to")
	}
}

// TestTheComparisonLeadsOnAndBack names in the comparison, at every size, the key of the view in
// which values are moved; whoever comes back from there sees what is recommended now, however far
// the reasons were scrolled.
func TestTheComparisonLeadsOnAndBack(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, size := range sizes {
		press(a, "1")
		lines := strings.Split(screen(a, size[0], size[1]), "\n")
		if foot := lines[size[1]-1]; !strings.Contains(foot, "tab what-if") {
			t.Errorf("got %q, want the key that leads on", foot)
		}
		if press(a, "<tab>"); a.views[a.at].title() != "What-if" {
			t.Errorf("it leads to %s", a.views[a.at].title())
		}
	}
	for _, view := range []string{"1", "2"} {
		press(a, view)
		if text := screen(a, 80, 24); !strings.Contains(text, "s save  ") {
			t.Errorf("got\n%s\nwant the key that saves", text)
		}
	}
	press(a, "1jjjjjj")
	if text := screen(a, 80, 24); strings.Contains(text, "★") {
		t.Fatalf("it is not scrolled away\n%s", text)
	}
	press(a, "2<enter>500k<enter>")
	settle(a)
	press(a, "1")
	if text := screen(a, 80, 24); !strings.Contains(text, "★ single-region is recommended, no") {
		t.Errorf("got\n%s\nwant what is recommended now", text)
	}
}

// TestViewsAreNamedOfAFileToo that has a long name: its end is seen, which says what it is.
func TestViewsAreNamedOfAFileToo(t *testing.T) {
	for edits, want := range []string{
		" …ee-region-changed.toml [1 Compare] 2 What-if  3 Time  4 Topo  5 Money  6 Scen",
		" …hree-region-changed.toml *1 [1 Compare] 2 What-if  3 Time  4 Topo  5 Money  6",
	} {
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, "2"+strings.Repeat("l", edits)+"1")
		a.study.name = "./ecommerce-three-region-changed.toml"
		head, _, _ := strings.Cut(screen(a, 80, 24), "\n")
		if strings.TrimRight(head, " ") != want {
			t.Errorf("%d changed: got %q, want %q", edits, head, want)
		}
	}
}

// TestWhatIsProposedIsTypedOver where a file is named, and in an order; what nothing was proposed
// for is not marked, and cursor keys keep what was.
func TestWhatIsProposedIsTypedOver(t *testing.T) {
	studied := func() *App { return opening(t, "business-case-50m", quick...) }
	watched := func() *App { return watching(t, losing(t, model.Manual).reading()) }
	const failover = "feu-west-1<enter>"
	for _, test := range []struct {
		app        func() *App
		keys, want string
		proposed   bool
	}{
		{studied, "s", "business-case-50m-changed.toml", true}, {studied, "sx.toml", "x.toml", false},
		{studied, "s<home>my-", "my-business-case-50m-changed.toml", false},
		{watched, failover, "20s", true}, {watched, failover + "any", "any", false},
		{watched, failover + "<enter>9", "9", false}, {watched, failover + "<end>9", "20s9", false},
		{watched, "f", "", false}, {watched, failover + "<enter><enter>", "", false},
	} {
		a := test.app()
		press(a, test.keys)
		if a.prompt == nil || a.prompt.text != test.want || a.prompt.proposed != test.proposed {
			t.Errorf("%s: got %+v, want %q, proposed %v", test.keys, a.prompt, test.want, test.proposed)
		}
	}
}

// TestAMistakeIsToldInFull where it takes more than a row: what is wrong with a value, and how one
// is written.
func TestAMistakeIsToldInFull(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2<enter><ctrl+u>abc<enter>")
	for _, size := range [][2]int{{60, 16}, {80, 24}} {
		text := screen(a, size[0], size[1])
		want := `! "abc" is not an amount: write for instance $1,200.50, $300k or $75M, ` +
			`above $0 and up to $1,000B`
		if got := strings.Join(strings.Fields(text), " "); !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %s", text, want)
		}
	}
	for _, beyond := range []string{"$0", "$999T"} {
		press(a, "<ctrl+u>"+beyond+"<enter>")
		if text := flat(screen(a, 80, 24)); !strings.Contains(text, "above $0 and up to $1,000B") {
			t.Errorf("%s: got\n%s\nwant what is taken", beyond, text)
		}
	}
	if text := screen(a, 50, 10); !strings.Contains(text, "press esc and q to leave") {
		t.Errorf("got\n%s\nwant the keys that count while something is typed", text)
	}
	press(a, "<esc>:frobnicate<enter>")
	const names = "? names them (compare, open, play, at, set, save, save!, mouse, quit, what-if,"
	if text := flat(screen(a, 80, 24)); !strings.Contains(text, names) {
		t.Errorf("got\n%s\nwant the commands that there are", text)
	}
	press(a, "<esc>y")
	a.say("%s", strings.Repeat("words ", 200))
	if text := screen(a, 60, 16); !strings.Contains(text, "…") || strings.Count(text, "words") > 4*10 {
		t.Errorf("got\n%s\nwant four rows, and that there is more", text)
	}
}

// TestWhatNeverBreaksEvenIsSaidSo in the bill too, which had an infinite number of hours.
func TestWhatNeverBreaksEvenIsSaidSo(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2<enter><ctrl+u>500k<enter>5")
	settle(a)
	row := lineOf(rightOf(screen(a, 80, 24), 41), "breakeven h")
	if r := a.result(model.ActiveActive); !strings.HasSuffix(strings.TrimSpace(row), " never") {
		t.Errorf("got %q of %v hours", row, r.Case.BreakevenHours)
	}
}

// TestWhatIsDownStandsFirst among the gates, wherever the scenario has it: whoever opens them sees
// why it is not left.
func TestWhatIsDownStandsFirst(t *testing.T) {
	heard := losing(t, model.Manual).reading()
	calm := agentOf(t, model.Manual)
	calm.runs(time.Second, 11*time.Second, 0)
	up := calm.reading().Account.Scopes[0]
	up.Scope = "a region that is up"
	heard.Account.Scopes = append([]api.ScopeAccount{up}, heard.Account.Scopes...)
	a := watching(t, heard)
	press(a, "2")
	text := screen(a, 120, 60)
	down, well := strings.Index(text, "To leave us-east-1 "), strings.Index(text, "To leave a region")
	if facts := strings.Index(text, "What is so"); down < 0 || well < down || facts < well {
		t.Errorf("got\n%s\nwant us-east-1 first, then what is up, then the facts", text)
	}
}

// TestACommandTakesWhatIsShown sets a value by the command line as a slider takes it and a screen
// shows it; a value that is no amount is refused as it was typed.
func TestACommandTakesWhatIsShown(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, test := range []struct{ value, problem string }{
		{"$90.9M/yr", ""}, {"100m", ""}, {"1.2e8", ""}, {"$75.0M/yr", ""}, {"abc", `"abc" is not`},
	} {
		press(a, ":set business.revenue_per_year="+test.value+"<enter>")
		if p := a.prompt; test.problem != "" {
			if p == nil || !strings.Contains(p.problem, test.problem) ||
				!strings.Contains(p.problem, "$75M/year") {
				t.Errorf("%s: got %+v, want %q and what is taken", test.value, p, test.problem)
			}
			press(a, "<esc>")
			continue
		}
		_, want, _ := scenarios.Amount(test.value)
		if got := a.study.scenario.Business.RevenuePerYear.USD(); a.prompt != nil || got != want {
			t.Errorf("%s: the revenue is %v, want %v", test.value, got, want)
		}
		settle(a)
	}
	press(a, ":set routing.ttl=90<enter>") // It is refused for what it is, and not as an amount.
	if p := a.prompt; p == nil || strings.Contains(p.problem, "$") {
		t.Errorf("got %+v, want that 90 has no unit", p)
	}
}
