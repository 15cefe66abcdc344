package probe

import (
	"testing"
	"time"
)

// steady is the time here of a test, after some seconds.
func steady(seconds float64) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// primaryAt is a reading of a primary that was asked at a time here and shows another.
func primaryAt(asked, shows float64, count uint64) reading {
	return reading{
		beat:  beat{epoch: 1, count: count},
		clock: int64(shows * 1e6), asked: steady(asked), answered: steady(asked + 0.01),
	}
}

// replicaAt is a reading of a replica at a time here, with a beat.
func replicaAt(at float64, count uint64, beatAt float64) reading {
	return reading{
		recovers: true, beat: beat{epoch: 1, count: count, at: int64(beatAt * 1e6)},
		answered: steady(at),
	}
}

// measured is what a meter says next, or nothing.
func measured(m *Meter, replica reading) string {
	lag, err := m.judge(replica)
	if err != nil {
		return "unknown"
	}
	return lag.Lag.Round(100 * time.Millisecond).String()
}

// TestNoClockIsComparedWithAnother plays a primary whose clock is an hour behind, and is set.
func TestNoClockIsComparedWithAnother(t *testing.T) {
	m := &Meter{}
	expect := func(what, want string, replica reading) {
		t.Helper()
		if got := measured(m, replica); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	expect("nobody has heard of the primary", "unknown", replicaAt(0, 1, 5000))
	m.set(primaryAt(0, 5001, 1))
	expect("the beat is a second old", "1s", replicaAt(0, 1, 5000))
	expect("it is cut off", "1m41.1s", replicaAt(100, 1, 5000)) // With what clocks may drift.
	m.set(primaryAt(100, 5101, 2))
	expect("it is back", "1s", replicaAt(100, 2, 5100))
	// One that came since the clock was read may be by a clock that was set: the one before counts.
	expect("nobody can say of which clock it is", "11s", replicaAt(110, 3, 9000))
	m.set(primaryAt(120, 5091, 4)) // Set back by half a minute, somewhere between.
	expect("it is of the clock that there was", "unknown", replicaAt(120, 3, 5110))
	expect("it may be of either", "unknown", replicaAt(120, 4, 5090))
	m.set(primaryAt(130, 5101, 5))
	expect("it is of the new clock", "2s", replicaAt(130, 5, 5099))
	expect("it was made anew from what is older", "3s", replicaAt(130, 5, 5098))
	expect("it was made anew from before that", "unknown", replicaAt(130, 4, 5090))
	m.set(primaryAt(140, 5111, 6))
	expect("what has it from the future", "unknown", replicaAt(140, 6, 5200))
}

// TestTheSleepOfAMachineCounts, and a time of day that is set does not.
func TestTheSleepOfAMachineCounts(t *testing.T) {
	for _, c := range []struct {
		what                       string
		steady, ofDay, slept, want time.Duration
	}{
		{"it slept for an hour", time.Second, time.Hour, 2 * time.Hour, time.Hour},
		{"nobody can tell whether it slept", time.Second, time.Hour, forever, time.Hour},
		{"the time of day is set forward", time.Second, time.Hour, 0, time.Second},
		{"it is set further than it ever slept", time.Second, time.Hour, time.Minute,
			time.Minute + time.Second},
		{"it is set back", time.Minute, -time.Hour, 0, time.Minute},
		{"it is set back, and slept", time.Minute, -time.Hour, 2 * time.Hour, time.Minute},
		{"all go on", time.Minute, time.Minute, 0, time.Minute},
		{"the first is later", -time.Minute, -time.Minute, forever, -time.Minute},
	} {
		if got := between(c.steady, c.ofDay, c.slept); got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	now := time.Now()
	if got := elapsed(now, now.Add(time.Hour)); got != time.Hour {
		t.Errorf("got %s, want the hour that both clocks have seen", got)
	}
	if got := slept(); got < 0 {
		t.Errorf("the machine has slept for %s", got)
	}
}

func TestPositions(t *testing.T) {
	if got, err := position("16/B374D848"); err != nil || got != 0x16B374D848 {
		t.Errorf("got %x and %v", got, err)
	}
	for _, bad := range []string{"", "16", "x/1", "1/x", "1/100000000"} {
		if _, err := position(bad); err == nil {
			t.Errorf("%q is a position", bad)
		}
	}
	if err := (&reading{}).parse([]string{"t"}); err == nil {
		t.Error("one column is a reading")
	}
}
