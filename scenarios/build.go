package scenarios

import (
	"fmt"
	"io/fs"
	"strings"
	"time"

	"redoubt/model"
)

// globalName is what a bill line says in place of a region when it belongs to none.
const globalName = "global"

// builder turns a decoded file into a scenario. What only the file knows is checked here: names
// that must have been declared, keys that exclude each other. What a scenario must hold in itself
// is checked by model.Scenario.Validate.
type builder struct {
	d    *decoder
	root *node
	file *file
	s    *model.Scenario
	// files are those beside the scenario's, or nil where nobody knows of any.
	files fs.FS
	// alias maps a path of the model to the path of the file, where they differ.
	alias map[string]string
}

// problem reports something at a path of the file or of the model.
func (b *builder) problem(path, hint, format string, args ...any) {
	path = b.filePath(path)
	b.d.problem(path, b.root.locate(path), hint, format, args...)
}

// filePath translates the beginning of a path of the model.
func (b *builder) filePath(path string) string {
	first, rest, found := strings.Cut(path, ".")
	if other, ok := b.alias[first]; ok {
		first = other
	}
	if found {
		return first + "." + rest
	}
	return first
}

func (b *builder) build() *model.Scenario {
	f := b.file
	b.s = &model.Scenario{Name: string(f.Name), Title: string(f.Title)}
	if f.Base != nil {
		b.s.Base = string(*f.Base)
	}
	if f.Description != nil {
		b.s.Description = strings.TrimSpace(string(*f.Description))
	}
	b.regions()
	b.network()
	b.populations()
	b.stores()
	b.checks()
	b.settings()
	b.alerts()
	b.backlogs()
	b.executors()
	b.choice()
	b.scaling()
	b.cache()
	b.hazards()
	b.timeline()
	b.rollouts()
	b.writeSizes()
	b.business()
	b.bill()
	b.resources()
	b.referenceBills()
	b.objectives()
	b.strategies()
	b.expectations()
	b.unread()
	b.assumptions()
	b.s.Run = model.Run{
		Years: int(f.Run.Horizon), Trials: int(f.Run.Trials), Seed: uint64(f.Run.Seed),
	}
	return b.s
}

// regions builds the regions. A workload region has a default use of its capacity; a witness has no
// workload, so that it must not speak of one.
func (b *builder) regions() {
	for _, r := range b.file.Region {
		made := model.Region{Name: string(r.Name), Witness: r.Role == "witness"}
		made.FailureDomain = made.Name
		if r.FailureDomain != nil {
			made.FailureDomain = string(*r.FailureDomain)
		}
		if !made.Witness {
			made.Utilisation, made.BurstCeiling = defaultUtilisation, defaultBurst
		}
		if r.Utilisation != nil {
			made.Utilisation = float64(*r.Utilisation)
		}
		if r.BurstCeiling != nil {
			made.BurstCeiling = float64(*r.BurstCeiling)
		}
		path := fmt.Sprintf("region[%d].", len(b.s.Regions))
		made.Quota = b.bound(r.Quota, path+"quota", "quota")
		made.Baseline = b.bound(r.Baseline, path+"baseline", "baseline")
		b.s.Regions = append(b.s.Regions, made)
	}
}

// The defaults of a workload region. Both are assumptions: 60 % leaves the head room that two
// regions of three need to carry a third, and 3x is the burst of budget-active-active's allocator.
const (
	defaultUtilisation = 0.6
	defaultBurst       = 3
)

// defaultCatchUp is how many seconds of writes a copy that was stalled receives in a second, an
// assumption: it is sized for twice the load that it has.
const defaultCatchUp = 2

// defaultWriteBytes is how many bytes of what goes to a copy one write makes, an assumption: a
// transaction of pgbench writes 463 of WAL in PostgreSQL 15, and 7,215 while the first change of
// each page after a checkpoint is logged with the whole page (measured in November 2026).
const defaultWriteBytes = 500

// region finds a declared region by its name.
func (b *builder) region(name text, path string) model.RegionID {
	var names []string
	for i, r := range b.s.Regions {
		if r.Name == string(name) {
			return model.RegionID(min(i, int(model.NoRegion)))
		}
		names = append(names, r.Name)
	}
	if !b.d.isBroken(path) {
		b.problem(path, didYouMean(string(name), names), "no region is named %s", clip(string(name)))
	}
	return model.NoRegion
}

func (b *builder) populations() {
	for _, c := range b.file.Curve {
		made := model.Curve{Name: string(c.Name), Source: string(c.Source)}
		for _, point := range c.Weekday {
			made.Weekday = append(made.Weekday, model.LoadPoint(point))
		}
		for _, point := range c.Weekend {
			made.Weekend = append(made.Weekend, model.LoadPoint(point))
		}
		b.s.Curves = append(b.s.Curves, made)
	}
	for i, p := range b.file.Population {
		path := fmt.Sprintf("population[%d]", i)
		b.s.Populations = append(b.s.Populations, model.Population{
			Name: string(p.Name), Share: float64(p.Share), Nearest: b.region(p.Nearest, path+".nearest"),
			Curve: b.curve(p.Curve, path+".curve"), UTCOffset: time.Duration(p.UTCOffset),
		})
	}
	t := b.file.Traffic
	b.s.Traffic = model.Traffic{
		RequestsPerSecond: float64(t.Requests), WriteShare: float64(t.WriteShare),
		DownBelow: float64(t.DownBelow), Retried: float64(t.Retried), Starts: time.Duration(t.Starts),
		Sessions: float64(t.Sessions),
		Answer:   time.Duration(t.Answer), Repeated: float64(t.Repeated),
		ServiceTime: time.Duration(t.Service),
	}
}

// curve finds a declared curve by its name: its place, counted from 1, or 0 where none is meant.
func (b *builder) curve(name *text, path string) int {
	if name == nil || b.d.isBroken(path) {
		return 0
	}
	var names []string
	for i, c := range b.file.Curve {
		if c.Name == *name {
			return i + 1
		}
		names = append(names, string(c.Name))
	}
	b.problem(path, didYouMean(string(*name), names), "no curve is named %s", clip(string(*name)))
	return 0
}

// allowed reads which regions may hold a store's data. A list that names none is a mistake: it is
// the absence of one that allows all.
func (b *builder) allowed(names []text, path string) (set model.RegionSet) {
	if names != nil && len(names) == 0 {
		b.problem(path, "leave it out to allow every region", "%s names no region", path)
	}
	for i, name := range names {
		set = set.With(b.region(name, fmt.Sprintf("%s[%d]", path, i)))
	}
	return set
}

func (b *builder) checks() {
	for i, c := range b.file.Check {
		scope, store := b.checkScope(string(c.Scope), fmt.Sprintf("check[%d].scope", i))
		b.s.Checks = append(b.s.Checks, model.Check{
			Name: string(c.Name), Interval: time.Duration(c.Interval), Timeout: time.Duration(c.Timeout),
			Failures: int(c.Failures), Successes: int(c.Successes), Aligned: bool(c.Aligned),
			Deep: bool(c.Deep), MissingFails: bool(c.MissingFails), Scope: scope, Store: store,
			Probe: b.probe(c.Probe, fmt.Sprintf("check[%d].probe", i)),
		})
	}
	for i := range b.file.Anchor {
		b.s.Anchors = append(b.s.Anchors, b.probe(&b.file.Anchor[i], fmt.Sprintf("anchor[%d]", i)))
	}
}

// checkScope reads what a check is about.
func (b *builder) checkScope(said, path string) (model.CheckScope, model.StoreID) {
	switch said {
	case "region":
		return model.OfRegion, 0
	case "routing":
		return model.OfRouting, 0
	}
	scopes := []string{"region", "routing"}
	for i, store := range b.s.Stores {
		scope := "store:" + store.Name
		if said == scope {
			return model.OfStore, model.StoreID(i)
		}
		scopes = append(scopes, scope)
	}
	b.problem(path, didYouMean(said, scopes), "no check is about %s", clip(said))
	return model.OfRegion, 0
}

func (b *builder) settings() {
	p, r, h := b.file.Policy, b.file.Routing, b.file.People
	b.s.Settings = model.Settings{
		HoldDown: time.Duration(p.HoldDown), Cooldown: time.Duration(p.Cooldown),
		ReportEvery: time.Duration(p.ReportEvery), StaleAfter: time.Duration(p.StaleAfter),
		ChecksDown: int(p.ChecksDown), Approvals: int(p.Approvals), MinimumServing: int(p.MinimumServing),
		DataAtRiskMax: time.Duration(p.DataAtRiskMax), CapacityMin: float64(p.CapacityMin),
		Lease: time.Duration(p.Lease), RenewEvery: time.Duration(p.RenewEvery),
		StopTime: time.Duration(p.StopTime), ClockDrift: float64(p.ClockDrift),
		StepTimeout: time.Duration(p.StepTimeout), StepTries: int(p.StepTries),
		StageHold:  time.Duration(p.StageHold),
		BrakeAfter: int(p.BrakeAfter), BrakeWindow: time.Duration(p.BrakeWindow),
		BrakeRegions:        model.DefaultBrakeRegions(b.s.Workload().Count()),
		ReadinessStaleAfter: time.Duration(p.ReadinessStale),
		Validation:          time.Duration(p.Validation),
		FlapLimit:           int(p.FlapLimit), FlapHalfLife: time.Duration(p.FlapHalfLife),
	}
	if p.BrakeRegions != nil {
		b.s.Settings.BrakeRegions = int(*p.BrakeRegions)
	}
	b.s.Settings.Steps = model.PlanSteps[:]
	if p.Steps != nil {
		b.s.Settings.Steps = nil
	}
	for _, step := range p.Steps {
		b.s.Settings.Steps = append(b.s.Settings.Steps, string(step))
	}
	for _, share := range p.Stages {
		b.s.Settings.Stages = append(b.s.Settings.Stages, int(share))
	}
	for _, item := range p.Readiness {
		b.s.Settings.Readiness = append(b.s.Settings.Readiness, string(item))
	}
	b.s.Routing = model.Routing{
		TTL: time.Duration(r.TTL), Clients: chosen(r.Clients, clientModels),
		ClientCache: time.Duration(r.ClientCache), Flip: r.Flip.Distribution,
	}
	b.s.People = model.People{
		Approve: h.Approve.Distribution, StableFor: time.Duration(h.StableFor),
		Resync: h.Resync.Distribution,
	}
	b.duties()
	b.s.Consensus = model.Consensus{Heartbeat: time.Duration(b.file.Consensus.Heartbeat)}
}

func (b *builder) business() {
	m := b.file.Business
	b.s.Business = model.Business{
		RevenuePerYear: model.Money(m.RevenuePerYear), Deferred: float64(m.Deferred),
		LostWrite: model.Money(m.LostWrite), Conflict: model.Money(m.Conflict),
		LostSession: model.Money(m.LostSession),
		Incident:    model.Money(m.Incident), ReputationPerHour: model.Money(m.ReputationPerHour),
		DiscountRate: float64(m.DiscountRate), HorizonYears: int(m.Horizon),
		OutageHours: time.Duration(m.OutageHours).Hours(),
	}
}
