package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// What agents tell the log of each other, and whom of them it hears.

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
		w.heardWords(w.heard &^ heard)
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
