package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// settings checks the policy. The bounds that join two values come from the proof of the write
// lease (Lease) and from what a report is for (StaleAfter).
func (v *validator) settings() {
	p := v.s.Settings
	v.duration("policy.hold_down", p.HoldDown, 0, 24*time.Hour)
	v.duration("policy.cooldown", p.Cooldown, 0, Year)
	v.positive("policy.report_every", p.ReportEvery, time.Hour)
	v.positive("policy.stale_after", p.StaleAfter, 24*time.Hour)
	if p.StaleAfter < 2*p.ReportEvery && p.StaleAfter > 0 && p.ReportEvery <= time.Hour {
		v.add("policy.stale_after", "or one late report makes a verdict unknown",
			"stale_after must be at least twice report_every, %s, is %s", short(2*p.ReportEvery),
			short(p.StaleAfter))
		v.relate("policy.report_every")
	}
	if least := p.StaleAfter + p.ReportEvery; p.HoldDown > 0 && p.HoldDown <= least {
		v.add("policy.hold_down", "or one report of each observer, and then silence, begins a failover",
			"hold_down must be 0, or longer than stale_after + report_every, %s, is %s", short(least),
			short(p.HoldDown))
		v.relate("policy.stale_after", "policy.report_every")
	}
	v.count("policy.checks_down", p.ChecksDown, 1, max(1, len(v.s.Checks)))
	v.list = relateLast(v.list, "policy.checks_down", "check")
	v.count("policy.approvals", p.Approvals, 1, MaxApprovals)
	v.count("policy.minimum_serving", p.MinimumServing, 1, max(1, v.s.Workload().Count()-1))
	v.list = relateLast(v.list, "policy.minimum_serving", "region")
	v.duration("policy.data_at_risk_max", p.DataAtRiskMax, 0, Year)
	v.share("policy.capacity_min", p.CapacityMin, true)
	v.positive("policy.step_timeout", p.StepTimeout, 7*24*time.Hour)
	v.count("policy.step_tries", p.StepTries, 1, 100)
	v.brake(p)
	v.readiness(p)
	v.planSteps(p)
	v.stages(p)
	v.scopes()
	v.lease(p)
	v.positive("consensus.heartbeat", v.s.Consensus.Heartbeat, 10*time.Minute)
}

// planSteps checks the optional steps, and the damping of regions that come and go.
func (v *validator) planSteps(p Settings) {
	first := map[string]bool{}
	for i, step := range p.Steps {
		path := fmt.Sprintf("policy.steps[%d]", i)
		switch {
		case !slices.Contains(PlanSteps[:], step):
			v.add(path, "one of "+strings.Join(PlanSteps[:], ", "), "%s is no step that can be left out",
				step)
		case first[step]:
			v.add(path, "", "%q is listed twice", step)
		}
		first[step] = true
	}
	v.duration("policy.validation", p.Validation, 0, 24*time.Hour)
	v.count("policy.flap_limit", p.FlapLimit, 0, maxFlaps)
	if p.FlapLimit > 0 {
		v.positive("policy.flap_half_life", p.FlapHalfLife, Year)
	}
}

// stages checks the shares in which the traffic of planned work shifts.
func (v *validator) stages(p Settings) {
	if len(p.Stages) == 0 {
		if p.StageHold != 0 {
			v.add("policy.stage_hold", "or leave it out", "stage_hold without stages is held for nothing")
			v.relate("policy.stages")
		}
		return
	}
	if count := len(p.Stages); count < 2 || count > MaxStages {
		v.add("policy.stages", "the last of them is 100", "stages must be 2 to %d, are %d", MaxStages,
			count)
	}
	last := 0
	for i, share := range p.Stages {
		path := fmt.Sprintf("policy.stages[%d]", i)
		if share <= last || share > 100 {
			v.add(path, "each stage is more of the traffic than the one before",
				"a stage must be %d to 100 percent here, is %d", min(last+1, 100), share)
			return
		}
		last = share
	}
	if last != 100 {
		v.add(fmt.Sprintf("policy.stages[%d]", len(p.Stages)-1), "or some of the traffic never shifts",
			"the last stage must be 100 percent, is %d", last)
	}
	v.positive("policy.stage_hold", p.StageHold, 7*24*time.Hour)
}

// maxFlaps bounds how often a region may come and go.
const maxFlaps = 8

// scopes checks that regions themselves are judged by enough checks: those of a store or of the
// routing say nothing about a region.
func (v *validator) scopes() {
	whole := 0
	for i, check := range v.s.Checks {
		path := fmt.Sprintf("check[%d].scope", i)
		switch check.Scope {
		case OfRegion:
			whole++
		case OfStore:
			if int(check.Store) >= len(v.s.Stores) {
				v.add(path, "", "%s is about a store that does not exist", path)
			}
		case OfRouting:
		}
	}
	if need := v.s.Settings.ChecksDown; whole < need && need <= len(v.s.Checks) {
		v.add("policy.checks_down", "make more checks about the region",
			"%d checks are about a region as a whole, fewer than the %d of policy.checks_down", whole, need)
	}
}

// brake checks what trips it.
func (v *validator) brake(p Settings) {
	v.count("policy.brake_after", p.BrakeAfter, 0, MaxBrakeAfter)
	if p.BrakeAfter > 0 {
		v.positive("policy.brake_window", p.BrakeWindow, Year)
	}
	if n := p.BrakeRegions; n != 0 && (n < 2 || n > MaxRegions) {
		v.add("policy.brake_regions", "one region that fails is what a failover is for",
			"policy.brake_regions is 0 or from 2 to %d, is %d", MaxRegions, n)
	}
}

// readiness checks the items that a target must have.
func (v *validator) readiness(p Settings) {
	if n := len(p.Readiness); n > MaxReadiness {
		v.add("policy.readiness", "", "policy.readiness has %d items, at most %d are possible", n,
			MaxReadiness)
	}
	first := map[string]bool{}
	for i, item := range p.Readiness {
		path := fmt.Sprintf("policy.readiness[%d]", i)
		switch {
		case strings.TrimSpace(item) == "":
			v.add(path, "", "%s is empty", path)
		case first[item]:
			v.add(path, "", "%q is listed twice", item)
		}
		first[item] = true
	}
	if len(p.Readiness) > 0 {
		v.positive("policy.readiness_stale_after", p.ReadinessStaleAfter, Year)
	}
}

func (v *validator) lease(p Settings) {
	v.positive("policy.lease", p.Lease, time.Hour)
	v.positive("policy.renew_every", p.RenewEvery, time.Hour)
	v.duration("policy.stop_time", p.StopTime, 0, time.Hour)
	beat := v.s.Consensus.Heartbeat
	bounded := p.Lease <= time.Hour && p.RenewEvery <= time.Hour && p.StopTime <= time.Hour
	first := FirstApplyP99(beat)
	least := p.RenewEvery + first + p.StopTime
	if p.Lease > 0 && bounded && beat > 0 && beat <= 10*time.Minute && p.Lease <= least {
		v.add("policy.lease", "or the death of a leader costs a healthy primary its lease",
			"lease must be longer than renew_every + what a new leader needs for its first entry + "+
				"stop_time, %s + %s + %s = %s, is %s", short(p.RenewEvery), short(first),
			short(p.StopTime), short(least), short(p.Lease))
		v.relate("policy.renew_every", "policy.stop_time", "consensus.heartbeat")
	}
	if !(p.ClockDrift >= 0 && p.ClockDrift <= 0.1) {
		v.add("policy.clock_drift", "", "policy.clock_drift is from 0%% to 10%%, is %s",
			percent(p.ClockDrift))
	}
}

// target checks what a fault or hazard breaks.
func (v *validator) target(path string, f *Fault) {
	if f.Kind == 0 || f.Kind >= faultKindCount {
		v.add(path+".kind", "", "%s.kind is none that is known", path)
		return
	}
	switch {
	case !f.Kind.HasRegion():
	case int(f.Region) >= len(v.s.Regions):
		v.add(path+".region", "", "%s.region names no region", path)
	case f.Kind.HasWorkload() && v.s.Regions[f.Region].Witness:
		v.add(path+".region", "", "%s is a witness: it has nothing that a %s could break",
			v.s.Regions[f.Region].Name, f.Kind)
	}
	for r := range RegionID(MaxRegions) {
		if f.Also.Has(r) && int(r) >= len(v.s.Regions) {
			v.add(path+".regions", "", "%s.regions names no region", path)
		}
	}
	if f.Kind.HasLink() {
		v.ends(path, f)
	}
	if f.Kind.HasItem() && f.Item == "" {
		v.add(path+".item", "", "%s.item is empty", path)
	}
	if f.Kind.HasStore() && int(f.Store) >= len(v.s.Stores) {
		v.add(path+".store", "", "%s.store names no store", path)
	}
	if f.Kind.HasShare() {
		v.share(path+".share", f.Share, false)
		if f.Kind == PacketLoss && f.Share == 1 { // Else that is said already.
			v.arrives(path+".share", f.Share)
		}
	}
	if f.Latency < 0 || f.Latency > maxLate || f.Latency > 0 && !f.Kind.HasLatency() {
		v.add(path+".latency", "", "%s.latency is from 0s to 1h, and 0s but for a %s or a %s", path,
			GreyFailure, BadRelease)
	}
}

// ends checks the two ends of a link that fails.
func (v *validator) ends(path string, f *Fault) {
	key := ".between"
	if f.OneWay {
		key = ".from"
	}
	switch {
	case int(f.Region) >= len(v.s.Regions) || int(f.Peer) >= len(v.s.Regions):
		v.add(path+key, "", "%s%s names no two regions", path, key)
	case f.Region == f.Peer:
		v.add(path+key, "", "%s%s links %s to itself", path, key, v.s.Regions[f.Region].Name)
	}
}

func (v *validator) hazards() {
	for i, h := range v.s.Hazards {
		path := fmt.Sprintf("hazard[%d]", i)
		fault := h.Fault()
		v.target(path, &fault)
		v.distribution(path+".duration", h.Duration, false)
		before := len(v.list)
		const most = 10_000 // More than one an hour is no longer an outage but a way of life.
		v.number(path+".rate", h.PerYear, 0, most)
		if len(v.list) > before {
			v.relate(path+".duration", path+".outage")
		}
	}
	v.most("hazard", len(v.s.Hazards), MaxHazards)
}

func (v *validator) timeline() {
	for i, f := range v.s.Timeline {
		path := fmt.Sprintf("fault[%d]", i)
		v.target(path, &f)
		v.duration(path+".at", f.At, 0, 100*Year)
		v.duration(path+".for", f.Duration, 0, 100*Year)
	}
	v.most("fault", len(v.s.Timeline), MaxFaults)
}

// voters demands a majority that survives the loss of a region, where a strategy fails over by
// itself. Two voters cannot make one: when they part, neither knows which of them is alone.
func (v *validator) voters() {
	voters := len(v.s.Regions)
	if voters >= 3 || v.s.Secondary() == NoRegion {
		return
	}
	for _, strategy := range v.s.Strategies {
		if strategy.Kind != SingleRegion && strategy.Mode == Automatic {
			v.add("region", `add a region with role = "witness"`,
				"%s fails over automatically, but %d regions cannot make a majority without the one "+
					"that failed", strategy.Kind, voters)
			return
		}
	}
}

func (v *validator) strategies() {
	first := map[StrategyKind]bool{}
	for _, strategy := range v.s.Strategies {
		path := "strategy." + strategy.Kind.String()
		if strategy.Kind.String() == "unknown" {
			v.add("strategies", "", "a strategy is none that is known")
			continue
		}
		if first[strategy.Kind] {
			v.add("strategies", "", "%s is listed twice", strategy.Kind)
		}
		first[strategy.Kind] = true
		v.strategy(path, &strategy)
	}
	if !first[SingleRegion] {
		v.add("strategies", "every other strategy is compared with it", "single-region is missing")
	}
}

func (v *validator) strategy(path string, s *Strategy) {
	for c := range CategoryCount {
		v.share(path+".standby."+c.String(), s.Standby[c], true)
		v.number(path+".serving."+c.String(), s.Serving[c], 0, 1000)
	}
	if s.Mode.String() == "unknown" {
		v.add(path+".mode", "", "%s.mode is none that is known", path)
	}
	v.distribution(path+".scale", s.Scale, true)
	v.money(path+".extra_per_year", s.ExtraPerYear)
	v.money(path+".one_time", s.OneTime)
}
