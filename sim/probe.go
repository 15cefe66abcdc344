package sim

import (
	"math"
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

// passes is how likely a probe is not to be lost on its way. It connects and asks; each goes to and
// fro, and is sent again after a second, then after two, four and so on (RFC 6298) until the
// timeout.
func (w *world) passes(o, s model.RegionID, check *model.Check) float64 {
	lost, late := either(w.net.dropped[o][s], w.net.dropped[s][o]), 0.0
	if w.noise != nil {
		link := w.scenario.Link(o, s)
		lost = either(lost, either(link.Loss, link.LossBack))
		late = w.late(&link, check)
	}
	if lost == 0 {
		return 1 - late
	}
	tries, wait := 1, time.Second
	for at := wait; at < check.Timeout; at += wait {
		tries++
		wait *= 2
	}
	once := 1 - math.Pow(lost, float64(tries))
	return once * once * (1 - late)
}

// settled reports whether a prober's probes are sure to change nothing: they confirm its verdict,
// and none that contradicted it counts any more. Once one has, the next to confirm it is needed.
func (w *world) settled(o, s model.RegionID, c int) bool {
	detector := &w.probers[o][s][c].detector
	if detector.Streak() > 0 {
		return false
	}
	down := detector.Down()
	chance := w.chance(o, s, &w.scenario.Checks[c])
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
// what they believe, which changes nothing, so they cost nothing.
func (w *world) wake() {
	if w.pulse != nil {
		return // Every prober is awake.
	}
	w.listen()
	for o := range model.RegionID(w.regions) {
		if !w.policy.Voters.Has(o) || !w.net.agent(o) {
			continue
		}
		for s := range model.RegionID(w.regions) {
			if o == s || !w.policy.Workload.Has(s) {
				continue
			}
			for c := range w.scenario.Checks {
				p := &w.probers[o][s][c]
				if !p.running && w.probes(o, c) && !w.settled(o, s, c) {
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
	limits := failover.Limits{Failures: check.Failures, Successes: check.Successes}
	changed := p.detector.Observe(ok, limits)
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

// verdict is what an agent's detectors say about a region, one bit for each check that it knows
// what to think of.
func (w *world) verdict(o, s model.RegionID) (known, down uint8) {
	for c := range w.scenario.Checks {
		if w.net.blind.Has(o) && !w.scenario.Checks[c].MissingFails {
			continue
		}
		known |= 1 << c
		if w.probers[o][s][c].detector.Down() {
			down |= 1 << c
		}
	}
	return known, down
}

// saysDown reports whether enough of an agent's checks are down for its report to count: those of a
// region, or one of a part of it.
func (w *world) saysDown(o, s model.RegionID) bool {
	down := 0
	for c := range w.scenario.Checks {
		if !w.probers[o][s][c].detector.Down() {
			continue
		}
		if w.scenario.Checks[c].Scope != model.OfRegion {
			return true
		}
		down++
	}
	return down >= int(w.policy.ChecksDown)
}

// report sends an agent's verdict on a region to the leader.
func (w *world) report(o, s model.RegionID) {
	w.refreshReports() // The verdict that ends here was repeated until now.
	known, down := w.verdict(o, s)
	w.sequence++
	w.reported[o][s], w.fresh = w.now, freshness{}
	w.send(o, failover.Event{
		Kind: failover.Reported, Region: o, Subject: s, Sequence: w.sequence,
		Known: known, Down: down,
	})
}

// freshness is until when the reports are as young as they can be, if no agent says anything new
// and no link changes before: the leader that they go to hears the next one repeated then.
type freshness struct {
	until int64
	to    model.RegionID
}

// refreshReports brings the reports to the age they would have had every repetition of them been an
// event. A repetition changes nothing but that age, and an age decides nothing until an event or a
// Tick looks at it. An agent that was cut off repeats only what it has reported since.
func (w *world) refreshReports() {
	if w.pulse != nil || !w.leads() || w.fresh.to == w.raft.leader && w.now < w.fresh.until {
		return
	}
	every := int64(w.scenario.Settings.ReportEvery)
	w.fresh = freshness{until: never, to: w.raft.leader}
	for o := range model.RegionID(w.regions) {
		if !w.linked.Has(o) {
			continue
		}
		trip := int64(w.scenario.Latency.OneWay(o, w.raft.leader))
		delay := trip + w.commitDelay(w.raft.leader)
		for s := range model.RegionID(w.regions) {
			if !w.repeats(o, s) {
				continue
			}
			since, n := w.reported[o][s], int64(0)
			if passed := w.now - delay - since; passed >= every {
				n = passed / every
				w.policy.Refresh(&w.state, o, s, failover.Instant(w.logTime(since+n*every+trip)))
			}
			w.fresh.until = min(w.fresh.until, since+(n+1)*every+delay)
		}
	}
}

// nextRepetition is when the next report is committed that repeats another, if none of what it
// needs changes.
func (w *world) nextRepetition() int64 {
	at, every := never, int64(w.scenario.Settings.ReportEvery)
	for o := range model.RegionID(w.regions) {
		delay := int64(w.scenario.Latency.OneWay(o, w.raft.leader)) + w.commitDelay(w.raft.leader)
		for s := range model.RegionID(w.regions) {
			if w.repeats(o, s) {
				since := w.reported[o][s]
				n := max(1, (w.now-delay-since)/every+1)
				at = min(at, since+n*every+delay)
			}
		}
	}
	return at
}

// repeats reports whether an agent goes on repeating to the log what it thinks of a region.
func (w *world) repeats(o, s model.RegionID) bool {
	return w.linked.Has(o) && w.reported[o][s] > 0 && w.reported[o][s] >= w.linkedSince[o]
}

// firstReports has every agent see every region up from the start on. Each region has all that it
// needs to take over, and says so until something goes missing.
func (w *world) firstReports() {
	clear(w.reported[:])
	for o := range model.RegionID(w.regions) {
		if w.policy.Workload.Has(o) && w.policy.Items != 0 {
			w.state.Readiness[o] = failover.Readiness{At: forever, Known: w.policy.Items}
		}
		for s := range model.RegionID(w.regions) {
			if o != s && w.policy.Voters.Has(o) && w.policy.Workload.Has(s) {
				known, _ := w.verdict(o, s)
				w.state.Reports[o][s] = failover.Report{Sequence: 1, Known: known}
				w.reported[o][s] = 1
			}
		}
	}
	w.sequence = 1
}

// relink notes which agents the leader has just come within reach of, and which of them see again.
func (w *world) relink() {
	var heard model.RegionSet
	if w.leads() {
		heard = w.net.component(w.raft.leader, w.policy.Voters|w.policy.Workload)
	}
	linked := heard &^ w.silent()
	for r := range model.RegionID(w.regions) {
		if heard.Has(r) && !w.heard.Has(r) {
			w.heardSince[r] = w.now
		}
		if linked.Has(r) && !w.linked.Has(r) {
			w.linkedSince[r] = w.now
		}
	}
	w.heard, w.linked, w.fresh = heard, linked, freshness{}
}

// matters reports whether the policy could still begin a plan because of a region.
func (w *world) matters(s model.RegionID) bool {
	switch {
	case w.policy.Candidates.Count() < 2:
		return false
	case w.state.Plan.Kind != failover.NoPlan:
		return s == w.state.Plan.Target
	}
	return s == w.state.Primary || w.state.Serving.Has(s)
}

// resync repeats what every agent has to say, after a new leader was elected or the network
// changed: its verdicts and its capacity where the log holds others, and how far its steps are.
func (w *world) resync() {
	if !w.leads() {
		return
	}
	silent := w.silent()
	for o := range model.RegionID(w.regions) {
		if !w.policy.Voters.Has(o) || !w.net.talks(o, w.raft.leader) {
			continue
		}
		for s := range model.RegionID(w.regions) {
			if o == s || !w.policy.Workload.Has(s) || silent.Has(o) {
				continue
			}
			known, down := w.verdict(o, s)
			said := &w.state.Reports[o][s]
			if said.Known != known || said.Down != down || w.linkedSince[o] == w.now {
				w.report(o, s)
			}
		}
		if w.state.Ready[o] != w.readyShare(o) {
			w.sayCapacity(o)
		}
		if w.state.Readiness[o].Down != w.itemsDown(o) {
			w.sayReadiness(o)
		}
	}
	w.resume()
}
