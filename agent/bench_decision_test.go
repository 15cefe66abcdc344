package agent

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
	"redoubt/wan"
)

// stopwatch holds the clock of the log beside that of the machine, at the agent that takes over.
type stopwatch struct {
	mu sync.Mutex
	// zero is the earliest that instant 0 of the log can have been here under the leader of a term:
	// that of the entry which was the quickest to be committed. What is late beyond it is late
	// beyond a commit.
	zero time.Time
	term uint64
	// terms counts the leaders since the failover was decided, and stopped says that it is over.
	terms   int
	stopped bool
	// due is when the failover could be decided, in the log, and decided when its entry was applied.
	due     failover.Instant
	decided time.Time
	// over is when the lease of the former holder ends for whoever takes over, and promoted when
	// the executor was asked to promote.
	over     failover.Instant
	promoted time.Time
}

// told looks at an entry as it is applied.
func (w *stopwatch) told(a *Applied) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	zero := now.Add(-time.Duration(a.After.Now))
	if w.term != a.Term { // No two leaders have the same clock.
		w.zero, w.term = zero, a.Term
		w.terms++
	}
	if zero.Before(w.zero) {
		w.zero = zero
	}
	if a.Before.Plan.Kind == failover.NoPlan && a.After.Plan.Kind == failover.Failover {
		if w.due, w.decided = a.After.Now, now; a.Entry.Event.Kind == failover.Tick {
			w.due, _ = a.Policy.NextTick(a.Before)
		}
		w.terms = 1
		w.over = a.Before.Leases[0].End.Add(a.Policy.Drift)
	}
}

// stop has nothing that comes later count.
func (w *stopwatch) stop(promoted time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.promoted, w.stopped = promoted, true
}

// late is how much later than at an instant of the log something was, beyond a commit.
func (w *stopwatch) late(at time.Time, than failover.Instant) time.Duration {
	return at.Sub(w.zero.Add(time.Duration(than)))
}

// BenchmarkDecision is what agents add to a failover, in real time, beyond the times that the
// scenario gives and one commit: from the end of the hold-down until it is decided, and from the
// end of the lease until the executor of whoever takes over is asked to promote. There are three,
// with archives on disk and 2 ms between them, and the primary's region is lost, which does not
// lead.
func BenchmarkDecision(b *testing.B) {
	var decide, promote, most time.Duration
	lap := 0
	for b.Loop() {
		w := loseThePrimary(b, filepath.Join(b.TempDir(), time.Now().Format("150405.000000")))
		d, p := w.late(w.decided, w.due), w.late(w.promoted, max(w.due, w.over))
		decide, promote, most = decide+d, promote+p, max(most, d, p)
		lap++
	}
	mean := func(sum time.Duration) float64 {
		return float64(sum.Microseconds()) / 1000 / float64(lap)
	}
	b.ReportMetric(mean(decide), "decide-ms")
	b.ReportMetric(mean(promote), "promote-ms")
	b.ReportMetric(float64(most.Microseconds())/1000, "worst-ms")
}

// loseThePrimary has three agents begin in real time, loses the region that has the primary, and
// returns when the promotion was asked for.
func loseThePrimary(b *testing.B, dir string) *stopwatch {
	b.Helper()
	p := smallPolicy()
	p.HoldDown, p.StaleAfter = time.Second, 5*time.Second
	p.Lease, p.Drift = 2*time.Second, 10*time.Millisecond
	trips := model.Latency{}
	for from := range trips {
		for to := range trips {
			trips[from][to] = 2 * time.Millisecond
		}
	}
	g := &group{t: b, dir: dir, policy: p, network: wan.New(&trips), done: make(chan struct{})}
	g.world = newWorld(g.network)
	watch, asked := &stopwatch{}, make(chan time.Time, 1)
	g.world.hang = func(a failover.Action) bool {
		if a.Step == failover.Promote {
			select {
			case asked <- time.Now():
			default: // It is the first that counts.
			}
		}
		return false
	}
	g.before = func(c *Config) {
		c.Times = Times{
			Heartbeat: time.Second, ReportEvery: time.Second,
			RenewEvery: 500 * time.Millisecond, LagEvery: time.Second, CensusEvery: time.Second,
			ApplyMax: 3 * time.Second, ClockDrift: 200e-6,
		}
		if c.Region == 1 {
			c.Told = watch.told
		}
	}
	for range p.Voters.Count() {
		g.addMember()
		keeper := &g.world.guards[len(g.members)-1][0]
		keeper.terms = guard.Terms{Lease: p.Lease, Stop: 100 * time.Millisecond}
		keeper.begin()
	}
	for _, m := range g.members {
		g.start(m)
	}
	g.settle(0, 20*time.Second)
	if leader := g.leader(); leader.region == 0 {
		if err := leader.node.raft.LeadershipTransfer().Error(); err != nil {
			b.Fatal(err)
		}
	}
	time.Sleep(3 * time.Second) // Reports and lags of everybody are in the log.
	g.lose(g.members[0])
	g.settle(1, 20*time.Second)
	watch.stop(<-asked)
	g.network.Revive(0) // Nobody has to wait for its answer.
	for _, m := range g.members[1:] {
		m.cancel()
	}
	for _, m := range g.members[1:] {
		<-m.ended
	}
	if watch.terms > 1 {
		b.Fatal("the lead changed after the loss, and the clock of the log with it")
	}
	return watch
}
