package sim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// pulses plays a world eagerly. Every probe of every check, every repetition of a report, every
// renewal of a lease and every sample of lag is sent at a time of its own, travels, and is applied
// by the decision code once it is committed, like any other event. Every heartbeat and every append
// of Raft's leader to a follower is sent at a time of its own too, and the follower notes when it
// hears it: an election goes by nothing else. Nothing is skipped, nobody rests, and the policy gets
// every Tick that it asks for.
//
// It shares the draws and the rules of what is in reach with the lazy world, but not when something
// may be left out, or what a run of repetitions comes to.
type pulses struct {
	w       *world
	flights []flight
	// words are the schedules of the present leader.
	words [model.MaxRegions][wordCount]words
}

// flight is an event on its way into the log.
type flight struct {
	event failover.Event
	sent  int64
	term  int32
	used  bool
}

// What a pulse is.
const (
	pulseProbe uint8 = iota
	pulseReport
	pulseRenewal
	pulseLag
	pulseArrival
	pulseWord
)

// eagerly has a world that was begun play everything eagerly, from an hour before the run on.
func eagerly(w *world) {
	p := &pulses{w: w}
	w.now = warmup - int64(time.Hour)
	w.catchUp()
	w.pulse = p.play
	for o := range model.RegionID(w.regions) {
		for s := range model.RegionID(w.regions) {
			if o == s || !w.policy.Voters.Has(o) || !w.policy.Workload.Has(s) {
				continue
			}
			p.push(p.nextReport(o, s), pulseReport, uint8(o), uint8(s), 0)
			for c := range w.scenario.Checks {
				p.push(w.nextProbe(o, s, c), pulseProbe, uint8(o), uint8(s), c)
			}
		}
	}
	for store := range int(w.policy.Stores) {
		for r := range model.RegionID(w.regions) {
			p.push(p.nextRenewal(store, r), pulseRenewal, uint8(r), uint8(store), 0)
			p.push(p.nextLag(store, r), pulseLag, uint8(r), uint8(store), 0)
		}
	}
	p.lead()
	w.now, w.dirty = warmup, true
	w.refresh()
}

func (p *pulses) push(at int64, what, a, b uint8, c int) {
	p.w.push(at, evPulse, a, b, int32(c)<<3|int32(what))
}

// play is one pulse, which has the next of its kind follow.
func (p *pulses) play(it item) {
	if it.kind == evElect {
		p.lead()
		return
	}
	a, b, c := model.RegionID(it.a), model.RegionID(it.b), int(it.c>>3)
	switch what := uint8(it.c & 7); what {
	case pulseProbe:
		p.w.probe(a, b, c)
		p.push(p.w.nextProbe(a, b, c), what, it.a, it.b, c)
	case pulseReport:
		p.report(a, b)
		p.push(p.nextReport(a, b), what, it.a, it.b, 0)
	case pulseRenewal:
		p.renewal(a, int(it.b))
		p.push(p.nextRenewal(int(it.b), a), what, it.a, it.b, 0)
	case pulseLag:
		p.lag(a, int(it.b))
		p.push(p.nextLag(int(it.b), a), what, it.a, it.b, 0)
	case pulseArrival:
		p.arrive(&p.flights[c])
	case pulseWord:
		p.say(a, word(it.b), int32(c))
	}
}

func (p *pulses) nextReport(o, s model.RegionID) int64 {
	since, every := p.w.reported[o][s], int64(p.w.scenario.Settings.ReportEvery)
	return since + (p.w.now-since+every)/every*every
}

func (p *pulses) nextRenewal(store int, r model.RegionID) int64 {
	phase := p.w.src.uniform(renewPhase, store, int(r))
	return nextTick(p.w.now, int64(p.w.scenario.Settings.RenewEvery), phase)
}

func (p *pulses) nextLag(store int, r model.RegionID) int64 {
	phase := p.w.src.uniform(lagPhase, store, int(r))
	return nextTick(p.w.now, int64(p.w.scenario.Stores[store].LagSampleEvery), phase)
}

// report repeats what an agent thinks of a region, if it is due since the last time it said so.
func (p *pulses) report(o, s model.RegionID) {
	w := p.w
	since := w.now - w.reported[o][s]
	if !w.repeats(o, s) || since == 0 || since%int64(w.scenario.Settings.ReportEvery) != 0 {
		return
	}
	known, down := w.verdict(o, s)
	w.sequence++
	p.send(o, &failover.Event{
		Kind: failover.Reported, Region: o, Subject: s, Sequence: w.sequence, Known: known, Down: down,
	})
}

// renewal has a guard issue a ticket, if it has heard that its region holds the lease.
func (p *pulses) renewal(r model.RegionID, store int) {
	w := p.w
	if r == w.holder(store) && w.renews(store) && w.renewSince[store] <= w.now {
		p.send(r, &failover.Event{
			Kind: failover.LeaseRenewed, Region: r, Store: model.StoreID(store),
			Epoch: w.state.Leases[store].Epoch, Ticket: uint64(w.now),
		})
	}
}

// lag measures a replica.
func (p *pulses) lag(r model.RegionID, store int) {
	w := p.w
	if !w.leads() || !w.net.talks(r, w.raft.leader) || !w.samples(r, store) {
		return
	}
	p.send(r, &failover.Event{
		Kind: failover.LagMeasured, Region: r, Store: model.StoreID(store),
		Epoch: w.state.Leases[store].Epoch, Age: w.scenario.Latency.OneWay(r, w.raft.leader),
		Lag: w.measured(store, r, w.now),
	})
}

func (p *pulses) send(from model.RegionID, e *failover.Event) {
	w := p.w
	arrives := w.now + int64(w.scenario.Latency.OneWay(from, w.raft.leader))
	e.At = failover.Instant(w.logTime(arrives))
	slot := slices.IndexFunc(p.flights, func(f flight) bool { return !f.used })
	if slot < 0 {
		p.flights = append(p.flights, flight{})
		slot = len(p.flights) - 1
	}
	p.flights[slot] = flight{event: *e, sent: w.now, term: w.raft.term, used: true}
	p.push(arrives+w.commitDelay(w.raft.leader), pulseArrival, uint8(from), 0, slot)
}

// arrive applies what was committed, unless its sender has been cut off since: what only repeats
// itself is not sent again.
func (p *pulses) arrive(f *flight) {
	f.used = false
	w, e := p.w, f.event
	if f.term != w.raft.term || !w.leads() || !w.net.talks(e.Region, w.raft.leader) {
		return
	}
	store := int(e.Store)
	switch e.Kind {
	case failover.Reported:
		if !w.linked.Has(e.Region) || w.linkedSince[e.Region] > f.sent {
			return
		}
	case failover.LeaseRenewed:
		if e.Region != w.holder(store) || !w.renews(store) || w.renewSince[store] > f.sent {
			return
		}
		w.guards[e.Region][store].deadline = f.sent + w.writeTime()
	case failover.LagMeasured:
		if !w.samples(e.Region, store) || w.samplesSince(e.Region, store) > f.sent {
			return
		}
	default:
	}
	w.event = e
	w.apply(&w.event)
}

// played is everything that must be the same, however it is played.
type played struct {
	Trial     model.Trial
	Incidents []model.Incident
	RPOs      []time.Duration
	Decisions []Decision
	Entries   []Entry
	// Contacts are when each region last heard of a leader, as of each moment at which one fell silent
	// and of the end.
	Contacts [][model.MaxRegions]int64
}

// playBoth plays a world lazily and eagerly.
func playBoth(
	t testing.TB, s *model.Scenario, strategy model.Strategy, seed uint64, outages []outage,
	horizon time.Duration,
) (lazy, eager played, events [2]int) {
	t.Helper()
	for i, into := range []*played{&lazy, &eager} {
		w := newTestWorld(t, s, strategy, horizon)
		w.story = &Story{untraced: true}
		w.begin(newSource(seed, 0), outages)
		if into == &eager {
			eagerly(w)
		}
		contacts := listened(t, w)
		events[i] = w.events
		*into = played{w.trial, w.incidents, w.rpos, w.decisions, w.story.Entries, contacts}
	}
	return lazy, eager, events
}

// unaligned is a scenario whose checks have phases of their own: that of an aligned one is decided
// by the fault, so that it has none before.
func unaligned(s *model.Scenario) *model.Scenario {
	changed := *s
	changed.Checks = slices.Clone(s.Checks)
	for i := range changed.Checks {
		changed.Checks[i].Aligned = false
	}
	return &changed
}

// difference is the first thing in which two plays differ, or nothing.
func difference(lazy, eager *played) string {
	for i := range max(len(lazy.Entries), len(eager.Entries)) {
		var l, e Entry
		if i < len(lazy.Entries) {
			l = lazy.Entries[i]
		}
		if i < len(eager.Entries) {
			e = eager.Entries[i]
		}
		if l != e {
			return fmt.Sprintf("entry %d: lazy %+v, eager %+v", i, l, e)
		}
	}
	for i := range min(len(lazy.Decisions), len(eager.Decisions)) {
		if l, e := lazy.Decisions[i], eager.Decisions[i]; l != e {
			return fmt.Sprintf("decision %d: %s", i, differs(&l, &e))
		}
	}
	for i := range min(len(lazy.Contacts), len(eager.Contacts)) {
		if l, e := lazy.Contacts[i], eager.Contacts[i]; l != e {
			return fmt.Sprintf("silence %d: last heard lazily at %d, eagerly at %d", i, l, e)
		}
	}
	if !reflect.DeepEqual(lazy, eager) {
		return fmt.Sprintf("lazy  %+v %+v %v\neager %+v %+v %v", lazy.Trial, lazy.Incidents, lazy.RPOs,
			eager.Trial, eager.Incidents, eager.RPOs)
	}
	return ""
}

// differs says in what two decisions differ.
func differs(lazy, eager *Decision) string {
	text := fmt.Sprintf("%s %s (epoch %d) and %s %s (epoch %d)", lazy.At, lazy.Action, lazy.Epoch,
		eager.At, eager.Action, eager.Epoch)
	for gate := range failover.GateCount {
		if l, e := lazy.Verdict.Gates[gate], eager.Verdict.Gates[gate]; l != e {
			text += fmt.Sprintf("; %s: lazy %+v, eager %+v", gate, l, e)
		}
	}
	return text
}

// TestLazyEqualsEagerInTheLibrary plays the timeline of every embedded scenario and example, or the
// loss of the primary region, under every strategy. An eager play is a thousand times the work, so
// that without SEEDS in the environment each has one strategy, another than the one before it.
func TestLazyEqualsEagerInTheLibrary(t *testing.T) {
	for i, s := range library(t) {
		for j, strategy := range s.Strategies {
			passed := os.Getenv("SEEDS") == "" && j != i%len(s.Strategies)
			if passed || s.Excuse(strategy.Kind) != "" {
				continue
			}
			t.Run(s.Name+"/"+strategy.Kind.String(), func(t *testing.T) {
				seed := seedOf(t)
				outages := timelineOutages(nil, s)
				if len(outages) == 0 {
					outages = append(outages, primaryLoss(s, newSource(seed, 0)))
				}
				lazy, eager, events := playBoth(t, s, strategy, seed, outages, playHorizon(outages))
				if different := difference(&lazy, &eager); different != "" {
					t.Error(different)
				}
				// It is least where the policy and people are at it all the time.
				if len(lazy.Entries) == 0 || events[1] < 50*events[0] {
					t.Errorf("%d entries, and %d events beside %d", len(lazy.Entries), events[1], events[0])
				}
			})
		}
	}
}

// A check to which missing data fails goes on while its agent is blind, one to which it is unknown
// rests: both at once, and the observers lose their sight and find it again.
func TestLazyEqualsEagerWhereMissingDataFails(t *testing.T) {
	s := unaligned(load(t, "lost-unseen"))
	second := s.Checks[0]
	second.Name, second.MissingFails = "alarm", true
	s.Checks = append(slices.Clone(s.Checks), second)
	strategy, _ := s.Strategy(model.HotStandby)
	outages := timelineOutages(nil, s)
	lazy, eager, _ := playBoth(t, s, strategy, seedOf(t), outages, playHorizon(outages))
	if different := difference(&lazy, &eager); different != "" {
		t.Error(different)
	}
	if len(lazy.Decisions) == 0 {
		t.Error("nothing was decided")
	}
}

// library is every embedded scenario and every example.
func library(t *testing.T) (all []*model.Scenario) {
	for _, name := range scenarios.Names() {
		all = append(all, unaligned(load(t, name)))
	}
	files, err := filepath.Glob("../examples/*/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		if filepath.Base(file) == "agent.toml" {
			continue // It says where an agent finds what, and is no scenario.
		}
		s, err := scenarios.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, unaligned(s))
	}
	return all
}

// eagerShare is one in how many of the seeds of TestSoak is played eagerly too: one takes some 13 s
// of CPU, five hundred times what TestSoak takes for it.
const eagerShare = 1000

// TestLazyEqualsEagerInRandomSystems plays random systems through random faults: three of them, or
// its share of the seeds.
func TestLazyEqualsEagerInRandomSystems(t *testing.T) {
	decided := 0
	for seed := uint64(1); seed <= max(seeds(t)/eagerShare, 3); seed++ {
		s := unaligned(randomSystem(seed))
		addFaults(seed, s)
		addEffects(seed, s)
		addWatchers(seed, s)
		if broken := s.Validate(); len(broken) > 0 {
			t.Fatalf("seed %d: the generator made an invalid system: %+v", seed, broken[0])
		}
		outages := timelineOutages(nil, s)
		for _, strategy := range s.Strategies {
			lazy, eager, _ := playBoth(t, s, strategy, seed, outages, 14*time.Hour)
			if different := difference(&lazy, &eager); different != "" {
				t.Errorf("seed %d, %s: %s", seed, strategy.Kind, different)
			}
			decided += len(lazy.Decisions)
		}
	}
	if decided == 0 {
		t.Error("nothing was decided")
	}
}

// addFaults adds faults of every kind to a random system, some of them close together, and checks
// of parts of a region.
func addFaults(seed uint64, s *model.Scenario) {
	rng := generator(seed ^ 0xfa17)
	s.Checks[0].Deep = rng.IntN(2) == 0
	for _, scope := range []model.CheckScope{model.OfStore, model.OfRouting} {
		if rng.IntN(2) == 0 {
			part := s.Checks[0]
			part.Name, part.Scope = fmt.Sprintf("part %d", scope), scope
			s.Checks = append(s.Checks, part)
		}
	}
	kinds := model.FaultKinds()
	for range rng.IntN(8) {
		fault := model.Fault{
			Kind: kinds[rng.IntN(len(kinds))], Region: model.RegionID(rng.IntN(len(s.Regions))),
			Peer: model.NoRegion, At: between(rng, 0, 8*time.Hour),
			Duration: between(rng, time.Second, 2*time.Hour),
		}
		if rng.IntN(2) == 0 {
			fault.At, fault.Duration = between(rng, 0, 5*time.Minute), between(rng, 1, 5*time.Minute)
		}
		if fault.Kind.HasLink() {
			step := 1 + rng.IntN(len(s.Regions)-1)
			fault.Peer = (fault.Region + model.RegionID(step)) % model.RegionID(len(s.Regions))
			fault.OneWay = rng.IntN(2) == 0
		}
		if fault.Kind.HasStore() {
			fault.Store = model.StoreID(rng.IntN(len(s.Stores)))
			if fault.Kind == model.ReplicationStall && s.Stores[fault.Store].Kind.Synchronous() {
				fault.Kind = model.StoreLoss // A majority has no copies that could stall.
			}
		}
		if fault.Kind.HasShare() {
			fault.Share = 0.05 + 0.9*rng.Float64()
		}
		if fault.Kind.HasItem() {
			fault.Item = "secrets"
		}
		if fault.Kind.HasWorkload() && s.Regions[fault.Region].Witness {
			fault.Region = s.Primary()
		}
		s.Timeline = append(s.Timeline, fault)
	}
	addChanges(rng, s)
}

// randomRollout is a bad release that goes through the workload regions, quickly.
func randomRollout(rng *rand.Rand, s *model.Scenario) model.Rollout {
	r := model.Rollout{
		At: between(rng, 0, 6*time.Hour), Every: between(rng, 0, 20*time.Minute),
		Share: 1 - rng.Float64(), After: between(rng, 0, 30*time.Minute), GoBelow: 0.01 * rng.Float64(),
		BackAbove: 0.5 * rng.Float64(), BackAfter: between(rng, 1, 10*time.Minute),
		Rollback: between(rng, 0, 10*time.Minute),
	}
	r.BackAbove, r.Declares = max(r.BackAbove, r.GoBelow), r.Share > 0.5
	// Adjusted weights ask for every way over a noisy link anew at every event, which takes minutes.
	if rng.IntN(2) == 0 && s.Routing.Choice.Every == 0 {
		s.Traffic.ServiceTime, r.Latency = 10*time.Millisecond, between(rng, 0, 4*time.Second)
		r.GoP95, r.BackP95After = between(rng, 1, 300*time.Millisecond), between(rng, 1, 10*time.Minute)
		r.BackP95 = r.GoP95 + between(rng, 0, time.Second)
	}
	for _, region := range rng.Perm(s.Workload().Count()) { // They are the first.
		r.Regions = append(r.Regions, model.RegionID(region))
	}
	return r
}

// BenchmarkQuietYearEagerly is what QuietYears/1_year would cost if everything periodic were an
// event. It plays a week, and tells what a year takes.
func BenchmarkQuietYearEagerly(b *testing.B) {
	s := *load(b, "ecommerce-three-region")
	s.Hazards, s.Timeline = nil, nil
	const week = 7 * 24 * time.Hour
	w := newTestWorld(b, &s, s.Strategies[3], week)
	events := 0
	b.ResetTimer()
	for i := range b.N {
		w.pulse = nil
		w.begin(newSource(1, i), nil)
		eagerly(w)
		finished(b, w)
		events += w.events
	}
	weeks := float64(model.Year) / float64(week)
	b.ReportMetric(float64(events)/float64(b.N)*weeks, "events/year")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)*weeks, "ns/year")
}
