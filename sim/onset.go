package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// An incident is told from when the service went down, and its detection from when what was
// detected began. Both are the same where one fault did both. Where another had the service down
// before, what lies between is no detection: nobody was late in seeing what had yet to happen.

// accusation is the last time that a quorum of agents came to see a region down.
type accusation struct {
	// onset is when what they saw began, 0 if that was before anything changed.
	onset int64
	// seen is when the quorum was complete, and agreed when the log had it, 0 while it has not.
	seen, agreed int64
}

// worsens notes how likely a prober's probes are to succeed from now on. It fell where the odds of
// a failure at least doubled: a link that loses one packet in a hundred more is not what takes a
// region away in which every second request fails already.
func (p *prober) worsens(now int64, chance float64) {
	was, bad := p.bad, 1-chance
	p.bad = bad
	if bad > was && bad*(1-was) >= 2*was*(1-bad) {
		p.fell = now
	}
}

// observe has a prober's detector hear of a probe. The first of the failures that make a verdict
// was brought about by what had happened before it.
func (w *world) observe(o, s model.RegionID, c int, ok bool) (changed bool) {
	p := &w.probers[o][s][c]
	if !ok && !p.detector.Down() && p.detector.Streak() == 0 {
		p.onset = p.fell
	}
	check := &w.scenario.Checks[c]
	limits := failover.Limits{Failures: check.Failures, Successes: check.Successes}
	return p.detector.Observe(ok, limits)
}

// accuse notes that a quorum has come to see a region down. What it saw began with the last of
// what its members saw: without that there would have been no quorum.
func (w *world) accuse(s model.RegionID) {
	a := accusation{seen: w.now}
	for o := range model.RegionID(w.regions) {
		if o == s || !w.policy.Voters.Has(o) || !w.net.agent(o) || !w.saysDown(o, s) {
			continue
		}
		for c := range w.scenario.Checks {
			if p := &w.probers[o][s][c]; p.detector.Down() {
				a.onset = max(a.onset, p.onset)
			}
		}
	}
	w.accused[s] = a
}

// restOn has the incident rest on the last accusation of a region. One that it rests on already
// stays, however often agents changed their minds since, unless the new one is of something that
// began later in that region, or a plan begins that leaves another. After that it rests on what
// that plan answers.
func (w *world) restOn(s model.RegionID, begins bool) {
	a, reached := &w.accused[s], &w.incident.reached
	if a.seen == 0 || reached[model.Approve] != 0 {
		return
	}
	if reached[model.Detect] != 0 {
		if s != w.incident.subject && !begins {
			return
		}
		if s == w.incident.subject && a.onset <= reached[model.Before] {
			return
		}
	}
	w.incident.subject = s
	reached[model.Before], reached[model.Detect], reached[model.Agree] = a.onset, a.seen, a.agreed
	if reached[model.Hold] < a.seen {
		reached[model.Hold] = 0
	}
}
