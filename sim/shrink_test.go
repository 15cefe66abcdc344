package sim

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// shrinkPlays bounds how often shrink plays a schedule, and shrinkEvents how many events it plays
// altogether, so that it takes some seconds at the most. A system of TestSoak has up to 40 faults
// and some ten thousand events.
const (
	shrinkPlays  = 2000
	shrinkEvents = 20_000_000
)

// play plays a scenario and says how many events that took, and how it failed, or nil.
type play func(s *model.Scenario) (events int, failed error)

// shrink returns the scenario with as little as it can find of its timeline that still fails in the
// same way: as it does without any one of the faults no more, nor with any one of them half as
// long. A longer list falls by halves, then quarters, and at last one by one (Zeller and
// Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002). What it does depends on
// nothing but the scenario.
func shrink(s *model.Scenario, run play) *model.Scenario {
	least := *s
	events, failed := run(&least)
	if failed == nil {
		return &least
	}
	want, plays := likeness(failed), 1
	try := func(faults []model.Fault) bool {
		if plays++; plays > shrinkPlays || events > shrinkEvents {
			return false
		}
		less := least
		less.Timeline = faults
		more, failed := run(&less)
		if events += more; failed == nil || likeness(failed) != want {
			return false
		}
		least = less
		return true
	}
	for again := true; again; {
		again = drop(&least, try)
		for i := range least.Timeline {
			for half := true; half; again = again || half {
				half = halve(&least, i, try)
			}
		}
	}
	return &least
}

// drop leaves faults out, as many at once as it can, and reports whether it could any.
func drop(least *model.Scenario, try func([]model.Fault) bool) (dropped bool) {
	for size := len(least.Timeline); size > 0; size /= 2 {
		for i := 0; i < len(least.Timeline); {
			end := min(i+size, len(least.Timeline))
			if try(slices.Delete(slices.Clone(least.Timeline), i, end)) {
				dropped = true
			} else {
				i = end
			}
		}
	}
	return dropped
}

// halve makes a fault half as long, in whole seconds, and reports whether it could.
func halve(least *model.Scenario, i int, try func([]model.Fault) bool) bool {
	half := (least.Timeline[i].Duration / 2).Truncate(time.Second)
	if half == 0 {
		return false // A fault of no length is one without an end.
	}
	shorter := slices.Clone(least.Timeline)
	shorter[i].Duration = half
	return try(shorter)
}

// numbers are what differs in the messages of failures that are alike.
var numbers = regexp.MustCompile(`[0-9][0-9.hmsnµ]*`)

// likeness is what failures of one way have in common: their messages without times and numbers.
func likeness(failed error) string { return numbers.ReplaceAllString(failed.Error(), "#") }

// faultBlocks are the faults of a scenario as its file has them.
func faultBlocks(s *model.Scenario) string {
	var b strings.Builder
	line := func(key, format string, args ...any) {
		fmt.Fprintf(&b, "%s = "+format+"\n", append([]any{key}, args...)...)
	}
	name := func(r model.RegionID) string { return s.Regions[r].Name }
	for i := range s.Timeline {
		f := &s.Timeline[i]
		b.WriteString("\n[[fault]]\n")
		line("kind", "%q", f.Kind)
		switch {
		case f.Kind.HasLink() && f.OneWay:
			line("from", "%q", name(f.Region))
			line("to", "%q", name(f.Peer))
		case f.Kind.HasLink():
			line("between", "[%q, %q]", name(f.Region), name(f.Peer))
		case f.Also != 0:
			line("regions", "[%s]", namesOf(s, f.Strikes()))
		case f.Kind.HasRegion():
			line("region", "%q", name(f.Region))
		}
		if f.Kind.HasStore() {
			line("store", "%q", s.Stores[f.Store].Name)
		}
		if f.Kind.HasShare() {
			line("share", "%q", percent(f.Share))
		}
		if f.Latency > 0 {
			line("latency", "%q", exactly(f.Latency))
		}
		if f.Kind.HasItem() {
			line("item", "%q", f.Item)
		}
		line("at", "%q", exactly(f.At))
		line("for", "%q", exactly(f.Duration))
	}
	return b.String()
}

func namesOf(s *model.Scenario, set model.RegionSet) string {
	var names []string
	for r := range model.RegionID(len(s.Regions)) {
		if set.Has(r) {
			names = append(names, strconv.Quote(s.Regions[r].Name))
		}
	}
	return strings.Join(names, ", ")
}

// exactly is a duration as a file has it, to the nanosecond.
func exactly(d time.Duration) string {
	if d%time.Second == 0 {
		return d.String()
	}
	return fmt.Sprintf("%d.%09ds", d/time.Second, d%time.Second)
}

// percent is a share as a file has it, to the last digit.
func percent(share float64) string {
	exact, _ := new(big.Rat).SetString(strconv.FormatFloat(share, 'f', -1, 64))
	text := exact.Mul(exact, big.NewRat(100, 1)).FloatString(30)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + "%"
}

// What is printed of faults of every kind reads as the same faults.
func TestFaultBlocksReadAsTheyWere(t *testing.T) {
	s := *load(t, "ecommerce-three-region")
	s.Timeline = nil
	for i := range uint64(200) {
		at, lasts := time.Duration(i)*time.Minute+time.Nanosecond, time.Hour-time.Duration(i)
		s.Timeline = append(s.Timeline, randomFault(generator(seedOf(t)+i), &s, at, lasts))
	}
	text := "schema = 1\nbase = \"ecommerce-three-region\"\nname = \"least\"\ntitle = \"Least\"\n" +
		"[cache]\nhit_ratio = \"90%\"\n" + faultBlocks(&s)
	got, err := scenarios.Read("least.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Timeline {
		got, want := got.Timeline[i], s.Timeline[i]
		got.Place = model.Place{}
		if want.Strikes() == got.Strikes() && want.Also != 0 {
			got.Region, got.Also = want.Region, want.Also // In a file the first is the first named.
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("fault %d reads as %+v, want %+v", i, got, want)
		}
	}
}

// A failure that takes a loss of two minutes and a cut ends with these, the loss at less than twice
// what it takes.
func TestShrinkFindsWhatAFailureTakes(t *testing.T) {
	s := estate()
	for i := range 23 {
		at := time.Duration(i) * time.Minute
		lose(s, witness, at, time.Hour)
		cut(s, home, witness, at, 30*time.Second+time.Duration(i))
	}
	lose(s, standby, time.Hour, 100*time.Minute)
	plays := 0
	failing := func(s *model.Scenario) (int, error) {
		plays++
		long, cut := false, 0
		for _, f := range s.Timeline {
			long = long || f.Region == standby && f.Duration >= 2*time.Minute
			if f.Kind == model.LinkCut {
				cut++
			}
		}
		if long && cut > 0 {
			return 1, fmt.Errorf("at %s: %d cuts and a loss", s.Timeline[0].At, cut)
		}
		if cut > 20 {
			return 1, fmt.Errorf("another failure")
		}
		return 1, nil
	}
	got := shrink(s, failing).Timeline
	if len(got) != 2 || got[0].Kind != model.LinkCut || got[0].Duration != time.Second ||
		got[1].Region != standby || got[1].Duration != 187*time.Second {
		t.Errorf("got %+v, want a cut of 1 s and a loss of 3m7s: 100 minutes, halved five times", got)
	}
	if plays > 200 {
		t.Errorf("it took %d plays for 47 faults, want at most 200", plays)
	}
	fine := func(*model.Scenario) (int, error) { return 1, nil }
	if got := len(shrink(s, fine).Timeline); got != 47 {
		t.Errorf("%d faults are left where nothing fails, want all 47", got)
	}
}

// It ends where plays fail for ever, or cost much.
func TestShrinkEnds(t *testing.T) {
	s := randomSystem(seedOf(t))
	for range 300 {
		lose(s, home, 0, math.MaxInt64)
	}
	for _, cost := range []int{1, shrinkEvents / 10} {
		plays := 0
		shrink(s, func(*model.Scenario) (int, error) {
			if plays++; plays%2 == 0 {
				return cost, nil
			}
			return cost, fmt.Errorf("every other play fails")
		})
		if most := min(shrinkPlays, shrinkEvents/cost+1); plays > most {
			t.Errorf("%d plays of %d events, want at most %d", plays, cost, most)
		}
	}
}

// hasty breaks a decision: where anybody says that home is down it gives the lease of the first
// store away, with no regard to who still writes there.
func hasty(s *failover.State, e *failover.Event) {
	if e.Kind == failover.Reported && e.Subject == home && e.Down != 0 {
		s.Leases[0].Holder = standby
	}
}

// Of the random schedules that make a broken decision unsafe as little is left as makes it so: it
// holds without any of its faults no more, nor with one of them half as long. Shrunk again it is
// the same.
func TestABrokenDecisionShrinksToTheLeast(t *testing.T) {
	shrunk, before, after := 0, 0, 0
	for seed := range uint64(40) {
		s := randomSystem(seed)
		run := func(s *model.Scenario) (int, error) {
			w, err := soakSpoilt(t, s, model.HotStandby, seed, hasty)
			return w.events, err
		}
		_, failed := run(s)
		if failed == nil {
			continue
		}
		least := shrink(s, run)
		shrunk, before, after = shrunk+1, before+len(s.Timeline), after+len(least.Timeline)
		if again := shrink(s, run); faultBlocks(again) != faultBlocks(least) {
			t.Errorf("seed %d: shrunk again it is%s\nwas%s", seed, faultBlocks(again), faultBlocks(least))
		}
		isLeast(t, least, run)
	}
	if shrunk < 10 || after > 2*shrunk || after >= before {
		t.Errorf("%d systems fail with %d faults, and with %d in the end, want 10 systems or more and "+
			"two faults each at most", shrunk, before, after)
	}
}

// isLeast holds a schedule against what shrink promises.
func isLeast(t *testing.T, s *model.Scenario, run play) {
	t.Helper()
	_, failed := run(s)
	if failed == nil {
		t.Fatalf("does not fail any more:%s", faultBlocks(s))
	}
	alike := func(faults []model.Fault) bool {
		less := *s
		less.Timeline = faults
		_, now := run(&less)
		return now != nil && likeness(now) == likeness(failed)
	}
	for i := range s.Timeline {
		less := *s
		if alike(slices.Delete(slices.Clone(s.Timeline), i, i+1)) {
			t.Errorf("fails without fault %d too:%s", i, faultBlocks(s))
		}
		if halve(&less, i, alike) {
			t.Errorf("fails with fault %d half as long too:%s", i, faultBlocks(s))
		}
	}
}
