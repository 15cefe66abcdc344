package tui

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

var update = flag.Bool("update", os.Getenv("UPDATE") != "", "rewrite the golden screens")

// quick are the edits that have a comparison end soon.
var quick = []scenarios.Edit{{Path: "run.trials", Value: "60"}, {Path: "run.horizon", Value: "5y"}}

// opening is an App of a scenario, once all was found.
func opening(t testing.TB, name string, edits ...scenarios.Edit) *App {
	t.Helper()
	a, err := New(Options{Scenario: name, Edits: edits, Theme: &canvas.Bare})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	settle(a)
	return a
}

// settle waits until nothing runs.
func settle(a *App) {
	for a.Busy() {
		a.Take(a.Next())
	}
}

// press gives an App keys, words in angle brackets and all else letter by letter, each once the run
// that the one before asked for has been played.
func press(a *App, keys string) {
	for keys != "" {
		for a.engine.playing {
			a.Take(a.Next())
		}
		var key string
		key, keys = nextKey(keys)
		a.Key(key)
	}
	for a.engine.playing {
		a.Take(a.Next())
	}
}

// nextKey is the first of some keys, and those after it.
func nextKey(keys string) (key, rest string) {
	if end := strings.IndexByte(keys, '>'); keys[0] == '<' && end > 0 {
		return keys[1:end], keys[end+1:]
	}
	return keys[:1], keys[1:]
}

// screen is what an App shows, without escapes.
func screen(a *App, width, height int) string {
	a.drawn = ""
	return ansi.Strip(a.View(width, height))
}

// fits fails unless a screen has exactly its size.
func fits(t testing.TB, what, text string, width, height int) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) != height {
		t.Errorf("%s: %d lines, want %d", what, len(lines), height)
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got != width {
			t.Errorf("%s: line %d has %d columns, want %d: %q", what, i+1, got, width, line)
		}
	}
}

// golden holds a text against a file of testdata.
func golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}
