package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/tui/session"
)

// Who watches three real agents in a terminal sees a region be lost, approves that it is left, sees
// the agent that is asked be lost with the primary's region and another one answer, and forces a
// failover whose loss they type. The keys do what the commands do: it stands in the history.
func TestPeopleOrderInTheTerminal(t *testing.T) {
	c := foundCompany(t)
	var addresses []string
	for r := range 3 {
		addresses = append(addresses, fmt.Sprintf("127.0.0.1:%d", c.port+devAPI+r*devStep))
	}
	w := session.Start(t, c.program, 120, 36, "tui", "--connect", strings.Join(addresses, ","),
		"--token-file", filepath.Join(c.folder, "keys", "operator.token"))
	w.Shows("ago by the agent of " + home)
	c.kill(2)
	w.Shows("people are asked to approve leaving " + third)
	w.Press("4") // The regions and the ways between them, where orders are given too.
	w.Until("who sees whom", func(screen string) bool {
		return strings.Contains(screen, "round trip to") && strings.Contains(screen, "▼ ") &&
			strings.Contains(screen, "✗ down for")
	})
	w.Press("a")
	w.Shows("Approve that " + third + " is left")
	w.Press("ticket 4711<enter>")
	w.Shows(`type "approve ` + third)
	w.Press("approve<enter>")
	w.Shows("nothing was ordered")
	w.Press("<ctrl+u>" + typed(t, w) + "<enter>")
	w.Shows("taken: approve " + third)
	c.all("its traffic has gone", serves(third, false))
	w.Press("5")
	w.Until("what the plan did", func(screen string) bool {
		return strings.Contains(screen, "evacuation of "+third) && strings.Contains(screen, "✓ shift") &&
			strings.Contains(screen, "was over after")
	})
	told := c.must(1, "history", "--plans")
	if !strings.Contains(told, "evacuation of "+third) || !strings.Contains(told, "was over after") {
		t.Errorf("the command does not print what the terminal shows:\n%s", told)
	}
	if told = c.must(1, "topology"); !strings.Contains(told, "as the agent of "+other+" has it") {
		t.Errorf("the command does not print what the terminal shows:\n%s", told)
	}
	w.Press("1")

	c.start(2)
	c.all("it is there again", func(s *api.Status) bool { return s.Regions[2].Verdict == "up" })
	c.kill(0)
	w.Until("another agent answers", func(screen string) bool {
		return strings.Contains(screen, "● live") && strings.Contains(screen, "▼ down for")
	})
	w.Press(":failover " + other + "<enter>")
	w.Shows("Force a failover to " + other)
	w.Press("<enter>")
	w.Shows("how many writes is that taken for")
	w.Press("<ctrl+u>12<enter>ticket 4712<enter>")
	words := typed(t, w)
	if !strings.HasPrefix(words, "failover "+other+" losing ") {
		t.Errorf("the words %q do not say what may be lost", words)
	}
	w.Press(words + "<enter>")
	w.Shows("taken: failover " + other)
	c.until("it writes", time.Minute, func() bool {
		s, ok := c.status(1)
		return ok && writes(other)(&s)
	})
	w.Shows("primary " + other)
	for _, note := range []string{"operator: ticket 4711", "operator: ticket 4712"} {
		told := c.must(1, "history", "--most", "400", "--output", "json")
		if strings.Count(told, note) != 1 {
			t.Errorf("the history has not %q once:\n%s", note, told)
		}
	}
	w.Quits("q")
}

// typed are the words that the screen asks for.
func typed(t *testing.T, w *session.Terminal) string {
	t.Helper()
	asked := regexp.MustCompile(`type "([^"]+)"`)
	found := asked.FindStringSubmatch(w.Until("words to be typed", asked.MatchString))
	return found[1]
}
