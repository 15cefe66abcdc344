package main

import (
	"encoding/json"
	"strings"
	"testing"

	"redoubt"
	"redoubt/model"
)

// What is played with one thing different is told apart from the rest in every output.
func TestOthersOfAnIncidentAreShown(t *testing.T) {
	view := incidentsView{reports: []*redoubt.IncidentReport{{
		Name: "x", Title: "X", SimulatedIs: "people alone",
		Simulated: []redoubt.Figure{{Key: "failovers", What: "failovers", Unit: redoubt.Count}},
		Others: []redoubt.Other{{
			What: "nothing is missing", Strategy: model.PilotLight, Runs: 20,
			Figures: []redoubt.Figure{{
				Key: "down_seconds", What: "down", Unit: redoubt.Seconds, Low: 1, High: 2,
			}},
		}, {What: "another rule"}},
	}}}
	var text strings.Builder
	for _, row := range view.records() {
		text.WriteString(strings.Join(row, ",") + "\n")
	}
	if !strings.Contains(text.String(), "x,other_1,down_seconds,1,2,,,,,,,,\n") {
		t.Errorf("got the records\n%s", text.String())
	}
	data, ok := view.structure().(incidentsData)
	if !ok || len(data.Incidents) != 1 {
		t.Fatalf("got %+v, want one incident", data)
	}
	play := data.Incidents[0]
	if play.SimulatedIs != "people alone" || len(play.Others) != 2 ||
		play.Others[0].What != "nothing is missing" || len(play.Others[0].Figures) != 1 ||
		play.Others[0].Strategy != "pilot-light" || play.Others[0].Runs != 20 ||
		play.Others[1].Strategy != "" || play.Others[1].Runs != 0 {
		t.Errorf("got %+v", play)
	}
	text.Reset()
	view.document().writeText(&text)
	for _, want := range []string{
		"Other 1: nothing is missing (pilot-light, 20 runs).\n", "Other 2: another rule.\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("got\n%s\nwant in it %q", text.String(), want)
		}
	}
}

// How what was published is held to what came is shown in every output, and a miss says why.
func TestComparisonsOfAnIncidentAreShown(t *testing.T) {
	figure := func(key string, low, high float64) redoubt.Figure {
		return redoubt.Figure{Key: key, What: key, Unit: redoubt.Seconds, Low: low, High: high}
	}
	echo := figure("echo", 60, 60)
	echo.Echoes = "in"
	view := incidentsView{reports: []*redoubt.IncidentReport{{
		Name: "x", Title: "X", Simulated: []redoubt.Figure{echo, figure("out", 50, 100)},
		Published: []redoubt.PublishedFigure{
			{Figure: figure("in", 60, 60), Input: true}, {Figure: figure("back", 200, 200)},
			{Figure: redoubt.Figure{
				Key: "left", What: "it is left", Unit: redoubt.Truth, Low: 1, High: 1,
			}},
		},
		WithRedoubt: []redoubt.Figure{{
			Key: "share", What: "share", Unit: redoubt.Part, Low: 1, High: 1,
		}},
		Comparisons: []redoubt.IncidentComparison{{
			Published: "back", Simulated: "out", Low: 0.25, High: 0.5, Tolerance: 60,
			Because: "minutes", Why: "the rest is not played",
		}, {
			Published: "left", Simulated: "share", WithRedoubt: true, Low: 1, High: 1, Within: true,
			Because: "a yes",
		}},
	}}}
	var text strings.Builder
	view.document().writeText(&text)
	for _, want := range []string{
		"published, compared", "simulated, echo", "NOT WITHIN tolerance: back (3m20s): simulated " +
			"\"out\" is 0.25 to 0.50 times that; tolerance 1m:\n  minutes; the rest is not played",
		"within tolerance: it is left (yes): with redoubt \"share\" is 100 %; tolerance none: a yes\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("got\n%s\nwant in it %q", text.String(), want)
		}
	}
	var rows strings.Builder
	for _, row := range view.records() {
		rows.WriteString(strings.Join(row, ",") + "\n")
	}
	for _, want := range []string{
		"x,published,back,200,200,,false,false,,true,,,\n", "x,simulated,echo,60,60,,,,in,,,,\n",
		"x,ratio,back,0.25,0.5,,,,,,simulated.out,60,false\n", "x,within_tolerance,,false,,,",
	} {
		if !strings.Contains(rows.String(), want) {
			t.Errorf("got\n%s\nwant in it %q", rows.String(), want)
		}
	}
	data, ok := view.structure().(incidentsData)
	if !ok || len(data.Incidents) != 1 {
		t.Fatalf("got %+v, want one incident", data)
	}
	play := data.Incidents[0]
	if !play.Compared || play.WithinTolerance == nil || *play.WithinTolerance ||
		!play.Published["back"].Compared ||
		!play.Published["in"].Played || play.Simulated["echo"].Echoes != "in" ||
		len(play.Comparisons) != 2 || play.Comparisons[0].Why != "the rest is not played" {
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

// What the runs of an incident assume is told as that of one run is, and nothing where there is
// nothing of the kind.
func TestAssumptionsOfAnIncidentAreShown(t *testing.T) {
	r := &redoubt.IncidentReport{Name: "x", Title: "X", Assumed: []model.Assumption{
		{Key: "store.restore", Of: []string{"orders"}, Value: "2h"},
		{Key: "people.approve", Value: "10m"},
		{Key: "store.restore", Of: []string{"carts"}, Value: "2h"},
	}}
	const want = "Unverified: these runs rest on numbers that nobody checked, which the scenario " +
		"leaves to defaults: store.restore = 2h (orders, carts); people.approve = 10m."
	for _, shown := range []bool{true, false} {
		if !shown {
			r.Assumed = nil
		}
		view := incidentsView{reports: []*redoubt.IncidentReport{r}}
		var text strings.Builder
		view.document().writeText(&text)
		if got := strings.Contains(strings.ReplaceAll(text.String(), "\n", " "), want); got != shown {
			t.Errorf("got\n%s\nwant in it %t: %q", text.String(), shown, want)
		}
		data, err := json.Marshal(view.structure())
		if err != nil {
			t.Fatal(err)
		}
		inJSON := `"unverified":[]`
		if shown {
			inJSON = `"unverified":[{"key":"store.restore","of":["orders"],"value":"2h"},` +
				`{"key":"people.approve","of":[],"value":"10m"},` +
				`{"key":"store.restore","of":["carts"],"value":"2h"}]`
		}
		if !strings.Contains(string(data), inJSON) {
			t.Errorf("got %s, want in it %s", data, inJSON)
		}
	}
}

// What within_tolerance is about stands under simulated, and what is played otherwise than it went
// apart from that: who reads the four keys alone is not told that two unlike figures agree.
func TestWhatIsComparedIsWhatIsSimulated(t *testing.T) {
	figures := func(low float64) []redoubt.Figure {
		return []redoubt.Figure{{Key: "out", What: "out", Unit: redoubt.Seconds, Low: low, High: low}}
	}
	for _, c := range []struct {
		held redoubt.IncidentComparison
		is   string
		want number
	}{
		{redoubt.IncidentComparison{}, "as then", 1},
		{redoubt.IncidentComparison{WithRedoubt: true}, "with redoubt", 2},
		{redoubt.IncidentComparison{Other: 1}, "an other", 3},
	} {
		c.held.Published, c.held.Simulated = "back", "out"
		view := incidentsView{reports: []*redoubt.IncidentReport{{
			Name: "x", SimulatedIs: "as then", Simulated: figures(1), WithRedoubt: figures(2),
			Others:      []redoubt.Other{{What: "an other", Figures: figures(3)}},
			Comparisons: []redoubt.IncidentComparison{c.held},
		}}}
		data, _ := view.structure().(incidentsData)
		play, apart := &data.Incidents[0], c.want != 1
		if play.Simulated["out"].Low != c.want || play.SimulatedIs != c.is {
			t.Errorf("%s: simulated is %+v, which is %q", c.is, play.Simulated, play.SimulatedIs)
		}
		told := play.Counterfactual["out"].Low == number(1) && play.CounterfactualIs == "as then"
		if told != apart {
			t.Errorf("%s: the counterfactual is %+v", c.is, play.Counterfactual)
		}
		var text strings.Builder
		for _, row := range view.records() {
			text.WriteString(strings.Join(row, ",") + "\n")
		}
		if want := "x,simulated,out," + c.want.String() + ","; !strings.Contains(text.String(), want) ||
			strings.Contains(text.String(), "x,counterfactual,out,1,") != apart {
			t.Errorf("%s: got the records\n%s\nwant in them %q", c.is, text.String(), want)
		}
		text.Reset()
		view.document().writeText(&text)
		if strings.Contains(text.String(), "Counterfactual: as then.") != apart {
			t.Errorf("%s: got\n%s", c.is, text.String())
		}
	}
}
