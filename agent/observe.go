package agent

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Report takes in what the probes say of a region, and has the log hear of it at once if that is
// news.
func (n *Node) Report(v Verdict) {
	n.mu.Lock()
	defer n.mu.Unlock()
	old, known := n.verdicts[v.Subject]
	if known && v.At.Before(old.At) {
		return
	}
	n.verdicts[v.Subject] = v
	if k := n.spoken[v.Subject]; k != nil && (!known || v.Known != old.Known || v.Down != old.Down) {
		k.now()
	}
}

// verdict is the last that the probes have said of a region.
func (n *Node) verdict(subject model.RegionID) (Verdict, bool) {
	if n.config.Senses.Verdicts != nil {
		for _, v := range n.config.Senses.Verdicts() {
			n.Report(v)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	v, known := n.verdicts[subject]
	return v, known
}

// repeats is something that an agent says again and again.
type repeats struct {
	every time.Duration
	// kick has it said at once.
	kick kick
	// say says it. It is tried again soon after an error.
	say func(context.Context) error
}

// retryMin is what is waited at least before something is said again that did not come through.
const retryMin = 250 * time.Millisecond

// repeat says something whenever it is due, until the context is over. What did not come through is
// said anew, as it is then, after a time that doubles up to its turn.
func (n *Node) repeat(ctx context.Context, r repeats) {
	wait := rand.N(r.every) // Not everybody at once.
	back := retryMin
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-r.kick:
			timer.Stop()
			back = retryMin // Who leads anew may not be ready at once.
		case <-timer.C:
		}
		saying, cancel := context.WithTimeout(ctx, max(r.every, 2*n.config.Times.Heartbeat))
		err := r.say(saying)
		cancel()
		var refused *RefusedError
		switch {
		case err == nil:
			wait, back = r.every, retryMin
		case errors.As(err, &refused):
			n.often(slog.LevelError, "the leader refuses what this agent says", "error", err)
			wait = r.every
		default:
			wait, back = min(back, r.every), min(2*back, r.every)
		}
	}
}

// observe tells the log what this agent observes.
func (n *Node) observe(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	begin := func(r repeats) { all.Go(func() { n.repeat(ctx, r) }) }
	times, senses := &n.config.Times, &n.config.Senses
	for subject := range model.RegionID(len(n.config.Names)) {
		if subject == n.config.Region {
			continue
		}
		k := n.kicked()
		n.mu.Lock()
		n.spoken[subject] = k
		n.mu.Unlock()
		begin(repeats{every: times.ReportEvery, kick: k, say: func(ctx context.Context) error {
			return n.sayVerdict(ctx, subject)
		}})
	}
	if senses.Lags != nil {
		begin(repeats{every: times.LagEvery, kick: n.kicked(), say: n.sayLags})
	}
	if senses.Readiness != nil {
		begin(repeats{every: times.ReportEvery, kick: n.kicked(), say: n.sayReadiness})
	}
	if senses.Capacity != nil {
		begin(repeats{every: times.ReportEvery, kick: n.kicked(), say: n.sayCapacity})
	}
}

// sayVerdict reports on a region, under a number above the last one that the log has. An age is
// what has passed since the region was looked at.
func (n *Node) sayVerdict(ctx context.Context, subject model.RegionID) error {
	v, known := n.verdict(subject)
	view := n.replica.View()
	p := view.Policy
	if !known || p == nil || view.Halted != nil {
		return nil
	}
	if !p.Voters.Has(n.config.Region) || !p.Workload.Has(subject) {
		return nil
	}
	moved := n.config.moved(p).Checks
	return n.apply(ctx, Proposal{Event: failover.Event{
		Kind: failover.Reported, Region: n.config.Region, Subject: subject,
		Sequence: n.number(subject, view.State.Reports[n.config.Region][subject].Sequence),
		Known:    v.Known &^ moved, Down: v.Down &^ moved, Age: age(v.At),
	}})
}

// number numbers a report: above the last one that this agent has applied, and above the last one
// that it has sent, which may still be on its way.
func (n *Node) number(subject model.RegionID, applied uint64) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.numbers[subject] = max(n.numbers[subject], applied) + 1
	return n.numbers[subject]
}

// age is what has passed since an instant.
func age(at time.Time) time.Duration { return max(0, time.Since(at)) }

// sayLags reports how far the region's replicas are behind.
func (n *Node) sayLags(ctx context.Context) error {
	var failed error
	if v := n.replica.View(); v.Policy == nil || v.Halted != nil {
		return nil
	}
	for _, lag := range n.config.Senses.Lags(ctx) {
		failed = errors.Join(failed, n.apply(ctx, Proposal{Event: failover.Event{
			Kind: failover.LagMeasured, Region: n.config.Region, Store: lag.Store, Lag: lag.Lag,
			Epoch: lag.Epoch, Age: age(lag.At),
		}}))
	}
	return failed
}

// sayReadiness reports what the region has ready to take over.
func (n *Node) sayReadiness(ctx context.Context) error {
	is, known := n.config.Senses.Readiness(ctx)
	v := n.replica.View()
	if !known || v.Policy == nil || v.Halted != nil || v.Policy.Items == 0 {
		return nil
	}
	moved := n.config.moved(v.Policy).Items
	return n.apply(ctx, Proposal{Event: failover.Event{
		Kind: failover.ReadinessChanged, Region: n.config.Region, Known: is.Known &^ moved,
		Down: is.Down &^ moved, Age: age(is.At),
	}})
}

// sayCapacity reports what the region can carry, where the log has something else.
func (n *Node) sayCapacity(ctx context.Context) error {
	share, known := n.config.Senses.Capacity(ctx)
	v := n.replica.View()
	if !known || v.Policy == nil || v.Halted != nil || v.State.Ready[n.config.Region] == share {
		return nil
	}
	if !v.Policy.Workload.Has(n.config.Region) {
		return nil
	}
	return n.apply(ctx, Proposal{Event: failover.Event{
		Kind: failover.CapacityChanged, Region: n.config.Region, Share: share,
	}})
}

// tellPeople has people hear what stands that they are to know, from the leader, whenever that may
// have changed. A new leader tells it again: whoever tells people knows each thing by its name.
func (n *Node) tellPeople(ctx context.Context) {
	if n.config.Notify == nil {
		return
	}
	changed, stop := n.replica.Watch()
	defer stop()
	for {
		var again <-chan time.Time
		if v := n.replica.View(); n.Leads() && v.Policy != nil && v.Halted == nil {
			telling, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
			err := n.config.Notify(telling, v.Policy.Standing(v.State))
			if cancel(); err != nil {
				n.often(slog.LevelWarn, "people could not be told", "error", err)
				again = time.After(n.config.Times.Heartbeat)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-again:
		}
	}
}
