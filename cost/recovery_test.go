package cost_test

import (
	"testing"
	"time"

	"redoubt/cost"
	"redoubt/model"
)

// recovering is a pair of regions with round numbers for every step.
func recovering() *model.Scenario {
	s := &model.Scenario{
		Regions: []model.Region{{Name: "a"}, {Name: "b"}},
		Checks: []model.Check{
			{Interval: 10 * time.Second, Timeout: 2 * time.Second, Failures: 3},
			{Interval: 30 * time.Second, Timeout: 5 * time.Second, Failures: 2, Aligned: true},
		},
		Settings: model.Settings{
			ChecksDown: 1, HoldDown: 20 * time.Second, Lease: 60 * time.Second,
			RenewEvery: 20 * time.Second,
		},
		People: model.People{Approve: model.Fixed(10 * time.Minute)},
		Stores: []model.Store{{
			Promotion: model.Fixed(90 * time.Second), Restore: model.Fixed(2 * time.Hour), Guarded: true,
		}},
		Routing: model.Routing{TTL: 60 * time.Second, Flip: model.Fixed(5 * time.Second)},
	}
	for _, kind := range model.StrategyKinds() {
		s.Strategies = append(s.Strategies, model.Strategy{
			Kind: kind, Mode: model.Automatic, Scale: model.Fixed(120 * time.Second), ReplaceStores: true,
			FromBackup: kind == model.BackupRestore,
		})
	}
	edit(s, model.PilotLight, func(strategy *model.Strategy) { strategy.Mode = model.Manual })
	return s
}

func TestExpectedRecoveryIsTheSumOfItsSteps(t *testing.T) {
	// The first check says down after 5 + 2 x 10 + 2 = 27 s, the second after 30 + 30 + 5 = 65 s.
	// With the hold-down that is T+47; the lease ends at T+50 on average; shifting takes 5 + 30 s.
	rows := []struct {
		name   string
		kind   model.StrategyKind
		change func(*model.Scenario)
		want   time.Duration
	}{
		{"scaling is the longest", model.WarmStandby,
			func(s *model.Scenario) { s.Stores[0].Promotion = model.Fixed(time.Second) },
			(47 + 120 + 35) * time.Second},
		{"promotion is the longest, after the lease", model.WarmStandby,
			func(s *model.Scenario) { s.Stores[0].Promotion = model.Fixed(3 * time.Minute) },
			(50 + 180 + 35) * time.Second},
		{"no guard, no lease", model.WarmStandby,
			func(s *model.Scenario) {
				s.Stores[0].Guarded, s.Stores[0].Promotion = false, model.Fixed(3*time.Minute)
			}, (47 + 180 + 35) * time.Second},
		{"two checks must agree", model.WarmStandby,
			func(s *model.Scenario) { s.Settings.ChecksDown = 2 }, (85 + 120 + 35) * time.Second},
		{"a person approves", model.PilotLight, func(*model.Scenario) {},
			(47 + 600 + 120 + 35) * time.Second},
		{"restored from backup", model.BackupRestore, func(*model.Scenario) {},
			(50 + 7200 + 35) * time.Second},
		{"anycast waits for no DNS answer", model.WarmStandby, // But 10 s / ln 5 for the network.
			func(s *model.Scenario) {
				s.Stores[0].Promotion = model.Fixed(time.Second)
				s.Routing.Choice.Policy = model.AnycastRouting
			}, (47+120+5)*time.Second + 6213349345*time.Nanosecond},
		{"nothing is promoted", model.ActiveActive,
			func(s *model.Scenario) { s.Stores[0].Promotion = model.Fixed(time.Hour) },
			(47 + 120 + 35) * time.Second},
	}
	for _, row := range rows {
		s := recovering()
		row.change(s)
		if got, known := cost.ExpectedRecovery(s, row.kind); !known || got != row.want {
			t.Errorf("%s: got %s (%t), want %s", row.name, got, known, row.want)
		}
	}
}

func TestNoRecoveryWhereNothingTakesOver(t *testing.T) {
	blind, alone := recovering(), recovering()
	blind.Checks, alone.Regions = nil, alone.Regions[:1]
	rows := []struct {
		name string
		s    *model.Scenario
		kind model.StrategyKind
	}{
		{"single region", recovering(), model.SingleRegion},
		{"no check", blind, model.WarmStandby},
		{"no secondary", alone, model.WarmStandby},
	}
	for _, row := range rows {
		if got, known := cost.ExpectedRecovery(row.s, row.kind); known {
			t.Errorf("%s: got %s, want none", row.name, got)
		}
	}
}

func TestLostWritesByHand(t *testing.T) {
	s := recovering()
	s.Traffic = model.Traffic{RequestsPerSecond: 100, WriteShare: 0.1}
	s.Populations = []model.Population{{Share: 0.7, Nearest: 0}, {Share: 0.3, Nearest: 1}}
	s.Latency[0][1], s.Latency[1][0] = 80*time.Millisecond, 80*time.Millisecond
	s.Stores[0].Lag[0] = model.Fixed(500 * time.Millisecond)
	s.Stores[0].Lag[1] = model.Fixed(time.Second)
	s.Stores[0].BackupEvery = 2 * time.Hour
	s.Hazards = []model.Hazard{
		{Kind: model.RegionLoss, Region: 0, PerYear: 0.5, Duration: model.Fixed(3 * time.Hour)},
		// Too short for anything to be promoted or evacuated.
		{Kind: model.RegionLoss, Region: 0, PerYear: 90, Duration: model.Fixed(40 * time.Second)},
		// Evacuated at T+47, before a promotion at T+50 + 90 would be done.
		{Kind: model.RegionLoss, Region: 0, PerYear: 4, Duration: model.Fixed(time.Minute)},
		{Kind: model.RegionLoss, Region: 1, PerYear: 2, Duration: model.Fixed(3 * time.Hour)},
		{Kind: model.LinkCut, Region: 0, Peer: 1, PerYear: 7, Duration: model.Fixed(3 * time.Hour)},
	}
	rows := []struct {
		name string
		kind model.StrategyKind
		want float64
	}{
		{"nothing takes over", model.SingleRegion, 0},
		{"lag of the standby and one way", model.WarmStandby, 0.5 * 10 * 1.04},
		{"half the time between backups", model.BackupRestore, 0.5 * 10 * 3600},
		{"a region's own share", model.ActiveActive, 4.5*7*1.04 + 2*3*0.54},
	}
	for _, row := range rows {
		if got := cost.LostWrites(s, row.kind); !near(got, row.want, 1e-9) {
			t.Errorf("%s: got %v writes a year, want %v", row.name, got, row.want)
		}
	}
	s.Stores[0].Restore = model.Fixed(4 * time.Hour)
	if got := cost.LostWrites(s, model.BackupRestore); got != 0 {
		t.Errorf("the outage ends before the restore: got %v writes a year, want 0", got)
	}
	s.Checks = nil
	if got := cost.LostWrites(s, model.WarmStandby); got != 0 {
		t.Errorf("no check: got %v writes a year, want 0", got)
	}
}

// Of several regions that are left the one that lacks the least has the rest: of two exponential
// lags beyond the way there, of 1 s and 3 s, the least is 0.75 s on average.
func TestLostWritesAreWhatAllTheOthersLack(t *testing.T) {
	exponential := func(mean float64) model.Distribution {
		return model.Distribution{Family: model.Exponential, A: mean}
	}
	rows := []struct {
		name string
		lags [2]model.Distribution
		want float64
	}{
		{"a nearer one", [2]model.Distribution{model.Fixed(time.Second), model.Fixed(time.Minute)}, 1},
		{"exponential lags", [2]model.Distribution{exponential(1), exponential(3)}, 0.75},
		{"one that has all", [2]model.Distribution{{}, exponential(3)}, 0},
	}
	for _, row := range rows {
		s := recovering()
		s.Regions = append(s.Regions, model.Region{Name: "c"})
		s.Traffic = model.Traffic{RequestsPerSecond: 100, WriteShare: 0.1}
		s.Populations = []model.Population{{Share: 0.5, Nearest: 0}, {Share: 0.5, Nearest: 1}}
		copy(s.Stores[0].Lag[1:], row.lags[:])
		s.Hazards = []model.Hazard{
			{Kind: model.RegionLoss, Region: 0, PerYear: 2, Duration: model.Fixed(3 * time.Hour)},
		}
		got := cost.LostWrites(s, model.ActiveActive)
		if want := 2 * 5 * row.want; got < want*(1-1e-4) || got > want*(1+1e-4) {
			t.Errorf("%s: got %v writes a year, want %v", row.name, got, want)
		}
	}
}
