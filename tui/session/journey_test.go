package session

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// Who has seen enough of the coarse answer cancels the rest, keeps what there is, and goes on.
func TestARunIsCancelled(t *testing.T) {
	w := start(t, usualWidth, usualHeight, "tui", usual, "--set", "run.trials=900000")
	w.Shows("coarse, 30 trials")
	w.Press("<esc>")
	screen := w.Shows("stopped: what is shown rests on 30 trials")
	if strings.Contains(screen, "refining") {
		t.Errorf("it was stopped, and goes on\n%s", screen)
	}
	w.Press("2")
	w.Shows("› revenue")
	w.Press("l")
	w.Shows("refining") // Another question is asked anew.
	w.Press("<esc>")
	w.Shows("stopped: ")
	w.Quits("<ctrl+c>")
}

// A run is walked from its first moment to its last and back: each moment is one that redoubt
// simulate prints for that seed, with its gates beside it.
func TestATimelineIsWalkedOnTheScreen(t *testing.T) {
	out, err := exec.Command(program, append([]string{
		"simulate", usual, "--strategy", "warm-standby", "--seed", "1", "--output", "json",
	}, quick...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Timeline []struct {
			Text string `json:"text"`
		} `json:"timeline"`
	}
	if err := json.Unmarshal(out, &told); err != nil || len(told.Timeline) < 5 {
		t.Fatalf("%d moments: %v", len(told.Timeline), err)
	}
	w := start(t, 200, 60, append([]string{"tui", usual}, quick...)...)
	w.Until("all that was simulated", finished)
	w.Press("3")
	w.Shows("seed 1; RTO")
	w.Shows("epoch 1: primary us-east-1, serving [us-east-1]")
	moved := false
	for _, moment := range told.Timeline {
		w.Shows(moment.Text[:min(len(moment.Text), 40)])
		if strings.Contains(moment.Text, "repoint is done") && !moved {
			moved = true
			w.Shows("epoch 2: primary eu-west-1") // What the policy knew at that moment.
		}
		w.Press("j")
	}
	if !moved {
		t.Error("nothing was promoted, so that this shows little")
	}
	w.Press(strings.Repeat("k", len(told.Timeline)))
	w.Shows("epoch 1: primary us-east-1, serving [us-east-1]")
	w.Press("l")
	w.Shows("seed 2")
	w.Quits("q")
}
