package session

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program is the command as it was built for the tests of this package.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(built(m))
}

// built runs the tests with the command in a folder that is gone afterwards.
func built(m *testing.M) int {
	folder, err := os.MkdirTemp("", "redoubt-session")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // What is left of it is in nobody's way.
	program = filepath.Join(folder, "redoubt")
	build := exec.Command("go", "build", "-o", program, "redoubt/cmd/redoubt")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s\n", err, out)
		return 1
	}
	return m.Run()
}

// start runs the command in a window of so many columns and lines.
func start(t testing.TB, width, height int, arguments ...string) *Terminal {
	t.Helper()
	return Start(t, program, width, height, arguments...)
}

// finished says that a screen has all that was simulated: nothing on it is coarse or stale.
func finished(screen string) bool {
	return strings.Contains(screen, "\n done, ") && !strings.Contains(screen, "refining")
}

// TestNobodysOwnKeysAreRead leaves by the key that the program has, though whoever runs the tests
// has bound another one.
func TestNobodysOwnKeysAreRead(t *testing.T) {
	home := t.TempDir()
	for _, folder := range []string{ // Those of Linux and of macOS.
		filepath.Join(home, "redoubt"), filepath.Join(home, "Library/Application Support/redoubt"),
	} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "keys"), []byte("quit = Q\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)
	w := start(t, 80, 24, "tui", usual)
	w.Shows("? help q quit")
	w.Quits("q")
}
