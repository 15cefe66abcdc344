package main

import (
	"strings"
	"testing"

	"redoubt"
)

// What is played with one thing different is told apart from the rest in every output.
func TestOthersOfAnIncidentAreShown(t *testing.T) {
	view := incidentsView{reports: []*redoubt.IncidentReport{{
		Name: "x", Title: "X", SimulatedIs: "people alone",
		Simulated: []redoubt.Figure{{Key: "failovers", What: "failovers", Unit: redoubt.Count}},
		Others: []redoubt.Other{{
			What: "nothing is missing",
			Figures: []redoubt.Figure{{
				Key: "down_seconds", What: "down", Unit: redoubt.Seconds, Low: 1, High: 2,
			}},
		}},
	}}}
	var text strings.Builder
	for _, row := range view.records() {
		text.WriteString(strings.Join(row, ",") + "\n")
	}
	if !strings.Contains(text.String(), "x,other_1,down_seconds,1,2,,\n") {
		t.Errorf("got the records\n%s", text.String())
	}
	data, ok := view.structure().(incidentsData)
	if !ok || len(data.Incidents) != 1 {
		t.Fatalf("got %+v, want one incident", data)
	}
	play := data.Incidents[0]
	if play.SimulatedIs != "people alone" || len(play.Others) != 1 ||
		play.Others[0].What != "nothing is missing" || len(play.Others[0].Figures) != 1 {
		t.Errorf("got %+v", play)
	}
}

// An interruption is told in the result too, since what is left out of it cannot be seen there.
func TestInterruptedIncidentsSaySo(t *testing.T) {
	view := incidentsView{reports: []*redoubt.IncidentReport{{Name: "x", Title: "X"}}, partial: true}
	var text strings.Builder
	view.document().writeText(&text)
	if !strings.HasPrefix(text.String(), "INTERRUPTED: what follows is 1 outage, played to the end") {
		t.Errorf("got\n%s", text.String())
	}
	if data, ok := view.structure().(incidentsData); !ok || !data.Interrupted {
		t.Errorf("got %+v, want it interrupted", data)
	}
}
