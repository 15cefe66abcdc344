package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// What a plan could not get and goes on without, people see to who are called over it: they ask for
// the capacity by hand, and again when what refuses it is over and they are at work.

// byHand is how far they are.
type byHand struct {
	// wanted says that capacity is wanted, from when on somebody is at it, and asked that it was asked
	// for.
	wanted, asked bool
	from          int64
	// of is the region whose people they are.
	of model.RegionID
	// key is what their times are drawn by: that of the plan that went on without.
	key uint64
}

// callForCapacity has somebody ask for the capacity that a step came to nothing for, after the time
// that an approval takes. Regions that follow their load ask by themselves.
func (w *world) callForCapacity(a *failover.Action) {
	if w.scenario.Scaling.Reaction > 0 {
		return
	}
	key := w.planKey()
	took := w.src.draw(approving, &w.scenario.People.Approve, key, 1)
	w.growth = byHand{
		wanted: true, of: a.Subject, key: key, from: w.now + w.offDuty(a.Subject) + int64(took),
	}
	w.push(w.growth.from, evAsk, 0, 0, 0)
}

// askAgain has them ask once a fault has ended that may have refused it: at once, or when they are
// next at work.
func (w *world) askAgain() {
	switch {
	case !w.growth.wanted:
	case w.offDuty(w.growth.of) > 0:
		w.push(w.now+w.offDuty(w.growth.of), evAsk, 0, 0, 0)
	default:
		w.askForCapacity()
	}
}

// askForCapacity is somebody asking, if regions still lack any and nothing refuses it. It comes
// after the usual time.
func (w *world) askForCapacity() {
	switch {
	case !w.growth.wanted || w.growth.asked || w.now < w.growth.from:
	case !w.mustScale():
		w.growth.wanted = false
	case !w.stunted().Valid():
		w.growth.asked = true
		took := w.src.draw(scaling, &w.strategy.Scale, w.growth.key, 1)
		w.push(w.now+int64(took), evGet, 0, 0, 0)
	}
}

// getCapacity is what they asked for having come, or being refused once more.
func (w *world) getCapacity() {
	w.growth.asked = false
	if w.mustScale() && !w.stunted().Valid() {
		w.scale()
		part := ""
		if w.growth.wanted = w.mustScale(); w.growth.wanted {
			part = "a part of "
		}
		w.note(model.NoRegion, "people", "people have got %sthe capacity that the plan could not", part)
	}
}
