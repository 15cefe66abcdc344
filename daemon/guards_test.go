package daemon

import (
	"strings"
	"testing"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// A store that others take for guarded has a guard wherever it may be written, or its agent does
// not start.
func TestAGuardedStoreHasAGuard(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	s.Stores[0].Guarded = true
	own := s.Stores[0].Kind
	with, shadow := &scenarios.Agent{}, &scenarios.Agent{Shadow: true}
	with.Stores[0].Guard = "/run/guard.sock"
	for name, c := range map[string]struct {
		file     *scenarios.Agent
		strategy model.StrategyKind
		self     model.RegionID
		kind     model.StoreKind
		want     string
	}{
		"with a guard":           {with, model.HotStandby, 0, own, ""},
		"without":                {&scenarios.Agent{}, model.HotStandby, 0, own, "names none"},
		"without, elsewhere":     {&scenarios.Agent{}, model.HotStandby, 1, own, "names none"},
		"a shadow":               {shadow, model.HotStandby, 0, own, ""},
		"nobody to fail over to": {&scenarios.Agent{}, model.SingleRegion, 0, own, ""},
		"every region writes":    {&scenarios.Agent{}, model.ActiveActive, 0, own, ""},
		"a store of a quorum":    {with, model.HotStandby, 0, model.Quorum, ""},
		"one that nobody guards": {
			&scenarios.Agent{}, model.HotStandby, 0, model.Quorum, "its own lease",
		},
	} {
		s.Stores[0].Kind = c.kind
		c.file.Strategy = c.strategy
		policy, err := PolicyOf(s, c.file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.strategy == model.HotStandby && !c.file.Shadow {
			policy.Guarded |= 1 // As the reader has it of a quorum.
		}
		err = unguarded(s, &policy, c.file, c.self)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	policy := failover.Policy{Stores: 1, Guarded: 1, Candidates: 0b11}
	if err := unguarded(s, &policy, &scenarios.Agent{}, 2); err != nil {
		t.Errorf("a witness: got %v, want it to need none", err)
	}
}
