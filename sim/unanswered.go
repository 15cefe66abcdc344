package sim

import "redoubt/model"

// While nobody learns where to go, clients have the answers that they have, which run out as after
// a change: those who have not looked up since it began go where they went, the others nowhere.
// What is changed meanwhile nobody hears of before the end; then all those who have no answer learn
// it at once.

// reanswer begins or ends that.
func (w *world) reanswer(before *damage) {
	if before.unanswered != w.net.unanswered {
		w.route(w.routed)
	}
}

// redirect sends a flow to a region, or to none.
func (w *world) redirect(f *flow, target model.RegionID) {
	switch {
	case w.net.unanswered:
		if !f.unanswered && f.target.Valid() {
			f.old, f.changed, f.target = f.target, w.now, model.NoRegion
		}
		f.unanswered = true
		return
	case f.unanswered:
		if f.unanswered, f.target = false, target; f.old == target {
			f.old = model.NoRegion // They have been there all the time.
		}
	case f.target == target:
		return
	default:
		f.old, f.changed, f.target = f.target, w.now, target
	}
	w.resets(f)
	w.handsOver(f)
}
