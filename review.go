package redoubt

import (
	"fmt"
	"math"
	"strings"
	"time"

	"redoubt/model"
)

// Review returns what a reviewer would remark on a scenario: nothing that makes it invalid, but
// what decides whether its plans can work. It looks at the strategies that the scenario runs and
// that can be built in it.
func Review(s *model.Scenario) []string {
	var findings []string
	looks := []func(*model.Scenario) []string{
		reviewTimeline, reviewGuards, reviewServing, reviewStandby, reviewLagSample, reviewHoldDown,
	}
	for _, look := range looks {
		findings = append(findings, look(s)...)
	}
	return findings
}

// running returns the scenario's strategies of some kinds that can be built, and their names.
func running(s *model.Scenario, has func(model.StrategyKind) bool) ([]model.Strategy, string) {
	var strategies []model.Strategy
	var names []string
	for _, strategy := range s.Strategies {
		if has(strategy.Kind) && s.Excuse(strategy.Kind) == "" {
			strategies = append(strategies, strategy)
			names = append(names, strategy.Kind.String())
		}
	}
	return strategies, listed(names)
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// reviewTimeline says what a comparison without a hazard counts.
func reviewTimeline(s *model.Scenario) []string {
	if len(s.Hazards) > 0 {
		return nil
	}
	if !s.Plays() {
		return []string{"faults: there is neither a hazard nor a fault, so that nothing ever fails"}
	}
	return []string{"faults: there is no hazard, so that every trial plays the faults of the " +
		"timeline, once in all of its years: what is given for a year is a share of that, and no " +
		"forecast"}
}

// reviewGuards names the stores that nothing closes when their region is lost.
func reviewGuards(s *model.Scenario) []string {
	promotes := func(kind model.StrategyKind) bool {
		return kind != model.SingleRegion && !kind.MultiWriter()
	}
	strategies, names := running(s, promotes)
	if len(strategies) == 0 {
		return nil
	}
	var findings []string
	for _, store := range s.Stores {
		if store.Guarded {
			continue
		}
		findings = append(findings, fmt.Sprintf("guard: %s has none (guarded = false, the default), so "+
			"that only a recorded fence closes it, and a region that is lost records nothing. In this "+
			"simulation no failover of %s takes effect before the lost region is back. In life somebody "+
			"has to fence it by other means and say so, or to force the failover and answer for what the "+
			"old primary still accepts", store.Name, names))
	}
	return findings
}

// reviewServing asks, for each region of an estate that serves in several, what the others can
// carry of its traffic when it is lost, before they have scaled out and after.
func reviewServing(s *model.Scenario) []string {
	strategies, names := running(s, model.StrategyKind.ServesReads)
	if len(strategies) == 0 {
		return nil
	}
	var findings []string
	for r := range s.Regions {
		loss := lossOf(s, strategies[0], model.RegionID(r)) // They are sized alike.
		if text := loss.text(s); text != "" {
			findings = append(findings, fmt.Sprintf("capacity of %s: %s", names, text))
		}
	}
	return findings
}

// regionLoss is what is left when a region that serves is lost.
type regionLoss struct {
	region model.RegionID
	// before and after are the shares of all traffic that the others carry before and after they have
	// scaled out; fullest has the most to carry beyond what it can.
	before, after float64
	// worst is the share of the requests that they carry before, at the worst time of the week.
	worst   float64
	fullest model.RegionID
	// load is what comes to the fullest region, as a share of all traffic, and room what it can carry.
	load, room float64
}

// lossOf follows the users of a region to where the routing sends them: to the nearest region that
// is left, whatever room that has.
func lossOf(s *model.Scenario, strategy model.Strategy, lost model.RegionID) regionLoss {
	left := s.Servers(strategy.Kind).Without(lost)
	loss := regionLoss{region: lost, fullest: model.NoRegion}
	if left == 0 || s.TrafficShare(lost) == 0 {
		loss.before, loss.after, loss.worst = 1, 1, 1
		return loss
	}
	var load [model.MaxRegions]float64
	for i := range s.Populations {
		for r, part := range s.Sent(&s.Populations[i], left) {
			load[r] += part * s.Populations[i].Share
		}
	}
	for r := range s.Regions {
		id := model.RegionID(r)
		room := s.Capacity(strategy, id)
		loss.before += math.Min(load[r], room)
		loss.after += math.Min(load[r], s.CapacityCeiling(strategy, id))
		if load[r] > room && (loss.fullest == model.NoRegion || load[r]-room > loss.load-loss.room) {
			loss.fullest, loss.load, loss.room = id, load[r], room
		}
	}
	loss.worst = loss.before
	if s.Varies() {
		loss.worst = worstHour(s, strategy, left)
	}
	return loss
}

// worstHour is the least share of the requests that some regions carry at any time of the week as
// they are. Between two bends what they carry is concave, and what there is to carry a straight
// line, so that their ratio is least at a bend.
func worstHour(s *model.Scenario, strategy model.Strategy, left model.RegionSet) float64 {
	weeks, worst := s.Weeks(), 1.0
	for _, at := range model.Bends(weeks) {
		var load [model.MaxRegions]float64
		total, carried := 0.0, 0.0
		for i := range s.Populations {
			now := s.Populations[i].Share * weeks[i].At(at)
			for r, part := range s.Sent(&s.Populations[i], left) {
				load[r] += part * now
			}
			total += now
		}
		for r := range s.Regions {
			carried += math.Min(load[r], s.Capacity(strategy, model.RegionID(r)))
		}
		worst = math.Min(worst, carried/total)
	}
	return worst
}

// text is empty when all of the traffic can be carried at once.
func (l regionLoss) text(s *model.Scenario) string {
	const rounding = 1e-9
	if math.Min(l.before, l.worst) >= 1-rounding {
		return ""
	}
	lost := fmt.Sprintf("the loss of %s (%s of the traffic)", s.Regions[l.region].Name,
		percentage(s.TrafficShare(l.region)))
	if l.before >= 1-rounding {
		return fmt.Sprintf("%s can be carried in a mean hour of the week, and not in the worst before "+
			"the others have scaled out: then %s of the requests can be served", lost,
			percentage(l.worst))
	}
	served := "at most " + percentage(l.before) + " of the requests can be served"
	if s.Varies() {
		served = fmt.Sprintf("%s of the requests can be served in a mean hour of the week, and %s in "+
			"the worst", percentage(l.before), percentage(l.worst))
	}
	if !l.fullest.Valid() {
		return fmt.Sprintf("%s leaves users without an answer, for whom the routing has no other "+
			"region: until it is back %s", lost, served)
	}
	region := s.Regions[l.fullest]
	text := fmt.Sprintf("%s cannot be carried before the others have scaled out: until then %s. "+
		"%s of all traffic comes to %s, which at %s utilisation has room for %s; that takes a "+
		"utilisation of at most %s", lost, served, percentage(l.load), region.Name,
		percentage(region.Utilisation), percentage(l.room),
		percentage(region.Utilisation*l.room/l.load))
	if l.after < 1-rounding {
		text += fmt.Sprintf(". Scaled out to their ceilings they carry %s", percentage(l.after))
	}
	return text
}

// percentage writes a share with as many digits as it needs, one decimal at most.
func percentage(share float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*share), ".0") + "%"
}

// reviewStandby says what each idle standby carries before it has scaled out.
func reviewStandby(s *model.Scenario) []string {
	strategies, _ := running(s, model.StrategyKind.HasStandby)
	var parts []string
	for _, strategy := range strategies {
		if room := s.Capacity(strategy, s.Secondary()); room < 1 {
			parts = append(parts, percentage(room)+" of all traffic in "+strategy.Kind.String())
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("capacity of the standby in %s before it has scaled out: %s. A "+
		"failover sends the users there only after that", s.Regions[s.Secondary()].Name, listed(parts))}
}

// reviewLagSample asks whether a failover could ever prove that it risks less than its bound.
func reviewLagSample(s *model.Scenario) []string {
	var findings []string
	for _, store := range s.Stores {
		worst := store.LagSampleEvery + s.Settings.Lease
		if worst >= s.Settings.DataAtRiskMax {
			findings = append(findings, fmt.Sprintf("lag: the lag of %s is measured every %s and its "+
				"lease is %s: with a sample that old a failover is denied, since it could risk more "+
				"than %s", store.Name, store.LagSampleEvery, s.Settings.Lease,
				s.Settings.DataAtRiskMax))
		}
	}
	return findings
}

// reviewHoldDown remarks on a hold-down shorter than the partition that cost GitHub a day in 2018.
func reviewHoldDown(s *model.Scenario) []string {
	const partition = 43 * time.Second
	if s.Settings.HoldDown >= partition {
		return nil
	}
	if s.Settings.HoldDown == 0 {
		return []string{"hold-down: there is none, so that one report of each of a quorum of observers " +
			"is enough to leave a region"}
	}
	return []string{fmt.Sprintf("hold-down: %s is shorter than the 43 s partition of 2018-10-21 "+
		"after which GitHub needed 24 h 11 min to put its data together again", s.Settings.HoldDown)}
}
