package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", os.Getenv("UPDATE") != "", "rewrite the golden files")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"redoubt": main})
}

// TestScripts runs the command as a person does, in testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command and checks its exit code: exits 2 redoubt compare nowhere.
func exits(script *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) < 2 {
		script.Fatalf("usage: exits code command [argument...]")
	}
	want, err := strconv.Atoi(arguments[0])
	script.Check(err)
	got := 0
	if err := script.Exec(arguments[1], arguments[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			script.Fatalf("running %s: %v", arguments[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		script.Fatalf("exit code: got %d, want %d", got, want)
	}
}

// golden compares a text with a file of testdata/golden, or rewrites that.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
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
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

// allForms checks a result in every form against golden files.
func allForms(t *testing.T, name string, r result) {
	for form, extension := range map[string]string{
		asTable: "txt", asJSON: "json", asCSV: "csv", asMarkdown: "md",
	} {
		t.Run(form, func(t *testing.T) {
			var b bytes.Buffer
			if err := writeResult(&b, form, r); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+extension, b.String())
			if form != asTable {
				return
			}
			for i, line := range strings.Split(b.String(), "\n") {
				if width := len([]rune(line)); width > tableWidth {
					t.Errorf("line %d has %d columns, want at most %d:\n%s", i+1, width, tableWidth, line)
				}
			}
		})
	}
}

func TestInterruptedCommandsExitWith130(t *testing.T) {
	cases := [][]string{
		{"compare", "business-case-50m", "--trials", "50"},
		{"simulate", "warm-standby-two-region"},
		{"policies"},
	}
	for _, arguments := range cases {
		t.Run(arguments[0], func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			var stdout, stderr bytes.Buffer
			if got := run(ctx, arguments, &stdout, &stderr); got != exitInterrupted {
				t.Errorf("got exit code %d, want %d", got, exitInterrupted)
			}
			if got := stderr.String(); got != "redoubt: error: interrupted\n" {
				t.Errorf("got %q on stderr, want the interruption alone", got)
			}
		})
	}
}

// failingWriter is a full disk.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestResultsThatCannotBeWrittenFail(t *testing.T) {
	for _, arguments := range [][]string{
		{"version"},
		{"cost", "business-case-50m"},
		{"roi", "business-case-50m", "--output", "csv"},
		{"scenarios", "list"},
		{"scenarios", "show", "business-case-50m"},
		{"scenarios", "check", "business-case-50m"},
	} {
		t.Run(strings.Join(arguments, " "), func(t *testing.T) {
			var stderr bytes.Buffer
			if got := run(context.Background(), arguments, failingWriter{}, &stderr); got != exitFailed {
				t.Errorf("got exit code %d, want %d", got, exitFailed)
			}
			if !strings.Contains(stderr.String(), "no space left on device") {
				t.Errorf("got %q on stderr, want the reason", stderr.String())
			}
		})
	}
}
