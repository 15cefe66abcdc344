package sim

import (
	"fmt"
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// MaxEvents bounds the events of one trial. A trial that reaches it is an error in the model,
// reported with the trial's number.
const MaxEvents = 50_000_000

// lookUp is after how many events a trial asks whether it is interrupted.
const lookUp = 1 << 12

// maxPopulations bounds the populations, and maxFlows the parts of them that can move apart.
const (
	maxPopulations = 16
	maxFlows       = model.MaxFlows
)

// decider is the decision code. In a run it is always *failover.Policy; tests put in its place one
// that does nothing, to show that the figures hang on it.
type decider interface {
	Apply(s *failover.State, e *failover.Event, actions *failover.Actions)
	NextTick(s *failover.State) (failover.Instant, bool)
}

// world is everything that changes during a trial, and what it is made of.
type world struct {
	scenario *model.Scenario
	strategy model.Strategy
	policy   failover.Policy
	decider  decider
	// first is the policy's first state, whose digest takes longer than an event.
	first failover.State
	// unfenced switches the guards off, for the test that shows what they prevent.
	unfenced bool
	// pulse, if not nil, plays everything periodic as events of its own, for the test that shows that
	// the closed forms come to the same. Nothing is brought up to date in closed form then.
	pulse    func(item)
	regions  int
	dns      clients
	dnsBends []float64
	horizon  int64

	now    int64
	queue  queue
	events int
	// interrupted, if not nil, has an error once the trial need not be played to its end.
	interrupted func() error
	src         source
	outages     []outage
	// struck is the key of the outage that each region last suffered, or that last cut it off: what
	// follows from it draws by it. trigger is that of the last change of the network.
	struck  [model.MaxRegions]uint64
	trigger uint64
	net     network
	// commits are the commit delays of each leader that were asked for since the network changed.
	commits [model.MaxRegions]int64

	raft consensus
	// quorate are the voters that run and reach a quorum.
	quorate model.RegionSet
	// contact is when each voter hears what a leader sent to it last, as of the moment at which it was
	// last out of that leader's reach: what Raft calls its last contact.
	contact  [model.MaxRegions]int64
	letters  []letter
	earshot  earshot
	gossip   membership
	offset   int64
	state    failover.State
	plan     failover.Plan
	actions  failover.Actions
	kept     []held
	mails    []mail
	event    failover.Event
	sequence uint64
	// tickAt is when a Tick is needed, 0 if none is, and timerAt when the event comes that sees to it,
	// then or before.
	tickAt, timerAt int64
	tickGeneration  int32
	// unscheduled says that an entry was applied since a Tick was last asked for.
	unscheduled bool
	// proposedIn is the term in which a Tick was proposed that is on its way, or 0.
	proposedIn int32
	// newsAt is when what awaitNews last asked for is committed.
	newsAt   int64
	accused  [model.MaxRegions]accusation
	probers  [model.MaxRegions][model.MaxRegions][model.MaxChecks]prober
	reported [model.MaxRegions][model.MaxRegions]int64
	fresh    freshness
	phases   phases
	// heard are the regions whose agent the leader is in reach of, and linked those of them that see
	// how the others are; each since when it is.
	heard, linked           model.RegionSet
	heardSince, linkedSince [model.MaxRegions]int64
	guards                  [model.MaxRegions][model.MaxStores]guard
	renewSince              [model.MaxStores]int64
	granted                 [model.MaxStores]grant
	stoppedAt               [model.MaxRegions][model.MaxStores]int64
	// unheard is what each region had accepted by then that another one never heard of, as seconds of
	// the mean rate of all writes. It is read only where a store stopped while they were apart.
	unheard  [model.MaxRegions][model.MaxStores][model.MaxRegions]float64
	work     [failover.MaxSteps]work
	comeback [model.MaxRegions]int32
	// promotions are the last of each store that were begun in each region.
	promotions [model.MaxStores][model.MaxRegions]promotionBegun
	// orders is how many people have given, each of which it names.
	orders   uint64
	stableAt [model.MaxRegions]int64
	// follows is whom each region's copy of a store replicates from, if it does.
	follows [model.MaxRegions][model.MaxStores]following
	// stranded is how many writes each region's copy of a store holds that no other does.
	stranded [model.MaxRegions][model.MaxStores]int64
	// hushed is what each region had not answered when its answers stopped.
	hushed [model.MaxRegions]unanswered
	// partings are the cuts between regions that write, or nil where not every region does.
	partings *partings
	// shortfalls are how far copies whose replication stalled have fallen behind, and how they catch
	// up.
	shortfalls []lack
	lags       lagging
	// quorums are the regions a majority of which has to hold a write to each store, or none.
	quorums [model.MaxStores]model.RegionSet

	// spoiled are the regions whose copy of each store is bad, spoiledAt since when one is, noticed
	// that people know; trustAt is when they trust again what was mended last.
	spoiled   [model.MaxStores]model.RegionSet
	spoiledAt [model.MaxStores]int64
	noticed   [model.MaxStores]bool
	trustAt   int64

	// barren are the regions that have no capacity, and get none for now.
	barren model.RegionSet

	// growth is how far people are with capacity that a plan could not get.
	growth byHand

	// releases is how far each rollout of the scenario has come.
	releases []release
	caches   caching

	flows []flow
	parts [][]model.Part
	week  week
	// weighing is how the weights of the routing follow what is measured.
	weighing weighing
	limits   [model.MaxRegions]limit
	// capacity is what each region can carry, at the time size.since where it moves.
	capacity [model.MaxRegions]float64
	size     sizing
	// noise is what links do to probes while they are well, or nil where they do nothing.
	noise   *noise
	credits credits
	// unreclaimed is what a region had before some of it was reclaimed.
	unreclaimed [model.MaxRegions]float64
	// unasked is what a scarce region has without asking for more: what it had when that began.
	unasked [model.MaxRegions]float64
	// answers is the share of the requests that reach a region which it can answer, accepts that of
	// the writes among them.
	answers, accepts [model.MaxRegions]float64
	// resent is the share of the requests that a region answers for which something was lost on the
	// way to another one, and sent again.
	resent [model.MaxRegions]float64
	// readable is that of the reads, and retries the share of the failed attempts made again.
	readable [model.MaxRegions]float64
	retries  float64
	// primary and writers are those of the log, as far as the traffic has heard of them.
	primary    model.RegionID
	writers    [model.MaxStores]model.RegionID
	splitBrain bool
	// serving is the share of all requests that was served when stock was last taken, and serviceDown
	// whether the service was down then.
	serving     float64
	serviceDown bool
	// unmarked says that stock was taken at this instant, which is not over.
	unmarked  bool
	settledAt int64
	// routed is how the traffic was last divided.
	routed    failover.Split
	accounted int64
	dirty     bool
	lost      float64
	// lateness is what is answered late, as lost.
	lateness float64
	// sessions are those that were lost.
	sessions float64
	// staleReads are those beyond what there are when all is well, which are staleRate a second.
	staleReads float64
	staleRate  float64

	trial     model.Trial
	incident  incident
	books     books
	spares    spares
	effects   effects
	incidents []model.Incident
	rpos      []time.Duration
	// leftAs is which of the RPOs, from 1 on, is that of the plan that left each region last.
	leftAs    [model.MaxRegions]int
	decisions []Decision
	story     *Story
}

// newWorld prepares a world for trials of one strategy.
func newWorld(s *model.Scenario, strategy model.Strategy, horizon time.Duration) (*world, error) {
	policy, err := failover.NewPolicy(s, strategy)
	if err != nil {
		return nil, err
	}
	if len(s.Populations) > maxPopulations {
		return nil, fmt.Errorf("%d populations are more than the %d allowed",
			len(s.Populations), maxPopulations)
	}
	w := &world{
		scenario: s, strategy: strategy, policy: policy, regions: len(s.Regions),
		dns: newClients(&s.Routing), horizon: int64(horizon), first: policy.Start(),
	}
	w.dnsBends = w.dns.bends(nil)
	w.decider = &w.policy
	w.weighing = newWeighing(s, strategy)
	well := weighedWhenWell(s, strategy)
	w.parts = partsOf(well, strategy)
	w.limits = limitsOf(s, strategy)
	if count := w.countFlows(); count > maxFlows {
		return nil, fmt.Errorf("%d parts of populations are more than the %d allowed", count, maxFlows)
	}
	w.retries = s.Traffic.Retried
	w.partings = newPartings(&w.policy)
	w.staleRate = StaleReadRate(well, strategy.Kind)
	w.week = newWeek(s)
	w.firstQuorums()
	w.size = newSizing(s)
	w.noise, w.net.links = newNoise(s), newLossy(s)
	return w, nil
}

// begin resets everything that changes to the start of a trial, in which the outages are those
// given.
func (w *world) begin(src source, outages []outage) {
	w.src, w.outages = src, outages
	w.now, w.events, w.offset, w.trigger = 0, 0, 0, 0
	clear(w.struck[:])
	clear(w.commits[:])
	w.queue.reset()
	w.net = network{
		standing: w.net.standing[:0], links: w.net.links, damage: damage{dropped: w.net.links.native},
	}
	w.raft, w.trial = consensus{former: model.NoRegion}, model.Trial{}
	w.state, w.plan, w.mails = w.first, failover.Plan{}, w.mails[:0]
	w.tickAt, w.timerAt, w.tickGeneration, w.newsAt = 0, 0, 0, 0
	w.proposedIn, w.unscheduled = 0, false
	clear(w.accused[:])
	clear(w.probers[:])
	w.noise.begin(w.scenario, src)
	w.fresh, w.phases = freshness{}, phases{}
	w.lags = lagging{pauses: w.lags.pauses[:0]}
	w.firstReports()
	clear(w.contact[:])
	clear(w.heardSince[:])
	clear(w.linkedSince[:])
	clear(w.stableAt[:])
	clear(w.stranded[:])
	clear(w.leftAs[:])
	w.shortfalls = w.shortfalls[:0]
	w.partings.reset()
	clear(w.hushed[:])
	clear(w.spoiled[:])
	clear(w.noticed[:])
	w.trustAt, w.releases, w.growth = 0, w.releases[:0], byHand{}
	w.firstFollowing()
	w.heard, w.linked = w.policy.Voters|w.policy.Workload, w.policy.Voters
	w.gossip = membership{up: w.policy.Voters, letters: w.gossip.letters[:0]}
	w.earshot.lossy = 0
	clear(w.guards[:])
	clear(w.renewSince[:])
	clear(w.granted[:])
	clear(w.stoppedAt[:])
	clear(w.work[:])
	clear(w.comeback[:])
	clear(w.promotions[:])
	w.orders = 0
	w.incidents, w.rpos, w.decisions = w.incidents[:0], w.rpos[:0], w.decisions[:0]
	w.incident, w.effects, w.unmarked = incident{}, effects{}, false
	w.books, w.spares = books{}, spares{since: warmup}
	w.lost, w.sessions, w.staleReads, w.settledAt, w.accounted = 0, 0, 0, 0, warmup
	w.lateness = 0
	w.week.known, w.week.bendAt = false, never
	w.raft.leader = model.RegionID(float64(w.regions) * src.uniform(leadership, 0, 0))
	w.raft.term = 1
	w.reviewQuorate()
	w.primary, w.writers = w.state.Primary, w.state.Writers
	w.firstCapacities()
	for store := range int(w.policy.Stores) {
		w.guards[w.policy.Home][store].open = true
	}
	w.firstRoutes()
	w.firstCaches()
	w.firstSizes()
	w.firstCredits()
	w.now = warmup
	w.dirty = true
	w.reviewIdle()
	w.refresh()
}

func (w *world) push(at int64, k kind, a, b uint8, c int32) {
	w.queue.push(item{at: at, kind: k, a: a, b: b, c: c})
}

// run plays the trial to its horizon.
func (w *world) run() error {
	w.load()
	for w.step() {
		if w.events%lookUp != 0 || w.interrupted == nil {
			continue
		}
		if err := w.interrupted(); err != nil {
			return err
		}
	}
	if w.events > MaxEvents {
		return fmt.Errorf("more than %d events in one trial, at %s",
			MaxEvents, time.Duration(w.now-warmup))
	}
	w.finale()
	return nil
}

// load puts the outages in the queue.
func (w *world) load() {
	w.loadRollouts()
	w.listen()
	for i := range w.outages {
		if w.outages[i].rollout > 0 {
			continue
		}
		w.push(w.outages[i].from, evFault, 0, 0, int32(i))
		if w.outages[i].to < math.MaxInt64 {
			w.push(w.outages[i].to, evHeal, 0, 0, int32(i))
		}
	}
}

// step plays the next event. It is false at the horizon, and when there were too many.
func (w *world) step() bool {
	if w.unscheduled && !w.queue.due(w.now) {
		w.schedule()
	}
	next := w.queue.pop()
	if next == nil || next.at > w.now {
		w.instantOver()
	}
	if next == nil || next.at >= warmup+w.horizon {
		w.look(warmup + w.horizon)
		return false
	}
	if w.story != nil {
		w.look(next.at)
		w.keepUpTo(next.at)
		w.watchAlerts(next.at)
		w.watchBacklogs(next.at)
	}
	if w.events++; w.events > MaxEvents {
		return false
	}
	w.now = next.at
	w.dispatch(next)
	w.refresh()
	return true
}

// finale brings the books up to the horizon; an incident that is still open is counted up to there.
func (w *world) finale() {
	end := warmup + w.horizon
	if w.story != nil {
		w.watchAlerts(end)
		w.watchBacklogs(end)
	}
	w.now = end
	w.account()
	w.tellSizes()
	if w.incident.open {
		w.close(end)
	}
	w.trial.LostSessions = int64(math.Round(w.sessions))
	if w.policy.MultiWriter {
		w.meetAll()
	}
	w.settleBooks(w.damage(0))
	if w.policy.MultiWriter {
		w.countConflicts()
	}
	w.countStale()
	w.trial.Lost = time.Duration(math.Round(w.lost))
	w.trial.Late = time.Duration(math.Round(w.lateness))
	w.closeBooks()
	w.countIdle(end)
}
