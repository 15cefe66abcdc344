package sim

import (
	"time"

	"redoubt/model"
)

// noise is what healthy links do to the probes over them: a packet is lost, or an answer is late,
// now and then. While a check says up of what is well, the probes that fail for that reason alone
// change nothing until enough of them do in a row, so that its prober rests until then.
type noise [model.MaxRegions][model.MaxRegions][model.MaxChecks]noisy

// noisy is a prober whose probes go over a link that loses or delays.
type noisy struct {
	over bool
	lots lots
	// resting says that since a tick it waits for the next run of failures, which begins at a time, or
	// never.
	resting bool
	since   int
	next    int64
	// good and answered are what its probes' chances are while it rests, to succeed and to be
	// answered.
	good, answered float64
}

// newNoise finds the probers whose probes go over a noisy link, or nothing where there is none.
func newNoise(s *model.Scenario) *noise {
	var found *noise
	for o := range model.RegionID(len(s.Regions)) {
		for r := range model.RegionID(len(s.Regions)) {
			link := s.Link(o, r)
			if s.Regions[r].Witness || !link.Noisy() {
				continue
			}
			if found == nil {
				found = new(noise)
			}
			for c := range s.Checks {
				found[o][r][c].over = s.Checks[c].Scope != model.OfRouting
			}
		}
	}
	return found
}

// begin draws the lots of a trial.
func (n *noise) begin(s *model.Scenario, src source) {
	if n == nil {
		return
	}
	for o := range n {
		for r := range n[o] {
			for c := range s.Checks {
				if p := &n[o][r][c]; p.over {
					lots := newLots(src, uint64(proberKey(o, r, c)), s.Checks[c].Failures)
					*p = noisy{over: true, lots: lots}
				}
			}
		}
	}
}

// noisyProber is what is known of a prober over a noisy link, or nil of any other.
func (w *world) noisyProber(o, s model.RegionID, c int) *noisy {
	if w.noise == nil || !w.noise[o][s][c].over {
		return nil
	}
	return &w.noise[o][s][c]
}

// late is how likely the answer over a link comes after the timeout, because of its jitter alone.
func (w *world) late(link *model.Link, check *model.Check) float64 {
	if !link.Jitters() {
		return 0
	}
	left := check.Timeout - w.scenario.Latency[link.From][link.To]
	return link.Jitter.Survival(left.Seconds())
}

// answered is how likely a probe is to be answered in time, if only with an error.
func (w *world) answered(o, s model.RegionID, check *model.Check) float64 {
	if check.Scope == model.OfRouting || w.net.blind.Has(o) || !w.net.linked(o, s) {
		return 0
	}
	return w.passes(o, s, check) * w.inTime(o, s, check)
}

// refused reports whether a probe that fails is answered with an error: for sure, or over a noisy
// link because it is lucky.
func (w *world) refused(o, s model.RegionID, c int) bool {
	answered := w.answered(o, s, &w.scenario.Checks[c])
	return answered == 1 || w.noisyProber(o, s, c) != nil && w.lucky(o, s, c, answered)
}

// lucky reports whether the probe that starts now makes its chance.
func (w *world) lucky(o, s model.RegionID, c int, chance float64) bool {
	n := w.noisyProber(o, s, c)
	switch {
	case chance == 0 || chance == 1:
		return chance == 1
	case n == nil:
		return w.luck(o, s, c) < chance
	}
	return w.now < warmup || n.lots.tick(int(w.now/int64(w.scenario.Checks[c].Interval))) >= 1-chance
}

// startOf is when the probe of a tick starts, and tickBy the last that has started by now. An
// aligned check has a phase only once something fails.
func (w *world) startOf(o, s model.RegionID, c, tick int) int64 {
	return int64(tick)*int64(w.scenario.Checks[c].Interval) + w.phaseOf(o, s, c)
}

func (w *world) tickBy(o, s model.RegionID, c int) int {
	return int((w.now - w.phaseOf(o, s, c)) / int64(w.scenario.Checks[c].Interval))
}

func (w *world) phaseOf(o, s model.RegionID, c int) int64 {
	check := &w.scenario.Checks[c]
	if check.Aligned {
		return 0
	}
	phase := w.src.uniform(probePhase, proberKey(int(o), int(s), c), 0)
	return int64(phase * float64(check.Interval))
}

// listen has the probers over noisy links rest anew once the world has changed, each after what it
// slept through counts.
func (w *world) listen() {
	if w.noise == nil || w.pulse != nil {
		return
	}
	for o := range model.RegionID(w.regions) {
		for s := range model.RegionID(w.regions) {
			for c := range w.scenario.Checks {
				w.recall(o, s, c)
				w.rest(o, s, c)
			}
		}
	}
}

// rest has a prober over a noisy link sleep until a run of failures begins that is long enough to
// have it say down, if its verdict is up and nothing but chance is against that.
func (w *world) rest(o, s model.RegionID, c int) {
	n, check := w.noisyProber(o, s, c), &w.scenario.Checks[c]
	if n == nil || w.pulse != nil || w.probers[o][s][c].running {
		return
	}
	before := *n
	n.resting = w.probes(o, c) && w.settled(o, s, c) && !w.probers[o][s][c].detector.Down()
	n.good, n.answered = w.chance(o, s, check), w.answered(o, s, check)
	same := before.good == n.good && before.answered == n.answered
	if !n.resting || before.resting && same && before.next > w.now {
		return
	}
	n.since, n.next = w.tickBy(o, s, c)+1, never
	until := int((warmup+w.horizon)/int64(check.Interval)) + 1
	if tick := n.lots.run(n.since, until, check.Failures, 1-n.good); tick < until {
		n.next = w.startOf(o, s, c, tick)
		w.push(n.next, evStumble, uint8(o), uint8(s), int32(c))
	}
}

// recall has a prober that slept know of the failures up to now that nothing came of: those in a
// row of which the last is the last probe, which may be under way still.
func (w *world) recall(o, s model.RegionID, c int) {
	n, p := w.noisyProber(o, s, c), &w.probers[o][s][c]
	if n == nil || !n.resting || p.running {
		return
	}
	last := w.tickBy(o, s, c)
	first := last + 1
	for first > n.since && n.lots.tick(first-1) < 1-n.good {
		first--
	}
	for tick := first; tick <= last; tick++ {
		answer := int32(c) << 2
		if n.lots.tick(tick) >= 1-n.answered {
			answer |= probeAnswered
		}
		known := w.startOf(o, s, c, tick) + w.probeTakes(o, s, answer)
		if known > w.now {
			p.running = true
			w.push(known, evProbed, uint8(o), uint8(s), answer)
			continue
		}
		w.observe(o, s, c, false)
	}
	n.resting = first > last
}

// stumble is a prober that slept waking to the first probe of a run of failures.
func (w *world) stumble(o, s model.RegionID, c int) {
	n, p := w.noisyProber(o, s, c), &w.probers[o][s][c]
	if !n.resting || n.next != w.now || p.running {
		return // It was woken before, or waits for another one.
	}
	n.resting, p.running = false, true
	w.probe(o, s, c)
}

// byChance reports whether nothing but chance fails the probes of a prober over a noisy link. No
// timeline tells of them before they come to a verdict.
func (w *world) byChance(o, s model.RegionID, c int) bool {
	return w.noisyProber(o, s, c) != nil && w.chance(o, s, &w.scenario.Checks[c]) > 0
}

// jitterWay is what a way takes beyond half the usual round trip, one way, for what is drawn once
// for a recovery.
func (w *world) jitterWay(
	name stream, from, to model.RegionID, key uint64, store int,
) time.Duration {
	if w.noise == nil {
		return 0
	}
	link := w.scenario.Link(from, to)
	if !link.Jitters() {
		return 0
	}
	return link.Jitter.Duration(w.src.keyed(wayJitter, key, store<<8|int(name))) / 2
}
