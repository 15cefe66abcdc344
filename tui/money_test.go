package tui

import (
	"strings"
	"testing"
)

// TestWhatIsLostFits leaves out of what is lost first what separates it, then what is nothing in
// both, and an interval at last.
func TestWhatIsLostFits(t *testing.T) {
	zero := [2]string{"$0", "$0"}
	for want, most := range map[string]int{
		"sales people  net 95 % h": 6, "sales people net 95 % h": 5, "sales net 95 % h": 4,
		"sales net h": 3,
	} {
		rows := []lostRow{
			{name: "sales", cells: [2]string{"$1", "$0"}}, {name: "people", cells: zero}, {},
			{name: "net"}, {name: flipRow}, {name: "h"},
		}
		var names []string
		for _, row := range fitted(rows, most) {
			names = append(names, strings.TrimSpace(row.name))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("in %d rows: got %q, want %q", most, got, want)
		}
	}
}
