package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"redoubt/api"
)

// phases are how long each part of a recovery took, in seconds. Their names and their bounds are
// the simulator's, but for the first one, which there is in two.
type phases struct {
	// Detect is until enough regions have seen it and said so.
	Detect  float64 `json:"detect_and_agree_seconds"`
	Hold    float64 `json:"hold_seconds"`
	Fence   float64 `json:"fence_seconds"`
	Promote float64 `json:"promote_seconds"`
	Shift   float64 `json:"shift_seconds"`
}

// each gives the phases in their order.
func (p *phases) each() []struct {
	name  string
	value float64
} {
	return []struct {
		name  string
		value float64
	}{
		{"detect and agree", p.Detect}, {"hold-down", p.Hold}, {"fence", p.Fence},
		{"promote", p.Promote}, {"shift", p.Shift},
	}
}

// decision is when what became of a failover was in the log, by the clock of the agent that
// proposed it: it is that of this machine.
type decision struct {
	// seen is since when a quorum had seen the region down, when that was decided upon.
	seen, decided, claimed, promoted, shifted time.Time
	// fenced says how the promotion came to be let through.
	fenced string
}

// findFailover finds a failover of one region to another in a history, after a moment.
func findFailover(entries []api.Entry, from, to string, after time.Time) (decision, error) {
	var d decision
	begins := "plan: failover of " + from + " to " + to
	for i := range entries {
		e := &entries[i]
		if !e.Wall.After(after) {
			continue
		}
		for _, change := range e.Changes {
			switch {
			case strings.HasPrefix(change, begins):
				first(&d.decided, e.Wall)
			case strings.Contains(change, "lease of "+storeName) &&
				strings.Contains(change, "ended"), strings.Contains(e.Event, "records the fence"):
				if d.fenced == "" && d.claimed.IsZero() {
					d.fenced = change
				}
			}
		}
		switch {
		case strings.HasPrefix(e.Event, to+" will promote "+storeName):
			first(&d.claimed, e.Wall)
		case strings.HasPrefix(e.Event, to+" is done with: promote "+storeName):
			first(&d.promoted, e.Wall)
		case strings.Contains(e.Event, "is done with: shift"):
			first(&d.shifted, e.Wall)
		}
	}
	var missing []error
	for what, at := range map[string]time.Time{
		"decided": d.decided, "claimed": d.claimed, "promoted": d.promoted, "shifted": d.shifted,
	} {
		if at.IsZero() {
			missing = append(missing, fmt.Errorf("the history does not say when it was %s", what))
		}
	}
	return d, errors.Join(missing...)
}

// first keeps the first of several times.
func first(kept *time.Time, at time.Time) {
	if kept.IsZero() {
		*kept = at
	}
}

// phases are those of a failover whose region was lost at one moment, and whose clients were led
// elsewhere at another one.
func (d *decision) phases(lost, up time.Time) phases {
	return phases{
		Detect: d.seen.Sub(lost).Seconds(), Hold: d.decided.Sub(d.seen).Seconds(),
		Fence:   d.claimed.Sub(d.decided).Seconds(),
		Promote: d.promoted.Sub(d.claimed).Seconds(), Shift: up.Sub(d.promoted).Seconds(),
	}
}
