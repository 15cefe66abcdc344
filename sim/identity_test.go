package sim

import (
	"reflect"
	"testing"
	"time"

	"redoubt/model"
)

// threats are an estate's hazards before a stranger is added: two regions, a link, and two ways in
// which one and the same region fails.
func threats() *model.Scenario {
	s := estate()
	hours := model.LognormalHours(1.680, 0.896)
	s.Hazards = []model.Hazard{
		{Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, PerYear: 3, Duration: hours},
		{Kind: model.RegionLoss, Region: standby, Peer: model.NoRegion, PerYear: 2, Duration: hours},
		{Kind: model.LinkCut, Region: home, Peer: standby, PerYear: 4, Duration: hours},
		{
			Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, PerYear: 5,
			Duration: model.Fixed(time.Minute),
		},
	}
	return s
}

// withStranger adds a witness with hazards of its own: before all others, and among them.
func withStranger(s *model.Scenario) *model.Scenario {
	changed := *s
	stranger := model.RegionID(len(s.Regions))
	changed.Regions = append(append([]model.Region(nil), s.Regions...), model.Region{
		Name: "stranger", FailureDomain: "stranger", Witness: true,
	})
	for r := range stranger {
		changed.Latency[r][stranger], changed.Latency[stranger][r] = roundTrip, roundTrip
	}
	own := model.Hazard{
		Kind: model.RegionLoss, Region: stranger, Peer: model.NoRegion, PerYear: 9,
		Duration: model.Fixed(5 * time.Hour),
	}
	cuts := own
	cuts.Kind, cuts.Peer = model.LinkCut, home
	changed.Hazards = append([]model.Hazard{own}, s.Hazards[:2]...)
	changed.Hazards = append(append(changed.Hazards, cuts), s.Hazards[2:]...)
	return &changed
}

// A hazard more leaves every outage of the others as it was, to the nanosecond and the key.
func TestAHazardElsewhereShiftsNoOutage(t *testing.T) {
	s := threats()
	changed := withStranger(s)
	stranger := model.RegionID(len(s.Regions))
	for trial := range 50 {
		src := newSource(seedOf(t), trial)
		before := drawOutages(nil, s, src, int64(10*model.Year))
		var after []outage
		strange := 0
		for _, o := range drawOutages(nil, changed, src, int64(10*model.Year)) {
			if o.touches(stranger) {
				strange++
			} else {
				after = append(after, o)
			}
		}
		if !reflect.DeepEqual(before, after) || strange == 0 || len(before) == 0 {
			t.Fatalf("trial %d: %d outages, and %d others of the same hazards beside %d of a stranger",
				trial, len(before), len(after), strange)
		}
	}
}

// The same holds for what follows: a recovery takes as long as it did when something fails that has
// no part in it, but for who leads, which is a matter of milliseconds here.
func TestAHazardElsewhereShiftsNoRecovery(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	s.Settings.Steps = nil // Fewer steps of the leader, whose place differs between the two.
	third := model.RegionID(2)
	for _, kind := range []model.StrategyKind{model.WarmStandby, model.PilotLight} {
		strategy := strategyOf(t, s, kind)
		changed := *s
		changed.Hazards = append([]model.Hazard{{
			Kind: model.RegionLoss, Region: third, Peer: model.NoRegion, PerYear: 20,
			Duration: model.Fixed(time.Hour),
		}}, s.Hazards...)
		calm, busy := newTestWorld(t, s, strategy, 10*model.Year),
			newTestWorld(t, &changed, strategy, 10*model.Year)
		compared := 0
		for trial := range 30 {
			before, after := calm.play(s, seedOf(t), trial), busy.play(&changed, seedOf(t), trial)
			if len(busy.outages) < 100 {
				t.Fatalf("trial %d has %d outages, want 200 of the third region", trial, len(busy.outages))
			}
			recoveries := map[time.Duration]model.Incident{}
			for _, incident := range before.incidents {
				recoveries[incident.At] = incident
			}
			for _, incident := range after.incidents {
				was, same := recoveries[incident.At]
				if !same || near1h(busy.outages, third, incident) {
					continue
				}
				compared++
				if off := incident.RTO - was.RTO; off < -time.Second || off > time.Second ||
					incident.RPO != was.RPO {
					t.Errorf("%s, trial %d: down at %s for %s with an RPO of %s, alone %s with %s", kind,
						trial, incident.At, incident.RTO, incident.RPO, was.RTO, was.RPO)
				}
			}
		}
		if compared < 100 {
			t.Errorf("%s: compared %d recoveries, want 100 at least", kind, compared)
		}
	}
}

// near1h reports whether a region was struck within an hour of an incident.
func near1h(outages []outage, r model.RegionID, incident model.Incident) bool {
	from := warmup + int64(incident.At) - int64(time.Hour)
	to := warmup + int64(incident.At+incident.RTO) + int64(time.Hour)
	for i := range outages {
		if o := &outages[i]; o.touches(r) && o.from < to && o.to > from {
			return true
		}
	}
	return false
}

func TestAnIdentityIsWhatBreaks(t *testing.T) {
	s := threats()
	of := func(kind model.FaultKind, a, b model.RegionID) uint64 {
		return identity(s, &model.Fault{Kind: kind, Region: a, Peer: b})
	}
	oneWay := func(a, b model.RegionID) uint64 {
		return identity(s, &model.Fault{Kind: model.LinkCut, Region: a, Peer: b, OneWay: true})
	}
	if of(model.LinkCut, home, standby) != of(model.LinkCut, standby, home) {
		t.Error("a link is another one when seen from its other end")
	}
	different := map[uint64]string{}
	for name, id := range map[string]uint64{
		"home":       of(model.RegionLoss, home, model.NoRegion),
		"standby":    of(model.RegionLoss, standby, model.NoRegion),
		"link":       of(model.LinkCut, home, standby),
		"one way":    oneWay(home, standby),
		"other way":  oneWay(standby, home),
		"other link": of(model.LinkCut, home, witness),
		"home again": hazardIdentity(s, 3),
	} {
		if other, found := different[id]; found {
			t.Errorf("%s and %s have one identity", name, other)
		}
		different[id] = name
	}
	if hazardIdentity(s, 0) != of(model.RegionLoss, home, model.NoRegion) {
		t.Error("the first hazard of a region is not what its loss on a timeline is")
	}
}

// What a seed means is a contract for the outages too.
func TestOutagesOfASeedNeverChange(t *testing.T) {
	got := drawOutages(nil, threats(), newSource(1, 2), int64(model.Year))
	type pinned struct {
		from, lasts int64 // In whole seconds: a logarithm may differ in its last digit elsewhere.
		key         uint64
	}
	want := []pinned{
		{4005484, 91881, 927975949759580480}, {5685435, 60, 10106089179091884702},
		{8212893, 60, 11368660866352761921}, {11476608, 60, 14693746559944750651},
	}
	for i := range want {
		o := &got[i]
		seconds := int64(time.Second)
		if is := (pinned{(o.from - warmup) / seconds, (o.to - o.from) / seconds, o.key}); is != want[i] {
			t.Errorf("outage %d: got %d, want %d", i, is, want[i])
		}
	}
}
