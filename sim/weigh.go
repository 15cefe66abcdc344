package sim

import (
	"fmt"
	"math"
	"strings"

	"redoubt/model"
)

// Weights that follow performance and cost. Once in a while somebody measures every region that is
// sent requests, and answers with the weights that model.Choice.Weigh makes of it, within their
// bounds. What is measured follows from no load, so that one adjustment comes to rest until
// something else changes: it is an event only while some weight differs from what would be measured
// now, or capacity is on its way.

// weighing is how the weights follow what is measured.
type weighing struct {
	// follows says that they do. Nothing else here is read where they do not.
	follows bool
	// scenario is the one whose weights are those in force.
	scenario model.Scenario
	// measured is what was last measured of each region, and first when all is well.
	measured, first [model.MaxRegions]model.Performance
	// seconds is how long a region takes to answer, by where it is written: it follows from nothing
	// else, and noisy links make it dear to work out. 0 is not worked out yet.
	seconds [model.MaxRegions][model.MaxRegions]float64
	// at is when the next adjustment comes, or never.
	at int64
	// before keeps the flows that are cut anew.
	before []flow
}

// weightTolerance is how little the weights differ, of MaxWeight, that are the same but for
// rounding.
const weightTolerance = 1e-9 * model.MaxWeight

// weightsFollow reports whether the weights of a scenario are adjusted under a strategy: where one
// region serves at a time there are none.
func weightsFollow(s *model.Scenario, strategy model.Strategy) bool {
	choice := &s.Routing.Choice
	return choice.Policy == model.WeightedRouting && choice.Every > 0 && strategy.Kind.ServesReads()
}

// newWeighing is where a run begins: with what is measured when all is well.
func newWeighing(s *model.Scenario, strategy model.Strategy) (made weighing) {
	made.at = never
	if made.follows = weightsFollow(s, strategy); made.follows {
		well := whenWell(s, strategy)
		made.first, made.scenario = well.measured(s), *s
	}
	return made
}

// weighedWhenWell is the scenario with the weights that are in force when all is well.
func weighedWhenWell(s *model.Scenario, strategy model.Strategy) *model.Scenario {
	if !weightsFollow(s, strategy) {
		return s
	}
	well := whenWell(s, strategy)
	return well.weighed(s)
}

// weighed is the scenario with the weights that are measured in a state that stays.
func (a *answered) weighed(s *model.Scenario) *model.Scenario {
	if !weightsFollow(s, a.strategy) {
		return s
	}
	changed, measured := *s, a.measured(s)
	changed.Routing.Choice.Weights = s.Routing.Choice.Weigh(s.Servers(a.strategy.Kind), &measured)
	return &changed
}

// measured is what is measured of every region in which nothing fails.
func (a *answered) measured(s *model.Scenario) (of [model.MaxRegions]model.Performance) {
	for r := range model.RegionID(len(s.Regions)) {
		of[r] = model.Performance{Capacity: a.capacity[r], Succeeds: 1, Seconds: a.answersIn(s, r)}
	}
	return of
}

// answersIn is how many seconds a region takes to answer a request: its service, and of a write the
// way to where that is written, and to a majority of all. Without a service time nobody measures
// it, and all are alike.
func (a *answered) answersIn(s *model.Scenario, r model.RegionID) float64 {
	if s.Traffic.ServiceTime == 0 {
		return 1
	}
	return s.Traffic.ServiceTime.Seconds() + s.Traffic.WriteShare*a.writeOn(r).mean()/1e9
}

// performance is what is known of the regions now, and the weights that this makes, if all is. Of a
// region that is sent nothing what was measured last stands. One that is sent requests and says
// nothing, since it is lost or nobody reaches it, is left to those who decide on failovers, and all
// weights with it: those of the others are no better for what it cannot say.
func (w *world) performance() (
	of [model.MaxRegions]model.Performance, weights [model.MaxRegions]float64, known bool,
) {
	of = w.weighing.measured
	now := answered{
		strategy: w.strategy, there: 1<<w.regions - 1, writer: w.primary, over: w.scenario,
	}
	for r := range model.RegionID(w.regions) {
		if w.routedShare(r) == 0 {
			continue
		}
		if !w.net.up(r) || w.net.unreached.Has(r) {
			return of, weights, false
		}
		of[r].Capacity, of[r].Succeeds = w.has(r), w.answers[r]
		if now.writer.Valid() {
			took := &w.weighing.seconds[now.writer][r]
			if *took == 0 {
				*took = now.answersIn(w.scenario, r)
			}
			of[r].Seconds = *took
		}
	}
	return of, w.scenario.Routing.Choice.Weigh(w.policy.Candidates, &of), true
}

// outweighed reports whether an adjustment would change something, or may soon: the routing can be
// changed, and some weight is another one, or capacity moves.
func (w *world) outweighed() bool {
	if w.net.unrouted || w.net.unanswered {
		return false
	}
	_, weights, known := w.performance()
	return known && (w.size.moves && w.size.until < never || w.other(&weights))
}

// other reports whether weights are others than those in force.
func (w *world) other(weights *[model.MaxRegions]float64) bool {
	for r, weight := range weights {
		if math.Abs(weight-w.weighing.scenario.Routing.Choice.Weights[r]) > weightTolerance {
			return true
		}
	}
	return false
}

// watchWeights asks for the next adjustment while there is something to adjust to.
func (w *world) watchWeights() {
	if !w.weighing.follows || w.weighing.at != never || w.pulse == nil && !w.outweighed() {
		return
	}
	every := int64(w.scenario.Routing.Choice.Every)
	w.weighing.at = nextTick(w.now, every, w.src.uniform(weighPhase, 0, 0))
	w.push(w.weighing.at, evWeigh, 0, 0, 0)
}

// weigh is the time of an adjustment.
func (w *world) weigh() {
	w.weighing.at = never
	if w.size.moves && w.size.until <= w.now {
		w.account()
	}
	of, weights, known := w.performance()
	if known && !w.net.unrouted && !w.net.unanswered && w.other(&weights) {
		w.weighing.measured = of
		w.weighing.scenario.Routing.Choice.Weights = weights
		w.redraw()
	}
	w.watchWeights()
}

// firstWeights are those when all is well.
func (w *world) firstWeights() {
	w.weighing.at = never
	if w.weighing.follows {
		w.weighing.measured = w.weighing.first
		weights := w.scenario.Routing.Choice.Weigh(w.policy.Candidates, &w.weighing.first)
		w.weighing.scenario.Routing.Choice.Weights = weights
	}
}

// redraw has clients draw by the weights that are now in force when they next look up. Each stage
// of each population is cut anew, where the old weights cut it and where the new ones do, so that
// of every piece it is known where it came from and where it goes.
func (w *world) redraw() {
	w.account()
	w.noteWeights()
	before := append(w.weighing.before[:0], w.flows...)
	w.weighing.before, w.flows, w.week.known = before, w.flows[:0], false
	parts := w.weighing.scenario.Parts(&w.scenario.Populations[0]) // All draw alike.
	for len(before) > 0 {
		n := 1
		for n < len(before) && before[n].upTo == before[0].upTo &&
			before[n].population == before[0].population {
			n++
		}
		w.cut(before[:n], parts)
		before = before[n:]
	}
	w.moveSessions()
	if w.mend(); len(w.flows) > maxFlows {
		for i := range w.flows { // So many shifts are under way that the older are forgotten.
			w.flows[i].old = model.NoRegion
		}
		w.mend()
	}
	w.route(w.routed)
}

// cut cuts what moves together, the pieces of a population in a stage, into the parts that it is
// divided into from now on.
func (w *world) cut(pieces []flow, parts []model.Part) {
	whole, oldEnd, newEnd := 0.0, pieces[0].part, 0.0
	for i := range pieces {
		whole += pieces[i].part
	}
	share := w.scenario.Populations[pieces[0].population].Share
	from, i := 0.0, 0
	for ; len(parts) > 0; parts = parts[1:] {
		newEnd += parts[0].Share * whole
		last := len(parts) == 1
		for {
			ends := i == len(pieces)-1 || !last && newEnd <= oldEnd
			to := oldEnd
			if ends {
				to = newEnd
			}
			if made := pieces[i]; to-from > cutTolerance*whole {
				made.part, made.share, made.sent = to-from, share*(to-from), &parts[0]
				w.lay(&made)
				from = to
			}
			if ends {
				break
			}
			i++
			oldEnd += pieces[i].part
		}
	}
	last := &w.flows[len(w.flows)-1]
	last.part, last.share = last.part+whole-from, last.share+share*(whole-from)
}

// cutTolerance is the least part that is a piece: less is nothing but rounding, and goes to the
// next one.
const cutTolerance = 1e-12

// lay lays a piece, which goes from now on where the weights send it.
func (w *world) lay(f *flow) {
	serving := w.routed.From
	if f.upTo <= w.routed.Share {
		serving = w.routed.To
	}
	if target := f.sent.To(serving); target != f.target {
		f.old, f.changed, f.target = f.target, w.now, target
	}
	if w.scenario.Traffic.Sessions == 0 {
		f.session = f.target
	}
	w.flows = append(w.flows, *f)
}

// mend joins pieces that lie side by side and have nothing to tell them apart.
func (w *world) mend() {
	kept := w.flows[:1]
	for _, f := range w.flows[1:] {
		last := &kept[len(kept)-1]
		like := f.sent == last.sent && f.upTo == last.upTo && f.population == last.population
		late := f.old == last.old && (f.changed == last.changed || !f.old.Valid())
		if like && late && f.session == last.session {
			last.share, last.part = last.share+f.share, last.part+f.part
			continue
		}
		kept = append(kept, f)
	}
	w.flows = kept
}

// noteWeights tells the parts of all clients that draw each of the regions that serve.
func (w *world) noteWeights() {
	if w.story == nil {
		return
	}
	var told []string
	sent := w.weighing.scenario.Sent(&w.scenario.Populations[0], w.routed.To)
	for r, part := range sent {
		if part > 0 {
			told = append(told, fmt.Sprintf("%s %.1f%%", w.name(model.RegionID(r)), 100*part))
		}
	}
	w.note(model.NoRegion, "routing", "the weights are adjusted: %s", strings.Join(told, ", "))
}
