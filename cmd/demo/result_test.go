package main

import (
	"math"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// TestTwoWritersAreSeen has two servers take writes one after the other, at once, and one of them
// twice with a restart in between.
func TestTwoWritersAreSeen(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(1000+s), 0) }
	regions := []*region{{name: "east", address: "127.0.0.2"}, {name: "west", address: "127.0.0.3"}}
	opened := func(region string, server, from, to int) opening {
		return opening{region: region, server: at(server), first: at(from), last: at(to), samples: 2}
	}
	wrote := func(address string, seconds ...int) (rows []row) {
		for _, s := range seconds {
			rows = append(rows, row{at: address, sent: at(s), known: at(s)})
		}
		return rows
	}
	west := []opening{opened("west", 0, 4, 9)}
	two := func(from, to int) []opening {
		return []opening{opened("east", 0, 1, 5), opened("west", 0, from, to)}
	}
	for name, c := range map[string]struct {
		openings []opening
		rows     []row
		want     bool
	}{
		"in turns": {two(6, 9), nil, false},
		"and back": {openings: []opening{
			opened("east", 0, 1, 5), opened("west", 0, 6, 9), opened("east", 9, 10, 12),
		}},
		"at once":       {two(4, 9), nil, true},
		"one within":    {two(2, 3), nil, true},
		"a late row":    {west, wrote("127.0.0.2", 1, 5), true},
		"one late row":  {west, wrote("127.0.0.2", 6), true},
		"rows in turns": {west, wrote("127.0.0.2", 1, 2, 3), false},
	} {
		a, b := overlaps(c.openings, c.rows, regions)
		if got := a != nil && b != nil; got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestWhatMustNotBeIsSaid holds each thing for which a run fails.
func TestWhatMustNotBeIsSaid(t *testing.T) {
	fine := result{Reprotected: 1, Rows: looked{Lost: 2}}
	fine.Diverged.Orders, fine.Diverged.Heartbeats, fine.Diverged.Archive.Transactions = 3, 1, 4
	fine.conclude(nil, 1, nil, nil)
	if len(fine.Wrong) > 0 {
		t.Fatalf("got %q", fine.Wrong)
	}
	for want, spoil := range map[string]func(r *result){
		"acknowledged by both":  func(r *result) { r.Synchronous = true },
		"the archive counts 4":  func(r *result) { r.Diverged.Heartbeats = 0 },
		"are there that":        func(r *result) { r.Rows.Unasked = 1 },
		"left anywhere":         func(r *result) { r.Rows.Lost = 4 },
		"the failback has lost": func(r *result) { r.Failback = &wentBack{Rows: looked{Lost: 3}} },
	} {
		r := fine
		spoil(&r)
		r.conclude(nil, 1, nil, nil)
		if len(r.Wrong) != 1 || !strings.Contains(r.Wrong[0], want) {
			t.Errorf("got %q, want %q", r.Wrong, want)
		}
	}
}

// TestAFigureIsPlacedAmongRuns holds quantiles and percentiles.
func TestAFigureIsPlacedAmongRuns(t *testing.T) {
	var runs []simulated
	for i := range 41 {
		runs = append(runs, simulated{RTO: float64(40 - i)})
	}
	of := func(s *simulated) float64 { return s.RTO }
	for measured, want := range map[float64]float64{-1: 0, 50: 100, 20.5: 21. / 41 * 100, 20: 50} {
		got := predicted(runs, of, measured, same)
		if got.Mid != 20 || got.Low != 1 || got.High != 39 ||
			math.Abs(got.Percentile-want) > 1e-9 {
			t.Errorf("%v: got %+v, want percentile %v", measured, got, want)
		}
	}
}

// TestAFailoverIsFoundInAHistory takes what an agent tells, with an earlier failover in it.
func TestAFailoverIsFoundInAHistory(t *testing.T) {
	at := func(s float64) time.Time {
		return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second)))
	}
	begins := "plan: failover of east to west, epoch 2, since T+12s"
	entries := []api.Entry{
		{At: 1, Wall: at(1), Changes: []string{begins}},
		{At: 1.5, Wall: at(1.5), Event: "west will promote orders (epoch 2)"},
		{At: 12, Wall: at(12), Changes: []string{"primary: east; the last epoch is 2", begins}},
		{At: 13.5, Wall: at(13.5), Event: "west will promote orders (epoch 2)"},
		{At: 14, Wall: at(14), Event: "west is done with: promote orders (epoch 2)"},
	}
	if _, err := findFailover(entries, "east", "west", at(6)); err == nil ||
		!strings.Contains(err.Error(), "shifted") {
		t.Errorf("got %v, want a shift to be missing", err)
	}
	entries = append(entries, api.Entry{
		At: 14.1, Wall: at(14.1), Event: "witness is done with: shift (epoch 2)",
	})
	d, err := findFailover(entries, "east", "west", at(6))
	if err != nil {
		t.Fatal(err)
	}
	if d.seen, err = (sight{since: 8, known: true}).wall(entries); err != nil {
		t.Fatal(err)
	}
	got := d.phases(at(6), at(15))
	want := phases{Detect: 2, Hold: 4, Fence: 1.5, Promote: 0.5, Shift: 1}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := (sight{}).wall(entries); err == nil {
		t.Error("nobody was seen down, and there is a time of it")
	}
}
