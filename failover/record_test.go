package failover_test

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A renewal or a sample leaves the same state whether it is recorded or applied, as long as nothing
// follows from it; every other event leaves no trace when it is recorded.
func TestRecordLeavesWhatApplyLeaves(t *testing.T) {
	p := oneStore()
	events := []failover.Event{
		{Kind: failover.LeaseRenewed, At: at(5), Region: 0, Epoch: 1, Ticket: 7},
		{Kind: failover.LeaseRenewed, At: at(9), Region: 1, Epoch: 1, Ticket: 8}, // Not the holder.
		{Kind: failover.LagMeasured, At: at(9), Region: 1, Epoch: 1, Lag: unit, Age: unit},
	}
	applied, recorded := p.Start(), p.Start()
	var did failover.Actions
	for _, e := range events {
		p.Apply(&applied, &e, &did)
		p.Record(&recorded, &e)
		if recorded != applied {
			t.Errorf("%s: got %+v, want %+v", e.Kind, recorded, applied)
		}
	}
	if recorded.Leases[0].End != at(20) || recorded.Lags[0][1].Epoch != 1 {
		t.Errorf("got lease %+v and sample %+v", recorded.Leases[0], recorded.Lags[0][1])
	}
	recorded.Now = at(40)
	p.Record(&recorded, &failover.Event{
		Kind: failover.LagMeasured, At: at(19), Region: 1, Epoch: 1, Lag: unit, Age: unit,
	})
	if got := recorded.Lags[0][1].At; got != at(18) || recorded.Now != at(40) {
		t.Errorf("after a later one: got a sample of %d at %d, want %d", got, recorded.Now, at(18))
	}
	before := recorded
	for _, kind := range []failover.EventKind{failover.Tick, failover.Reported, failover.Fenced} {
		p.Record(&recorded, &failover.Event{Kind: kind, At: at(50), Region: 0, Epoch: 1})
		if recorded != before {
			t.Errorf("%s changed the state", kind)
		}
	}
}

func at(seconds int) failover.Instant { return failover.Instant(seconds) * failover.Instant(unit) }

// Recording decides nothing, not even when the hold-down is over; the next event does.
func TestRecordDecidesNothing(t *testing.T) {
	l := newLog(t, oneStore())
	l.lags()
	l.report(0, true, 1, 2)
	for range 5 {
		l.tick(10 * unit)
		l.report(0, true, 1, 2)
	}
	l.policy.Record(&l.state, &failover.Event{
		Kind: failover.LagMeasured, At: l.state.Now.Add(10 * unit), Region: 1, Epoch: 1, Lag: unit,
	})
	if l.state.Plan.Kind != failover.NoPlan {
		t.Errorf("a recorded sample began a %s", l.state.Plan.Kind)
	}
	l.tick(time.Nanosecond)
	if l.state.Plan.Kind != failover.Failover {
		t.Errorf("the next event began %s, want a failover", l.state.Plan.Kind)
	}
}

// A run of samples that was skipped leaves what it would have left, whoever is said to be down:
// none of them ends a gap. Without the run the last one does.
func TestRefreshLagStandsForARunOfSamples(t *testing.T) {
	p := oneStore()
	p.Guarded = 0
	l := newLog(t, p)
	l.lags()
	l.tick(unit)
	l.report(0, true, 1, 2)
	sample := func(ago time.Duration) *failover.Event {
		e := measured(&l.state, 0, 1)
		e.At = e.At.Add(20*time.Minute - ago)
		return e
	}
	every, gap, skipped := l.state, l.state, l.state
	for ago := 20 * time.Minute; ago >= 0; ago -= 10 * unit {
		l.policy.Record(&every, sample(ago))
	}
	l.policy.RefreshLag(&skipped, 0, 1, sample(10*unit).At)
	l.policy.Record(&skipped, sample(0))
	if skipped.Lags != every.Lags || skipped.Lags[0][1].CaughtUp != 0 {
		t.Errorf("got %+v, want %+v", skipped.Lags[0][1], every.Lags[0][1])
	}
	l.policy.Record(&gap, sample(0))
	if gap.Lags[0][1].CaughtUp == 0 {
		t.Error("twenty minutes without a sample are no gap")
	}
	before := skipped
	l.policy.RefreshLag(&skipped, 0, 1, before.Lags[0][1].At.Add(-unit)) // An older one.
	l.policy.RefreshLag(&skipped, 0, 2, before.Now.Add(unit))            // A copy that nobody has.
	l.policy.RefreshLag(&skipped, model.MaxStores, 1, before.Now.Add(unit))
	if skipped != before {
		t.Error("a refresh changed what it is not about")
	}
}
