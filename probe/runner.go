package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Concurrency is how many probes are made at one time unless a Config says otherwise: more than
// there can be checks of other regions, so that what hangs keeps nothing else waiting.
const Concurrency = model.MaxRegions * model.MaxChecks

// Config is what a Runner looks at, for whom, and how.
type Config struct {
	Scenario *model.Scenario
	// Observer is the region whose agent this is. It does not look at itself.
	Observer model.RegionID
	// Addresses are what placeholders are filled with, by region and name. They may have secrets.
	Addresses map[model.RegionID]map[string]string
	// Roots are the authorities whose certificates count; nil for those of the system.
	Roots *x509.CertPool
	// Environment is all that commands have of one, as "NAME=value".
	Environment []string
	// Concurrency is how many probes are made at one time, or 0 for the default.
	Concurrency int
	// Random draws the phases and the jitter; nil for a source of its own.
	Random *rand.Rand
	// Make and MakeAnchor make probers in place of those that the scenario names, where they are not
	// nil. Check is a place in Scenario.Checks, anchor one in Scenario.Anchors.
	Make       func(subject model.RegionID, check int) (Prober, error)
	MakeAnchor func(anchor int) (Prober, error)
	// Report hears of every change of a verdict, one after the other, from the goroutine of Run.
	Report func(Verdict)
	// Log hears of changes too, and why; nil for nobody.
	Log *slog.Logger
}

// Verdict is what an observer thinks of a region, one bit for each check of the scenario. A check
// that is not known is not down.
type Verdict struct {
	Subject     model.RegionID
	Known, Down uint8
	// At is when that was so: when it changed, or when Verdicts was asked.
	At time.Time
}

// Look is how one check of one region stands.
type Look struct {
	Subject model.RegionID
	Check   int
	// Known and Down are its bits of the verdict; Streak is how many results in a row have
	// contradicted it.
	Known, Down bool
	Streak      int
	// Last is the newest result, and LastAt when it came; Told is when the newest came that was not
	// Untold, and Took how long the newest probe took. They are zero before.
	Last         Result
	LastAt, Told time.Time
	Took         time.Duration
	// Probes, Failed and Untold count results.
	Probes, Failed, Untold uint64
}

// Runner looks at every other region again and again.
type Runner struct {
	config  Config
	watches []*watch
	slots   chan struct{}
	anchors *anchors
	results chan outcome
	ran     atomic.Bool

	guard    sync.Mutex // over the looks, the detectors and the random source
	reported map[model.RegionID]Verdict
}

// New makes a Runner, or says all at once what it cannot look at.
func New(config Config) (*Runner, error) {
	if config.Scenario == nil || int(config.Observer) >= len(config.Scenario.Regions) {
		return nil, errors.New("probe: no region of the scenario is the observer")
	}
	if config.Concurrency == 0 {
		config.Concurrency = Concurrency
	}
	if config.Random == nil {
		config.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Report == nil {
		config.Report = func(Verdict) {}
	}
	r := &Runner{config: config, results: make(chan outcome), reported: map[model.RegionID]Verdict{}}
	if err := errors.Join(r.watchAll(), r.enough()); err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	r.slots = make(chan struct{}, config.Concurrency)
	return r, nil
}

// watchAll makes what looks, at every check of every other region with a workload.
func (r *Runner) watchAll() error {
	s := r.config.Scenario
	m := maker{s, r.config.Addresses, r.config.Roots, r.config.Environment}
	var wrong []error
	for c := range s.Checks {
		if r.config.Make == nil && s.Checks[c].Probe.Kind == model.NoProbe {
			wrong = append(wrong, fmt.Errorf("check %q has no probe", s.Checks[c].Name))
		}
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	for subject := range model.RegionID(len(s.Regions)) {
		if subject == r.config.Observer || !s.Workload().Has(subject) {
			continue
		}
		r.reported[subject] = Verdict{Subject: subject}
		for c := range s.Checks {
			check := &s.Checks[c]
			of := r.config.Make
			if of == nil {
				of = func(model.RegionID, int) (Prober, error) { return m.make(&check.Probe, subject) }
			}
			prober, err := of(subject, c)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("check %q of %s: %w", check.Name,
					s.Regions[subject].Name, err))
				continue
			}
			r.watches = append(r.watches, newWatch(r, check, prober, Look{Subject: subject, Check: c}))
		}
	}
	return errors.Join(append(wrong, r.anchorAll(&m))...)
}

// anchorAll makes what is looked at around the observer.
func (r *Runner) anchorAll(m *maker) error {
	s, of := r.config.Scenario, r.config.MakeAnchor
	if of == nil {
		of = func(i int) (Prober, error) { return m.make(&s.Anchors[i], r.config.Observer) }
	}
	r.anchors = &anchors{asking: make(chan struct{}, 1)}
	var wrong []error
	for i := range s.Anchors {
		prober, err := of(i)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("anchor[%d] of %s: %w", i,
				s.Regions[r.config.Observer].Name, err))
		}
		r.anchors.probers = append(r.anchors.probers, prober)
	}
	return errors.Join(wrong...)
}

// enough refuses a concurrency with which not even every probe could end in time where nothing
// answers: each takes its timeout then, and perhaps once more for the anchors, of every interval.
func (r *Runner) enough() error {
	need := 0.0
	for _, w := range r.watches {
		busy := w.check.Timeout
		if len(r.anchors.probers) > 0 {
			busy *= 2
		}
		need += min(1, float64(busy)/float64(w.check.Interval))
	}
	if float64(r.config.Concurrency) < need {
		return fmt.Errorf("%d probes at one time are too few: where nothing answers, %.1f are under way "+
			"on average", r.config.Concurrency, need)
	}
	return nil
}

// Run looks until its context ends, and then returns nil once every probe has. It runs once.
func (r *Runner) Run(ctx context.Context) error {
	if r.ran.Swap(true) {
		return errors.New("probe: a Runner runs once")
	}
	var looking sync.WaitGroup
	for _, w := range r.watches {
		looking.Go(func() { w.run(ctx) })
	}
	defer looking.Wait()
	stale := time.NewTimer(0)
	defer stale.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case o := <-r.results:
			r.take(o)
		case <-stale.C:
		}
		now := time.Now()
		r.tell(now)
		if due, known := r.nextStale(); known {
			stale.Reset(due.Sub(now))
		}
	}
}

// Verdicts gives what the observer thinks of every region it looks at, now.
func (r *Runner) Verdicts() []Verdict {
	r.guard.Lock()
	defer r.guard.Unlock()
	var all []Verdict
	for subject := range model.RegionID(model.MaxRegions) {
		if _, watched := r.reported[subject]; watched {
			all = append(all, r.verdict(subject, time.Now()))
		}
	}
	return all
}

// Looks gives how every check of every region stands, by region and check.
func (r *Runner) Looks() []Look {
	r.guard.Lock()
	defer r.guard.Unlock()
	now := time.Now()
	var all []Look
	for _, w := range r.watches {
		look := w.look
		look.Known, look.Down = w.known(now), w.known(now) && w.detector.Down()
		look.Streak = w.detector.Streak()
		all = append(all, look)
	}
	return all
}

// verdict is what the looks at a region come to.
func (r *Runner) verdict(subject model.RegionID, now time.Time) Verdict {
	v := Verdict{Subject: subject, At: now}
	for _, w := range r.watches {
		if w.look.Subject != subject || !w.known(now) {
			continue
		}
		v.Known |= 1 << w.look.Check
		if w.detector.Down() {
			v.Down |= 1 << w.look.Check
		}
	}
	return v
}

// take hears a result.
func (r *Runner) take(o outcome) {
	r.guard.Lock()
	defer r.guard.Unlock()
	w, answer := o.watch, o.result.Answer
	before, look := w.look.Last, &w.look
	look.Last, look.LastAt, look.Took = o.result, o.ended, o.ended.Sub(o.began)
	look.Probes++
	switch answer {
	case Untold:
		look.Untold++
	case Bad:
		look.Failed++
	case Good:
	}
	if answer != before.Answer && answer != Good || before.Why != o.result.Why && answer != Good {
		r.config.Log.Info("a probe does not succeed", r.about(w, slog.String("answer", answer.String()),
			slog.String("why", o.result.Why))...)
	}
	if answer == Untold && !w.check.MissingFails {
		return
	}
	ok := answer == Good
	look.Told = o.ended
	limits := failover.Limits{Failures: w.check.Failures, Successes: w.check.Successes}
	changed := w.detector.Observe(ok, limits)
	if changed || ok != w.detector.Down() {
		w.confirmed = true
	}
	if changed {
		r.config.Log.Info("a check has changed", r.about(w, slog.Bool("down", w.detector.Down()),
			slog.String("why", o.result.Why))...)
	}
}

func (r *Runner) about(w *watch, more ...any) []any {
	s := r.config.Scenario
	return append([]any{
		slog.String("region", s.Regions[w.look.Subject].Name), slog.String("check", w.check.Name),
	}, more...)
}

// tell reports each verdict that is another than the one that was reported last.
func (r *Runner) tell(now time.Time) {
	for _, v := range r.changed(now) {
		r.config.Report(v)
	}
}

func (r *Runner) changed(now time.Time) (news []Verdict) {
	r.guard.Lock()
	defer r.guard.Unlock()
	for _, w := range r.watches {
		if w.confirmed && !w.known(now) {
			w.confirmed = false // What it says next begins anew, with what the detector remembers.
			r.config.Log.Info("a check is unknown: nothing was learnt for too long", r.about(w)...)
		}
	}
	for subject := range model.RegionID(model.MaxRegions) {
		last, watched := r.reported[subject]
		v := r.verdict(subject, now)
		if watched && (v.Known != last.Known || v.Down != last.Down) {
			r.reported[subject] = v
			news = append(news, v)
		}
	}
	return news
}

// nextStale is when the first check becomes unknown that is known, if nothing is learnt of it.
func (r *Runner) nextStale() (due time.Time, known bool) {
	r.guard.Lock()
	defer r.guard.Unlock()
	for _, w := range r.watches {
		if at := w.look.Told.Add(w.lasts); w.confirmed && (!known || at.Before(due)) {
			due, known = at, true
		}
	}
	return due, known
}
