package sim

import (
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

// reaches reports whether a probe from one region to another would succeed: its workload answers
// and the path between the two is whole.
func (w *world) reaches(observer, subject model.RegionID) bool {
	return w.net.linked(observer, subject)
}

// wake starts the probers whose verdict the world contradicts. All others would go on confirming
// what they believe, which changes nothing, so they cost nothing.
func (w *world) wake() {
	for o := range model.RegionID(w.regions) {
		if !w.policy.Voters.Has(o) || !w.net.up(o) {
			continue
		}
		for s := range model.RegionID(w.regions) {
			if o == s || !w.policy.Workload.Has(s) {
				continue
			}
			for c := range w.scenario.Checks {
				p := &w.probers[o][s][c]
				if !p.running && p.detector.Down() == w.reaches(o, s) {
					p.running = true
					w.push(w.nextProbe(o, s, c), evProbe, uint8(o), uint8(s), int32(c))
				}
			}
		}
	}
}

// nextProbe is when a prober starts its next probe after now.
func (w *world) nextProbe(o, s model.RegionID, c int) int64 {
	check := &w.scenario.Checks[c]
	if check.Aligned {
		return w.now + int64(check.Interval)
	}
	key := (int(o)*model.MaxRegions+int(s))*model.MaxChecks + c
	return nextTick(w.now, int64(check.Interval), w.src.uniform(probePhase, key, 0))
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

// probe is the start of one probe. Its answer comes a round trip later, or never, which is known
// after the timeout; the detector hears of it then.
func (w *world) probe(o, s model.RegionID, c int) {
	check := &w.scenario.Checks[c]
	if !w.net.up(o) {
		w.probers[o][s][c].running = false
		return
	}
	if w.reaches(o, s) {
		w.push(w.now+int64(w.scenario.Latency[o][s]), evProbed, uint8(o), uint8(s), int32(c)<<1|1)
	} else {
		w.push(w.now+int64(check.Timeout), evProbed, uint8(o), uint8(s), int32(c)<<1)
	}
}

// probed is the result of a probe. A changed verdict is reported; a prober that agrees with the
// world rests.
func (w *world) probed(o, s model.RegionID, c int, ok bool) {
	p, check := &w.probers[o][s][c], &w.scenario.Checks[c]
	if !w.net.up(o) {
		p.running = false
		return
	}
	limits := failover.Limits{Failures: check.Failures, Successes: check.Successes}
	changed := p.detector.Observe(ok, limits)
	if w.story != nil {
		w.noteProbe(o, s, check, p, ok, changed)
	}
	if changed {
		w.seen(o, s)
		w.report(o, s)
	}
	if p.detector.Down() != w.reaches(o, s) {
		p.running = false
		return
	}
	// The next probe starts an interval after this one did.
	took := int64(check.Timeout)
	if ok {
		took = int64(w.scenario.Latency[o][s])
	}
	w.push(w.now-took+int64(check.Interval), evProbe, uint8(o), uint8(s), int32(c))
}

// verdict is what an agent's detectors say about a region, one bit for each check.
func (w *world) verdict(o, s model.RegionID) (known, down uint8) {
	for c := range w.scenario.Checks {
		known |= 1 << c
		if w.probers[o][s][c].detector.Down() {
			down |= 1 << c
		}
	}
	return known, down
}

// saysDown reports whether enough of an agent's checks are down for its report to count.
func (w *world) saysDown(o, s model.RegionID) bool {
	down := 0
	for c := range w.scenario.Checks {
		if w.probers[o][s][c].detector.Down() {
			down++
		}
	}
	return down >= int(w.policy.ChecksDown)
}

// report sends an agent's verdict on a region to the leader.
func (w *world) report(o, s model.RegionID) {
	w.refreshReports() // The verdict that ends here was repeated until now.
	known, down := w.verdict(o, s)
	w.sequence++
	w.reported[o][s] = w.now
	w.send(o, failover.Event{
		Kind: failover.Reported, Region: o, Subject: s, Sequence: w.sequence,
		Known: known, Down: down,
	})
}

// refreshReports brings the reports to the age they would have had every repetition of them been an
// event. A repetition changes nothing but that age, and an age decides nothing until an event or a
// Tick looks at it. An agent that was cut off repeats only what it has reported since.
func (w *world) refreshReports() {
	if !w.leads() {
		return
	}
	every := int64(w.scenario.Settings.ReportEvery)
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
			since := w.reported[o][s]
			if n := (w.now - delay - since) / every; n > 0 {
				w.policy.Refresh(&w.state, o, s, failover.Instant(w.logTime(since+n*every+trip)))
			}
		}
	}
}

// repeats reports whether an agent goes on repeating to the log what it thinks of a region.
func (w *world) repeats(o, s model.RegionID) bool {
	return w.linked.Has(o) && w.reported[o][s] > 0 && w.reported[o][s] >= w.linkedSince[o]
}

// firstReports has every agent see every region up from the start on. Nothing that a region needs
// to take over goes missing here, so that each is ready, and says so, for ever.
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

// relink notes which agents the leader has just come within reach of.
func (w *world) relink() {
	leads := w.leads()
	for o := range model.RegionID(w.regions) {
		linked := leads && w.net.linked(o, w.raft.leader)
		if linked && !w.linked.Has(o) {
			w.linkedSince[o] = w.now
		}
		if linked {
			w.linked = w.linked.With(o)
		} else {
			w.linked = w.linked.Without(o)
		}
	}
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
	for o := range model.RegionID(w.regions) {
		if !w.policy.Voters.Has(o) || !w.net.linked(o, w.raft.leader) {
			continue
		}
		for s := range model.RegionID(w.regions) {
			if o == s || !w.policy.Workload.Has(s) {
				continue
			}
			_, down := w.verdict(o, s)
			if w.state.Reports[o][s].Down != down || w.linkedSince[o] == w.now {
				w.report(o, s)
			}
		}
		if w.state.Ready[o] != w.readyShare(o) {
			w.sayCapacity(o)
		}
	}
	w.resume()
}
