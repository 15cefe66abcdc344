package sim

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// prober is one agent's check of one region, through the Detector that the agents' probers run too.
type prober struct {
	detector failover.Detector
	// running says that its next probe is scheduled; while its verdict agrees with the world it
	// rests.
	running bool
	// bad is how likely a probe is to fail, as of when the world changed last; fell is when that last
	// grew by much, and onset is what fell was when the verdict's first failure came.
	bad         float64
	fell, onset int64
}

// chance is how likely a probe from one region to another is to succeed now. What it goes through
// depends on what it is about: the way that users take; one store; or the application, and if it is
// deep the region's stores too.
func (w *world) chance(o, s model.RegionID, check *model.Check) float64 {
	switch {
	case w.net.blind.Has(o):
		return 0 // Only a check to which what is missing fails is asked here.
	case check.Scope == model.OfRouting:
		return given(w.net.up(s) && !w.net.unreached.Has(s) && !w.net.unanswered)
	case !w.net.linked(o, s):
		return 0
	case check.Scope == model.OfStore:
		return given(w.net.runs(int(check.Store), s)) * w.checked(s, check) * w.passes(o, s, check)
	case w.net.serviceless.Has(s), w.unable(s), check.Deep && !w.deep(s):
		return 0
	}
	good := 1 - w.net.failing[s]
	if check.Deep {
		good *= 1 - w.net.flawed[s]
	}
	return good * w.checked(s, check) * w.passes(o, s, check) * w.inTime(o, s, check)
}

// deep reports whether a check that goes down to a write to the stores can succeed in a region:
// they run, and those that are written there are open and have a majority where they need one. A
// check knows of the write pause of planned work.
func (w *world) deep(s model.RegionID) bool {
	planned := swaps(w.state.Plan.Kind)
	for store := range int(w.policy.Stores) {
		closed := !w.guards[s][store].open && !planned
		if w.state.Writers[store] == s && (closed || !w.agrees(store, s)) {
			return false
		}
	}
	return w.storesRun(s) && (!w.policy.MultiWriter || w.agreesAll(s))
}

// swaps reports whether a plan of this kind moves the write role as planned work.
func swaps(kind failover.PlanKind) bool {
	return kind == failover.Failback || kind == failover.Switchover || kind == failover.Drill
}

// given is the chance of what is so, or not.
func given(so bool) float64 {
	if so {
		return 1
	}
	return 0
}

// passes is how likely a probe is not to be lost on its way. It connects and asks, and has its
// timeout for both, as net/http's Client.Timeout has it and package probe.
func (w *world) passes(o, s model.RegionID, check *model.Check) float64 {
	lost, late := either(w.net.dropped[o][s], w.net.dropped[s][o]), 0.0
	if w.noise != nil {
		link := w.scenario.Link(o, s)
		late = w.late(&link, check)
	}
	if lost == 0 {
		return 1 - late
	}
	return connects(lost, w.scenario.Latency[o][s], check.Timeout) * (1 - late)
}

// connects is how likely a question over a new connection is answered within a timeout, where a
// share of what is sent is lost, or its answer. To connect is sent again after a second, then after
// two, four and so on; to ask after three round trips, or after one and what Linux waits at least,
// since the connection has measured one (RFC 6298, 2.2), and then after twice as long.
func connects(lost float64, rtt, timeout time.Duration) (share float64) {
	left, again := timeout-2*rtt, rtt+max(2*rtt, model.ResendWait)
	at, wait, unconnected := time.Duration(0), firstResend, 1.0
	for range tries(firstResend, left) {
		share += unconnected * (1 - lost) * (1 - givenUp(lost, tries(again, left-at)))
		at, wait, unconnected = at+wait, 2*wait, unconnected*lost
	}
	return share
}

// settled reports whether a prober's probes are sure to change nothing: they confirm its verdict,
// and none that contradicted it counts any more. Once one has, the next to confirm it is needed.
func (w *world) settled(o, s model.RegionID, c int) bool {
	return w.settles(o, s, c, w.chance(o, s, &w.scenario.Checks[c]))
}

// settles is settled where the chance of a probe is known.
func (w *world) settles(o, s model.RegionID, c int, chance float64) bool {
	detector := &w.probers[o][s][c].detector
	if detector.Streak() > 0 {
		return false
	}
	down := detector.Down()
	if !down && chance > 0 && w.noisyProber(o, s, c) != nil {
		return true // What it waits for is a run of bad luck.
	}
	return down && chance == 0 || !down && chance == 1
}

// probes reports whether a region's agent makes a check and knows what to think of it: it learns
// how the check goes, or takes what is missing for a failure.
func (w *world) probes(o model.RegionID, c int) bool {
	return w.net.agent(o) && (!w.net.blind.Has(o) || w.scenario.Checks[c].MissingFails)
}

// silent are the regions whose agents have nothing to say of the others.
func (w *world) silent() model.RegionSet {
	for c := range w.scenario.Checks {
		if w.scenario.Checks[c].MissingFails {
			return 0
		}
	}
	return w.net.blind
}

// wake starts the probers whose verdict the world contradicts. All others would go on confirming
// what they believe, which changes nothing, so they cost nothing. With a pulse every one is awake.
func (w *world) wake() {
	asleep := w.pulse == nil
	if asleep {
		w.listen()
	}
	for o := range model.RegionID(w.regions) {
		if !w.policy.Voters.Has(o) {
			continue
		}
		runs := asleep && w.net.agent(o)
		for s := range model.RegionID(w.regions) {
			if o == s || !w.policy.Workload.Has(s) {
				continue
			}
			for c := range w.scenario.Checks {
				p, chance := &w.probers[o][s][c], w.chance(o, s, &w.scenario.Checks[c])
				p.worsens(w.now, chance)
				if runs && !p.running && w.probes(o, c) && !w.settles(o, s, c, chance) {
					p.running = true
					w.push(w.nextProbe(o, s, c), evProbe, uint8(o), uint8(s), int32(c))
				}
			}
		}
	}
}

// wakeDeep starts the deep checks that find a store closed, or open again.
func (w *world) wakeDeep() {
	if w.policy.Deep != 0 {
		w.wake()
	}
}

// nextProbe is when a prober starts its next probe after now.
func (w *world) nextProbe(o, s model.RegionID, c int) int64 {
	check := &w.scenario.Checks[c]
	if check.Aligned {
		return w.now + int64(check.Interval)
	}
	phase := w.src.uniform(probePhase, proberKey(int(o), int(s), c), 0)
	return nextTick(w.now, int64(check.Interval), phase)
}

// nextTick is the first time after now at which something periodic happens, given its phase in [0,
// 1).
func nextTick(now, interval int64, phase float64) int64 {
	offset := int64(phase * float64(interval))
	return (now-offset)/interval*interval + interval + offset
}

// lastTick is the last time, not after now, at which something periodic happened.
func lastTick(now, interval int64, phase float64) int64 {
	return nextTick(now, interval, phase) - interval
}

// probe is the start of one probe. Its answer comes a round trip later, be it an error, or never,
// which is known after the timeout; the detector hears of it then.
func (w *world) probe(o, s model.RegionID, c int) {
	check := &w.scenario.Checks[c]
	if !w.probes(o, c) {
		w.probers[o][s][c].running = false
		return
	}
	answer := int32(c) << 2
	if w.lucky(o, s, c, w.chance(o, s, check)) {
		answer |= probeGood | probeAnswered
	} else if w.refused(o, s, c) {
		answer |= probeAnswered
	}
	w.push(w.now+w.probeTakes(o, s, answer), evProbed, uint8(o), uint8(s), answer)
}

// What is known of a probe's answer, beside the number of its check.
const (
	probeGood     int32 = 1
	probeAnswered int32 = 2
)

// probeTakes is how long a probe takes: a round trip, where something answers, if only with an
// error; else the timeout.
func (w *world) probeTakes(o, s model.RegionID, answer int32) int64 {
	if answer&probeAnswered != 0 {
		return int64(w.scenario.Latency[o][s])
	}
	return int64(w.scenario.Checks[answer>>2].Timeout)
}

// probed is the result of a probe. A changed verdict is reported; a prober that agrees with the
// world rests.
func (w *world) probed(o, s model.RegionID, answer int32) {
	c, ok := int(answer>>2), answer&probeGood != 0
	p, check := &w.probers[o][s][c], &w.scenario.Checks[c]
	if !w.probes(o, c) {
		p.running = false
		return
	}
	changed := w.observe(o, s, c, ok)
	if w.story != nil && (ok || changed || !w.byChance(o, s, c)) {
		w.noteProbe(o, s, check, p, ok, changed)
	}
	if changed {
		if p.detector.Down() && w.healthy(s) && w.chance(o, s, check) > 0 {
			w.trial.FalseAlarms++
		}
		w.seen(o, s)
		w.report(o, s)
	}
	if w.pulse != nil || w.settled(o, s, c) {
		p.running = false
		w.rest(o, s, c)
		return
	}
	// The next probe starts an interval after this one did.
	took := w.probeTakes(o, s, answer)
	w.push(w.now-took+int64(check.Interval), evProbe, uint8(o), uint8(s), int32(c))
}

// luck is the draw of a probe that may or may not succeed. It belongs to the check and to the time,
// so that every strategy's probes share it.
func (w *world) luck(o, s model.RegionID, c int) float64 {
	tick := int(w.now / int64(w.scenario.Checks[c].Interval))
	return w.src.uniform(probeLuck, proberKey(int(o), int(s), c), tick)
}

// proberKey is what the draws of a prober are keyed by.
func proberKey(o, s, c int) int { return (o*model.MaxRegions+s)*model.MaxChecks + c }
