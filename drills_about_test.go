package redoubt_test

import (
	"slices"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/sim"
)

// about are changes that take from a drill or an incident what it says it is about, and which
// expectation, counted from 0, must then not come true: by a measure, or by what is looked at.
var about = []struct {
	drill, change string
	alter         func(s *model.Scenario)
	expectation   int
	missed        string
}{
	{"missing-secret", "nothing is validated", unvalidated, 0, "shifted"},
	{"missing-secret-known", "no secret is asked for", func(s *model.Scenario) {
		s.Settings.Readiness = nil
	}, 0, "withheld_by"},
	{"certificate-trap", "a region is tried before users come", func(s *model.Scenario) {
		s.Settings.Steps = slices.Clone(model.PlanSteps[:])
	}, 0, "shifted"},
	{"flapping-region", "no cooldown", func(s *model.Scenario) { s.Settings.Cooldown = 0 },
		0, "failovers"},
	{"flapping-region", "no count of returns", func(s *model.Scenario) {
		s.Settings.FlapLimit = 0
	}, 3, "primary"},
	{"flapping-region", "the second outage is missing", less(1), 0, "withheld_by"},
	{"flapping-region", "the third outage is missing", less(2), 1, "withheld_by"},
	{"flapping-region", "the fourth outage is missing", less(3), 2, "withheld_by"},
	{"flapping-region", "the fifth outage is missing", less(4), 3, "withheld_by"},
	{"flapping-region", "the sixth outage is missing", less(5), 3, "withheld_by"},
	{"flapping-slowly", "no brake", func(s *model.Scenario) { s.Settings.BrakeAfter = 0 },
		0, "failovers"},
	{"flapping-slowly", "a cooldown", func(s *model.Scenario) {
		s.Settings.Cooldown = 2 * time.Hour
	}, 0, "failovers"},
	{"flapping-link", "no hold-down", withoutHoldDown, 0, "cancelled"},
	{"github-2018-10-21", "no hold-down", withoutHoldDown, 0, "cancelled"},
	{"github-2018-10-21", "a cut of ten minutes", func(s *model.Scenario) {
		for i := range s.Timeline {
			s.Timeline[i].Duration = 10 * time.Minute
		}
	}, 0, "failovers"},
	{"metrics-lost", "missing data is a failure", missingFails, 0, "withheld_by"},
	{"metrics-lost-counted", "missing data is unknown", func(s *model.Scenario) {
		s.Checks[0].MissingFails = false
	}, 0, "decided"},
	{"kinesis-2020-11-25", "missing data is a failure", missingFails, 0, "failovers"},
	{"lost-unseen", "both others see", less(0, 1), 0, "decided"},
	{"spot-reclaimed", "nothing is reclaimed", less(1, 2), 0, "rto"},
	{"spot-reclaimed", "a policy that only advises", advising, 0, "failovers"},
	{"spot-replaced", "what is missing is there at once", func(s *model.Scenario) {
		s.Scaling.Growth = 0
	}, 0, "shifted"},
	{"grey-failure", "a policy that only advises", advising, 0, "decided"},
	{"grey-failure", "a hold-down of five minutes", func(s *model.Scenario) {
		s.Settings.HoldDown = 5 * time.Minute
	}, 0, "decided"},
	{"corrupted-data", "no check goes deep", func(s *model.Scenario) {
		s.Checks[0].Deep = false
	}, 0, "failovers"},
	{"cloudflare-2023-11-02", "regions that fail at once trip no brake", func(s *model.Scenario) {
		s.Settings.BrakeRegions = 0
	}, 0, "withheld_by"},
	{"nobody-on-duty", "people at all hours", func(s *model.Scenario) {
		s.People.Duty = [model.MaxRegions]model.Duty{}
	}, 0, "failovers"},
	{"weights-with-a-bound", "no bound", func(s *model.Scenario) {
		s.Routing.Choice.High = [model.MaxRegions]float64{}
	}, 0, "rto"},
	{"users-cut-off", "no check goes the way of users", func(s *model.Scenario) {
		s.Checks = s.Checks[:1]
	}, 0, "decided"},
	{"staged-failback", "all comes home at once", func(s *model.Scenario) {
		s.Settings.Stages, s.Settings.StageHold = nil, 0
	}, 0, "requests_failed"},
	{"december-2024-automated", "a hold-down of a minute", func(s *model.Scenario) {
		s.Settings.HoldDown = time.Minute
	}, 1, "decided"},
	{"december-2024-eighteen-minutes", "it is answered by code", func(s *model.Scenario) {
		for i := range s.Strategies {
			s.Strategies[i].Mode = model.Automatic
		}
	}, 0, "failovers"},
	{"warm-standby-as-documented", "a hold-down of a minute", func(s *model.Scenario) {
		s.Settings.HoldDown = time.Minute
	}, 0, "decided"},
	{"warm-standby-as-documented", "a standby that need not grow", func(s *model.Scenario) {
		for i := range s.Strategies {
			s.Strategies[i].Scale = model.Fixed(0)
		}
	}, 1, "shifted"},
	{"lag-floor", "eu-west-1 takes over", func(s *model.Scenario) {
		s.Timeline = s.Timeline[1:]
	}, 0, "rpo"},
	{"conflicts-of-three-kinds", "a store that merges", func(s *model.Scenario) {
		s.Stores[0].Conflicts = model.Commutative
	}, 0, "rejected"},
	{"conflicts-of-three-kinds", "a workflow in place of people", func(s *model.Scenario) {
		s.Stores[2].Conflicts = model.Compensation
	}, 1, "compensated"},
	{"lag-at-gate-two", "an alert above 500 ms", func(s *model.Scenario) {
		s.Alerts[0].Above = 0.5
	}, 0, "alerted"},
	{"objects-late", "an alert above the target", func(s *model.Scenario) {
		s.Alerts[0].Above = (15 * time.Minute).Seconds()
	}, 1, "alerted"},
	{"duplicate-replay", "consumers are idempotent", keys(model.ReplicatedKeys), 0, "duplicates"},
	{"duplicate-replay-known", "consumers are not", keys(model.NoKeys), 0, "duplicates"},
	{"retried-payment", "keys follow", keys(model.ReplicatedKeys), 0, "duplicates"},
	{"cold-cache", "a copy of the cache", func(s *model.Scenario) { s.Cache.Copied = true }, 0, "rto"},
	{"cold-cache-copied", "no copy of it", func(s *model.Scenario) {
		s.Cache.Copied = false
	}, 0, "rto"},
	{"cache-lost", "a store that bears all reads", func(s *model.Scenario) {
		s.Cache.Behind = 10
	}, 0, "requests_failed"},
	{"rollout-slow", "nobody looks at the latency", func(s *model.Scenario) {
		s.Rollouts[0].GoP95, s.Rollouts[0].BackP95 = 0, 0
	}, 0, "released"},
	{"rollout-slow", "it takes more to go back", func(s *model.Scenario) {
		s.Rollouts[0].BackP95 = 700 * time.Millisecond
	}, 0, "requests_late"},
	{"rollout-slow-stays", "nobody looks before it goes on", func(s *model.Scenario) {
		s.Rollouts[0].GoP95 = 0
	}, 0, "released"},
	{"rollout-slow-stays", "it takes less to go back", func(s *model.Scenario) {
		s.Rollouts[0].BackP95 = 450 * time.Millisecond
	}, 0, "requests_late"},
	{"heard-one-way", "the second cut is the first one's other direction", func(s *model.Scenario) {
		s.Timeline[1].Region, s.Timeline[1].Peer = s.Timeline[0].Peer, s.Timeline[0].Region
	}, 0, "failovers"},
	{"ecommerce-three-region", "no hold-down", withoutHoldDown, 0, "decided"},
	{"ecommerce-three-region", "a promotion of an hour", func(s *model.Scenario) {
		s.Stores[0].Promotion = model.Fixed(time.Hour)
	}, 1, "rto"},
	{"budget-three-region", "no hold-down", withoutHoldDown, 0, "decided"},
	{"budget-three-region", "regions that are half full", func(s *model.Scenario) {
		for i := range s.Regions {
			s.Regions[i].Utilisation = 0.45
		}
	}, 1, "rto"},
	{"business-case-50m", "a standby that need not grow", func(s *model.Scenario) {
		for i := range s.Strategies {
			s.Strategies[i].Scale = model.Fixed(0)
		}
	}, 0, "rto"},
	{"warm-standby-two-region", "backups once a day", func(s *model.Scenario) {
		s.Stores[0].BackupEvery = 24 * time.Hour
	}, 1, "rpo"},
	{"case-management", "an approval of two hours", func(s *model.Scenario) {
		s.People.Approve = model.Fixed(2 * time.Hour)
	}, 0, "rto"},
	{"case-approved-ahead", "nobody has approved ahead", func(s *model.Scenario) {
		s.People.Approve = model.Fixed(time.Hour)
		for i := range s.Strategies {
			s.Strategies[i].Mode = model.Manual
		}
	}, 0, "rto"},
	{"first-three-of-four", "a hold-down of a minute", func(s *model.Scenario) {
		s.Settings.HoldDown = time.Minute
	}, 1, "decided"},
	{"verdict-of-one-check", "one check of four suffices", func(s *model.Scenario) {
		s.Settings.ChecksDown = 1
	}, 0, "failovers"},
	{"slow-dns", "records of a minute", func(s *model.Scenario) {
		s.Routing.TTL = time.Minute
	}, 0, "rto"},
}

func unvalidated(s *model.Scenario) { s.Settings.Steps = []string{"freeze", "verify", "notify"} }

func withoutHoldDown(s *model.Scenario) { s.Settings.HoldDown = 0 }

func missingFails(s *model.Scenario) {
	for i := range s.Checks {
		s.Checks[i].MissingFails = true
	}
}

// keys puts the idempotency keys of the first store elsewhere.
func keys(where model.Idempotency) func(*model.Scenario) {
	return func(s *model.Scenario) { s.Stores[0].Idempotency = where }
}

func advising(s *model.Scenario) {
	for i := range s.Strategies {
		s.Strategies[i].Mode = model.Advise
	}
}

// less takes faults away, by their place in the file.
func less(places ...int) func(*model.Scenario) {
	return func(s *model.Scenario) {
		for _, place := range slices.Backward(places) {
			s.Timeline = slices.Delete(s.Timeline, place, place+1)
		}
	}
}

// TestADrillNoticesWhatItIsAbout makes each of those changes.
func TestADrillNoticesWhatItIsAbout(t *testing.T) {
	for _, row := range about {
		t.Run(row.drill+"/"+row.change, func(t *testing.T) {
			s := scenario(t, row.drill)
			row.alter(s)
			if problems := s.Validate(); len(problems) > 0 {
				t.Fatalf("got problems %v", problems)
			}
			f, err := sim.Expect(s, s.Expected[row.expectation])
			if err != nil {
				t.Fatal(err)
			}
			missed := missedOf(f)
			if !slices.Contains(missed, row.missed) {
				t.Errorf("got %v that did not come true, want %s among them", missed, row.missed)
			}
		})
	}
}

// missedOf names what did not come true.
func missedOf(f *sim.Finding) (missed []string) {
	for _, v := range f.Values {
		if v.Missed > 0 {
			missed = append(missed, v.Measure.String())
		}
	}
	for _, name := range f.Names {
		if name.Missed > 0 {
			missed = append(missed, name.What)
		}
	}
	return missed
}
