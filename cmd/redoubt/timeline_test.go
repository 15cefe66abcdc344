package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"redoubt/model"
)

// textOf writes one block.
func textOf(b block) string {
	var buffer bytes.Buffer
	b.text(&buffer, linesOf(0))
	return buffer.String()
}

// fitting fails where a line is longer than the width.
func fitting(t *testing.T, text string, width int) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if got := utf8.RuneCountInString(line); got > width {
			t.Errorf("%d columns, want at most %d:\n%s", got, width, line)
		}
	}
}

// Every run of the library has columns at the usual widths, which hold every word of the list. More
// than four regions have them from 100 on, with short names, and are a list below.
func TestTimelineHasColumns(t *testing.T) {
	for _, trace := range tracedRuns(t) {
		for _, width := range []int{80, 100, 120} {
			told := simulationView{trace.run, width}.timeline()
			text := textOf(told)
			fitting(t, text, width)
			room := len(trace.run.Scenario.Regions) <= 4 || width >= 100
			if room && !strings.Contains(text, "log and users") {
				t.Errorf("%s at %d: want columns, got\n%s", trace.name, width, text)
			}
			var cells, list []string
			for _, row := range told.rows {
				for i, cell := range row.cells {
					for _, entry := range cell {
						cells = append(cells, told.columns[i]+" "+entry)
					}
				}
			}
			for _, m := range told.list.moments {
				list = append(list, m.what)
			}
			if len(cells) != len(list) {
				t.Errorf("%s: %d entries in the columns, want %d", trace.name, len(cells), len(list))
			}
		}
	}
}

// What happens in a region stands below its name, and what happens at once on one line.
func TestTimelineAlignsRegions(t *testing.T) {
	text := textOf(simulationView{simulation(), 80}.timeline())
	want := `            north             south             vote            log and users
----------  ----------------  ----------------  --------------  ----------------
T+0s        stops answering                                     the service is
                                                                 down
T+1m36s                                                         failover begins
T+4m00s                       promote is done
T+2h00m00s  is back
`
	if !strings.HasPrefix(text, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", text, want)
	}
	lines := strings.Split(text, "\n")
	for _, row := range []struct{ column, entry string }{
		{"north", "stops"}, {"south", "promote is done"}, {"log and users", "failover begins"},
	} {
		place := strings.Index(lines[0], row.column)
		found := false
		for _, line := range lines {
			found = found || strings.Index(line, row.entry) == place
		}
		if !found {
			t.Errorf("%q is not below %q:\n%s", row.entry, row.column, text)
		}
	}
}

// Where there is no room for columns, those in which nothing happens go first, then all of them.
func TestTimelineFallsBackToTheList(t *testing.T) {
	rows := []struct {
		name          string
		width         int
		columns, idle bool
	}{
		{"room for all", 80, true, true}, {"room for the busy ones", 60, true, false},
		{"no room", 50, false, false},
	}
	for _, row := range rows {
		text := textOf(simulationView{simulation(), row.width}.timeline())
		if row.columns {
			fitting(t, text[:strings.Index(text, "decided")], row.width)
		}
		if got := strings.Contains(text, "log and users"); got != row.columns {
			t.Errorf("%s: columns %t, want %t:\n%s", row.name, got, row.columns, text)
		}
		if got := strings.Contains(text, "vote"); got != row.idle {
			t.Errorf("%s: a column of nothing %t, want %t:\n%s", row.name, got, row.idle, text)
		}
	}
	run := simulation()
	for _, name := range []string{"east", "west", "centre", "far"} {
		run.Scenario.Regions = append(run.Scenario.Regions, model.Region{Name: name})
	}
	for i := range run.Timeline {
		run.Timeline[i].Region = run.Scenario.Regions[i].Name
	}
	list := textOf(simulationView{run, 60}.timeline())
	if strings.Contains(list, "log and users") || !strings.Contains(list, "T+0s        north  stops") {
		t.Errorf("many regions: want the list, got\n%s", list)
	}
}
