package agent

import (
	"fmt"
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"

	"redoubt/failover"
)

// lie puts something made up in place of an answer, and is false where that is no lie.
type lie func(in *asking, out *told) bool

// shown is a lie about how things are.
func shown(change func(*told)) lie {
	return func(in *asking, out *told) bool {
		was := *out
		change(out)
		return in.looks && was != *out
	}
}

// allLies are those that somebody has to see through: of each verb, that it was taken where it was
// not, and the reverse; and of each thing that orders bring about, that it is otherwise.
func allLies() map[string]lie {
	all := map[string]lie{
		"a copy is said to be taken": func(in *asking, out *told) bool {
			is := out.ruling == heardBefore
			out.ruling = taken
			return is
		},
		"a plan that nobody has seen": shown(func(out *told) { out.doings.epoch++ }),
		"a plan is hidden":            shown(func(out *told) { out.doings.kind = failover.NoPlan }),
		"nothing is owed":             shown(func(out *told) { out.doings.owed = 0 }),
		"it is declared, or is not": shown(func(out *told) {
			out.seen.causes[0] ^= failover.Corruption
		}),
		"no drill waits":  shown(func(out *told) { out.seen.drill = drill{} }),
		"nobody is asked": shown(func(out *told) { out.doings.asked = [2]asks{} }),
		"another region is primary": shown(func(out *told) {
			out.doings.primary = 1 - out.doings.primary
		}),
	}
	add := func(v failover.Verb, was, is ruling, text string) {
		all[v.String()+" "+text] = func(in *asking, out *told) bool {
			applies := in.order.Verb == v && out.ruling == was
			out.ruling = is
			return applies
		}
	}
	for v := failover.Verb(1); v.String() != "unknown"; v++ {
		switch {
		case v == failover.Declare: // It is always taken.
			add(v, taken, saidOfAnother, "was taken, and is said to come too late")
		case stops(v), slices.Contains([]failover.Verb{
			failover.Resume, failover.LiftBrake, failover.LiftVeto, failover.Withdraw,
		}, v):
			add(v, taken, notNow, "was taken, and is said to be refused")
		default:
			add(v, taken, notNow, "was taken, and is said to be refused")
			add(v, notNow, taken, "was refused, and is said to be taken")
		}
	}
	return all
}

// seenThrough reports whether a lie is seen, told in place of some answer of a history.
func seenThrough(begins ledger, all []porcupine.Operation, tell lie) bool {
	for at, o := range all {
		in, out := o.Input.(asking), o.Output.(told)
		if in.moves || !tell(&in, &out) {
			continue
		}
		history := slices.Clone(all)
		history[at].Output = out
		if judged(begins, history) == porcupine.Illegal {
			return true
		}
	}
	return false
}

// Of plans, too, an answer that is made up is seen, whatever it is about: an order of each verb, or
// how things are. What was asked while something else was being ordered may be told either way, so
// that not each single one is.
func TestAnswersAboutPlansThatAreWrongAreSeen(t *testing.T) {
	left, told := allLies(), 0
	all := len(left)
	const most = 24
	for seed := *chaosSeed; seed < *chaosSeed+most && len(left) > 0; seed++ {
		begins, w := playPeople(t, seed, false, true)
		if judged(begins, w.history) != porcupine.Ok {
			t.Fatalf("seed %d: what is true is not explained", seed)
		}
		for name, tell := range left {
			if seenThrough(begins, w.history, tell) {
				delete(left, name)
			}
		}
		told++
	}
	for name := range left {
		t.Errorf("%s: nobody sees that", name)
	}
	t.Logf("%d of %d lies are seen in %d rounds", all-len(left), all, told)
}

// A plan that began by an order which nobody has given is seen, of each kind.
func TestPlansThatNobodyOrderedAreSeen(t *testing.T) {
	want := []failover.Verb{
		failover.OrderSwitchover, failover.GoBack, failover.OrderEvacuation, failover.OrderForce,
		failover.OrderDryDrill, failover.ApproveDrill, failover.Approve,
	}
	const most = 24
	for seed := *chaosSeed; seed < *chaosSeed+most && len(want) > 0; seed++ {
		begins, w := playPeople(t, seed, false, true)
		want = slices.DeleteFunc(want, func(v failover.Verb) bool {
			at := slices.IndexFunc(w.history, func(o porcupine.Operation) bool {
				return o.Input.(asking).order.Verb == v && o.Output.(told).ruling == taken
			})
			if at < 0 {
				return false
			}
			name := w.history[at].Input.(asking).order.Sequence
			return judged(begins, slices.DeleteFunc(slices.Clone(w.history),
				func(o porcupine.Operation) bool { return o.Input.(asking).order.Sequence == name },
			)) == porcupine.Illegal
		})
	}
	if len(want) > 0 {
		t.Error(fmt.Sprint("nobody misses the order to ", want))
	}
}

// Where an agent's word is taken for how things are now, plans show it, too.
func TestStalePlansAreSeen(t *testing.T) {
	for seed := range uint64(4) {
		begins, w := playPeople(t, *chaosSeed+seed, true, true)
		if judged(begins, w.history) == porcupine.Illegal {
			return
		}
	}
	t.Error("what an agent that is behind says of plans passes for how things are")
}
