package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"redoubt/tui/canvas"
)

// themes are what views are drawn with.
var themes = []*canvas.Theme{&canvas.Dark, &canvas.Light, &canvas.NoColor}

// looks are how the letters of some screens look in each theme: a letter stands for one look in all
// of them, in the order in which they were met.
type looks struct {
	letters map[[3]string]byte
	legend  []string
	rows    []string
}

// keep adds a view at a size, and holds that each theme shows the same letters as none.
func (l *looks) keep(t *testing.T, a *App, name, bare string, size [2]int) {
	t.Helper()
	var codes [3][]string
	for i, theme := range themes {
		a.Theme(theme)
		colored := a.View(size[0], size[1])
		if ansi.Strip(colored) != bare {
			t.Errorf("%s: the theme %s shows other letters", name, theme.Name)
			return
		}
		codes[i] = codesOf(colored)
	}
	l.rows = append(l.rows, fmt.Sprintf("\n%dx%d", size[0], size[1]))
	at := 0
	for _, line := range strings.Split(bare, "\n") {
		row := ""
		for range line {
			row += string(l.letter([3]string{codes[0][at], codes[1][at], codes[2][at]}))
			at++
		}
		l.rows = append(l.rows, runs(row))
	}
}

// letter is that of a look: a dot for letters as they are.
func (l *looks) letter(look [3]string) byte {
	if look == [3]string{} {
		return '.'
	}
	if letter, has := l.letters[look]; has {
		return letter
	}
	if l.letters == nil {
		l.letters = map[[3]string]byte{}
	}
	letter := byte('a' + len(l.letters))
	l.letters[look] = letter
	row := string(letter)
	for i, theme := range themes {
		row += fmt.Sprintf("  %s %s", theme.Name, look[i])
	}
	l.legend = append(l.legend, row)
	return letter
}

// text is what is kept of them.
func (l *looks) text() string {
	return strings.Join(append(l.legend, l.rows...), "\n") + "\n"
}

// codesOf are the escapes that each letter of a screen is under, "" where it is under none.
func codesOf(screen string) (codes []string) {
	now := ""
	for i := 0; i < len(screen); {
		if code, is := strings.CutPrefix(screen[i:], "\x1b["); is {
			code, _, _ = strings.Cut(code, "m")
			i += len("\x1b[") + len(code) + len("m")
			if now = code; code == "0" {
				now = ""
			}
			continue
		}
		for _, r := range screen[i:] {
			if r != '\n' {
				codes = append(codes, now)
			}
			i += len(string(r))
			break
		}
	}
	return codes
}

// runs writes a row with how often each letter follows itself, without the dots at its end.
func runs(row string) string {
	row = strings.TrimRight(row, ".")
	var all []string
	for len(row) > 0 {
		rest := strings.TrimLeft(row, row[:1])
		all = append(all, fmt.Sprintf("%s%d", row[:1], len(row)-len(rest)))
		row = rest
	}
	if len(all) == 0 {
		return "."
	}
	return strings.Join(all, " ")
}

// TestLooksAreRead reads which letters are under which escapes.
func TestLooksAreRead(t *testing.T) {
	got := codesOf("a\x1b[1mb\x1b[0m\x1b[38;5;2mé\x1b[0m\nd")
	if want := "|1|38;5;2|"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
	if got := runs("..aaab.."); got != ".2 a3 b1" {
		t.Errorf("got %q, want .2 a3 b1", got)
	}
}
