package failover_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// randomWorlds is how many worlds TestRandomWorlds plays; more of them find more, at 40 ms each.
const randomWorlds = 150

// telling are worlds in which Check, or a rule, was found to be wrong. They say that for as long as
// worlds are drawn as they are.
var telling = []uint64{515, 871, 1262, 18506, 49909, 60444, 200_238, 201_892}

// worldsShare is one in how many of the SEEDS of `make soak` is a world here.
const worldsShare = 5

// worlds is how many are played.
func worlds() uint64 {
	seeds, _ := strconv.ParseUint(os.Getenv("SEEDS"), 10, 64)
	return max(randomWorlds, seeds/worldsShare)
}

// TestRandomWorlds plays worlds in which regions, the ways to them, stores and agents come and go,
// executors fail, hang, or cannot say, and people order whatever would be carried out. Unlike
// random logs they tell of one truth, which lasts, so that plans get far. In half of them checks
// write, and fail for as long as a store is closed. Then all of that ends, but for what staysSick,
// and everything has to come to rest. Every step is held against Check, the ledger and NextTick.
func TestRandomWorlds(t *testing.T) {
	seeds := slices.Clone(telling)
	for seed := range worlds() {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		playWorld(t, seed)
	}
}

// playWorld plays one of them.
func playWorld(t *testing.T, seed uint64) {
	w := newTroubled(t, seed)
	for range 40 + w.r.IntN(160) {
		w.trouble()
		w.round()
		w.tellsTheSame(t)
	}
	calm := w.calmed()
	calm.sick = w.staysSick()
	for range 140 {
		calm.soothe()
		calm.round()
	}
	if problem := unrest(&w.policy, &w.state, calm.sick); problem != "" {
		t.Fatalf("world %d, with %b sick: %s\n%s", seed, calm.sick, problem,
			portrait(&w.policy, &w.state))
	}
}

// tellsTheSame holds that facts which name instants do not change by the time that goes by: the
// agents' history would have each entry change them.
func (w *troubled) tellsTheSame(t *testing.T) {
	t.Helper()
	later, seconds := w.state, w.state.Now/failover.Instant(time.Second)
	later.Now++
	if next, ends := w.policy.NextTick(&w.state); ends && next <= later.Now || seconds%8 != 0 {
		return // It is seldom enough that all of them take no time.
	}
	for r := range model.RegionID(model.MaxRegions) {
		if w.policy.StableAt(&w.state, r) == later.Now {
			return // Nothing begins as a region has been back for long enough, and nothing ticks.
		}
	}
	named := names
	named.Time = func(at failover.Instant) string { return time.Duration(at).String() }
	now, then := w.policy.Account(w.state, named).Facts, w.policy.Account(later, named).Facts
	if !slices.Equal(now, then) {
		t.Fatalf("world %d: facts that time alone changes:\n%v\n%v", w.seed, now, then)
	}
}

// fortune is what becomes of a step that an executor has claimed.
type fortune uint8

// The fortunes.
const (
	works fortune = iota
	fails
	hangs
	cannotSay
	fortuneCount
)

// troubled is a log with what is so in the world that it tells of.
type troubled struct {
	*log
	r    *rand.Rand
	seed uint64
	// down are the regions that are lost, cut those the way to which is, mute those whose agents are
	// not heard of, blind those that observe nothing, sick those that are lost, and their agents heard
	// of; ill are those where each store is.
	down, cut, mute, blind, sick model.RegionSet
	ill                          [model.MaxStores]model.RegionSet
	// how is what becomes of each kind of step.
	how [failover.Undrain + 1]fortune
	// writing are the checks that write, and fail for as long as a store is closed; opened is in which
	// epoch each store was last.
	writing writing
	opened  [model.MaxStores]failover.Epoch
	written tally
}

func newTroubled(t *testing.T, seed uint64) *troubled {
	w := &troubled{r: rand.New(rand.NewPCG(seed, 77)), seed: seed}
	p := w.policyOf()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	w.checksThatWrite(&p)
	w.log = newLog(t, p)
	for i := range w.opened {
		w.opened[i] = w.state.Leases[i].Epoch
	}
	for r := range p.Workload.Count() {
		if w.r.IntN(2) == 0 {
			w.do(failover.Event{
				Kind: failover.CapacityChanged, Region: model.RegionID(r), Share: 1000,
			})
		}
	}
	return w
}

// one reports whether what happens once in n times does.
func (w *troubled) one(n int) bool { return w.r.IntN(n) == 0 }

// policyOf is a policy that a scenario could have, with times that fit each other.
func (w *troubled) policyOf() failover.Policy {
	p, workload := oneStore(), 2+w.r.IntN(2)
	p.Voters, p.Workload = 1<<(workload+1)-1, 1<<workload-1
	p.Stores = uint8(1 + w.r.IntN(2))
	if p.Guarded = 1<<p.Stores - 1; w.one(5) {
		p.Guarded &= uint8(w.r.IntN(4))
	}
	if p.Candidates, p.ServesReads = regions(0, 1), w.one(2); p.ServesReads {
		p.Candidates = p.Workload
	}
	if w.one(8) {
		p.MultiWriter, p.ServesReads, p.Stores, p.Guarded = true, true, 0, 0
		p.Candidates = p.Workload
	}
	if !w.one(3) {
		p.RoutingChecks = 1 << p.Checks
		p.Checks++
	}
	for i := range p.Stores {
		if w.one(2) {
			p.StoreChecks[i] = 1 << p.Checks
			p.Checks++
		}
	}
	w.times(&p)
	if w.one(4) {
		p.CapacityMin = 0
	}
	if w.one(3) {
		p.Stages[0], p.Stages[1], p.StageHold = 10, 50, 4*unit
	}
	if w.one(2) {
		p.Optional = failover.OptionalSteps
	}
	return p
}

// times gives a policy times that fit each other, and limits that go by time.
func (w *troubled) times(p *failover.Policy) {
	some := func(least, most int) time.Duration {
		return time.Duration(least+w.r.IntN(most-least+1)) * unit
	}
	p.HoldDown, p.StaleAfter, p.Lease, p.Drift = some(2, 5), some(2, 5), some(2, 5), unit/2
	p.Cooldown, p.StepTimeout, p.StepTries = some(10, 50), some(2, 9), uint8(1+w.r.IntN(3))
	p.DataAtRiskMax, p.EquallyFresh, p.StableFor = wide, unit, 0
	if w.one(3) {
		p.DataAtRiskMax = 20 * unit
	}
	p.BrakeAfter, p.BrakeWindow, p.FlapLimit, p.FlapHalfLife = 0, 0, 0, 0
	if w.one(4) {
		p.BrakeAfter, p.BrakeWindow = 4, 100*unit
	}
	if w.one(4) {
		p.FlapLimit, p.FlapHalfLife = 3, 30*unit
	}
	if w.one(4) {
		p.StableFor = some(5, 30)
	}
	if p.Mode, p.Approvals = model.Automatic, 1; w.one(6) {
		p.Mode, p.Approvals = model.Manual, uint8(1+w.r.IntN(2))
	}
}

// govern has people change the policy, if the log may come under the new one at this moment.
func (w *troubled) govern() {
	next := w.policy
	if w.times(&next); next.RefusesChange(&w.state) != "" {
		return
	}
	w.policy = next
	w.do(failover.PolicyEvent(w.state.Now, &next))
}

// do is try, which names the world.
func (w *troubled) do(e failover.Event) {
	e.At = max(e.At, w.state.Now)
	if err := w.try(e); err != nil {
		w.t.Fatalf("world %d at %s: %s: %v", w.seed, clock(w.state.Now), e.Kind, err)
	}
	if problem := tickPromise(&w.policy, &w.state); problem != "" {
		w.t.Fatalf("world %d at %s: %s: %s", w.seed, clock(w.state.Now), e.Kind, problem)
	}
}

// trouble changes something now and then.
func (w *troubled) trouble() {
	if w.one(8) {
		w.order()
	}
	if w.one(4) && w.state.Asked.Scope.Region.Valid() {
		w.approve(uint64(1 + w.r.IntN(2)))
	}
	if w.one(50) {
		w.govern()
	}
	if w.one(16) {
		w.do(failover.Event{
			Kind: failover.CapacityChanged, Region: model.RegionID(w.r.IntN(w.policy.Workload.Count())),
			Share: uint16(500 * w.r.IntN(3)),
		})
	}
	if !w.one(4) {
		return
	}
	region := model.RegionSet(1) << w.r.IntN(w.policy.Workload.Count())
	switch w.r.IntN(8) {
	case 0:
		w.down ^= region
	case 1, 2:
		w.cut ^= region
	case 3:
		w.ill[w.r.IntN(2)] ^= region
	case 4:
		w.mute ^= 1 << w.r.IntN(w.policy.Voters.Count())
	case 5:
		w.blind ^= 1 << w.r.IntN(w.policy.Voters.Count())
	case 6:
		w.how[1+w.r.IntN(len(w.how)-1)] = fortune(w.r.IntN(int(fortuneCount)))
	case 7:
		how := w.how
		*w = w.calmed()
		w.how = how
	}
}

// spoken are what people order; what makes something happen more often than what forbids it.
var spoken = [...]failover.Verb{
	failover.Abort, failover.GoBack, failover.GoBack, failover.GoBack, failover.OrderSwitchover,
	failover.OrderSwitchover, failover.OrderSwitchover, failover.OrderEvacuation,
	failover.OrderEvacuation, failover.OrderForce, failover.OrderForce, failover.Pause,
	failover.Resume, failover.Resume, failover.LiftBrake, failover.LiftBrake, failover.PullBrake,
	failover.SkipValidation, failover.OrderReprotection, failover.OrderReprotection, failover.Veto,
	failover.LiftVeto, failover.LiftVeto, failover.Declare, failover.Withdraw, failover.Withdraw,
	failover.OrderDrill, failover.ApproveDrill, failover.ApproveDrill, failover.OrderDryDrill,
	failover.Reconcile, failover.Reconcile,
}

// order has people order something that would be carried out.
func (w *troubled) order() {
	region := model.RegionID(w.r.IntN(w.policy.Workload.Count()))
	e := signed(spoken[w.r.IntN(len(spoken))], region, 1)
	stores := w.policy.Stores > 0 && w.one(3)
	switch e.Verb {
	case failover.OrderForce:
		e.Lag, e.Ticket = failover.AnyLoss, 1
	case failover.OrderSwitchover, failover.GoBack:
		if w.one(4) {
			e.Share = failover.AtOnce
		}
		stores = stores && e.Verb != failover.GoBack
	case failover.Reconcile:
		if w.one(2) {
			e.Lag, e.Ticket = failover.AnyLoss, 1
		}
		if w.one(4) {
			e.Share = failover.ForGood
		}
	case failover.Declare, failover.Withdraw:
		e.Share, stores = 1<<w.r.IntN(3), false
	case failover.ApproveDrill:
		e.Who, stores = 2, false
	default:
		stores = false
	}
	if stores {
		e.Part, e.Store = failover.OneStore, model.StoreID(w.r.IntN(int(w.policy.Stores)))
	}
	if e.At = w.state.Now; w.policy.Refuses(w.state, e) == "" {
		w.do(e)
	}
}

// approve has somebody say yes to what people are asked.
func (w *troubled) approve(who uint64) {
	q := w.state.Asked
	if !q.Scope.Region.Valid() {
		return
	}
	e := signed(failover.Approve, q.Scope.Region, who)
	e.Part, e.Store, e.Subject, e.At = q.Scope.Part, q.Scope.Store, q.Target, w.state.Now
	if w.policy.Refuses(w.state, e) == "" {
		w.do(e)
	}
}

// soothe has people take back what keeps the policy from acting, say yes to what they are asked,
// and bring traffic home.
func (w *troubled) soothe() {
	letGo(w.log, 0)
	for who := range uint64(w.policy.Approvals) {
		w.approve(1 + who)
	}
	for r := range model.RegionID(w.policy.Workload.Count()) {
		w.do(ordered(failover.Reconcile, r))
	}
	bringBack(w.log, w.sick)
	w.findCapacity()
}

// findCapacity has people, who have heard that a plan goes on without the capacity that it asked
// for, find some where its traffic is to go and nobody carries any.
func (w *troubled) findCapacity() {
	plan := &w.state.Plan
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == failover.Scale && step.Status == failover.Spared &&
			w.state.Ready[plan.Target] == 0 {
			w.do(failover.Event{Kind: failover.CapacityChanged, Region: plan.Target, Share: 1000})
		}
	}
}

// round is one unit of time: deadlines tick, observers and agents say what is so, holders renew,
// replicas are measured, and executors do what they can.
func (w *troubled) round() {
	until, open := w.state.Now.Add(unit), w.leasesOpen()
	for due, ok := w.policy.NextTick(&w.state); ok && due < until; {
		w.do(failover.Event{Kind: failover.Tick, At: due})
		due, ok = w.policy.NextTick(&w.state)
	}
	w.do(failover.Event{Kind: failover.Tick, At: until})
	w.write(open)
	for o := range model.RegionID(model.MaxRegions) {
		if w.policy.Voters.Has(o) {
			w.speak(o)
		}
	}
	for i := range model.StoreID(w.policy.Stores) {
		w.keep(i)
	}
	for action := range w.policy.Outstanding(w.state) {
		w.work(action)
	}
}

// speak has a region say whether its agent is there, and what it observes.
func (w *troubled) speak(o model.RegionID) {
	lost := w.down.Has(o) || w.mute.Has(o)
	switch silent := w.state.Silent.Has(o); {
	case lost && !silent:
		w.do(failover.Event{Kind: failover.AgentLost, Region: o})
	case !lost && silent:
		w.do(failover.Event{Kind: failover.AgentSeen, Region: o})
	}
	for r := range model.RegionID(model.MaxRegions) {
		if lost || w.blind.Has(o) || r == o || !w.policy.Workload.Has(r) {
			continue
		}
		e := report(&w.state, o, r, false)
		e.Known = 1<<w.policy.Checks - 1
		if w.cut.Has(r) {
			e.Down |= w.policy.RoutingChecks
		}
		for i := range w.policy.Stores {
			if w.ill[i].Has(r) {
				e.Down |= w.policy.StoreChecks[i]
			}
			if w.state.Writers[i] == r {
				e.Down |= w.fails(model.StoreID(i))
			}
		}
		if w.down.Has(r) || w.sick.Has(r) {
			e.Down = e.Known
		}
		w.do(e)
	}
}

// keep has the holder of a store renew its lease, and the replicas measured that follow it.
func (w *troubled) keep(store model.StoreID) {
	lease, lost := w.state.Leases[store], w.down|w.mute|w.ill[store]
	if lost.Has(lease.Holder) {
		return
	}
	w.do(failover.Event{
		Kind: failover.LeaseRenewed, Region: lease.Holder, Store: store, Epoch: lease.Epoch,
	})
	if w.guardOpens(store); w.writing != 0 && w.shut(store) {
		return // Nothing is replicated, and nothing is measured.
	}
	for r := range model.RegionID(model.MaxRegions) {
		if w.policy.Workload.Has(r) && !lost.Has(r) && w.follows(store, r) {
			w.do(*measured(&w.state, store, r))
			w.copies(store, r)
		}
	}
}

// follows reports whether a replica follows who holds a store: one that was not left does once
// nobody is asked any more to repoint it, be it by hand.
func (w *troubled) follows(store model.StoreID, r model.RegionID) bool {
	lease, status := &w.state.Leases[store], w.state.Diverged[store][r].Status
	for _, step := range w.state.Plan.Steps[:w.state.Plan.Count] {
		if step.Kind == failover.Repoint && step.Status != failover.Done {
			return false
		}
	}
	whole := status == failover.InStep || status == failover.Unreconciled
	return whole && lease.Holder == w.state.Writers[store] && lease.Holder != r
}

// work has an executor claim a step, or say a round later what has become of it.
func (w *troubled) work(a failover.Action) {
	plan, lost := &w.state.Plan, w.down|w.mute
	if a.Epoch != plan.Epoch || a.Index >= plan.Count {
		return
	}
	step := plan.Steps[a.Index]
	e := failover.Event{
		Kind: failover.StepClaimed, Region: a.Region, Epoch: a.Epoch, Step: a.Index,
		Round: step.Round,
	}
	if !e.Region.Valid() {
		e.Region = (w.policy.Voters &^ lost).First()
	}
	if step.Status == failover.Claimed {
		e.Region = step.By
		e.Kind = [...]failover.EventKind{
			failover.StepDone, failover.StepFailed, failover.Tick, failover.StepUnknown,
		}[w.how[step.Kind]]
	}
	fit := step.Kind != failover.Promote || !w.sick.Has(e.Region)
	if !e.Region.Valid() || lost.Has(e.Region) || !fit {
		return
	}
	if e.Kind == failover.StepDone && step.Kind == failover.Archive && w.one(2) {
		e.Ticket = 1 // It holds writes that nobody else has.
	}
	if e.Kind == failover.StepDone && step.Kind == failover.Fence { // Every epoch up to now.
		e.Kind, e.Store, e.Epoch = failover.Fenced, step.Store, w.state.Epoch
	}
	w.do(e)
	if e.Kind == failover.StepDone && step.Kind == failover.Promote {
		w.opened[step.Store] = a.Epoch
	}
}
