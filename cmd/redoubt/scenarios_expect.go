package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/sim"
)

// expected shows what a scenario expects beside what came.
func expected(d *document, found []*redoubt.Finding) {
	if len(found) == 0 {
		return
	}
	d.heading("What was expected, and what came")
	t := newTable("<strategy", "<what", "<expected", "<came", "<as expected")
	var claims []string
	for _, f := range found {
		for _, row := range findingRows(f) {
			t.row(f.Expectation.Strategy.String(), row.what, row.want, row.got, row.verdict)
		}
		if text := claimText(f); text != "" {
			claims = append(claims, text)
		}
	}
	d.table(t)
	if len(claims) > 0 {
		d.heading("What documents claim")
		d.list(claims...)
	}
}

// claimText says what became of a claim.
func claimText(f *redoubt.Finding) string {
	e := &f.Expectation
	switch {
	case e.Claim+e.Contradicts != "" && !f.Judged():
		return "Neither borne out nor contradicted, for want of a case: " + e.Claim + e.Contradicts
	case e.Claim != "" && f.Met():
		return "Borne out: " + e.Claim
	case e.Claim != "":
		return "Not borne out: " + e.Claim
	case e.Contradicts != "" && f.Met():
		return "Contradicted: " + e.Contradicts
	case e.Contradicts != "":
		return "Not contradicted after all: " + e.Contradicts
	}
	return ""
}

// findingRow is one thing that was expected, in words.
type findingRow struct{ what, want, got, verdict string }

func findingRows(f *redoubt.Finding) (rows []findingRow) {
	for i := range f.Values {
		v := &f.Values[i]
		row := findingRow{
			what: strings.ReplaceAll(v.Measure.String(), "_", " "), want: boundText(v.Bound),
			got: cameText(f, v), verdict: verdict(f, v.Misses),
		}
		if v.Missed > 0 && !math.IsInf(v.Off, 1) {
			row.verdict += ", off by " + measured(v.Measure, v.Off)
		}
		rows = append(rows, row)
	}
	for i := range f.Names {
		n := &f.Names[i]
		rows = append(rows, findingRow{
			what: strings.ReplaceAll(n.What, "_", " ") + " at " + clock(f.Expectation.At), want: n.Want,
			got: namesText(n), verdict: verdict(f, n.Misses),
		})
	}
	return rows
}

func namesText(n *sim.FoundName) string { return strings.Join(n.Got, " or ") }

// verdict says in how many runs something came as expected, and how to see one in which it did not.
func verdict(f *redoubt.Finding, m sim.Misses) string {
	runs := f.Expectation.Runs
	if m.Missed == 0 {
		return fmt.Sprintf("yes, in %s", plural(runs, "run"))
	}
	return fmt.Sprintf("NO in %d of %s, see --seed %d", m.Missed, plural(runs, "run"), m.First)
}

// boundText writes what was expected of a measure.
func boundText(b model.Bound) string {
	least, most := measured(b.Measure, b.Least), measured(b.Measure, b.Most)
	switch {
	case b.Least == b.Most:
		return least
	case math.IsInf(b.Most, 1):
		return "at least " + least
	case b.Least == 0:
		return "at most " + most
	}
	return least + " to " + most
}

// cameText writes what the runs had.
func cameText(f *redoubt.Finding, v *sim.FoundValue) string {
	least, most := measured(v.Measure, v.Low), measured(v.Measure, v.High)
	text := least
	switch {
	case v.Having == 0:
		return "never"
	case least != most:
		text += " to " + most
	}
	if without := f.Expectation.Runs - v.Having; without > 0 {
		text += fmt.Sprintf(", never in %s", plural(without, "run"))
	}
	return text
}

// measured writes a value of a measure with its unit.
func measured(m model.Measure, x float64) string {
	switch {
	case m.IsTime() && x < math.MaxInt64/float64(time.Second):
		return length(secondsLong(x))
	case x == math.Trunc(x):
		return fmt.Sprintf("%.0f", x)
	}
	return figures(x, 3)
}

// tooLate says that an expectation looks at a time which its run does not have.
func tooLate(err error) error {
	var beyond *redoubt.OutsideRun
	if !errors.As(err, &beyond) {
		return err
	}
	return misused(fmt.Sprintf("the run ends at %s, a day after its last fault", clock(beyond.End)),
		"an expectation looks at %s, which is after the end of the run", clock(beyond.At))
}

// missedExpectations reports what did not come as it was expected; the result itself says how.
func missedExpectations(found []*redoubt.Finding) error {
	missed := 0
	for _, f := range found {
		if !f.Met() {
			missed++
		}
	}
	if missed == 0 {
		return nil
	}
	return &missedGate{fmt.Sprintf("%d of %s did not come true", missed,
		plural(len(found), "expectation"))}
}

// findingData is the JSON of one expectation. Its keys are a contract; others may be added. Judged
// says whether some run had what it is about; if none had, a claim is neither borne out nor
// refuted.
type findingData struct {
	Strategy    string      `json:"strategy"`
	Runs        int         `json:"runs"`
	Seed        uint64      `json:"seed"`
	Met         bool        `json:"met"`
	Judged      bool        `json:"judged"`
	Claim       string      `json:"claim"`
	Contradicts string      `json:"contradicts"`
	Measures    []valueData `json:"measures"`
	Names       []nameData  `json:"names"`
}

// valueData is a measure, in seconds where is_seconds says so: what bounds it, and its extremes
// over the runs that have it; null where there is none.
type valueData struct {
	Name    string  `json:"name"`
	Seconds bool    `json:"is_seconds"`
	Least   number  `json:"at_least"`
	Most    number  `json:"at_most"`
	Low     number  `json:"low"`
	High    number  `json:"high"`
	Having  int     `json:"runs_having"`
	Missed  int     `json:"runs_missed"`
	First   *uint64 `json:"first_missed_seed"`
}

// nameData is something that has a name, at a time.
type nameData struct {
	Name   string   `json:"name"`
	At     number   `json:"at_seconds"`
	Want   string   `json:"want"`
	Got    []string `json:"got"`
	Missed int      `json:"runs_missed"`
	First  *uint64  `json:"first_missed_seed"`
}

func findingOf(f *redoubt.Finding) findingData {
	e := &f.Expectation
	data := findingData{
		Strategy: e.Strategy.String(), Runs: e.Runs, Seed: f.Seed, Met: f.Met(),
		Judged: f.Judged(), Claim: e.Claim, Contradicts: e.Contradicts,
		Measures: []valueData{}, Names: []nameData{},
	}
	for i := range f.Values {
		v := &f.Values[i]
		value := valueData{
			Name: v.Measure.String(), Seconds: v.Measure.IsTime(), Least: number(v.Least),
			Most: number(v.Most), Low: number(v.Low), High: number(v.High), Having: v.Having,
			Missed: v.Missed, First: firstMissed(v.Misses),
		}
		if v.Having == 0 {
			value.Low, value.High = number(math.NaN()), number(math.NaN())
		}
		data.Measures = append(data.Measures, value)
	}
	for i := range f.Names {
		n := &f.Names[i]
		data.Names = append(data.Names, nameData{
			n.What, seconds(e.At), n.Want, n.Got, n.Missed, firstMissed(n.Misses),
		})
	}
	return data
}
