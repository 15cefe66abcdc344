package sim

import (
	"math"
	"math/bits"
	"time"

	"redoubt/model"
)

// AlertFinding is when an alert fired in a run.
type AlertFinding struct {
	Name string
	// At are the times since the start of the run at which it began to fire, in their order.
	At []time.Duration
}

// alarm is what an alert has seen so far. It evaluates as CloudWatch documents its alarms ("Create
// alarms from metrics": periods, evaluation periods, datapoints to alarm): a value for each period,
// judged at its end. A period without a value counts as one that is not too high.
type alarm struct {
	// seen is up to when; begun when the period under way began.
	seen, begun int64
	// failed and asked are the requests of the period so far, in nanoseconds of the mean rate; worst
	// is the largest lag of it.
	failed, asked, worst float64
	// points are the last periods, one bit each: it was too high.
	points uint64
	firing bool
}

// beginAlerts gives each alert's periods a phase of their own: what breaks does not wait for the
// full minute.
func (w *world) beginAlerts() {
	for i := range w.scenario.Alerts {
		a := &w.scenario.Alerts[i]
		begun := lastTick(warmup, int64(a.Period), w.src.uniform(alertPhase, i, 0))
		w.story.alarms = append(w.story.alarms, alarm{seen: begun, begun: begun})
		w.story.Alerts = append(w.story.Alerts, AlertFinding{Name: a.Name})
	}
}

// watchAlerts has every alert see a stretch up to a time, in which all is as it is now.
func (w *world) watchAlerts(until int64) {
	if len(w.scenario.Alerts) == 0 {
		return
	}
	if w.story.alarms == nil {
		w.beginAlerts()
	}
	for i := range w.story.alarms {
		w.watchAlert(i, until)
	}
}

func (w *world) watchAlert(index int, until int64) {
	a, spec := &w.story.alarms[index], &w.scenario.Alerts[index]
	period := int64(spec.Period)
	steady := w.steady(spec, a.seen, until)
	judged := 0
	for a.seen < until {
		// The first of them began before the stretch. All that are left say what the others did.
		if judged > spec.Periods && steady {
			whole := (until - a.seen) / period * period
			a.seen, a.begun, steady = a.seen+whole, a.begun+whole, false
			continue
		}
		end := min(until, a.begun+period)
		w.measureAlert(a, spec, a.seen, end)
		if a.seen = end; end == a.begun+period {
			w.judgeAlert(index)
			a.begun, a.failed, a.asked, a.worst = end, 0, 0, 0
			judged++
		}
	}
}

// measureAlert adds what an alert sees from one time to another.
func (w *world) measureAlert(a *alarm, spec *model.Alert, from, to int64) {
	if spec.Metric == model.AlertErrors {
		a.failed += w.failedIn(from, to)
		a.asked += w.demanded(from, to, model.NoRegion) * 1e9
		return
	}
	// Between two events and two rows of a record a lag goes in a straight line, or falls and stays,
	// so that it is largest at an end. A record that begins anew leaps. Where the load alone leaves a
	// copy behind its lag is looked at once a minute, which is how often a metric has a value.
	a.worst = math.Max(a.worst, w.ageAt(spec, from).Seconds())
	for from < to {
		from = min(to, w.nextTurn(int(spec.Store), from))
		for _, at := range [...]int64{from - 1, from} {
			a.worst = math.Max(a.worst, w.ageAt(spec, at).Seconds())
		}
	}
}

// nextTurn is when the lag of a store's copies may next go on otherwise though nothing happens.
func (w *world) nextTurn(store int, at int64) int64 {
	next := w.nextLag(store, at)
	if trace := w.scenario.Stores[store].LagTrace; trace != nil {
		if row := int64(trace.Next(time.Duration(at - warmup))); row < never-warmup {
			next = row + warmup
		}
	}
	if w.floods(store) {
		next = min(next, at+int64(time.Minute))
	}
	return next
}

// judgeAlert judges a period that has ended, and with it the alert.
func (w *world) judgeAlert(index int) {
	a, spec := &w.story.alarms[index], &w.scenario.Alerts[index]
	value := a.worst
	if spec.Metric == model.AlertErrors && a.asked > 0 {
		value = a.failed / a.asked
	}
	a.points <<= 1
	if value > spec.Above+lineTolerance {
		a.points |= 1
	}
	recent := a.points << (model.MaxAlertPeriods - spec.Periods)
	fires := bits.OnesCount64(recent) >= spec.Datapoints
	if fires && !a.firing {
		found := &w.story.Alerts[index]
		found.At = append(found.At, time.Duration(a.seen-warmup))
		w.noteAt(a.seen, "alert", "the alert %s fires", spec.Name)
	}
	a.firing = fires
}

// failedIn is the integral of what fails from one time to another, in nanoseconds of the mean rate,
// under what holds now.
func (w *world) failedIn(from, to int64) float64 {
	switch {
	case !w.bends():
		return (1 - w.serving) * float64(to-from)
	case w.serves():
		return 0
	}
	total := 0.0
	for from < to {
		var buffer [model.MaxRegions + 2]int64
		end := min(to, w.nextBend(from))
		cuts := w.fills(buffer[:0], from, end)
		for i := 1; i < len(cuts); i++ {
			total += w.simpson(cuts[i-1], cuts[i], w.succeeding(cuts[i-1]), w.succeeding(cuts[i]))
		}
		from = end
	}
	return total
}

// ageAt is how old the newest write is that a region's copy of a store holds, as the copy itself
// tells: nothing where it does not run, or is none. Where every region writes it is that of the
// region of which the copy lacks the most.
func (w *world) ageAt(spec *model.Alert, at int64) (age time.Duration) {
	store, r := int(spec.Store), spec.Region
	if !w.copies(store, r) {
		return 0
	}
	from := model.RegionSet(0).With(w.follows[r][store].region)
	if w.policy.MultiWriter {
		from = w.policy.Candidates
	}
	for left := from.Without(r); left != 0; left = left.Without(left.First()) {
		age = max(age, w.ageOfCopy(store, left.First(), r, at))
	}
	return age
}

// ageOfCopy is that of what a region has of another one's writes. While it is cut off that grows
// with the time, whether or not anything is written there.
func (w *world) ageOfCopy(store int, from, r model.RegionID, at int64) time.Duration {
	if w.net.follows(store, from, r) {
		return w.lagFrom(store, from, r, at) + w.idle(store, r, at)
	}
	torn := w.net.tornAt[store][from][r]
	return w.lagFrom(store, from, r, torn) + time.Duration(at-torn)
}

// copies reports whether a region runs a copy of a store that receives what is written elsewhere.
func (w *world) copies(store int, r model.RegionID) bool {
	kept := !w.strategy.FromBackup && w.policy.Candidates.Has(r) && w.policy.Candidates.Count() > 1
	return kept && w.net.runs(store, r) && (w.policy.MultiWriter || w.state.Writers[store] != r)
}

// steady reports whether all periods of a stretch say the same.
func (w *world) steady(spec *model.Alert, from, until int64) bool {
	if spec.Metric == model.AlertErrors {
		return !w.bends() || w.serves()
	}
	store, r := int(spec.Store), spec.Region
	if w.nextTurn(store, from) < until {
		return false
	}
	still := w.behind(store, r, from) == w.behind(store, r, until)
	return still && w.ageAt(spec, from) == w.ageAt(spec, until)
}

// noteLost notes since when writes that are lost are out of reach.
func (w *world) noteLost(since int64) {
	if w.story != nil {
		w.story.LostAt = append(w.story.LostAt, time.Duration(since-warmup))
	}
}

// alerted is when the first alert fired, in seconds; NaN where none did.
func (s *Story) alerted() float64 {
	first := math.NaN()
	for i := range s.Alerts {
		if at := s.Alerts[i].At; len(at) > 0 && !(first <= at[0].Seconds()) {
			first = at[0].Seconds()
		}
	}
	return first
}
