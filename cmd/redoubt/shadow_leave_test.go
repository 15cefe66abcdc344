package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// toAct is what the estate of a shadow lacks before its agents may act.
const toAct = `
[[executor]]
name = "nobody"
kind = "dry-run"
steps = [
  "fence", "scale", "promote", "repoint", "shift", "freeze", "drain", "catch-up", "validate",
  "verify", "notify", "archive", "rewind", "rehearse", "divert", "undrain",
]
`

// Agents that only advised act once their files say so and each is told to leave its log, on the
// folders that they have. Until it is told to, none of them starts.
func TestAShadowComesToAct(t *testing.T) {
	regions := []string{"us-east-1", "eu-west-1", "ap-southeast-1"}
	d, _ := castShadow(t, regions)
	agree := func(shadow bool) func() bool {
		return func() bool {
			for r := range regions {
				if s, ok := d.status(r); !ok || s.Leader == "" || s.Shadow != shadow || s.Halted != "" {
					return false
				}
			}
			return true
		}
	}
	d.until("all three advise", time.Minute, agree(true))
	d.must(0, "pause", "--why", "ticket 4711")
	for _, cmd := range d.agents {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // The code is that of an interrupt.
	}
	folder := filepath.Join(d.dir, "redoubt-dev-shadow")
	text, err := os.ReadFile(filepath.Join(shadowFolder, "estate.toml"))
	if err != nil {
		t.Fatal(err)
	}
	estate := filepath.Join(folder, "estate.toml")
	if err := os.WriteFile(estate, append(text, toAct...), 0o600); err != nil {
		t.Fatal(err)
	}
	program, data := filepath.Join(d.dir, "redoubt"), filepath.Join(folder, regions[0])
	for r, region := range regions {
		file := filepath.Join(folder, region+".toml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		acts := strings.Replace(string(text), "shadow = true", "shadow = false", 1)
		if err := os.WriteFile(file, []byte(acts), 0o600); err != nil {
			t.Fatal(err)
		}
		if r == 0 {
			cmd := d.startAgent(program, estate, region, file)
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitFailed ||
				!strings.Contains(d.out.text(), "--leave-shadow") {
				t.Fatalf("it ends with %d and without a hint", code)
			}
		}
		d.startAgent(program, estate, region, file, "--leave-shadow")
	}
	d.until("all three act", time.Minute, agree(false))
	if s, _ := d.status(0); s.Paused {
		t.Error("the log goes on with what was said to a shadow")
	}
	d.must(1, "evacuate", regions[0], "--why", "ticket 4712")
	d.until("the traffic has left", time.Minute, func() bool {
		s, ok := d.status(2)
		return ok && s.Epoch == 2 && s.Plan == nil && len(s.Serving) == 2
	})
	var out, problem strings.Builder
	kept := filepath.Join(data, "shadow-1", "archive")
	code := run(context.Background(), []string{"replay", kept, "--changes"}, &out, &problem)
	if code != exitDone || !strings.Contains(out.String(), "ticket 4711") {
		t.Errorf("the shadow's log: exit %d: %s%s", code, out.String(), problem.String())
	}
}
