package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// simulated is what the simulator says of one run.
type simulated struct {
	RTO, RPO float64
	Writes   int
	phases   phases
}

// simulate plays the estate with one seed.
func (e *estate) simulate(ctx context.Context, seed int) (simulated, error) {
	text, err := e.redoubt(ctx, "simulate", e.scenario, "--strategy", strategy, "--seed",
		strconv.Itoa(seed), "--output", "json")
	if err != nil {
		return simulated{}, err
	}
	var run struct {
		Incidents []struct {
			RTO    float64 `json:"rto_seconds"`
			RPO    float64 `json:"rpo_seconds"`
			Phases struct {
				Detect, Agree, Hold, Fence, Promote, Shift float64
			} `json:"phases"`
			Failover bool `json:"failover"`
		} `json:"incidents"`
		Outcome struct {
			LostWrites int `json:"lost_writes"`
		} `json:"outcome"`
	}
	if err := json.Unmarshal([]byte(text), &run); err != nil {
		return simulated{}, fmt.Errorf("read a simulated run: %w", err)
	}
	if len(run.Incidents) == 0 || !run.Incidents[0].Failover {
		return simulated{}, errors.New("nothing fails over in a simulated run")
	}
	i := &run.Incidents[0]
	return simulated{
		RTO: i.RTO, RPO: i.RPO, Writes: run.Outcome.LostWrites,
		phases: phases{
			Detect: i.Phases.Detect + i.Phases.Agree, Hold: i.Phases.Hold, Fence: i.Phases.Fence,
			Promote: i.Phases.Promote, Shift: i.Phases.Shift,
		},
	}, nil
}

// predict plays the estate with many seeds.
func (e *estate) predict(ctx context.Context) ([]simulated, error) {
	all := make([]simulated, e.seeds)
	group, ctx := errgroup.WithContext(ctx)
	const atOnce = 2
	group.SetLimit(atOnce)
	for i := range all {
		group.Go(func() (err error) {
			all[i], err = e.simulate(ctx, i+1)
			return err
		})
	}
	return all, group.Wait()
}

// fewest is how many simulated runs are held against a real one at least. Where both agree, one
// run more than n is the least or the most of all with a probability of 2/(n + 1): of 39 in 1 of
// 20. The ends of fewer are passed more often, and those of a single run nearly always.
const fewest = 39

// Band holds 95 of 100 simulated runs, each end in the unit of what is predicted.
type Band struct {
	// Low is what 2.5 of 100 are below.
	Low float64 `json:"low"`
	// High is what 2.5 of 100 are above.
	High float64 `json:"high"`
}

// prediction is what is predicted of one figure, and where what was measured lies in it.
type prediction struct {
	// Band is there for as many runs as are judged by, and for fewer it is not.
	*Band
	// Mid is the median of the simulated runs.
	Mid float64 `json:"median"`
	// Percentile is the share of simulated runs below what was measured; those that cannot be told
	// from it count half.
	Percentile float64 `json:"measured_percentile"`
	// Least and Most are of all simulated runs: one more of them would lie outside of those with a
	// probability of 2/(runs + 1).
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// same is by how many seconds two times may differ that are one: no part of a recovery is measured
// finer. What is lost is known by rows: to a row, and to the time between two of them.
const (
	same     = 0.001
	sameLoss = float64(writeEvery) / float64(time.Second)
	sameRows = 1
)

// hundred makes shares percentages.
const hundred = 100

// predicted sums up one figure of the runs; what differs by no more than same cannot be told apart.
func predicted(
	runs []simulated, of func(*simulated) float64, measured, same float64,
) prediction {
	var values []float64
	below := 0.0
	for i := range runs {
		value := of(&runs[i])
		values = append(values, value)
		switch difference := value - measured; {
		case math.Abs(difference) <= same:
			below += 0.5
		case difference < 0:
			below++
		}
	}
	slices.Sort(values)
	const tail, half = 0.025, 0.5
	p := prediction{
		Mid: quantile(values, half), Percentile: below / float64(len(values)) * hundred,
		Least: values[0], Most: values[len(values)-1],
	}
	if len(runs) >= fewest {
		p.Band = &Band{quantile(values, tail), quantile(values, 1-tail)}
	}
	return p
}

// quantile is a value of sorted ones, between two of them where it falls there.
func quantile(sorted []float64, share float64) float64 {
	at := share * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
}
