package redoubt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

func scenario(t *testing.T, name string) *model.Scenario {
	t.Helper()
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// only leaves some kinds of a scenario's strategies.
func only(s *model.Scenario, kinds ...model.StrategyKind) {
	var kept []model.Strategy
	for _, kind := range kinds {
		if strategy, ok := s.Strategy(kind); ok {
			kept = append(kept, strategy)
		}
	}
	s.Strategies = kept
}

// reviewCases are scenarios with what Review has to remark on them.
var reviewCases = []struct {
	name, scenario string
	alter          func(s *model.Scenario)
	// want are in the remarks, in this order; not is in none of them.
	want []string
	not  string
}{
	{
		// 0.35 / 0.87 of all traffic and the 0.15 of the third region: 55.2 %.
		"the budget estate", "budget-three-region", func(*model.Scenario) {},
		[]string{
			"capacity of read-local and active-active: the loss of us-east-1 (50% of the traffic) " +
				"cannot be carried before the others have scaled out: until then at most 55.2%",
			"85% of all traffic comes to eu-west-1, which at 87% utilisation has room for 40.2%",
			"a utilisation of at most 41.2%",
			"the loss of eu-west-1 (35% of the traffic) cannot be carried",
			"capacity of the standby in eu-west-1 before it has scaled out: 0% of all traffic in " +
				"backup-restore, 0% of all traffic in pilot-light and 28.7% of all traffic in warm-standby",
		},
		"guard",
	},
	{
		// At 15:00 UTC 0.764 of the mean traffic come from New York, 0.508 from London and 0.105 from
		// Singapore. Of 1.377 the 0.35 / 0.59 of eu-west-1 and the 0.105 are served: 50.7 %.
		"load that goes with the hours", "peak-hour-loss", func(*model.Scenario) {},
		[]string{
			"the loss of us-east-1 (50% of the traffic) cannot be carried before the others have scaled " +
				"out: until then 74.3% of the requests can be served in a mean hour of the week, and " +
				"50.7% in the worst. 85% of all traffic comes to eu-west-1",
		},
		"at most 74.3%",
	},
	{
		// With room for 0.875 eu-west-1 carries the mean of 0.85; at worst it is 0.980 of 1.377.
		"a peak alone is too much", "peak-hour-loss", func(s *model.Scenario) {
			s.Regions[1].Utilisation = 0.4
		},
		[]string{
			"the loss of us-east-1 (50% of the traffic) can be carried in a mean hour of the week, and " +
				"not in the worst before the others have scaled out: then 71.2% of the requests can be served",
		},
		"85% of all traffic",
	},
	{
		"each region has its own utilisation", "budget-three-region", func(s *model.Scenario) {
			s.Regions[1].Utilisation = 0.4
		},
		// The largest region's users find room now: 0.85 of 0.875. That of the second do not.
		[]string{"the loss of eu-west-1 (35% of the traffic) cannot be carried"},
		"the loss of us-east-1",
	},
	{
		"a ceiling", "budget-three-region", func(s *model.Scenario) { s.Regions[1].BurstCeiling = 1.5 },
		[]string{"Scaled out to their ceilings they carry 75.3%"}, "guard",
	},
	{
		"one strategy that serves", "budget-three-region", func(s *model.Scenario) {
			only(s, model.SingleRegion, model.ReadLocal)
		},
		[]string{"capacity of read-local: the loss of us-east-1"}, "standby",
	},
	{
		"only a standby", "budget-three-region", func(s *model.Scenario) {
			only(s, model.SingleRegion, model.WarmStandby)
		},
		[]string{"before it has scaled out: 28.7% of all traffic in warm-standby. A failover"},
		"cannot be carried",
	},
	{
		"nobody else could serve", "warm-standby-two-region", func(*model.Scenario) {},
		[]string{"capacity of the standby in eu-west-1"}, "active-active",
	},
	{
		"a full standby", "warm-standby-two-region", func(s *model.Scenario) {
			only(s, model.SingleRegion, model.HotStandby)
		},
		nil, "capacity",
	},
	{
		"no guard", "warm-standby-two-region", func(s *model.Scenario) { s.Stores[0].Guarded = false },
		[]string{
			"guard: orders has none",
			"no failover of backup-restore, pilot-light, warm-standby and hot-standby takes effect " +
				"before the lost region is back",
		},
		"read-local",
	},
	{
		"no guard, and nothing to promote", "warm-standby-two-region", func(s *model.Scenario) {
			s.Stores[0].Guarded = false
			only(s, model.SingleRegion)
		},
		nil, "guard",
	},
	{
		"a timeline", "warm-standby-two-region", func(s *model.Scenario) { s.Hazards = nil },
		[]string{"faults: there is no hazard, so that every trial plays"}, "nothing ever fails",
	},
	{
		"nothing fails", "warm-standby-two-region", func(s *model.Scenario) {
			s.Hazards, s.Timeline = nil, nil
		},
		[]string{"nothing ever fails"}, "every trial",
	},
	{
		"a rare sample", "warm-standby-two-region", func(s *model.Scenario) {
			s.Stores[0].LagSampleEvery = time.Minute
		},
		[]string{"lag: the lag of orders is measured every 1m0s"}, "guard",
	},
	{
		"a short hold-down", "warm-standby-two-region", func(s *model.Scenario) {
			s.Settings.HoldDown = 42 * time.Second
		},
		[]string{"hold-down: 42s is shorter"}, "guard",
	},
	{
		"no hold-down", "warm-standby-two-region", func(s *model.Scenario) { s.Settings.HoldDown = 0 },
		[]string{"hold-down: there is none, so that one report"}, "shorter",
	},
}

func TestReview(t *testing.T) {
	for _, c := range reviewCases {
		t.Run(c.name, func(t *testing.T) {
			s := scenario(t, c.scenario)
			c.alter(s)
			text := strings.Join(redoubt.Review(s), "\n")
			if c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("got %q, want no %q in it", text, c.not)
			}
			for _, want := range c.want {
				_, after, found := strings.Cut(text, want)
				if !found {
					t.Fatalf("got %q, want %q in it", text, want)
				}
				text = after
			}
		})
	}
}

// What the remark on guards says is what a comparison finds.
func TestNoGuardNoFailover(t *testing.T) {
	s := scenario(t, "warm-standby-two-region")
	only(s, model.SingleRegion, model.WarmStandby)
	s.Stores[0].Guarded = false
	c, err := redoubt.Compare(context.Background(), s, redoubt.CompareOptions{Trials: 50})
	if err != nil {
		t.Fatal(err)
	}
	alone, warm := c.Strategies[0], c.Strategies[1]
	// A region that is back but not yet seen to be can be left in haste; one that is lost cannot.
	if warm.Failovers != warm.FalseFailovers || warm.DownHours.Mean < alone.DownHours.Mean ||
		alone.Incidents == 0 {
		t.Errorf("got %g failovers, %g of them false, and %g hours down a year, want no less than the "+
			"%g of one region", warm.Failovers, warm.FalseFailovers, warm.DownHours.Mean,
			alone.DownHours.Mean)
	}
}

// A timeline is compared when there is nothing else, and only when all of it ends.
func TestAnEndlessFaultIsNotCompared(t *testing.T) {
	s := scenario(t, "warm-standby-two-region")
	options := redoubt.CompareOptions{Trials: 2}
	if _, err := redoubt.Compare(context.Background(), s, options); err != nil {
		t.Errorf("got %v, want its hazards compared", err)
	}
	s.Hazards = nil
	_, err := redoubt.Compare(context.Background(), s, options)
	var problems scenarios.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Line == 0 ||
		problems[0].File != "warm-standby-two-region.toml" {
		t.Errorf("got %v, want the place of the fault that never ends", err)
	}
	s.Timeline[0].Place = model.Place{}
	if _, err = redoubt.Compare(context.Background(), s, options); err == nil ||
		!strings.HasPrefix(err.Error(), "fault[0] never ends") {
		t.Errorf("got %v, want the fault that never ends", err)
	}
	s.Timeline[0].Duration = time.Hour
	c, err := redoubt.Compare(context.Background(), s, options)
	if err != nil || c.Strategies[0].DownHours.Mean != 1/float64(c.Years) {
		t.Errorf("got %+v and %v, want an hour down in each trial", c, err)
	}
	s.Rollouts = []model.Rollout{{Regions: []model.RegionID{0}, Share: 0.01, BackAbove: 0.01}}
	if _, err = redoubt.Compare(context.Background(), s, options); err == nil ||
		!strings.HasPrefix(err.Error(), "rollout[0] is never rolled back") {
		t.Errorf("got %v, want the rollout that is never rolled back", err)
	}
}
