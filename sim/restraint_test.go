package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// restrained are the expectations that hold without any decision code, by scenario and place in
// its file: what they ask for is that nothing is done, or is nothing that a decision could change.
// Spared are those that hold under a policy that moves all the same, with why it cannot.
var restrained = []struct {
	name   string
	index  int
	why    string
	spared string
}{
	{"agent-lost", 0, "a quorum sees the region up: all but its writes succeeds", ""},
	{"answers-lost", 0, "no region helps while nobody learns where to go", ""},
	{"answers-lost", 1, "no region helps while nobody learns where to go", ""},
	{"cache-lost", 0, "the other cache is as cold", ""},
	{"conflicts-of-three-kinds", 0, "both sides write, and every user is served", ""},
	{"conflicts-of-three-kinds", 1, "both sides write, and every user is served", ""},
	{"conflicts-of-three-kinds", 2, "the third region sees both: neither has failed", ""},
	{"conflicts-of-two-kinds", 0, "both sides write, and every user is served", ""},
	{"conflicts-of-two-kinds", 1, "the third region sees both: neither has failed", ""},
	{"december-2024-eighteen-minutes", 0, "it is over before people have done anything", ""},
	{"errors-in-five-minutes", 0, "three probes in a row hardly fail", ""},
	{"facebook-2021-10-04", 0, "every region is alone, and there is nothing better", ""},
	{"facebook-2021-10-04", 1, "every region is alone, and there is nothing better", ""},
	{"facebook-2021-10-04", 2, "every region is alone, and there is nothing better", ""},
	{"flapping-link", 0, "no cut lasts for a hold-down", ""},
	{"github-2018-10-21", 0, "the cut is shorter than the hold-down", ""},
	{"kinesis-2020-11-25", 0, "what nobody sees has not failed", ""},
	{"metrics-lost", 0, "what nobody sees has not failed", ""},
	{"objects-late", 1, "when an alert fires is up to the copy", ""},
	{
		"replication-stall-before-loss", 1, "when an alert fires is up to the copy",
		"it fires before there is anything to decide",
	},
	{"retried-writes", 0, "a quorum sees the region up: all but its writes succeeds", ""},
	{"rollout-declared", 1, "what rolls back is back first", ""},
	{"rollout-gone-wrong", 0, "no check goes deep: what rolls back is back first", ""},
	{"rollout-gone-wrong", 1, "no check goes deep: what rolls back is back first", ""},
	{"rollout-slow", 0, "late answers are answers", ""},
	{"rollout-slow-stays", 0, "late answers are answers", ""},
	{"rush-without-machines", 0, "nothing has failed: its machines are late", ""},
	{"stale-readers", 0, "a copy that is behind serves", ""},
	{"users-cut-off-unseen", 0, "no check takes the users' way", ""},
	{"verdict-of-one-check", 0, "one check of the four that it takes three of", ""},
	{"weights-by-cost", 0, "the weights do it, and nothing has failed", ""},
	{"weights-by-cost", 1, "the weights do it, and nothing has failed", ""},
}

// TestExpectationsFailWithoutTheDecisionCode replaces the decision code by nothing: no expectation
// comes true then, but for those in the table.
func TestExpectationsFailWithoutTheDecisionCode(t *testing.T) {
	type place struct {
		name  string
		index int
	}
	listed := map[place]bool{}
	for _, row := range restrained {
		listed[place{row.name, row.index}] = true
	}
	for _, name := range scenarios.Names() {
		s := load(t, name)
		for i := range s.Expected {
			e := &s.Expected[i]
			if e.Strategy == model.SingleRegion { // There is nowhere to go.
				continue
			}
			f, err := expect(s, *e, func(w *world) { w.decider = undecided{} })
			if err != nil {
				t.Fatal(err)
			}
			if want := listed[place{name, i}]; f.Met() != want {
				t.Errorf("%s, expectation %d (%s): met without a decision %t, want %t: %+v %+v", name, i,
					e.Strategy, f.Met(), want, f.Values, f.Names)
			}
			delete(listed, place{name, i})
		}
	}
	for row := range listed {
		t.Errorf("%s has no expectation %d of a strategy with a second region", row.name, row.index)
	}
}

// rash is decision code whose operator has it leave the first region, whatever the gates say.
type rash struct {
	policy *failover.Policy
	w      *world
	// after is since when, at the next event.
	after time.Duration
	done  bool
}

func (r *rash) Apply(s *failover.State, e *failover.Event, did *failover.Actions) {
	r.policy.Apply(s, e, did)
	if r.done || time.Duration(r.w.now-warmup) < r.after || !r.w.leads() {
		return
	}
	r.done = true
	order := failover.Event{
		Kind: failover.Ordered, Verb: failover.OrderForce, Region: 1, Lag: failover.AnyLoss,
		Ticket: 1_000_000, Who: 1,
	}
	if r.policy.MultiWriter {
		order = failover.Event{Kind: failover.Ordered, Verb: failover.OrderEvacuation, Who: 1}
	}
	r.w.send(r.w.raft.leader, order)
}

func (r *rash) NextTick(s *failover.State) (failover.Instant, bool) {
	at, ok := r.policy.NextTick(s)
	if mine := failover.Instant(r.w.logTime(warmup + int64(r.after))); !r.done && (!ok || mine < at) {
		return mine, true
	}
	return at, ok
}

// TestExpectationsOfRestraintFailUnderRashness has somebody fail over as soon as the first fault
// is there: what is expected of restraint does not come true then.
func TestExpectationsOfRestraintFailUnderRashness(t *testing.T) {
	for _, row := range restrained {
		s := load(t, row.name)
		first := 10 * time.Minute // Where a release is all that happens.
		if len(s.Timeline) > 0 {
			first = s.Timeline[0].At
		}
		f, err := expect(s, s.Expected[row.index], func(w *world) {
			w.decider = &rash{policy: &w.policy, w: w, after: first + time.Second}
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := row.spared != ""; f.Met() != want {
			t.Errorf("%s, expectation %d: met by somebody rash %t, want %t: %+v %+v", row.name, row.index,
				f.Met(), want, f.Values, f.Names)
		}
	}
}

// Where the link to the standby is cut and the primary region is lost after that, who leads
// decides: led from the standby the primary cannot renew its lease, stops, and the standby takes
// over at the price of a lease and a lag; led from elsewhere it writes on, and the lag holds.
func TestWhoLeadsDecidesWhatACutBeforeALossCosts(t *testing.T) {
	s := load(t, "replication-cut-before-loss")
	if s.Timeline[0].Kind != model.AgentLoss {
		t.Fatalf("got %s first, want the agent that is restarted", s.Timeline[0].Kind)
	}
	s.Timeline = s.Timeline[1:]
	strategy, _ := s.Strategy(model.HotStandby)
	const lease, lag = 15, 1 // The default, and the 99th percentile of the estate, in seconds.
	led := 0
	for seed := range uint64(40) {
		story, err := playPrepared(s, strategy, seed,
			Watch{At: []time.Duration{10*time.Minute - time.Second, time.Hour}}, func(*world) {})
		if err != nil {
			t.Fatal(err)
		}
		over, lost := story.Trial.Failovers, story.lost()
		if story.Moments[0].Leader == 1 {
			led++
			if over != 1 || lost == 0 || lost > lease+3*lag {
				t.Errorf("seed %d, led from the standby: got %d failovers and %g s lost", seed, over, lost)
			}
			continue
		}
		by := withheldBy(s, &story.Moments[1])
		if over != 0 || !math.IsNaN(lost) || by != "lag" { // Nothing is taken over that could lack any.
			t.Errorf("seed %d, led from elsewhere: got %d failovers, %g s lost, withheld by %s", seed, over,
				lost, by)
		}
	}
	if led == 0 || led == 40 {
		t.Errorf("%d of 40 runs are led from the standby", led)
	}
}
