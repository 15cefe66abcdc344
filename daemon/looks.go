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
// carry.
type looks struct {
	d *daemon
	// fallback is what the strategy keeps running in the region, in thousandths of all traffic.
	fallback uint16

	mu sync.Mutex
	// ready is what was last found, and since is when each item was looked at.
	ready agent.Readiness
	since []time.Time
	share uint16
	knows bool
	at    time.Time
}

// newLooks makes them. A region without a program for its capacity has what its strategy says.
func newLooks(d *daemon) *looks {
	strategy, _ := d.Scenario.Strategy(d.Agent.Strategy)
	const thousand = 1000
	share := min(d.Scenario.Capacity(strategy, d.Region)*thousand, 1<<16-1)
	return &looks{d: d, fallback: uint16(share), since: make([]time.Time, len(d.Agent.Readiness))}
}

// cannotTell is the exit code of a program that cannot tell, EX_TEMPFAIL of sysexits.h.
const cannotTell = 75

// outputMost bounds what is read of a program's words.
const outputMost = 256

// readiness looks at the items whose time has come, and says how all of them stand.
func (l *looks) readiness(ctx context.Context) (agent.Readiness, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.d.Agent.Readiness {
		m := &l.d.Agent.Readiness[i]
		if len(m.Command) == 0 || time.Since(l.since[i]) < m.Every {
			continue
		}
		_, code, err := look(ctx, m)
		l.since[i] = time.Now()
		bit := uint8(1) << i
		switch l.ready.Known &^= bit; {
		case err == nil:
			l.ready.Known, l.ready.Down = l.ready.Known|bit, l.ready.Down&^bit
		case code > 0 && code != cannotTell:
			l.ready.Known, l.ready.Down = l.ready.Known|bit, l.ready.Down|bit
		}
		if err != nil {
			l.d.Log.Warn("the region lacks something, or nobody can tell",
				"item", l.d.Scenario.Settings.Readiness[i], "error", err)
		}
	}
	l.ready.At = time.Now()
	for i, at := range l.since { // The word is as old as the oldest look that is in it.
		if l.ready.Known>>i&1 == 1 && at.Before(l.ready.At) {
			l.ready.At = at
		}
	}
	return l.ready, true
}

// capacity is what the region can carry now, in thousandths of all traffic.
func (l *looks) capacity(ctx context.Context) (uint16, bool) {
	m := &l.d.Agent.Capacity
	if len(m.Command) == 0 {
		return l.fallback, !l.d.Scenario.Regions[l.d.Region].Witness
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) < m.Every {
		return l.share, l.knows
	}
	l.at = time.Now()
	text, _, err := look(ctx, m)
	if err == nil {
		l.share, err = shareOf(text)
	}
	if l.knows = err == nil; !l.knows {
		l.d.Log.Warn("the region's capacity is not known", "error", err)
	}
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
