package cost_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/cost"
	"redoubt/model"
)

func TestRevenuePerHour(t *testing.T) {
	// roadmap-90-day, example calculation: $50M is $5,700 an hour; 50e6 / 8,760 is 5,707.76.
	got := cost.RevenuePerHour(model.Business{RevenuePerYear: 50 * million})
	if !near(got, 5707.76, 0.005) {
		t.Errorf("got %.3f, want 5707.76", got)
	}
}

func TestLossLineByLine(t *testing.T) {
	business := model.Business{
		RevenuePerYear: 8760 * 1000 * model.Dollar, Deferred: 0.25,
		LostWrite: 2 * model.Dollar, Conflict: 3 * model.Dollar, Incident: 500 * model.Dollar,
		ReputationPerHour: 100 * model.Dollar, LostSession: 5 * model.Dollar,
	}
	trial := model.Trial{
		Down: 4 * time.Hour, Lost: 6 * time.Hour, LostWrites: 10, Conflicts: 20, Incidents: 2,
		LostSessions: 8,
	}
	want := cost.Loss{ // Over two years: half of each.
		Revenue:    2250 * model.Dollar, // 6 h x $1,000 x 75 % / 2
		LostData:   10 * model.Dollar,
		Conflicts:  30 * model.Dollar,
		Sessions:   20 * model.Dollar,
		People:     500 * model.Dollar,
		Reputation: 200 * model.Dollar,
	}
	got := cost.LossOf(business, trial, 2*model.Year)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.Total() != 3010*model.Dollar {
		t.Errorf("total: got %s, want $3,010", got.Total())
	}
	if got := cost.LossPerHour(business); got != 850 {
		t.Errorf("loss of an hour: got %v, want 850", got)
	}
	if got := cost.LossOf(business, trial, 0); got != (cost.Loss{}) {
		t.Errorf("no horizon: got %+v, want nothing", got)
	}
}

func TestLossGrowsWithEveryPartOfATrial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		money := func(name string) model.Money {
			return model.Money(rapid.Int64Range(0, 1e12).Draw(t, name))
		}
		business := model.Business{
			RevenuePerYear: money("revenue"), Deferred: rapid.Float64Range(0, 1).Draw(t, "deferred"),
			LostWrite: money("write"), Conflict: money("conflict"), Incident: money("incident"),
			ReputationPerHour: money("reputation"), LostSession: money("session"),
		}
		count := func(name string) int64 { return rapid.Int64Range(0, 1000).Draw(t, name) }
		hours := func(name string) time.Duration { return time.Duration(count(name)) * time.Hour }
		less := model.Trial{
			Down: hours("down"), Lost: hours("lost"), LostWrites: count("writes"),
			Conflicts: count("conflicts"), Incidents: count("incidents"),
			LostSessions: count("sessions"),
		}
		more := model.Trial{
			Down: less.Down + hours("more down"), Lost: less.Lost + hours("more lost"),
			LostWrites: less.LostWrites + count("more writes"),
			Conflicts:  less.Conflicts + count("more conflicts"),
			Incidents:  less.Incidents + count("more incidents"),

			LostSessions: less.LostSessions + count("more sessions"),
		}
		horizon := model.Year * time.Duration(rapid.IntRange(1, 20).Draw(t, "years"))
		a, b := cost.LossOf(business, less, horizon), cost.LossOf(business, more, horizon)
		for _, pair := range [][2]model.Money{
			{a.Revenue, b.Revenue}, {a.LostData, b.LostData}, {a.Conflicts, b.Conflicts},
			{a.People, b.People}, {a.Sessions, b.Sessions},
			{a.Reputation, b.Reputation}, {a.Total(), b.Total()},
		} {
			if pair[0] < 0 || pair[1] < pair[0] {
				t.Fatalf("got %+v for the greater trial, want at least %+v", b, a)
			}
		}
	})
}

func TestOutageHours(t *testing.T) {
	s := ecommerce()
	big := model.LognormalHours(1.680, 0.896) // data/outage_fits, post-event-summary class
	s.Hazards = []model.Hazard{
		{Kind: model.RegionLoss, Region: usEast, PerYear: 0.8, Duration: big},
		{Kind: model.RegionLoss, Region: usEast, PerYear: 2, Duration: model.Fixed(time.Hour)},
		{Kind: model.RegionLoss, Region: euWest, PerYear: 100, Duration: big},
		{Kind: model.LinkCut, Region: usEast, Peer: euWest, PerYear: 100, Duration: big},
	}
	// exp(1.680 + 0.896^2/2) = 8.0156 hours.
	if got, want := cost.OutageHours(s), 0.8*8.0156+2; !near(got, want, 0.001) {
		t.Errorf("from hazards: got %.4f, want %.4f", got, want)
	}
	s.Business.OutageHours = 8
	if got := cost.OutageHours(s); got != 8 {
		t.Errorf("as stated: got %v, want 8", got)
	}
}

func TestAvoidedShareWeighsHazardsByTheirHours(t *testing.T) {
	s := ecommerce()
	if _, found := cost.AvoidedShare(s, time.Hour); found {
		t.Error("without a hazard: got a share, want none")
	}
	s.Hazards = []model.Hazard{
		{Kind: model.RegionLoss, Region: usEast, PerYear: 1, Duration: model.Fixed(10 * time.Hour)},
		{Kind: model.RegionLoss, Region: usEast, PerYear: 5, Duration: model.Fixed(2 * time.Hour)},
	}
	// Of 20 hours a year, 9 + 5 x 1 come after the first hour of an outage.
	got, found := cost.AvoidedShare(s, time.Hour)
	if !found || !near(got, 0.7, 0.001) {
		t.Errorf("got %v (%t), want 0.7", got, found)
	}
}

func TestAvoidedShareOfPublishedOutages(t *testing.T) {
	// data/README, item 3: big events 99 / 97 / 88 %.
	s := ecommerce()
	s.Hazards = []model.Hazard{{
		Kind: model.RegionLoss, Region: usEast, PerYear: 0.8,
		Duration: model.LognormalHours(1.680, 0.896),
	}}
	rows := []struct {
		recovery time.Duration
		want     float64
	}{{5 * time.Minute, 0.99}, {15 * time.Minute, 0.97}, {time.Hour, 0.88}}
	for _, row := range rows {
		if got, _ := cost.AvoidedShare(s, row.recovery); !near(got, row.want, 0.005) {
			t.Errorf("recovery in %s: got %.4f, want %.2f", row.recovery, got, row.want)
		}
	}
}

// Amounts beyond the range of Money stay at its end: a loss never becomes a gain.
func TestAbsurdLossesStayLosses(t *testing.T) {
	most := model.Money(math.MaxInt64)
	loss := cost.Loss{Revenue: most, LostData: most, Conflicts: 5, People: most, Reputation: most}
	if got := loss.Total(); got != most {
		t.Errorf("loss: got %d, want %d", got, most)
	}
	bill := cost.Bill{Lines: []cost.Line{{PerYear: most}, {PerYear: most}, {PerYear: 1}}}
	if got := bill.Total(); got != most {
		t.Errorf("bill: got %d, want %d", got, most)
	}
	s := programme()
	s.Business.LostWrite = 1e9 * model.Dollar
	after := outcome(model.WarmStandby, 1, 1)
	for i := range after.Trials {
		after.Trials[i].LostWrites = 1e6
	}
	c := assess(t, s, model.WarmStandby, outcome(model.SingleRegion, 8, 8), after)
	if c.AvoidedPerYear.Mean > -9e12 || c.Verdict != cost.Abort {
		t.Errorf("got %v avoided and %s, want a loss beyond all measure and an abort",
			c.AvoidedPerYear.Mean, c.Verdict)
	}
}
