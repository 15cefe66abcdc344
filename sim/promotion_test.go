package sim

import (
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// promoted is how long a promotion of a failover took since it was begun first, and whether a plan
// was given up in between. One that failed or that a guard ended is begun anew, and so is one after
// a store was opened.
type promoted struct {
	took    time.Duration
	givenUp bool
}

// promotions are those of a region in a story.
func promotions(w *world, r model.RegionID) (all []promoted) {
	plan, begun, givenUp := "", time.Duration(-1), false
	for _, e := range w.story.Entries {
		of := e.Region == r
		switch {
		case e.Kind == "decision" && strings.Contains(e.Text, " begins"):
			plan = e.Text
		case strings.Contains(e.Text, "is cancelled"):
			givenUp = true
		case !strings.Contains(e.Text, "orders"):
		case of && strings.HasPrefix(e.Text, "begins to promote") && begun < 0:
			if strings.HasPrefix(plan, "failover") {
				begun, givenUp = e.At, false
			}
		case of && strings.HasPrefix(e.Text, "cannot promote"),
			of && strings.HasPrefix(e.Text, "ends the promotion"):
			begun = -1
		case strings.HasPrefix(e.Text, "promote orders is done"):
			if of && begun >= 0 {
				all = append(all, promoted{e.At - begun, givenUp})
			}
			begun = -1
		}
	}
	return all
}

// promotedIn is the estate with a promotion, or a restore, of a length. Who approves does so at
// once.
func promotedIn(takes time.Duration) *model.Scenario {
	s := estate()
	s.Stores[0].Promotion, s.Stores[0].Restore = model.Fixed(takes), model.Fixed(takes)
	s.People.Approve = model.Fixed(time.Second)
	s.Settings.DataAtRiskMax = 24 * time.Hour
	return s
}

// begins plays a scenario, and says when something is told first.
func begins(t *testing.T, s *model.Scenario, kind model.StrategyKind, text string) time.Duration {
	t.Helper()
	at := toldAt(recounted(t, s, kind), text)
	if len(at) == 0 {
		t.Fatalf("%s: never told", text)
	}
	return at[0]
}

// A promotion takes its full time again after what ends one: it failed, its guard's lease ended,
// or its region lost power, and was back before it was due or after it.
func TestAPromotionThatEndedIsBegunAnew(t *testing.T) {
	const takes, due = 20 * time.Minute, time.Hour + 21*time.Minute
	for _, c := range []struct {
		name string
		ends func(s *model.Scenario)
		told string
		from time.Duration // When it is begun anew at the earliest.
	}{
		{"it fails", func(s *model.Scenario) {
			during(s, model.ControlPlaneLoss, standby, due-5*time.Minute, due+5*time.Minute)
		}, "cannot promote orders: the control plane is down", due},
		{"its guard's lease ends", func(s *model.Scenario) {
			cut(s, standby, witness, due-5*time.Minute, 10*time.Minute)
		}, "ends the promotion of orders: its lease is over", due},
		{"its region loses power", func(s *model.Scenario) {
			lose(s, standby, due-5*time.Minute, 10*time.Minute)
		}, "stops answering", due},
		{"its region loses power for a moment", func(s *model.Scenario) {
			lose(s, standby, due-5*time.Minute, 2*time.Second)
		}, "begins to promote orders", due - 5*time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := promotedIn(takes)
			s.Settings.StepTries = 100
			lose(s, home, time.Hour, 12*time.Hour)
			c.ends(s)
			w := recounted(t, s, model.HotStandby)
			begun, done := toldAt(w, "begins to promote orders"), toldAt(w, "promote orders is done")
			if len(toldAt(w, c.told)) == 0 || len(begun) < 2 || len(done) == 0 {
				t.Fatalf("%s at %v; promotions begin at %v and are done at %v", c.told, toldAt(w, c.told),
					begun, done)
			}
			last := time.Duration(0)
			for _, at := range begun {
				if at < done[0] {
					last = at
				}
			}
			if got := done[0] - last; got != takes || last < c.from {
				t.Errorf("one of %s is begun at %s, and takes %s", takes, last, got)
			}
		})
	}
}

// An outage right after another one, before the old primary has written again, has a promotion of
// its own. Here one from a backup: a copy that is none any more would have to be rewound first.
func TestAPromotionOfAnotherOutageIsAnother(t *testing.T) {
	const takes = 20 * time.Minute
	s := promotedIn(takes)
	lose(s, home, time.Hour, 10*time.Minute)
	again := begins(t, s, model.BackupRestore, "reopen to home begins") + time.Second
	lose(s, home, again, 5*time.Hour)
	w := recounted(t, s, model.BackupRestore)
	begun, done := toldAt(w, "begins to promote orders"), toldAt(w, "promote orders is done")
	if len(begun) < 3 || len(done) == 0 || begun[0] > again || done[0] < begun[2] {
		t.Fatalf("lost again at %s, promotions begin at %v and are done at %v", again, begun, done)
	}
	if got := done[0] - begun[2]; got != takes {
		t.Errorf("the promotion of the second outage takes %s, want %s", got, takes)
	}
}

// Within one long fault a promotion takes its full time again after the old primary has taken
// writes again: where the copy was rewound in between, and where it was not.
func TestAPromotionIsAnotherAfterTheOldPrimaryWroteAgain(t *testing.T) {
	const takes = 7 * time.Minute
	for _, c := range []struct {
		name string
		kind model.StrategyKind
		of   func(s *model.Scenario)
	}{
		{"a copy, rewound in time", model.HotStandby, func(*model.Scenario) {}},
		{"a backup, never rewound in time", model.BackupRestore, func(s *model.Scenario) {
			s.People.Resync = model.Fixed(24 * time.Hour)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := promotedIn(takes)
			s.People.Resync = model.Fixed(time.Second)
			partial(s, model.GreyFailure, home, 0.5, time.Hour, 20*time.Hour)
			c.of(s)
			w := recounted(t, s, c.kind)
			all := promotions(w, standby)
			given, begun := toldAt(w, "is cancelled"), toldAt(w, "begins to promote orders")
			if len(all) == 0 || len(given) == 0 || given[0] < begun[0] {
				t.Fatalf("promotions begin at %v, plans are cancelled at %v, promoted: %v", begun, given, all)
			}
			for _, p := range all {
				if p.took < takes {
					t.Errorf("a promotion of %s takes %s", takes, p.took)
				}
			}
		})
	}
}

// What a replica had not received as a promotion began without the old primary is lost, though that
// is back as the next plan goes on with it.
func TestAPromotionStaysSevered(t *testing.T) {
	refused := func(takes, lasts time.Duration) *model.Scenario {
		s := promotedIn(takes)
		for i := range s.Strategies {
			s.Strategies[i].Scale = model.Fixed(5 * time.Minute)
		}
		lose(s, home, time.Hour, lasts)
		during(s, model.CapacityRefused, standby, 0, 24*time.Hour)
		return s
	}
	begun := toldAt(recounted(t, refused(20*time.Minute, 12*time.Hour), model.WarmStandby),
		"begins to promote orders")
	if len(begun) < 2 {
		t.Fatalf("promotions begin at %v, want a second one", begun)
	}
	takes, second := begun[1]-begun[0]+10*time.Second, begun[1]-time.Hour
	for _, lasts := range []time.Duration{12 * time.Hour, second + time.Second, second - time.Second} {
		w := recounted(t, refused(takes, lasts), model.WarmStandby)
		first, given := promotions(w, standby), toldAt(w, "is cancelled")
		if len(first) == 0 || !first[0].givenUp || len(given) == 0 {
			t.Fatalf("home is lost for %s: promoted %v, plans cancelled at %v", lasts, first, given)
		}
		// A lag of a second and 40 ms on the way, at 200 writes a second.
		if w.trial.LostWrites != 208 {
			t.Errorf("home is lost for %s: %v writes are lost, want 208", lasts, w.trial.LostWrites)
		}
	}
}
