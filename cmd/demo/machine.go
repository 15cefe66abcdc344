package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// machine is what this machine does faster or slower than others, as it was measured beside a run.
type machine struct {
	// Promotion is how long a copy of the database takes to be promoted and to take its first write,
	// at the least and at the most. The estate's file gives it to the simulator, as it would a
	// database's own figures.
	Promotion [2]float64 `json:"promotion_seconds"`
	// Late is how long a process that wakes twenty times a second was kept waiting by others in all,
	// from the loss to the recovery, and LateMost how long at once about the loss.
	Late     float64 `json:"late_seconds"`
	LateMost float64 `json:"late_most_seconds"`
}

// pulseEvery is how often a pulse wakes.
const pulseEvery = 50 * time.Millisecond

// pulse notes how late it wakes: so late is everybody here who waits for their turn.
type pulse struct {
	mu  sync.Mutex
	all []beat
}

type beat struct {
	at   time.Time
	late time.Duration
}

// run wakes until the context is over.
func (p *pulse) run(ctx context.Context) {
	for ctx.Err() == nil {
		due := time.Now().Add(pulseEvery)
		sleep(ctx, pulseEvery)
		now := time.Now()
		p.mu.Lock()
		p.all = append(p.all, beat{now, max(0, now.Sub(due))})
		p.mu.Unlock()
	}
}

// late is by how much it woke late between two moments, in all and at the most.
func (p *pulse) late(from, to time.Time) (sum, most time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.all {
		if b.at.Before(from) || b.at.Add(-b.late-pulseEvery).After(to) {
			continue
		}
		sum, most = sum+b.late, max(most, b.late)
	}
	return sum, most
}

// strain is how busy this machine was while something failed.
type strain struct {
	// lasted is how long that took, and late and most are a pulse's.
	lasted, late, most time.Duration
	// load is how many processes ran, or waited to, in the last minute, or 0 where nobody says that.
	load       float64
	processors int
}

// since is the strain from a moment on.
func (p *pulse) since(began time.Time) strain {
	now := time.Now()
	s := strain{lasted: now.Sub(began), processors: runtime.NumCPU()}
	s.late, s.most = p.late(began, now)
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		_, _ = fmt.Sscan(string(text), &s.load) // What is there else is 0, as nothing.
	}
	return s
}

// What the agents' times of a second bear. With a load of 5 on each processor, and kept waiting for
// a twentieth of the time, a run is as any other; with 15, or a tenth of the time to run in, agents
// elect leaders for ever.
const (
	waitsMost = 500 * time.Millisecond
	partMost  = 10
	loadMost  = 8
)

// blame says whether the machine may be what something has failed for.
func (s strain) blame() error {
	verdict := "this machine was not too slow for it"
	if s.most > waitsMost || s.late > s.lasted/partMost || s.load > loadMost*float64(s.processors) {
		verdict = "this machine was too slow, or too busy, for it: run it again when less runs beside it"
	}
	load := ""
	if s.load > 0 {
		load = fmt.Sprintf(", with a load of %.1f on %s", s.load, plural(s.processors, "processor"))
	}
	return fmt.Errorf("%s (what wakes every %v was kept waiting for %s of %s in all, and for %s at "+
		"once%s)", verdict, pulseEvery, rounded(s.late.Seconds()), rounded(s.lasted.Seconds()),
		rounded(s.most.Seconds()), load)
}

// The estate's file says how long a promotion takes on the machine on which it was written.
const promotionSaid = `{ uniform = ["120ms", "200ms"] }`

// promotionsTried is how often a copy is promoted to see how long it takes here.
const promotionsTried = 3

// withPromotion is an estate's text, with the time that a promotion takes here.
func withPromotion(text string, least, most time.Duration) string {
	const fine = time.Millisecond
	least = max(least.Round(fine), fine)
	here := fmt.Sprintf("{ uniform = [\"%dms\", \"%dms\"] }", least.Milliseconds(),
		max(most.Round(fine), least+fine).Milliseconds())
	return strings.ReplaceAll(text, promotionSaid, here)
}

// tryPromotions finds how long a copy of a server that runs takes to be promoted, and to take a
// write. Nobody else looks at that copy, which is of no use afterwards.
func (e *estate) tryPromotions(
	ctx context.Context, from *cluster,
) (least, most time.Duration, err error) {
	trial := &cluster{
		databases: from.databases, name: "trial", dir: filepath.Join(e.folder, "trial"),
		address: from.address,
	}
	trial.data = filepath.Join(trial.dir, "data")
	if err := os.Mkdir(trial.dir, 0o700); err != nil {
		return 0, 0, fmt.Errorf("make a folder for a copy: %w", err)
	}
	if err := from.owner.owns(trial.dir); err != nil {
		return 0, 0, err
	}
	if err := trial.copyOf(ctx, from, ""); err != nil {
		return 0, 0, err
	}
	trial.own = append(trial.options(), "-c", "listen_addresses=")
	for range promotionsTried {
		took, err := trial.promoteOnce(ctx)
		if err != nil {
			return 0, 0, fmt.Errorf("try how long a promotion takes: %w", err)
		}
		if most = max(most, took); least == 0 || took < least {
			least = took
		}
	}
	return least, most, nil
}

// promoteOnce has the cluster run as a copy of nobody, and be promoted.
func (c *cluster) promoteOnce(ctx context.Context) (took time.Duration, err error) {
	signal := filepath.Join(c.data, "standby.signal")
	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		return 0, err
	}
	if err := c.owner.owns(signal); err != nil {
		return 0, err
	}
	if err := c.start(ctx); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.stop(context.WithoutCancel(ctx))) }()
	conn, err := c.local(ctx)
	if err != nil {
		return 0, err
	}
	defer hangUp(conn)
	began, promoted := time.Now(), false
	if err := conn.QueryRow(ctx, "select pg_promote()").Scan(&promoted); err != nil || !promoted {
		return 0, errors.Join(err, errors.New("a copy was not promoted"))
	}
	_, err = conn.Exec(ctx, "insert into tried default values")
	return time.Since(began), err
}
