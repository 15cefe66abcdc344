//go:build linux

package chaos

import (
	"testing"
	"time"
)

const (
	// longSilence is when a kernel waits for most of a minute before it sends anything again, or
	// tries again to connect.
	longSilence = 75 * time.Second
	// soonWell is how long that may be noticed afterwards: whoever was silent for ten seconds is
	// connected to anew, and an agent may have to be elected meanwhile, on a slow machine.
	soonWell = 40 * time.Second
)

// TestALongSilence has every region be alone for longer than anybody waits for an answer, and for
// long enough that kernels hardly try any more. Rows have to come to both regions soon after, with
// what agents have had the follower be told: the writes were moved before.
func TestALongSilence(t *testing.T) {
	wanted(t, "FAULTS")
	e := newEstate(t, false)
	to := 1 - e.writer()
	var err error
	for began := time.Now(); time.Since(began) < wellLimit; time.Sleep(500 * time.Millisecond) {
		if err = e.order("switchover", names[to]); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); e.writer() != to && time.Since(began) < wellLimit; {
		time.Sleep(500 * time.Millisecond)
	}
	e.mustBeWell("a switchover", "to "+names[to])
	for r := range regions {
		e.links.isolate(r, true, true, true)
	}
	time.Sleep(longSilence)
	e.links.heal()
	took := e.mustBeWell("a long silence", "everywhere")
	if took > soonWell {
		t.Errorf("well after %v, want %v at most: somebody goes on with what is dead", took, soonWell)
	}
	for _, wrong := range e.judge(true) {
		t.Error(wrong)
	}
	t.Logf("well after %v; %s", took.Round(100*time.Millisecond), e.summary())
}
