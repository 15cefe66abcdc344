package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"redoubt/agent"
	"redoubt/scenarios"
)

// looks are what programs of the operator's say of this region: what it has ready, and what it can
// carry. Each program has goroutines and times of its own, so that none waits for another; what an
// agent says is what was found last, with its age.
type looks struct {
	d *daemon
	// fallback is what the strategy keeps running in the region, in thousandths of all traffic.
	fallback uint16

	mu sync.Mutex
	// items are what was last found of each item.
	items []found
	share uint16
	knows bool
}

// found is what a program has said of an item.
type found struct {
	// at is when the look began; it is zero before the first one has ended.
	at          time.Time
	known, down bool
}

// newLooks makes them. A region without a program for its capacity has what its strategy says.
func newLooks(d *daemon) *looks {
	strategy, _ := d.Scenario.Strategy(d.Agent.Strategy)
	const thousand = 1000
	share := min(d.Scenario.Capacity(strategy, d.Region)*thousand, 1<<16-1)
	return &looks{d: d, fallback: uint16(share), items: make([]found, len(d.Agent.Readiness))}
}

// run has every program look whenever its time has come, until the context is over.
func (l *looks) run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	for i := range l.d.Agent.Readiness {
		m := &l.d.Agent.Readiness[i]
		repeatLook(ctx, &all, m, func() { l.lookAt(ctx, i, m) })
	}
	m := &l.d.Agent.Capacity
	repeatLook(ctx, &all, m, func() { l.measure(ctx, m) })
	<-ctx.Done()
	return nil
}

// repeatLook begins a goroutine that looks again and again, if there is anything to look with.
func repeatLook(ctx context.Context, all *sync.WaitGroup, m *scenarios.Measurement, look func()) {
	if len(m.Command) == 0 {
		return
	}
	all.Go(func() {
		for ctx.Err() == nil {
			began := time.Now()
			look()
			select {
			case <-ctx.Done():
			case <-time.After(m.Every - time.Since(began)):
			}
		}
	})
}

// cannotTell is the exit code of a program that cannot tell, EX_TEMPFAIL of sysexits.h.
const cannotTell = 75

// outputMost bounds what is read of a program's words.
const outputMost = 256

// lookAt looks at an item.
func (l *looks) lookAt(ctx context.Context, i int, m *scenarios.Measurement) {
	is := found{at: time.Now()}
	_, code, err := look(ctx, m)
	if ctx.Err() != nil {
		return // The agent ends, and the program with it.
	}
	is.down = err != nil && code > 0 && code != cannotTell
	is.known = err == nil || is.down
	if err != nil {
		l.d.Log.Warn("the region lacks something, or nobody can tell",
			"item", l.d.Scenario.Settings.Readiness[i], "error", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items[i] = is
}

// readiness says how all items stand, once every program has been heard for the first time. The
// word is as old as the oldest look that is in it.
func (l *looks) readiness(context.Context) (all agent.Readiness, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all.At = time.Now()
	for i := range l.items {
		is, bit := &l.items[i], uint8(1)<<i
		if is.at.IsZero() && len(l.d.Agent.Readiness[i].Command) > 0 {
			return agent.Readiness{}, false
		}
		if !is.known {
			continue
		}
		if all.Known |= bit; is.down {
			all.Down |= bit
		}
		if is.at.Before(all.At) {
			all.At = is.at
		}
	}
	return all, true
}

// measure finds out what the region can carry.
func (l *looks) measure(ctx context.Context, m *scenarios.Measurement) {
	text, _, err := look(ctx, m)
	share := uint16(0)
	if err == nil {
		share, err = shareOf(text)
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		l.d.Log.Warn("the region's capacity is not known", "error", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.share, l.knows = share, err == nil
}

// capacity is what the region can carry now, in thousandths of all traffic.
func (l *looks) capacity(context.Context) (uint16, bool) {
	if len(l.d.Agent.Capacity.Command) == 0 {
		return l.fallback, !l.d.Scenario.Regions[l.d.Region].Witness
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.share, l.knows
}

// shareOf reads a share such as 50% or 12.5%, in thousandths.
func shareOf(text string) (uint16, error) {
	text = strings.TrimSpace(text)
	number, found := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	const most = 1000 // Ten times all traffic.
	if !found || err != nil || !(share >= 0 && share <= most) {
		return 0, fmt.Errorf("%.20q is no share of all traffic: 50%% is one", text)
	}
	return uint16(share * 10), nil
}

// look runs a program in its time, and returns what it prints first, and its exit code. What it
// prints has a bound, and it has no environment but a PATH.
func look(ctx context.Context, m *scenarios.Measurement) (text string, code int, err error) {
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	out := &bounded{most: outputMost}
	cmd := exec.CommandContext(ctx, m.Command[0], m.Command[1:]...)
	cmd.Env, cmd.Stdout, cmd.WaitDelay = []string{"PATH=/usr/bin:/bin"}, out, time.Second
	err = cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) && ctx.Err() == nil {
		code = failed.ExitCode()
	}
	return out.String(), code, err
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	bytes.Buffer
	most int
}

// Write keeps what there is room for, and takes all.
func (b *bounded) Write(data []byte) (int, error) {
	if room := b.most - b.Len(); room > 0 {
		b.Buffer.Write(data[:min(len(data), room)])
	}
	return len(data), nil
}
