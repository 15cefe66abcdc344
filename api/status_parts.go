package api

import (
	"math"
	"math/bits"

	"redoubt/failover"
	"redoubt/model"
)

// thousand is what a State counts traffic in.
const thousand = 1000

// regionStatus is what the log knows of one region.
func (g *status) regionStatus(r model.RegionID) RegionStatus {
	spec, mark := &g.file.Regions[r], &g.s.Marks[r]
	out := RegionStatus{
		Region: spec.Name, Role: "witness", Serves: g.s.Serving.Has(r),
		Agent: heard(!g.s.Silent.Has(r)), Gossip: heard(g.view.Heard.Has(r)),
		Ready: float64(g.s.Ready[r]) / thousand, Vetoed: mark.Vetoed, Lacks: g.lacks(r),
	}
	if mark.Causes != 0 {
		out.Causes = mark.Causes.String()
	}
	out.Notes = g.notes(r)
	if !g.p.Workload.Has(r) {
		return out
	}
	out.Role = "workload"
	evidence := g.p.EvidenceOn(g.s, r)
	out.SaysUp, out.SaysDown, out.Quorum = evidence.Up, evidence.Down, evidence.Quorum
	switch out.Verdict = "not known"; {
	case evidence.Failed():
		out.Verdict, out.DownFor = "down", g.since(evidence.Since)
		out.DownStood = g.stood(evidence.Since)
	case evidence.Recovered():
		out.Verdict = "up"
	}
	for o := range model.RegionID(len(g.file.Regions)) {
		if o != r && g.p.Voters.Has(o) {
			out.Observers = append(out.Observers, g.observation(o, r))
		}
	}
	return out
}

func heard(is bool) string {
	if is {
		return "heard"
	}
	return "lost"
}

// observation is what one agent last said of a region. One check that is down is named, whether or
// not it takes more of them for the region to count as down.
func (g *status) observation(o, r model.RegionID) Observation {
	report := &g.s.Reports[o][r]
	out := Observation{By: g.region(o), Verdict: "unknown", Age: -1}
	if report.Sequence == 0 {
		return out
	}
	out.Age, out.Stood = g.since(report.At), g.stood(report.At)
	for i, check := range g.file.Checks {
		if report.Down&report.Known>>i&1 == 1 {
			out.Down = append(out.Down, check.Name)
		}
	}
	whole := ^g.p.RoutingChecks
	for _, set := range g.p.StoreChecks {
		whole &^= set
	}
	switch down := bits.OnesCount8(report.Down & report.Known & whole); {
	case g.s.Now.Sub(report.At) > g.p.StaleAfter || report.Known == 0:
	case down >= int(g.p.ChecksDown):
		out.Verdict = "down"
	default:
		out.Verdict = "up"
	}
	return out
}

// lacks are the items that a region does not have ready, as it last said.
func (g *status) lacks(r model.RegionID) (items []string) {
	readiness := &g.s.Readiness[r]
	for i, item := range g.file.Settings.Readiness {
		if g.p.Items>>i&1 == 1 && g.p.Candidates.Has(r) && readiness.Known&^readiness.Down>>i&1 == 0 {
			items = append(items, item)
		}
	}
	return items
}

// storeStatus is who may write to a store, and where its copies are.
func (g *status) storeStatus(i model.StoreID) StoreStatus {
	lease := &g.s.Leases[i]
	out := StoreStatus{
		Store: g.name.Store(i), Writer: g.region(g.s.Writers[i]), Holder: g.region(lease.Holder),
		Epoch: uint32(lease.Epoch), Left: -g.since(lease.End), Unaged: g.view.Applied < 0,
		Guarded: g.p.Guarded>>i&1 == 1, Fenced: lease.Fenced == lease.Epoch && lease.Epoch != 0,
	}
	for r := range model.RegionID(len(g.file.Regions)) {
		if !g.p.Candidates.Has(r) || r == g.s.Writers[i] {
			continue
		}
		sample, diverged := &g.s.Lags[i][r], &g.s.Diverged[i][r]
		replica := Copy{Region: g.region(r), Known: sample.Epoch != 0 && sample.Epoch == lease.Epoch}
		if sample.Epoch != 0 {
			replica.Lag, replica.Age = seconds(sample.Lag), g.since(sample.At)
			replica.Stood = g.stood(sample.At)
		}
		if diverged.Status != failover.InStep {
			replica.Diverged, replica.Holds = diverged.Status.String(), g.holds(i, r)
		}
		replica.AtRisk = g.atRisk(i, r)
		out.Copies = append(out.Copies, replica)
	}
	return out
}

// atRisk is what a copy that takes over now would lose. While nothing is applied the risk goes on
// growing, so it is judged by the age of the state too.
func (g *status) atRisk(i model.StoreID, r model.RegionID) *Loss {
	now := *g.s
	now.Now = now.Now.Add(g.age)
	risk, known := g.p.DataAtRisk(&now, i, r)
	if !known {
		return nil
	}
	loss := &Loss{Seconds: seconds(risk)}
	writes := g.file.Traffic.RequestsPerSecond * g.file.Traffic.WriteShare * risk.Seconds()
	loss.Writes = uint64(math.Ceil(writes))
	now.Now = now.Now.Add(g.view.Stood.Since(g.s.Lags[i][r].At))
	if more, _ := g.p.DataAtRisk(&now, i, r); more > risk {
		loss.Stood = seconds(more - risk)
	}
	return loss
}

// plan is how far the running plan is.
func (g *status) plan() *PlanStatus {
	plan := &g.s.Plan
	out := &PlanStatus{
		Kind: plan.Kind.String(), Epoch: uint32(plan.Epoch), Leaves: g.region(plan.Subject),
		To: g.region(plan.Target), For: g.since(plan.Began), Stood: g.stood(plan.Began),
		Left:  EstimateOf(g.s, g.p, g.file),
		Whole: WholeOf(g.s, g.p, g.file), DryRun: g.dryPlan(plan),
	}
	says, ahead := g.says(), AheadOf(g.s, g.p, g.file)
	for i := range plan.Count {
		step := &plan.Steps[i]
		is := g.stepChange(int(i), step)
		told := PlanStep{
			Step: is.Step, Store: is.Store, Status: is.Status, For: g.since(step.Since),
			Region: is.Region, Tries: int(step.Tries), Look: step.Look, DryRun: is.DryRun,
			Ahead: ahead[i], Stood: g.stood(step.Since),
		}
		if int(i) < len(says) {
			told.Says = says[i]
		}
		out.Steps = append(out.Steps, told)
	}
	return out
}

// says are how far the steps of the running plan are, in words, in their order.
func (g *status) says() (all []string) {
	for _, fact := range g.told() {
		if fact.About == "step" {
			all = append(all, fact.Text)
		}
	}
	return all
}

// users says of each region which part of all users is sent there: while traffic shifts in stages,
// each part of it by those that it is sent to. And where they would be sent if it were left.
func (g *status) users(regions []RegionStatus) {
	sent := func(serving model.RegionSet) (shares [model.MaxRegions]float64) {
		for i := range g.file.Populations {
			p := &g.file.Populations[i]
			for r, part := range g.file.Sent(p, serving) {
				shares[r] += p.Share * part
			}
		}
		return shares
	}
	shares := sent(g.s.Serving)
	if split := &g.s.Split; split.Share > 0 {
		part := float64(split.Share) / everybody
		from, to := sent(split.From), sent(split.To)
		for r := range shares {
			shares[r] = part*to[r] + (1-part)*from[r]
		}
	}
	for r := range regions {
		if g.file.Regions[r].Witness {
			continue
		}
		regions[r].Users = &shares[r]
		if left := g.s.Serving.Without(model.RegionID(r)); left != g.s.Serving {
			regions[r].Without = map[string]float64{}
			for to, share := range sent(left) {
				if left.Has(model.RegionID(to)) {
					regions[r].Without[regions[to].Region] = share
				}
			}
		}
	}
}

// linksOf are the ways between all regions of a scenario, in its order.
func linksOf(file *model.Scenario) (all []Link) {
	for from := range model.RegionID(len(file.Regions)) {
		for to := range model.RegionID(len(file.Regions)) {
			if from == to {
				continue
			}
			source := file.Sources.RoundTrips[from][to]
			if source == "" {
				source = "unverified"
			}
			all = append(all, Link{
				From: file.Regions[from].Name, To: file.Regions[to].Name,
				RTT: file.MeanRTT(from, to).Seconds(), Source: source,
			})
		}
	}
	return all
}
