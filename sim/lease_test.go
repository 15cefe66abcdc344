package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// fenceOpen reports whether the running plan has begun to fence the store.
func fenceOpen(w *world) bool {
	plan := &w.state.Plan
	for i := range plan.Count {
		if plan.Steps[i].Kind == failover.Fence && plan.Steps[i].Status != failover.Waiting {
			return true
		}
	}
	return false
}

// A failback that has to grow its target first lets the old primary write, and renew, until its
// fence opens. From then on no lease of it grows any longer.
func TestALeaseIsRenewedUntilTheFenceOpens(t *testing.T) {
	const grow = 20 * time.Minute
	s := estate()
	s.Regions[home].Utilisation = 1
	lose(s, home, time.Minute, time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.strategy.Scale = model.Fixed(grow)
	w.load()
	var began, opened time.Duration
	var end failover.Instant
	for w.step() {
		at := time.Duration(w.now - warmup)
		if w.state.Plan.Kind != failover.Failback {
			continue
		}
		if began == 0 {
			began = at
			w.capacity[home] = 0.5 // What was scaled in while it was away.
		}
		lease := &w.state.Leases[0]
		switch {
		case !fenceOpen(w):
			if !w.writable(standby) || w.incident.open {
				t.Fatalf("writes stopped at %s, before the fence", at)
			}
		case opened == 0:
			opened, end = at, lease.End
			if w.renews(0) || w.renewSince[0] != never {
				t.Errorf("the old primary may renew at %s, when its fence is open", at)
			}
		case lease.Holder == standby && lease.End != end:
			t.Fatalf("a lease was renewed at %s, after its fence opened at %s", at, opened)
		}
	}
	if opened < began+grow || opened > began+grow+time.Second {
		t.Errorf("the fence opened at %s, want when the target had grown, %s after %s", opened, grow,
			began)
	}
}

// A primary that is cut off just as its fence opens is not waited for longer than its last lease.
func TestAGuardClosesThoughTheFenceDoesNotReachIt(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, time.Hour)
	calm := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	begin := calm.decisions[len(calm.decisions)-1].At
	for after := range 20 {
		cut := begin + time.Duration(after)*20*time.Millisecond
		isolated := *s
		isolated.Timeline = append([]model.Fault(nil), s.Timeline...)
		isolate(&isolated, standby, cut, 2*time.Hour)
		w := stage(t, &isolated, model.HotStandby, seedOf(t), witness, 24*time.Hour)
		w.load()
		for w.step() {
			if err := unsafeWorld(w); err != nil {
				t.Fatalf("cut off after %s: %v", cut-begin, err)
			}
			at := time.Duration(w.now - warmup)
			if at > cut+s.Settings.Lease && at < cut+time.Hour && w.writable(standby) {
				t.Fatalf("cut off after %s: the standby still writes %s later", cut-begin, at-cut)
			}
		}
		w.finale()
		if err := atHome(w); err != nil {
			t.Errorf("cut off after %s: %v", cut-begin, err)
		}
	}
}

// A promotion that is claimed anew, since its first lease ran out, is granted no other one: its
// guard opens nothing for as long as its agent cannot renew.
func TestALaterClaimIsGrantedNoLease(t *testing.T) {
	s := estate()
	s.Stores[0].Promotion = model.Fixed(2 * time.Minute)
	s.Timeline = []model.Fault{
		{
			Kind: model.StoreLoss, Region: standby, Peer: model.NoRegion, At: time.Hour + 2*time.Minute,
			Duration: 5 * time.Hour,
		},
		{
			Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, At: time.Hour,
			Duration: 3 * time.Hour,
		},
	}
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 6*time.Hour)
	w.story = &Story{}
	w.load()
	for w.step() {
		lease, g := &w.state.Leases[0], &w.guards[standby][0]
		if lease.Holder == standby && w.logTime(g.deadline) > int64(lease.End) {
			t.Fatalf("at %s the guard may write until %d, and its lease ends at %d",
				time.Duration(w.now-warmup), w.logTime(g.deadline), lease.End)
		}
	}
	if begun := toldAt(w, "begins to promote"); len(begun) < 2 {
		t.Errorf("promotions were begun at %v, want a second one", begun)
	}
}

// Over links that lose packets a first ticket may come to the leader when its time is over: the
// guard accepts writes by a later one then, as early in a lazy play as in an eager one.
func TestATicketThatComesTooLateIsNotTheLast(t *testing.T) {
	s := unaligned(estate())
	lose(s, standby, time.Minute, 100*time.Second)
	lose(s, witness, time.Minute, 100*time.Second)
	for _, to := range []model.RegionID{standby, witness} {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.PacketLoss, Region: home, Peer: to, OneWay: true, Share: 0.85,
			At: 150 * time.Second, Duration: 40 * time.Second,
		})
	}
	outages := timelineOutages(nil, s)
	for seed := uint64(1); seed <= 60; seed++ {
		w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 24*time.Hour)
		w.begin(newSource(seed, 0), outages)
		if err := atHome(finished(t, w)); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if seed <= 12 {
			strategy := strategyOf(t, s, model.HotStandby)
			lazy, eager, _ := playBoth(t, s, strategy, seed, outages, time.Hour)
			if different := difference(&lazy, &eager); different != "" {
				t.Errorf("seed %d: %s", seed, different)
			}
		}
	}
}
