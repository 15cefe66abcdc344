package sim

import (
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// books divide what a trial loses among its incidents. What is lost from the first fault of a
// trouble on, until all is whole again, is that of the incident of the trouble: what fails before
// the service is down, the clients that follow late, the writes that are found to be missing when a
// region is back, the pause of the way home. Where one trouble has several incidents, what is lost
// after one has opened and before the next does is its own. Everything else is beside them.
type books struct {
	// open says that there is trouble, and owner which incident, from 1 on, what is lost now belongs
	// to: 0 while that has not ended.
	open  bool
	owner int
	// since is what was lost before what is still to be booked.
	since model.Damage
}

// damage is what was lost so far, less what was counted ahead of its time, in nanoseconds of all
// requests. Rounding the sums and not the parts has the parts add up.
func (w *world) damage(ahead float64) model.Damage {
	met := w.metInCuts()
	lost := w.lost - ahead + w.unmade(met[model.Rejected])
	return model.Damage{
		Incidents: int64(len(w.incidents)), Down: w.trial.Down, Lost: time.Duration(math.Round(lost)),
		LostWrites: w.trial.LostWrites + met[model.Overwritten],
		Repairs:    met[model.Reconciled] + met[model.Compensated],
		Duplicates: w.trial.Duplicates, LostSessions: int64(math.Round(w.sessions)),
	}
}

// settleBooks books what was lost since the last time, up to a damage so far.
func (w *world) settleBooks(all model.Damage) {
	fresh := all.Minus(w.books.since)
	if w.books.open && w.books.owner > 0 {
		of := &w.incidents[w.books.owner-1]
		of.Damage = of.Damage.Plus(fresh)
	} else {
		w.trial.Beside = w.trial.Beside.Plus(fresh)
	}
	w.books.since = all
}

// troubled begins the trouble of a fault that strikes while all is well.
func (w *world) troubled() {
	w.reviewBooks()
	if !w.books.open {
		w.settleBooks(w.damage(0))
		w.books.open, w.books.owner = true, 0
	}
}

// openBooks has an incident that opens be the one that loses from now on, or from when its trouble
// began where it is the first of that. The pause of planned work is no incident.
func (w *world) openBooks(ahead float64) {
	if w.incident.cause == model.DownPlanned || w.books.open && w.books.owner == 0 {
		return
	}
	w.settleBooks(w.damage(ahead))
	w.books.open, w.books.owner = true, 0
}

// reviewBooks ends the trouble once all is whole again.
func (w *world) reviewBooks() {
	if w.books.open && w.allWell() {
		w.settleBooks(w.damage(0))
		w.books.open, w.books.owner = false, 0
	}
}

// allWell reports whether no fault stands, everything is where it was at the start, and nothing
// fails.
func (w *world) allWell() bool {
	s := &w.state
	return len(w.net.standing) == 0 && !w.incident.open && s.Plan.Kind == failover.NoPlan &&
		s.Primary == w.first.Primary && s.Serving == w.first.Serving &&
		s.Writers == w.first.Writers && w.serving >= 1-lineTolerance
}

// closeBooks books what is counted at the end of a trial alone, which no incident caused.
func (w *world) closeBooks() {
	w.books.open = false
	w.settleBooks(w.trial.Damage())
}
