package session

import (
	"strings"
	"testing"
	"time"
)

// A window is made wider and narrower, and each view after that is what a window that always had
// that size shows: no letter is left of what was there before.
func TestASizeLeavesNothingOfTheOneBefore(t *testing.T) {
	arguments := append([]string{"tui", usual}, quick...)
	done := func(screen string) bool {
		is := strings.Contains(screen, "done, ") || strings.Contains(screen, "done; ")
		return is && !strings.Contains(screen, "refining")
	}
	for _, size := range [][4]int{{100, 24, 140, 24}, {80, 24, 200, 60}, {120, 36, 64, 18}} {
		w := start(t, size[0], size[1], arguments...)
		w.Until("all that was simulated", done)
		always := start(t, size[2], size[3], arguments...)
		always.Until("all that was simulated", done)
		w.Press("3")
		w.Shows("T+0s") // The fullest view.
		w.Resize(size[2], size[3])
		time.Sleep(time.Second) // It comes to rest: what comes with a size may hide what it leaves.
		for _, keys := range []string{"2", "5", "1"} {
			w.Press(keys)
			always.Press(keys)
			showsTheSame(t, w, always, keys)
		}
		always.Quits("q")
		w.Quits("q")
	}
}

// showsTheSame waits until two windows show the same.
func showsTheSame(t *testing.T, w, always *Terminal, keys string) {
	t.Helper()
	var got, want string
	for late := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, _ = w.text()
		want, _ = always.text()
		if got == want {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("view %s shows\n%s\nand in a window that always had the size\n%s", keys, got, want)
		}
	}
}
