package tui

import (
	"strings"
	"testing"

	"redoubt/tui/canvas"
)

// TestOnlyATextIsCut draws a table where its last column has no room: a row that has something in
// it says that it goes on, and one that has nothing there does not.
func TestOnlyATextIsCut(t *testing.T) {
	var l lines
	l.table(
		[]piece{{canvas.Plain, "promote orders"}, {canvas.Plain, "eu-west-1"}},
		[]piece{{canvas.Plain, "scale"}, {}},
		[]piece{{canvas.Plain, "freeze"}, {}, {}},
	)
	for width, want := range map[int]string{
		30: "promote orders  eu-west-1|scale|freeze", 18: "promote orders  e…|scale|freeze",
		15: "promote orders…|scale|freeze", 12: "promote ord…|scale|freeze",
	} {
		grid := canvas.New(width, len(l))
		l.draw(grid.All(), 0, false)
		rows := strings.Split(grid.String(&canvas.Bare), "\n")
		for i := range rows {
			rows[i] = strings.TrimRight(rows[i], " ")
		}
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("in %d columns: got %q, want %q", width, got, want)
		}
	}
}
