package sim

import (
	"math"

	"redoubt/model"
)

// State that stays regional is the sessions of the users who are logged in: each is kept where its
// user is served, and nowhere else. It is lost with its region, and when its user is sent to
// another one, where it has to be begun anew.

// endSessions ends those that were kept in regions that are gone; their users begin others when the
// region is back, or where they are sent.
func (w *world) endSessions() {
	w.reviewSessions(func(f *flow) model.RegionID {
		if w.net.up(f.session) {
			return f.session
		}
		return model.NoRegion
	}, "with it")
}

// moveSessions has users begin anew where they are sent, if somebody is there. Who follows late
// counts at once.
func (w *world) moveSessions() {
	w.reviewSessions(func(f *flow) model.RegionID {
		if f.unanswered {
			return f.session // Which is where it was, once they find the way.
		}
		if w.net.up(f.target) {
			return f.target
		}
		return model.NoRegion
	}, "as their users are sent elsewhere")
}

// reviewSessions counts the sessions that end because they are kept nowhere, or elsewhere, from now
// on, as many as users are logged in at this hour.
func (w *world) reviewSessions(kept func(*flow) model.RegionID, why string) {
	if w.scenario.Traffic.Sessions == 0 {
		return
	}
	var ended [model.MaxRegions]float64
	for i := range w.flows {
		f := &w.flows[i]
		before := f.session
		f.session = kept(f)
		if before.Valid() && f.session != before {
			ended[before] += w.scenario.Traffic.Sessions * f.share * w.level(i, w.now)
		}
		if f.session == model.NoRegion && w.net.up(f.target) {
			f.session = f.target
		}
	}
	for r, lost := range ended {
		if w.sessions += lost; lost > 0 {
			w.note(model.RegionID(r), "data", "%.0f sessions are lost %s", math.Round(lost), why)
		}
	}
}
