package session

import (
	"image/color"
	"strings"
	"testing"
)

// look is the screen with its escapes.
func (w *Terminal) look() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.screen.Render()
}

// The bar at the top as each theme has it.
const (
	darkBar, lightBar = "48;5;236", "48;5;254"
	noColorBar        = "\x1b[7m"
	anyColor          = ";5;"
)

// TestTheLooksFollowTheTerminal starts the command on a dark and on a light ground, with and
// without NO_COLOR and a theme of the person's choice, and looks for the colors of its bar.
func TestTheLooksFollowTheTerminal(t *testing.T) {
	for _, test := range []struct {
		name, environment string
		ground            color.Color
		arguments         []string
		has, lacks        string
	}{
		{"dark", "A=b", color.Black, nil, darkBar, lightBar},
		{"light", "A=b", color.White, nil, lightBar, darkBar},
		{"dark by choice", "A=b", color.White, []string{"--theme", "dark"}, darkBar, lightBar},
		{"NO_COLOR", "NO_COLOR=1", color.White, nil, noColorBar, anyColor},
		{"color by choice", "NO_COLOR=1", color.Black, []string{"--theme", "light"}, lightBar, darkBar},
	} {
		t.Run(test.name, func(t *testing.T) {
			// The ground has to be known before it is asked for, so that the command waits for a line.
			const waits = `read -r line; exec env "$@"`
			w := Start(t, "sh", usualWidth, usualHeight, append([]string{"-c", waits, "sh",
				test.environment, program, "tui", usual, "--set", "run.trials=60"}, test.arguments...)...)
			w.mutex.Lock()
			w.screen.SetBackgroundColor(test.ground)
			w.mutex.Unlock()
			w.Press("<enter>")
			w.Until("all that was simulated", finished)
			w.Press("2") // By then the terminal has said what its ground is.
			w.Shows("[2 What-if]")
			w.Until("a bar with "+test.has, func(string) bool {
				return strings.Contains(w.look(), test.has)
			})
			if look := w.look(); strings.Contains(look, test.lacks) {
				t.Errorf("got %q, want no %s in it", look, test.lacks)
			}
			w.Quits("q")
		})
	}
}
