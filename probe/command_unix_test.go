//go:build unix

package probe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// script is a probe by a few lines of shell.
func script(lines string) model.Probe {
	return model.Probe{
		Kind: model.CommandProbe, Command: []string{"/bin/sh", "-c", lines, "sh", "{at}"},
	}
}

func TestCommand(t *testing.T) {
	for lines, c := range map[string]struct {
		answer probe.Answer
		why    string
	}{
		"exit 0":                         {probe.Good, ""},
		`test "$1" = "10.0.0.1; exit 9"`: {probe.Good, ""}, // An argument, and no part of a script.
		"exit 3":                         {probe.Bad, "exits with 3"},
		"exit 75":                        {probe.Untold, "cannot tell"},
		"kill -9 $$":                     {probe.Untold, "ended by a signal"},
		"yes | head -c 10000000":         {probe.Good, ""},
		"read line && exit 1; exit 0":    {probe.Good, ""}, // It has nothing to read.
	} {
		want(t, looker{}.look(t, script(lines), "10.0.0.1; exit 9"), c.answer, c.why)
	}
	missing := model.Probe{Kind: model.CommandProbe, Command: []string{"/nowhere/{at}"}}
	want(t, looker{}.look(t, missing, "look"), probe.Untold, "does not start: no such file")
	got := quick.look(t, script("sleep 60"), "x")
	want(t, got, probe.Bad, "no answer within 300ms")
	if !got.Silent {
		t.Error("who hangs is silent")
	}
}

// TestCommandsHaveNoEnvironmentButTheirs has a secret in the agent's.
func TestCommandsHaveNoEnvironmentButTheirs(t *testing.T) {
	t.Setenv("REDOUBT_SECRET", "hunter2")
	p := script(`test -z "$REDOUBT_SECRET" && test "$GIVEN" = yes`)
	want(t, looker{environment: []string{"GIVEN=yes"}}.look(t, p, "x"), probe.Good, "")
	want(t, looker{}.look(t, script(`test -z "$REDOUBT_SECRET"`), "x"), probe.Good, "")
}

// TestACommandLeavesNothingBehind has commands fork what hangs, and end or hang themselves.
func TestACommandLeavesNothingBehind(t *testing.T) {
	for name, c := range map[string]struct {
		last   string
		answer probe.Answer
		why    string
	}{
		"and ends":  {"exit 0", probe.Good, ""},
		"and hangs": {"sleep 60", probe.Bad, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			p := script(fmt.Sprintf("trap '' TERM; sleep 61 & echo $! > %s; %s", file, c.last))
			want(t, looker{timeout: time.Second}.look(t, p, "x"), c.answer, c.why)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			for range 100 {
				if gone(pid) {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Error("what it has forked runs on")
		})
	}
}

// gone reports whether a process has ended, be it that nobody has taken note of it.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(state), ") Z ")
}
