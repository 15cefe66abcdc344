package agent

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"

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
	// disk is what a write to a log took meanwhile at the most, and stalled how long a goroutine that
	// slept for a millisecond was kept from its turn at the most: what of it is the machine's.
	disk, stalled time.Duration
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

// lapsAtOnce is how many failovers are one operation: in turns the agent that takes over leads, and
// another one does.
const lapsAtOnce = 4

// BenchmarkDecision is what agents add to a failover, in real time, beyond the times that the
// scenario gives and one commit: from the end of the hold-down until it is decided, and from the
// end of the lease until the executor of whoever takes over is asked to promote. There are three,
// as in production: their logs and archives are on disk, and they talk over TLS on loopback. The
// primary's region is lost, which does not lead. What counts of a failover is the later of the two,
// and beside the worst of them is what the machine had in it.
func BenchmarkDecision(b *testing.B) {
	var decide, promote time.Duration
	var worst *stopwatch
	var all []time.Duration
	for b.Loop() {
		for range lapsAtOnce {
			leader := model.RegionID(1 + len(all)%2)
			w := loseThePrimary(b, filepath.Join(b.TempDir(), strconv.Itoa(len(all))), leader)
			d, p := w.late(w.decided, w.due), w.late(w.promoted, max(w.due, w.over))
			b.Logf("region %d leads: decided after %v, promotion asked for after %v; a write took %v, "+
				"and a stall %v", leader, d, p, w.disk, w.stalled)
			decide, promote, all = decide+d, promote+p, append(all, max(d, p))
			if max(d, p) == slices.Max(all) {
				worst = w
			}
		}
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	rank := func(share float64) float64 { // The nearest one.
		return ms(all[max(1, int(math.Ceil(share*float64(len(all)))))-1])
	}
	b.ReportMetric(ms(decide)/float64(len(all)), "decide-ms")
	b.ReportMetric(ms(promote)/float64(len(all)), "promote-ms")
	b.ReportMetric(rank(0.5), "median-ms")
	b.ReportMetric(rank(0.99), "p99-ms")
	b.ReportMetric(rank(1), "worst-ms")
	b.ReportMetric(ms(worst.disk), "worst-disk-ms")
	b.ReportMetric(ms(worst.stalled), "worst-stall-ms")
}

// loseThePrimary has three agents begin in real time, loses the region that has the primary while
// another one leads, and returns when the promotion was asked for.
func loseThePrimary(b *testing.B, dir string, leader model.RegionID) *stopwatch {
	b.Helper()
	p := smallPolicy()
	p.HoldDown, p.StaleAfter = time.Second, 5*time.Second
	p.Lease, p.Drift = 2*time.Second, 10*time.Millisecond
	g := realGroup(b, p, dir)
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
	real := newProduction(b, dir, p.Voters.Count())
	g.before = func(c *Config) {
		c.Times = Times{
			Heartbeat: time.Second, ReportEvery: time.Second,
			RenewEvery: 500 * time.Millisecond, LagEvery: time.Second, CensusEvery: time.Second,
			ApplyMax: 3 * time.Second, ClockDrift: 200e-6,
		}
		c.CommitEvery = c.Times.Heartbeat / 2
		real.equip(c)
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
	real.start(g)
	g.settle(0, 20*time.Second)
	g.await("it leads", 20*time.Second, func() bool {
		if now := g.leader(); now.region != leader { // It may not have caught up yet.
			id := raft.ServerID(wan.Name(leader))
			_ = now.node.raft.LeadershipTransferToServer(id, raft.ServerAddress(id)).Error()
		}
		return g.members[leader].node.Leads()
	})
	time.Sleep(3 * time.Second) // Reports and lags of everybody are in the log.
	real.cut(0)
	stalled := stall()
	g.lose(g.members[0])
	g.settle(1, 20*time.Second)
	watch.stop(<-asked)
	due := watch.zero.Add(time.Duration(watch.due))
	watch.disk, watch.stalled = real.writes.slowest(due, watch.promoted), stalled(due, watch.promoted)
	real.close(g)
	if watch.terms > 1 {
		b.Fatal("the lead changed after the loss, and the clock of the log with it")
	}
	return watch
}

// stall begins to sleep for a millisecond again and again, and returns what ends that and says how
// much longer one of the turns between two moments took.
func stall() func(from, to time.Time) time.Duration {
	const turn = time.Millisecond
	var turns []time.Time
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			case now := <-time.After(turn):
				turns = append(turns, now)
			}
		}
	}()
	return func(from, to time.Time) (most time.Duration) {
		close(over)
		<-done
		for i := range turns[1:] {
			if turns[i+1].After(from) && turns[i].Before(to) {
				most = max(most, turns[i+1].Sub(turns[i])-turn)
			}
		}
		return most
	}
}
