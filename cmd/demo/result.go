package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// resultVersion is that of what --json writes. It grows when a key goes or changes its meaning.
const resultVersion = 1

// result is what a run has shown.
type result struct {
	Version     int    `json:"schema_version"`
	Scenario    string `json:"scenario"`
	Synchronous bool   `json:"synchronous"`
	// Leader is whose agent led when the region was lost.
	Leader    string      `json:"leader"`
	Measured  measured    `json:"measured"`
	Machine   machine     `json:"machine"`
	Predicted predictions `json:"predicted"`
	Rows      looked      `json:"rows"`
	Diverged  diverged    `json:"diverged"`
	// Reprotected is how long the region that came back took to follow.
	Reprotected float64   `json:"reprotected_seconds"`
	Failback    *wentBack `json:"failback,omitempty"`
	Writable    writable  `json:"writable"`
	Audit       audited   `json:"audit"`
	// Wrong is what must not be, and was seen, and Outside what lies outside of what was predicted.
	Wrong   []string `json:"wrong"`
	Outside []string `json:"outside_prediction"`
}

// measured is what a recovery took and cost.
type measured struct {
	// RTO is until nine of ten clients were led to a database that takes writes, as the simulator has
	// it; FirstWrite until the writer had a row acknowledged.
	RTO        float64 `json:"rto_seconds"`
	FirstWrite float64 `json:"first_write_seconds"`
	// DNS is until the first name server answered with the new primary, and NameServer whose that is.
	DNS        float64 `json:"dns_seconds"`
	NameServer string  `json:"name_server"`
	RPO        float64 `json:"rpo_seconds"`
	Lost       int     `json:"lost_writes"`
	Phases     phases  `json:"phases"`
}

// predictions are what the simulator says of the same file.
type predictions struct {
	Runs int `json:"runs"`
	// Judged says that they are enough to hold what was measured against them.
	Judged bool                  `json:"judged"`
	RTO    prediction            `json:"rto_seconds"`
	RPO    prediction            `json:"rpo_seconds"`
	Lost   prediction            `json:"lost_writes"`
	Phases map[string]prediction `json:"phases"`
}

// diverged is what the region that was lost holds and no other does: as the demo has counted it in
// a copy of its files, and as its agent has archived it.
type diverged struct {
	Orders     int      `json:"orders"`
	Heartbeats int      `json:"heartbeats"`
	Archive    archived `json:"archive"`
}

// wentBack is what a failback took.
type wentBack struct {
	// Ordered is from the order to the first row at home, Pause how long no row was acknowledged.
	Ordered float64 `json:"ordered_seconds"`
	Pause   float64 `json:"pause_seconds"`
	Rows    looked  `json:"rows"`
}

// writable is who took writes, and how often that was tried.
type writable struct {
	Samples  int   `json:"samples"`
	Openings []who `json:"openings"`
	Overlap  bool  `json:"overlap"`
}

type who struct {
	Region  string    `json:"region"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Samples int       `json:"samples"`
}

// predict holds what was measured against simulated runs.
func (r *result) predict(runs []simulated) {
	m, p := &r.Measured, &r.Predicted
	p.Runs, p.Judged, p.Phases = len(runs), len(runs) >= fewest, map[string]prediction{}
	p.RTO = predicted(runs, func(s *simulated) float64 { return s.RTO }, m.RTO, same)
	p.RPO = predicted(runs, func(s *simulated) float64 { return s.RPO }, m.RPO, sameLoss)
	p.Lost = predicted(runs, func(s *simulated) float64 { return float64(s.Writes) },
		float64(m.Lost), sameRows)
	for i, phase := range m.Phases.each() {
		p.Phases[phase.name] = predicted(runs,
			func(s *simulated) float64 { return s.phases.each()[i].value }, phase.value, same)
	}
	if p.Judged {
		r.judge()
	}
}

// judge finds what lies outside of what was predicted: of all simulated runs, and by more than this
// machine was late. The RTO may not be less, either; fewer rows than predicted are lost where a
// machine acknowledges fewer. A row more or less is as fine as a loss is known.
func (r *result) judge() {
	outside := func(format string, arguments ...any) {
		r.Outside = append(r.Outside, fmt.Sprintf(format, arguments...))
	}
	m, p, here := &r.Measured, &r.Predicted, &r.Machine
	if m.RTO < p.RTO.Least-same || m.RTO > p.RTO.Most+same+here.Late {
		outside("the RTO is %s, and %s to %s was predicted, of %d runs, for a machine that is %s late",
			rounded(m.RTO), rounded(p.RTO.Least), rounded(p.RTO.Most+here.Late), p.Runs,
			rounded(here.Late))
	}
	if m.RPO > p.RPO.Most+sameLoss+here.LateMost {
		outside("the RPO is %s, and %s at the most was predicted, for a machine that was %s late",
			rounded(m.RPO), rounded(p.RPO.Most), rounded(here.LateMost))
	}
	most := int(p.Lost.Most) + sameRows + int(here.LateMost/sameLoss)
	if m.Lost > most {
		outside("%s were lost, and %d at the most were predicted, for a machine that was %s late",
			plural(m.Lost, "row"), most, rounded(here.LateMost))
	}
}

// verdict is what a run comes to. That something was seen which must not be outweighs a prediction.
func (r *result) verdict() error {
	switch {
	case len(r.Wrong) > 0:
		return errors.New("something was seen that must not be")
	case len(r.Outside) > 0:
		return errOutside
	case !r.Predicted.Judged:
		return fmt.Errorf("%w: they are %d, and it takes %d (--seeds)", errUnjudged, r.Predicted.Runs,
			fewest)
	}
	return nil
}

// conclude finds what must not be. What a drill has not come to is not judged: its error says that.
func (r *result) conclude(openings []opening, tried int, rows []row, regions []*region) {
	r.Writable.Samples = tried
	for i := range openings {
		o := &openings[i]
		r.Writable.Openings = append(r.Writable.Openings, who{o.region, o.first, o.last, o.samples})
	}
	if a, b := overlaps(openings, rows, regions); a != nil {
		r.Writable.Overlap = true
		r.wrong("%s and %s took writes at one instant: %s until %s, and %s until %s", a.region, b.region,
			a.first, a.last, b.first, b.last)
	}
	if r.Synchronous && r.Rows.Lost > 0 {
		r.wrong("%d rows were lost that had been acknowledged by both databases", r.Rows.Lost)
	}
	if r.Rows.Unasked > r.Rows.Doubted {
		r.wrong("%d rows are there that were not acknowledged, and %d can be", r.Rows.Unasked,
			r.Rows.Doubted)
	}
	if back := r.Failback; back != nil && back.Rows.Lost > r.Rows.Lost {
		r.wrong("the failback has lost %d rows", back.Rows.Lost-r.Rows.Lost)
	}
	d := &r.Diverged
	if own := d.Orders + d.Heartbeats; r.Reprotected > 0 && d.Archive.Transactions != own {
		r.wrong("the archive counts %d transactions, and there are %d: %d orders and %d heartbeats",
			d.Archive.Transactions, own, d.Orders, d.Heartbeats)
	}
	if r.Rows.Lost > d.Orders {
		r.wrong("%d rows are lost, and only %d of them are left anywhere", r.Rows.Lost, d.Orders)
	}
}

func (r *result) wrong(format string, arguments ...any) {
	r.Wrong = append(r.Wrong, fmt.Sprintf(format, arguments...))
}

// write writes the result to a file.
func (r *result) write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// plural is a number of things, in words.
func plural(count int, thing string) string {
	if count == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", count, thing)
}

// rounded is a number of seconds as people read it.
func rounded(seconds float64) string {
	const milli = 1000
	return fmt.Sprintf("%.2f s", math.Round(seconds*milli)/milli)
}
