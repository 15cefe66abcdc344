package tui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redoubt/levers"
	"redoubt/scenarios"
)

// TestChangesAreNotLost leaves with changes in it: it is asked once, each time that they differ.
func TestChangesAreNotLost(t *testing.T) {
	for _, test := range []struct {
		keys, says string
		done       bool
	}{
		{"q", "", true},
		{"2lluuq", "", true},
		{"2lq", "1 change is not saved: s saves, q again leaves", false},
		{"2ljlq", "2 changes are not saved", false},
		{"2lqq", "", true},
		{"2lqlq", "1 change is not saved", false},
		{"2l:quit<enter>", "1 change is not saved", false},
		{"2l<ctrl+c>", "", true},
		{"2l?<ctrl+c>", "", true},
		{"2l<enter>9<ctrl+c>", "", true},
		{"2l:set<ctrl+c>", "", true},
		{"6/re<ctrl+c>", "", true},
		{"2l:open case-management<enter>", "1 change is not saved", false},
		{"Lu:open case-management<enter>q", "", true},
	} {
		a := opening(t, "business-case-50m", quick...)
		if press(a, test.keys); a.Done != test.done {
			t.Errorf("after %s: done is %v", test.keys, a.Done)
		}
		if text := screen(a, 120, 36); !strings.Contains(text, test.says) {
			t.Errorf("after %s: got\n%s\nwant %q", test.keys, text, test.says)
		}
	}
}

// TestWhatLeavesIsTypedWhereItIsALetter binds other keys to leave: as long as something is typed
// letters are typed, and ctrl+c, which leaves no more, gives up the line.
func TestWhatLeavesIsTypedWhereItIsALetter(t *testing.T) {
	for _, test := range []struct {
		bound, typed string
		done, open   bool
	}{
		{"Q", "Q", false, true}, {"space", "space", false, true}, {"Q", "ctrl+c", false, false},
		{"ctrl+x", "ctrl+x", true, true},
	} {
		keys, err := NewKeymap(Bind("leave=" + test.bound))
		if err != nil {
			t.Fatal(err)
		}
		a := opening(t, "business-case-50m", quick...)
		a.keys = keys
		press(a, ":")
		if a.Key(test.typed); a.Done != test.done || (a.prompt != nil) != test.open {
			t.Errorf("leave=%s, and %s is typed: done is %v, the line %+v", test.bound, test.typed, a.Done,
				a.prompt)
		}
	}
}

// TestOpeningAgainDropsChanges opens another scenario twice, and saves in between.
func TestOpeningAgainDropsChanges(t *testing.T) {
	a := opening(t, "business-case-50m", quick...)
	press(a, "2l:open case-management<enter>")
	if a.study.name != "business-case-50m" {
		t.Fatal("the changes were dropped")
	}
	if press(a, ":open case-management<enter>"); a.study.name != "case-management" {
		t.Errorf("%s is still open", a.study.name)
	}
	path := filepath.Join(t.TempDir(), "mine.toml")
	if press(a, "2ls<ctrl+u>"+path+"<enter>q"); !a.Done {
		t.Errorf("what is saved is asked for:\n%s", screen(a, 120, 36))
	}
}

// TestSavesAgain saves what was changed since into the file that was saved before, which is what is
// proposed, and not once somebody else has written into that.
func TestSavesAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	a := opening(t, "business-case-50m", quick...)
	press(a, "2ls<ctrl+u>theirs.toml<enter>l")
	changed := a.study.scenario.Business.RevenuePerYear
	if press(a, "s"); a.prompt == nil || a.prompt.text != "theirs.toml" {
		t.Fatalf("got\n%s\nwant the file of before to be proposed", screen(a, 120, 36))
	}
	press(a, "<enter>")
	saved, err := scenarios.Load("./theirs.toml")
	if err != nil || saved.Business.RevenuePerYear != changed || a.study.unsaved() != 0 {
		t.Fatalf("saved again: %v, got\n%s", err, screen(a, 120, 36))
	}
	const theirs = "somebody else's"
	if err := os.WriteFile("theirs.toml", []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	press(a, "ls<enter>")
	there, err := os.ReadFile("theirs.toml")
	if text := screen(a, 120, 36); err != nil || string(there) != theirs ||
		!strings.Contains(text, "is there already") {
		t.Errorf("%v, the file is %q; got\n%s", err, there, text)
	}
}

// TestResetOfNothingIsNoStep resets what is as it was, and undoes what was changed before.
func TestResetOfNothingIsNoStep(t *testing.T) {
	a := opening(t, "business-case-50m", quick...)
	opened := slices.Clone(a.study.edits)
	press(a, "2ljjr")
	if text := screen(a, 120, 36); !strings.Contains(text, "nothing is changed by that") {
		t.Errorf("got\n%s\nwant that nothing is changed", text)
	}
	if press(a, "u"); !slices.Equal(a.study.edits, opened) {
		t.Errorf("after u: %v, want %v", a.study.edits, opened)
	}
	if press(a, "ljjllR"); len(a.study.before) != 3 || !slices.Equal(a.study.edits, opened) {
		t.Errorf("after R: %d steps and %v, want 3 and %v", len(a.study.before), a.study.edits, opened)
	}
	if press(a, "R"); len(a.study.before) != 3 {
		t.Errorf("%d steps can be undone, want those 3", len(a.study.before))
	}
	if press(a, "u"); a.study.unsaved() != 2 {
		t.Errorf("after u: %v, want the changes of before", a.study.edits)
	}
}

// TestResetKeepsWhatWasOpened resets values of which the command line has said what they are: they
// are what they were opened with, and nothing is changed.
func TestResetKeepsWhatWasOpened(t *testing.T) {
	opened := append(slices.Clone(quick), scenarios.Edit{Path: "routing.ttl", Value: "30s"})
	a := opening(t, "business-case-50m", opened...)
	ttl := slices.IndexFunc(a.levers(), func(l levers.Lever) bool { return l.Path == "routing.ttl" })
	downs := strings.Repeat("j", ttl)
	press(a, "2L"+downs+"Lr")
	if now := editOf(a.study.edits, "routing.ttl"); now.Value != "30s" || a.study.unsaved() != 1 {
		t.Errorf("after r: %q and %d changed, want 30s and the revenue", now.Value, a.study.unsaved())
	}
	if press(a, "LR"); !slices.Equal(a.study.edits, opened) || a.study.unsaved() != 0 {
		t.Errorf("after R: %v, want %v", a.study.edits, opened)
	}
	if text := screen(a, 120, 36); strings.Contains(text, "changed") {
		t.Errorf("got\n%s\nwant nothing to be called changed", text)
	}
}
