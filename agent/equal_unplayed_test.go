package agent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// longest is how far apart faults can be: an hour of raft and memberlist takes seconds.
const longest = 12 * time.Hour

// unplayable says why agents cannot play a scenario, or nothing.
func unplayable(s *model.Scenario) string {
	if len(s.Rollouts) > 0 {
		return "its releases are not played"
	}
	for i := range s.Timeline {
		f := &s.Timeline[i]
		switch {
		case playable>>f.Kind&1 == 0:
			return "no agent's world has a " + f.Kind.String()
		case f.Latency > 0:
			return "late answers are not played"
		}
	}
	for i := range s.Links {
		if s.Links[i].Loss > 0 || s.Links[i].LossBack > 0 || s.Links[i].Jitters() {
			return "what its links do to probes is not played"
		}
	}
	begins, last := s.Timeline[0].At, s.Timeline[0].At
	for i := range s.Timeline {
		begins, last = min(begins, s.Timeline[i].At), max(last, s.Timeline[i].At)
	}
	if last-begins > longest {
		return "its faults are days apart"
	}
	return ""
}

// unplayed tells which scenarios with a timeline are not played, by the reason.
func unplayed() (string, error) {
	reasons := map[string][]string{}
	for _, name := range scenarios.Names() {
		s, err := scenarios.Load(name)
		if err != nil {
			return "", err
		}
		is := func(p timed) bool { return p.name == name }
		if len(s.Timeline)+len(s.Rollouts) == 0 || slices.ContainsFunc(played, is) {
			continue
		}
		why := unplayable(s)
		if why == "" {
			why = "not tried: agents' worlds have each kind of fault that it has"
		}
		reasons[why] = append(reasons[why], "`"+name+"`")
	}
	var text strings.Builder
	text.WriteString("\n| not played | why |\n|---|---|\n")
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&text, "| %s | %s |\n", strings.Join(reasons[why], ", "), why)
	}
	return text.String(), nil
}

// What is played can be.
func TestPlayedCanBePlayed(t *testing.T) {
	for _, entry := range played {
		s, err := scenarios.Load(entry.name)
		if err != nil {
			t.Fatal(err)
		}
		if why := unplayable(s); why != "" {
			t.Errorf("%s: %s", entry.name, why)
		}
	}
}
