package probe

import (
	"context"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

const (
	// jitterPart is the part of an interval by which a probe may start late: enough for agents that
	// look at one server not to fall into step, too little to matter to when a loss is seen.
	jitterPart = 20
	// endGrace is how long a probe may take to return once its time is over. One that takes longer is
	// left alone until it does.
	endGrace = 2 * time.Second
)

// watch makes one check of one region, at times of its own.
type watch struct {
	runner *Runner
	check  *model.Check
	prober Prober
	// lasts is for how long what was learnt says how things are.
	lasts time.Duration

	// The rest is guarded by the runner.
	look      Look
	detector  failover.Detector
	confirmed bool
}

// outcome is a result, and the time that the probe took.
type outcome struct {
	watch        *watch
	result       Result
	began, ended time.Time
}

// newWatch makes a watch. What it learns lasts until it is as old as a report may be, and at least
// until the next probe has had its time.
func newWatch(r *Runner, check *model.Check, prober Prober, look Look) *watch {
	next := check.Interval + check.Interval/jitterPart + check.Timeout + endGrace
	return &watch{
		runner: r, check: check, prober: prober, look: look,
		lasts: max(r.config.Scenario.Settings.StaleAfter, next),
	}
}

// known reports whether the detector's verdict rests on something that was learnt, of late: before
// the first good probe, or the last of enough bad ones, nobody knows. What was learnt before the
// machine slept is as old as that.
func (w *watch) known(now time.Time) bool {
	return w.confirmed && elapsed(w.look.Told, now) < w.lasts
}

// uniform draws from [0, 1).
func (r *Runner) uniform() float64 {
	r.guard.Lock()
	defer r.guard.Unlock()
	return r.config.Random.Float64()
}

// run probes until its context ends. The starts are an interval apart, but for the jitter; one that
// had to wait puts the next off, so that no two are nearer than that.
func (w *watch) run(ctx context.Context) {
	interval := w.check.Interval
	jitter := interval / jitterPart
	first := time.Now().Add(time.Duration(w.runner.uniform() * float64(interval)))
	for tick := int64(0); ; {
		due := first.Add(time.Duration(tick)*interval +
			time.Duration(w.runner.uniform()*float64(jitter)))
		if !sleep(ctx, time.Until(due)) {
			return
		}
		select {
		case w.runner.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		began := time.Now()
		result, pending := w.probe(ctx, began)
		<-w.runner.slots
		select {
		case w.runner.results <- outcome{w, result, began, time.Now()}:
		case <-ctx.Done():
			return
		}
		if pending != nil {
			select {
			case <-pending:
			case <-ctx.Done():
				return
			}
			began = time.Now()
		}
		tick = tickAfter(began.Add(interval-jitter).Sub(first), interval)
	}
}

// tickAfter is the first of a row of ticks, an interval apart from 0 on, that is not before a time.
func tickAfter(at, interval time.Duration) int64 {
	return int64((at + interval - 1) / interval)
}

// sleep waits, or reports that the context has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// probe looks once. A prober that does not return in time has failed, and tells on the channel when
// it is done at last.
func (w *watch) probe(ctx context.Context, began time.Time) (Result, <-chan Result) {
	result, pending := within(ctx, w.prober, w.check.Timeout)
	if ctx.Err() != nil {
		return untold("the agent is ending"), pending
	}
	if result.Silent && !w.runner.anchors.answered(ctx, began, w.check.Timeout) {
		return untold("no anchor answers either, and this was: %s", result.Why), pending
	}
	return result, pending
}

// within asks a prober that may not return.
func within(ctx context.Context, prober Prober, timeout time.Duration) (Result, <-chan Result) {
	ctx, end := timed(ctx, timeout)
	done := make(chan Result, 1)
	go func() {
		defer end()
		done <- prober.Probe(ctx)
	}()
	grace := time.NewTimer(timeout + endGrace)
	defer grace.Stop()
	select {
	case result := <-done:
		return result, nil
	case <-grace.C:
		return silent("it has not ended %s after its time was over", endGrace), done
	}
}

// anchors are what a working network reaches from here.
type anchors struct {
	probers []Prober

	asking chan struct{} // has one element while somebody asks
	asked  time.Time     // when they were asked last, and whether one answered
	good   bool
}

// answered reports whether an anchor answers as it should that was asked after a time; or whether
// there is none. Whoever waits while another asks shares what comes of it.
func (a *anchors) answered(ctx context.Context, after time.Time, timeout time.Duration) bool {
	if len(a.probers) == 0 {
		return true
	}
	select {
	case a.asking <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-a.asking }()
	if !a.asked.Before(after) {
		return a.good
	}
	a.asked, a.good = time.Now(), false
	results := make(chan Result, len(a.probers))
	ctx, end := context.WithCancel(ctx)
	defer end()
	for _, prober := range a.probers {
		go func() {
			result, _ := within(ctx, prober, timeout)
			results <- result
		}()
	}
	for range a.probers {
		if (<-results).Answer == Good {
			a.good = true
			break
		}
	}
	return a.good
}
