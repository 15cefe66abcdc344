package tui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// TestANarrowScreenSaysThatItRefines reads the least screen while a comparison goes on.
func TestANarrowScreenSaysThatItRefines(t *testing.T) {
	a, err := New(Options{
		Scenario: "ecommerce-three-region", Theme: &canvas.Bare,
		Edits: []scenarios.Edit{{Path: "run.trials", Value: "900000"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	a.Take(a.Next())
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "refining") || !strings.Contains(text, "coarse; * unverified") {
		t.Errorf("got\n%s\nwant that it refines what is coarse", text)
	}
}

// TestALowScreenSaysWhichIsRecommended reads the least screen once all was simulated.
func TestALowScreenSaysWhichIsRecommended(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "★ read-local is recommended; done") {
		t.Errorf("got\n%s\nwant which strategy is recommended", text)
	}
}

// TestALowScreenHasAllOfTheComparison scrolls the least screen down to its end: every objective and
// the last reason are seen, and it says how much is left and by which key.
func TestALowScreenHasAllOfTheComparison(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	first := screen(a, leastWidth, leastHeight)
	if !strings.Contains(first, "more lines (j)") {
		t.Errorf("got\n%s\nwant how many more lines there are", first)
	}
	seen := first
	for range 60 {
		a.Key("j")
		seen += screen(a, leastWidth, leastHeight)
	}
	last := screen(a, leastWidth, leastHeight)
	why := a.why(leastWidth - 2)
	for _, want := range []string{"RTO ≤ 5m", "RPO ≤ 1m", "✓ 100.0 %", why[0], why[len(why)-1]} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is never seen", want)
		}
	}
	if !strings.Contains(last, why[len(why)-1]) || strings.Contains(last, "more lines") {
		t.Errorf("got\n%s\nwant the end", last)
	}
	for range 60 {
		a.Key("k")
	}
	if text := screen(a, leastWidth, leastHeight); text != first {
		t.Errorf("got\n%s\nwant the beginning\n%s", text, first)
	}
}

// TestTheAnswerSaysWhatItHasNoRoomFor reads the values on the least screen: the objectives that are
// left out stand in the comparison, and it says so.
func TestTheAnswerSaysWhatItHasNoRoomFor(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	a.Key("2")
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "5 more, intervals: Compare 1") {
		t.Errorf("got\n%s\nwant how many more there are, and where", text)
	}
}

// TestANarrowHeadSaysWhatIsChanged counts what a person changed on every screen, however long the
// name of the scenario is.
func TestANarrowHeadSaysWhatIsChanged(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2ljl")
	for width, want := range map[int]string{
		leastWidth: " ecommerce-three-region *2 ", 80: " ecommerce-three-region *2 ",
		120: "redoubt  ecommerce-three-region *2 changed ",
	} {
		head, _, _ := strings.Cut(screen(a, width, leastHeight), "\n")
		if !strings.Contains(head, want) {
			t.Errorf("with %d columns: got %q, want %q", width, head, want)
		}
	}
}

// TestADescriptionThatIsCutSaysSo reads the descriptions of the library, in the lists that have
// them: each is there to its end, or says how much more there is and the key that leads to it.
func TestADescriptionThatIsCutSaysSo(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	cut := 0
	for _, keys := range []string{"6", "3<enter>"} {
		press(a, keys)
		settle(a)
		for range 20 {
			for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 36}} {
				text := screen(a, size[0], size[1])
				rows := strings.Split(text[strings.LastIndex(text, "\n ─ "):], "\n")
				last := strings.TrimSpace(strings.Join(rows[2:len(rows)-2], " "))
				more := strings.HasSuffix(last, "more lines (J)")
				if more {
					cut++
					press(a, "JJJJJJJJJJJJJJJ")
					scrolled := screen(a, size[0], size[1])
					rows = strings.Split(scrolled[strings.LastIndex(scrolled, "\n ─ "):], "\n")
					last = strings.TrimSpace(strings.Join(rows[2:len(rows)-2], " "))
					press(a, "KKKKKKKKKKKKKKK")
				}
				if !strings.HasSuffix(last, ".") || more != strings.Contains(text, "J/K more of it") ||
					screen(a, size[0], size[1]) != text {
					t.Errorf("got\n%s\nwant a description with its end, or what leads to that", text)
				}
			}
			press(a, "JJJj")
			s := &a.views[5].(*pickerView).shelf
			at60 := screen(a, 60, 16) // A wide screen scrolls nothing.
			text := flat(screen(a, 200, 60))
			all := strings.Join(strings.Fields(s.left(a.library)[s.at].Description), " ")
			if a.run.list == nil && (!strings.Contains(text, all) ||
				!strings.Contains(at60, "\n "+all[:20])) {
				t.Errorf("got\n%s\nand\n%s\nwant the description from its beginning, %q", text, at60, all)
			}
		}
	}
	if cut == 0 {
		t.Error("every description has room: nothing was tried")
	}
}

// TestALowScreenHasAllOfTheHelp scrolls the help to its end on the least screen: it says how much
// is left, and what a key does is never cut off.
func TestALowScreenHasAllOfTheHelp(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	a.Key("?")
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "more lines (j)") {
		t.Errorf("got\n%s\nwant how many more lines there are", text)
	}
	for range 120 {
		rows := strings.Split(screen(a, leastWidth, leastHeight), "\n")
		for _, row := range rows[1 : leastHeight-2] { // The help is between the bars.
			if strings.Contains(row, "…") {
				t.Fatalf("%q is cut off", row)
			}
		}
		a.Key("j")
	}
	text = screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "y copies it.") || strings.Contains(text, "more lines") {
		t.Errorf("got\n%s\nwant the end", text)
	}
}

// TestALowScreenHasAllOfTheTopology scrolls the ways between five regions on the least screen:
// those of the last one are seen, and where they are from, and nothing is cut in silence.
func TestALowScreenHasAllOfTheTopology(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, ":play cloudflare-2024-03-26<enter>4")
	first := screen(a, leastWidth, leastHeight)
	if !strings.Contains(first, "more lines (L)") || strings.Contains(first, "lanes") {
		t.Errorf("got\n%s\nwant how many more lines there are", first)
	}
	regions := a.run.other.scenario.Regions
	ways, name, last, moves := false, "\n "+regions[len(regions)-1].Name, first, 0
	for ; strings.Contains(last, "more lines") && moves < 40; moves++ {
		press(a, "L")
		last = screen(a, leastWidth, leastHeight)
		_, below, seen := strings.Cut(last, "round trip to")
		ways = ways || seen && strings.Contains(below, name)
	}
	if !ways || moves == 40 || !strings.Contains(last, "(latency_aws.csv)") {
		t.Errorf("got\n%s\nwant the end, and the ways to%s before it: %v", last, name, ways)
	}
	press(a, strings.Repeat("H", moves))
	if text := screen(a, leastWidth, leastHeight); text != first {
		t.Errorf("got\n%s\nwant the beginning\n%s", text, first)
	}
	if text := screen(a, 80, 24); strings.Contains(text, "more lines") {
		t.Errorf("got\n%s\nwant all of it", text)
	}
}

// TestALowScreenHasAllThatIsToldOfAMoment stands at a moment of which more is told than there is
// room for, and scrolls to the end: nothing of it is reached by copying alone.
func TestALowScreenHasAllThatIsToldOfAMoment(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3")
	settle(a)
	for !strings.Contains(entryText(&a.run.entries()[a.run.at]), "failover of us-east-1") {
		a.Key("j")
	}
	first := screen(a, leastWidth, leastHeight)
	seen, moves := "", 0
	for ; moves < 40; moves++ {
		text := screen(a, leastWidth, leastHeight)
		seen += " " + text
		if !strings.Contains(text, "more lines (J)") {
			break
		}
		if !strings.Contains(text, "J/K gates") {
			t.Fatalf("got\n%s\nwant the keys in the last line", text)
		}
		a.Key("J")
	}
	told := a.run.explanation()
	seen = strings.Join(strings.Fields(seen), " ")
	for _, scope := range told.Scopes {
		words := strings.Fields(scope.Conclusion) // Its rows are seen one after the other.
		last := strings.Join(words[len(words)-3:], " ")
		if !strings.Contains(seen, "‖ in flight") || !strings.Contains(seen, last) {
			t.Errorf("nowhere is %q seen\n%s", last, seen)
		}
	}
	if moves == 0 || moves == 40 || len(told.Scopes) == 0 {
		t.Errorf("%d moves led to the end of %d scopes\n%s", moves, len(told.Scopes), first)
	}
	press(a, strings.Repeat("K", moves))
	if text := screen(a, leastWidth, leastHeight); text != first {
		t.Errorf("got\n%s\nwant the beginning\n%s", text, first)
	}
	press(a, "JJj")
	if a.run.below != 2 {
		t.Errorf("scrolled by %d before another moment is drawn", a.run.below)
	}
	if screen(a, leastWidth, leastHeight); a.run.below != 0 {
		t.Error("another moment begins in its middle")
	}
	if press(a, "y"); !strings.Contains(a.Copied, "redoubt simulate") ||
		!strings.Contains(a.Copied, "--explain ") {
		t.Errorf("y copies %q", a.Copied)
	}
}

// TestALowScreenHasAllThatAnEntrySays scrolls through an entry of the log that says more than there
// is room for: the list gives it rows, and nothing of it is cut in silence.
func TestALowScreenHasAllThatAnEntrySays(t *testing.T) {
	heard := losing(t, model.Automatic).reading()
	last := &heard.Entries[len(heard.Entries)-1]
	last.Changes = nil
	for i := range 20 {
		last.Changes = append(last.Changes, fmt.Sprintf("change number %02d", i))
	}
	a := watching(t, heard)
	press(a, "3")
	seen, more := "", true
	for moves := 0; more && moves < 40; moves++ {
		text := screen(a, leastWidth, leastHeight)
		if seen += text; moves > 0 {
			a.Key("J")
		}
		more = strings.Contains(text, "more lines (J)")
	}
	for _, change := range last.Changes {
		if !strings.Contains(seen, "  "+change) {
			t.Errorf("nowhere is %q seen", change)
		}
	}
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "change number 19") || strings.Contains(text, "more lines") ||
		!strings.Contains(text, "J/K more of it") {
		t.Errorf("got\n%s\nwant the end of the entry", text)
	}
	press(a, "k")
	if text := screen(a, leastWidth, leastHeight); strings.Contains(text, "change number") {
		t.Errorf("got\n%s\nwant another entry", text)
	}
}

// TestEveryScreenSaysWhatRegionsCanCarry in a column, or below the table where there is no room for
// that.
func TestEveryScreenSaysWhatRegionsCanCarry(t *testing.T) {
	heard := losing(t, model.Automatic).reading()
	a := watching(t, heard)
	for width, below := range map[int]bool{leastWidth: true, 80: false, 100: false, 200: false} {
		text := screen(a, width, 60)
		words := strings.Join(strings.Fields(text), " ")
		if strings.Contains(text, "can carry: ") != below || !strings.Contains(text, "can carry") {
			t.Errorf("%d columns: want it below the table: %v\n%s", width, below, text)
		}
		for _, r := range heard.Status.Regions {
			row := regexp.MustCompile(`\n +` + r.Region + ` .* heard +(\d+ % +)?` + r.CanCarry())
			if r.Role != "witness" && !row.MatchString(text) &&
				!strings.Contains(words, r.Region+" "+r.CanCarry()) {
				t.Errorf("%d columns: nowhere is what %s can carry\n%s", width, r.Region, text)
			}
		}
	}
}

// TestAWideScreenKeepsTheSidesTogether in every view that has two of them: what is held against
// each other is never further apart than in the comparison, and who is better stands beside it.
func TestAWideScreenKeepsTheSidesTogether(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, width := range []int{60, 80, 120, 158, 160, 200, 400} {
		for _, view := range []string{"1", "2"} {
			press(a, view)
			text := screen(a, width, 36)
			for _, line := range strings.Split(text, "\n") {
				one, other := strings.Index(line, "◀ "), strings.Index(line, "▶ ")
				if one >= 0 && other > one && canvas.Width(line[one:other]) > mostWidth/2 {
					t.Errorf("view %s, %d columns: the sides are far apart: %q", view, width, line)
				}
			}
			if wide := view == "1" || width > leversWidth+mostWidth+3; wide !=
				strings.Contains(text, "▶ $45k") {
				t.Errorf("view %s, %d columns: who is better is said: %v\n%s", view, width, !wide, text)
			}
		}
	}
}

// TestRegionsHaveWhatIsSentBesideWhatIsCarried in calm too, on every screen, and "?" where nobody
// knows; a run, which says nothing of that, has no such column.
func TestRegionsHaveWhatIsSentBesideWhatIsCarried(t *testing.T) {
	r := losing(t, model.Automatic).reading()
	r.Status.Regions[1].Agent, r.Status.Regions[2].Ready = "lost", 1.25
	a := watching(t, r)
	press(a, "4")
	for _, size := range sizes {
		text := screen(a, size[0], size[1])
		for _, want := range []string{
			`\n +region +is +users +can carry`, `\n +us-east-1 +primary +100.0 % +100 %`,
			`\n +eu-west-1 +standby, leads +0.0 % +\?`, `\n +ap-southeast-1 +standby +0.0 % +125 %`,
		} {
			if !regexp.MustCompile(want).MatchString(text) {
				t.Errorf("%v: want %q\n%s", size, want, text)
			}
		}
	}
	run := opening(t, "ecommerce-three-region", quick...)
	press(run, "4")
	settle(run)
	if text := screen(run, 80, 24); strings.Contains(text, "can carry") {
		t.Errorf("a run says nothing of that\n%s", text)
	}
}
