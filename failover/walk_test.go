package failover_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"redoubt/failover"
)

// A walk is every state that was found, breadth first. Of a state it keeps the fingerprint, and how
// it was found; of those that it has not looked at yet, the code.
type walk struct {
	c     *configuration
	first failover.State
	known fingerprints
	// level are the codes that are being looked at, each after its length; below those of the
	// states that they lead to.
	level, below []byte
	parent       []int32
	// how is the place, among what could happen in the parent, of the event that led here.
	how []uint8
	// step is the code under test: Apply, or a broken version of it.
	step func(*failover.Policy, *failover.State, *failover.Event, *failover.Actions)
	// visit sees each state once, with its place.
	visit         func(*failover.State, int32)
	edges, visits int
	// taken are the configuration's orders that had an effect in some state, one bit each.
	taken uint
	// now, after, did and the histories are kept to spare the collector.
	now, after, between failover.State
	past, pastAfter     history
	did                 failover.Actions
	buffer              codec
}

func newWalk(t testing.TB, c *configuration) *walk {
	w := &walk{
		c: c, first: c.start(t), known: newFingerprints(), step: (*failover.Policy).Apply,
	}
	past := historyOf(&c.policy, &w.first)
	w.add(&w.first, &past, -1, 0)
	return w
}

// add keeps a state that was not met before.
func (w *walk) add(s *failover.State, past *history, parent int32, how int) {
	w.buffer.bytes = w.buffer.bytes[:0]
	w.buffer.moment(w.c, s, past)
	if !w.known.add(fingerprintOf(w.buffer.bytes)) {
		return
	}
	w.below = binary.LittleEndian.AppendUint16(w.below, uint16(len(w.buffer.bytes)))
	w.below = append(w.below, w.buffer.bytes...)
	w.parent, w.how = append(w.parent, parent), append(w.how, uint8(how))
}

// states is how many there are.
func (w *walk) states() int { return len(w.parent) }

// run walks to closure, or to the first edge that Check objects to, or to a limit (0 is none).
func (w *walk) run(limit int) error {
	for len(w.below) > 0 {
		w.level, w.below = w.below, w.level[:0]
		for rest := w.level; len(rest) > 0; {
			if limit != 0 && w.visits >= limit {
				return nil
			}
			size := int(binary.LittleEndian.Uint16(rest))
			w.load(rest[2 : 2+size])
			rest = rest[2+size:]
			i := int32(w.visits)
			w.visits++
			if w.visit != nil {
				w.visit(&w.now, i)
			}
			if err := w.expand(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// closed reports whether every state was looked at that was found.
func (w *walk) closed() bool { return w.visits == w.states() }

// load makes the state of a code again.
func (w *walk) load(code []byte) {
	w.now = w.first
	reader := codec{bytes: code, reading: true}
	reader.moment(w.c, &w.now, &w.past)
}

func (w *walk) expand(i int32) (err error) {
	how := -1
	w.c.next(&w.now, func(e failover.Event) {
		if how++; err != nil {
			return
		}
		w.after, w.pastAfter = w.now, w.past
		w.edges++
		if problem := w.act(&e); problem != nil {
			err = fmt.Errorf("%w\n%s", problem, w.path(i, &e))
			return
		}
		if w.after != w.now || w.pastAfter != w.past {
			w.pastAfter.canonical(w.after.Now)
			w.c.canonical(&w.after)
			w.add(&w.after, &w.pastAfter, i, how)
		}
	})
	if how > 255 {
		panic("more can happen in a state than a byte counts")
	}
	return err
}

// take notes that something which the configuration has happen beside has had an effect; that an
// order is remembered is none. Whose event it is comes first: two states take longer to compare.
func (w *walk) take(e *failover.Event) {
	for i := range w.c.orders {
		order := w.c.orders[i]
		order.At, order.Said, order.Sequence = e.At, e.Said, e.Sequence
		if order.Kind != e.Kind || order != *e || w.taken>>i&1 == 1 {
			continue
		}
		heard := w.between
		if heard.Orders = w.after.Orders; heard != w.after {
			w.taken |= 1 << i
		}
	}
}

// act does an event, and holds every entry of the log that it stands for against Check and the
// history.
func (w *walk) act(e *failover.Event) (err error) {
	w.c.parts(&w.after, e, func(one *failover.Event) bool {
		w.between = w.after
		p := w.c.applies(&w.between, one)
		w.step(p, &w.after, one, &w.did)
		w.take(one)
		if err = p.CheckStep(&w.between, one, &w.after, &w.did); err == nil {
			err = w.pastAfter.follow(p, &w.between, one, &w.after)
		}
		return err == nil
	})
	return err
}

// path tells the events that lead to a state, and a last one. It plays the log again.
func (w *walk) path(i int32, last *failover.Event) string {
	var hows []int
	for ; i > 0; i = w.parent[i] {
		hows = append(hows, int(w.how[i]))
	}
	slices.Reverse(hows)
	var b strings.Builder
	s, did := w.first, failover.Actions{}
	for n, how := range hows {
		e := w.c.events(&s)[how]
		fmt.Fprintf(&b, "%3d  %s\n", n+1, tell(&s, &e))
		w.c.parts(&s, &e, func(one *failover.Event) bool {
			w.step(w.c.applies(&s, one), &s, one, &did)
			return true
		})
		w.c.canonical(&s)
	}
	if last != nil {
		fmt.Fprintf(&b, "%3d  %s\n", len(hows)+1, tell(&s, last))
	}
	return b.String()
}

// tell says an event in a few words.
func tell(s *failover.State, e *failover.Event) string {
	switch e.Kind {
	case failover.Reported:
		return fmt.Sprintf("report %s->%d known=%b down=%b age=%s", id(e.Region), e.Subject, e.Known,
			e.Down, e.Age)
	case failover.LeaseRenewed, failover.Fenced:
		return fmt.Sprintf("%s store %d region %d epoch %d", e.Kind, e.Store, e.Region, e.Epoch)
	case failover.StepClaimed, failover.StepDone, failover.StepFailed, failover.StepUnknown:
		step := s.Plan.Steps[e.Step].Kind
		return fmt.Sprintf("%s step %d (%s) by region %d", e.Kind, e.Step, step, e.Region)
	case failover.Ordered:
		return fmt.Sprintf("%s: %s region %d", e.Kind, e.Verb, e.Region)
	case failover.Tick:
		return fmt.Sprintf("tick of %s", e.At.Sub(s.Now))
	}
	return fmt.Sprintf("%s region %d", e.Kind, e.Region)
}

// Without SEEDS in the environment, as make soak has it, walks that take longer are cut off; and
// with it those that are not known to close. One that is known to may not be cut off: that the code
// changed so much that it no longer closes within memory has to be seen.
const (
	walkLimit = 10_000
	cutLimit  = 500_000
	soakLimit = 30_000_000
)

// sampleEvery is how many states of a walk lie between two that are looked at more closely.
const sampleEvery = 293

// soaking reports whether there is time to walk everything.
func soaking() bool { return os.Getenv("SEEDS") != "" }

// TestWalkEveryState walks each configuration to closure, with Check on every edge. From a sample
// of the states, and from all of them where there is time, it lets the faults stop, and everything
// has to come to rest.
func TestWalkEveryState(t *testing.T) {
	all := configurations()
	walks := make([]*walk, len(all))
	t.Run("every configuration", func(t *testing.T) {
		for i := range all {
			t.Run(all[i].name, func(t *testing.T) {
				t.Parallel()
				walks[i] = walkOne(t, &all[i])
			})
		}
	})
	if t.Failed() {
		return
	}
	states, closed, names := 0, 0, map[string]bool{}
	for i, w := range walks {
		if w == nil {
			continue // It was not asked for.
		}
		states += w.states()
		if w.closed() {
			closed += w.states()
		}
		names[all[i].name] = true
	}
	t.Logf("%d states in %d configurations, %d of them in those walked to closure", states,
		len(names), closed)
	if want := closedStates(); len(names) == len(all) && closed < want {
		t.Errorf("got %d states in configurations walked to closure, want %d", closed, want)
	}
}

// closedStates is how many states of configurations that are walked to closure there have to be.
func closedStates() int {
	if soaking() {
		return 10_000_000
	}
	return 1_000_000
}

func walkOne(t *testing.T, c *configuration) *walk {
	w := newWalk(t, c)
	w.visit = func(s *failover.State, place int32) {
		if place%sampleEvery == 0 {
			total(&c.policy, s)
			comesToRest(t, w, s, place)
		}
	}
	if c.rests || soaking() {
		allRest(t, w)
	}
	limit, closes := walkLimit, c.closes == always || c.closes == inSoak && soaking()
	switch {
	case closes:
		limit = soakLimit
	case soaking():
		limit = cutLimit
	}
	if err := w.run(limit); err != nil {
		t.Fatal(err)
	}
	if closes && !w.closed() {
		t.Errorf("%s was cut off at %d states, and the documents say that it closes", c.name, limit)
	}
	if want := (uint(1)<<len(c.orders) - 1) &^ c.refused; w.closed() && w.taken != want {
		t.Errorf("%s: the orders %b have an effect in some state, want %b", c.name, w.taken, want)
	}
	t.Logf("%s: %d states, %d edges, to closure: %t", c.name, w.states(), w.edges, w.closed())
	// The rest is needed no more, and there is more to walk.
	w.known, w.level, w.below, w.how = fingerprints{}, nil, nil, nil
	return w
}
