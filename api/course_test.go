package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// newest is the last plan that an agent's log tells of, from an entry on.
func newest(t *testing.T, a *agent, from int, now *api.Status) *api.Course {
	t.Helper()
	all := api.Courses(a.entries[from:], now)
	if len(all) == 0 {
		t.Fatal("the log tells of no plan")
	}
	return &all[len(all)-1]
}

// does has the first step be claimed that is asked for, and done two seconds later, and reports
// false where there is none. See is called after each.
func (a *agent) does(see func()) bool {
	plan := &a.view.State.Plan
	for i := range plan.Count {
		step := plan.Steps[i]
		if step.Status != failover.Pending {
			continue
		}
		e := failover.Event{
			Kind: failover.StepClaimed, Region: step.Region, Epoch: plan.Epoch, Step: i,
			Round: step.Round, At: a.view.State.Now.Add(time.Second),
		}
		if !e.Region.Valid() {
			e.Region = 1
		}
		a.apply(e)
		see()
		e.Kind, e.At = failover.StepDone, a.view.State.Now.Add(2*time.Second)
		a.apply(e)
		see()
		return true
	}
	return false
}

// What the log tells of a plan is what the state has of it, at each moment until its end: the last
// status of every step, and since when it was claimed or done.
func TestACourseIsThatOfTheState(t *testing.T) {
	a, file := losing(t)
	see := func() {
		plan := &a.view.State.Plan
		if plan.Kind == failover.NoPlan {
			return
		}
		c := newest(t, a, 0, nil)
		if c.Ended || c.Cut || c.Kind != "failover" || c.Epoch != uint32(plan.Epoch) ||
			c.Leaves != file.Regions[0].Name || c.Began != time.Duration(plan.Began).Seconds() ||
			len(c.Steps) != int(plan.Count) {
			t.Fatalf("got %+v of a plan of epoch %d", c, plan.Epoch)
		}
		for i := range c.Steps {
			step, got := &plan.Steps[i], &c.Steps[i]
			last := got.Stages[len(got.Stages)-1]
			since := time.Duration(step.Since).Seconds()
			if got.Step != step.Kind.String() || got.Status() != step.Status.String() ||
				step.Status > failover.Pending && last.From != since {
				t.Errorf("step %d is told as %+v, and is %+v", i, got, step)
			}
			inTurn(t, got, c.Until)
		}
	}
	see()
	for a.does(see) {
	}
	c := newest(t, a, 0, nil)
	if a.view.State.Plan.Kind != failover.NoPlan || !c.Ended || len(c.Left()) != 0 ||
		c.Until != time.Duration(a.view.State.Now).Seconds() || c.Last != a.view.Index ||
		c.UntilWall.Sub(c.BeganWall).Seconds() != c.Until-c.Began {
		t.Errorf("at its end it is told as %+v, with %d steps left", c, len(c.Left()))
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		if began, known := s.Began(); s.Step != "fence" && (!known || began <= c.Began) {
			t.Errorf("%s was begun at %v, known %v", s.Step, began, known)
		}
	}
}

// inTurn holds that the statuses of a step follow each other, and differ, until a time.
func inTurn(t *testing.T, step *api.CourseStep, until float64) {
	t.Helper()
	for j := range step.Stages {
		end, next := until, ""
		if j+1 < len(step.Stages) {
			end, next = step.Stages[j+1].From, step.Stages[j+1].Status
		}
		if step.Stages[j].To != end || step.Stages[j].Status == next {
			t.Errorf("%s has the stages %+v, until %v", step.Step, step.Stages, until)
		}
	}
}

// A step that another agent claims goes on having the status that it had.
func TestAStageIsOfOneStatus(t *testing.T) {
	change := func(region string) []api.PlanChange {
		return []api.PlanChange{{Kind: "failover", Epoch: 2, Steps: []api.StepChange{
			{Step: "scale", Status: "claimed", Region: region},
		}}}
	}
	c := api.Courses([]api.Entry{
		{Index: 1, At: 10, Plans: change("a")}, {Index: 2, At: 15, Plans: change("b")},
	}, nil)[0]
	want := []api.Stage{{Status: "claimed", From: 10, To: 15}}
	if !slices.Equal(c.Steps[0].Stages, want) || c.Steps[0].Region != "b" {
		t.Errorf("got %+v, want %+v by b", c.Steps[0], want)
	}
}

// A failback brings writes back to their home, and only if some are elsewhere.
func TestWritesReturnToTheirHome(t *testing.T) {
	at := func(writer string) []api.StoreStatus { return []api.StoreStatus{{Writer: writer}} }
	for i, test := range []struct {
		status api.Status
		region string
		want   bool
	}{
		{api.Status{Home: "a", Primary: "b"}, "a", true},
		{api.Status{Home: "a", Primary: "a"}, "a", false},
		{api.Status{Home: "a", Primary: "a", Stores: at("b")}, "a", true},
		{api.Status{Home: "a", Primary: "a", Stores: at("a")}, "a", false},
		{api.Status{Home: "a", Primary: "a"}, "b", false}, {api.Status{}, "", false},
	} {
		if got := test.status.WritesReturn(test.region); got != test.want {
			t.Errorf("%d: got %v", i, got)
		}
	}
}

// A plan that was aborted has ended, and its steps are not over; one that took its place begins
// with the same entry.
func TestACourseThatIsCutShort(t *testing.T) {
	a, file := losing(t)
	a.does(func() {})
	before := a.view.State
	order := failover.Event{
		Kind: failover.Ordered, Verb: failover.Abort, Who: 1, Sequence: 1, At: before.Now + 1,
		Said: before.Now,
	}
	if why := a.view.Policy.Refuses(before, order); why != "" {
		t.Fatal(why)
	}
	a.apply(order)
	c := newest(t, a, 0, nil)
	if a.view.State.Plan.Kind == before.Plan.Kind || !c.Ended || len(c.Left()) == 0 {
		t.Errorf("got %+v of a plan that was aborted", c)
	}
	after := before
	after.Plan.Kind, after.Plan.Epoch = failover.Evacuation, before.Plan.Epoch+1
	changes := api.PlanChanges(&failover.Event{}, &a.view.Policy, &before, &after, file)
	if len(changes) != 2 || !changes[0].Ended || changes[0].Kind != "failover" ||
		!changes[1].Laid || changes[1].Ended || changes[1].Kind != "evacuation" ||
		len(changes[1].Steps) != int(after.Plan.Count) {
		t.Errorf("got %+v of a plan that gave way to another", changes)
	}
	last := before.Plan.Count - 1
	for i := range last {
		before.Plan.Steps[i].Status = failover.Done
	}
	after.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
	e := failover.Event{Kind: failover.StepFailed, Epoch: before.Plan.Epoch, Step: last}
	changes = api.PlanChanges(&e, &a.view.Policy, &before, &after, file)
	if len(changes) != 1 || !changes[0].Ended || len(changes[0].Steps) != 1 ||
		changes[0].Steps[0].Status != "failed" || changes[0].Steps[0].Number != int(last) {
		t.Errorf("got %+v of a plan whose last step failed", changes)
	}
	if changes := api.PlanChanges(&e, &a.view.Policy, &after, &after, file); changes != nil {
		t.Errorf("got %+v where none runs", changes)
	}
}

// What was not read of a plan is not made up: without its beginning the status says how its steps
// are now, and a plan whose end was not read neither runs nor has ended.
func TestACourseOfWhichAPartWasRead(t *testing.T) {
	a, file := losing(t)
	begun := len(a.entries)
	a.does(func() {})
	status := api.StatusOf(&a.view, file)
	for _, from := range []int{0, begun, len(a.entries)} {
		c := newest(t, a, from, &status)
		if !c.Runs || c.Ended || c.Cut != (from > 0) || len(c.Steps) != len(status.Plan.Steps) ||
			c.Until != status.At || c.Began != status.At-status.Plan.For {
			t.Errorf("from %d: got %+v", from, c)
		}
		for i := range c.Steps {
			s, last := &c.Steps[i], len(c.Steps[i].Stages)-1
			if s.Step != status.Plan.Steps[i].Step || s.Status() != status.Plan.Steps[i].Status ||
				s.Stages[last].To != c.Until ||
				from == len(a.entries) && s.Stages[0].From != c.Until-status.Plan.Steps[i].For {
				t.Errorf("from %d: step %d is %+v, want %+v", from, i, s, status.Plan.Steps[i])
			}
		}
	}
	later := status
	later.Plan, later.Index = nil, status.Index+9
	if c := newest(t, a, 0, &later); c.Runs || c.Ended {
		t.Errorf("got %+v of a plan whose end was not read", c)
	}
	earlier := status
	earlier.Plan, earlier.Index = nil, newest(t, a, 0, nil).First-1
	if c := newest(t, a, 0, &earlier); !c.Runs {
		t.Errorf("got %+v of a plan that began after the status", c)
	}
	earlier.Plan = &api.PlanStatus{Kind: "failover", Epoch: 9}
	earlier.Index = status.Index
	if c := newest(t, a, 0, &earlier); c.Epoch != 9 || !c.Runs || !c.Cut {
		t.Errorf("got %+v of a plan of which no entry tells", c)
	}
	if all := api.Courses(nil, &api.Status{}); len(all) != 0 {
		t.Errorf("got %+v of a log without a plan", all)
	}
}

// A dry run is told as such, of a plan and of each step.
func TestACourseOfADryRun(t *testing.T) {
	a, file := losing(t)
	if c := newest(t, a, 0, nil); c.DryRun || c.Steps[0].DryRun {
		t.Errorf("got %+v where steps are carried out", c)
	}
	idle := a.view.State
	idle.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
	a.view.Policy.Guarded = 0
	file.Executors = []model.Executor{{Kind: model.DryRun, Steps: model.StepNames[:]}}
	changes := api.PlanChanges(&failover.Event{}, &a.view.Policy, &idle, &a.view.State, file)
	if len(changes) != 1 || !changes[0].DryRun || !changes[0].Steps[0].DryRun {
		t.Errorf("got %+v, want a dry run", changes)
	}
}

// What is ahead of a plan ends when its rest is estimated to, each kind of step after the one
// before it; what is over has nothing ahead.
func TestWhatIsAheadEndsWithTheEstimate(t *testing.T) {
	a, file := losing(t)
	for range 3 {
		plan := api.StatusOf(&a.view, file).Plan
		kind, end := "", 0.0
		for i := range plan.Steps {
			step := &plan.Steps[i]
			if over := step.Status == "done"; over != (step.Ahead == nil) {
				t.Fatalf("%s is %s, and ahead of it is %+v", step.Step, step.Status, step.Ahead)
			}
			if step.Ahead == nil {
				continue
			}
			if step.Step != kind && step.Ahead.Begins != end || step.Ahead.Ends < step.Ahead.Begins {
				t.Errorf("%s is ahead at %+v, and what is before it ends at %v", step.Step, step.Ahead, end)
			}
			if step.Says == "" || !strings.HasPrefix(step.Says, step.Step) {
				t.Errorf("%q is said of the step to %s", step.Says, step.Step)
			}
			kind, end = step.Step, max(end, step.Ahead.Ends)
		}
		if end != plan.Left.Typical || end == 0 {
			t.Errorf("the last step ends at %v, and the rest takes %v", end, plan.Left.Typical)
		}
		a.does(func() {})
	}
}

// The stages of the traffic come one after the other, though they are of one kind.
func TestStagesAreAheadOneAfterTheOther(t *testing.T) {
	a, file := losing(t)
	plan := &a.view.State.Plan
	steps := plan.Steps[:plan.Count]
	first := slices.IndexFunc(steps, func(s failover.Step) bool { return s.Kind == failover.Shift })
	steps[first+1] = steps[first]
	ahead := api.AheadOf(&a.view.State, &a.view.Policy, file)
	if one, two := ahead[first], ahead[first+1]; two.Begins != one.Ends || two.Ends <= one.Ends {
		t.Errorf("the stages are ahead at %+v and at %+v", one, two)
	}
}

// The users are those of the scenario's routing by who serves, and while traffic shifts in stages
// each part by those that it is sent to; ways are the scenario's, and say so.
func TestAStatusSaysWhereUsersAreSentAndHowFarTheWaysAre(t *testing.T) {
	a, file := losing(t)
	users := func() (all []float64) {
		for _, r := range api.StatusOf(&a.view, file).Regions {
			all = append(all, *r.Users)
		}
		return all
	}
	if got := users(); !slices.Equal(got, []float64{1, 0, 0}) {
		t.Errorf("%v are sent to the regions, want all of them to the first", got)
	}
	s := &a.view.State
	s.Serving = model.RegionSet(0).With(0).With(1)
	s.Split = failover.Split{
		From: model.RegionSet(0).With(0), To: model.RegionSet(0).With(1), Share: 25,
	}
	if got := users(); !slices.Equal(got, []float64{0.75, 0.25, 0}) {
		t.Errorf("%v are sent to the regions in a stage of a quarter", got)
	}
	file.Regions[2].Witness = true
	status := api.StatusOf(&a.view, file)
	if status.Regions[2].Users != nil || len(status.Links) != 6 {
		t.Errorf("got %+v users of a witness, and %d ways", status.Regions[2].Users, len(status.Links))
	}
	link, far := status.Links[0], file.MeanRTT(0, 1)
	if want := (api.Link{
		From: file.Regions[0].Name, To: file.Regions[1].Name, RTT: far.Seconds(),
		Source: file.Sources.RoundTrips[0][1],
	}); link != want || far == 0 || link.Source == "" {
		t.Errorf("got %+v", link)
	}
	if sources := status.Sources(); len(sources) != 1 ||
		sources[0] != "every round trip: "+link.Source {
		t.Errorf("got the sources %q", sources)
	}
	file.Sources.RoundTrips[0][1], file.Sources.RoundTrips[1][0] = "", ""
	now := api.StatusOf(&a.view, file)
	want := "round trips us-east-1 to eu-west-1: unverified"
	if sources := now.Sources(); len(sources) != 2 || sources[0] != want {
		t.Errorf("got the sources %q, want %q first", sources, want)
	}
}

// What is wrong with a region is in words, and what is seen of it by whom has three values.
func TestWhatIsImpairedIsInWords(t *testing.T) {
	a, file := losing(t)
	a.apply(failover.Event{Kind: failover.AgentLost, Region: 2, At: a.view.State.Now})
	a.view.Heard = a.view.Heard.Without(1)
	s := api.StatusOf(&a.view, file)
	for i, want := range []string{
		"down for 1m5s (2 of 2 say so)", "its agent is not heard here", "its agent is lost",
	} {
		if got := strings.Join(s.Regions[i].Impaired(), ", "); !strings.HasPrefix(got, want[:8]) {
			t.Errorf("%s: got %q, want %q", s.Regions[i].Region, got, want)
		}
	}
	for _, test := range []struct{ by, of, want string }{
		{"eu-west-1", "us-east-1", "down"}, {"us-east-1", "eu-west-1", "up"},
		{"eu-west-1", "eu-west-1", ""}, {"nowhere", "us-east-1", ""},
	} {
		if got := s.Seen(test.by, test.of); got != test.want {
			t.Errorf("%s says %q of %s, want %q", test.by, got, test.of, test.want)
		}
	}
	lags := s.Stores[0].Lags()
	s.Stores[0].Copies[0].Known = false
	const behind = "copies of orders are behind: "
	if unknown := s.Stores[0].Lags(); !strings.HasPrefix(lags, behind+"by 1s (") ||
		!strings.HasPrefix(unknown, behind+"nobody knows by how much in ") {
		t.Errorf("got %q, and %q where it is not known", lags, unknown)
	}
	s.Stores[0].Copies = nil
	if got := s.Stores[0].Lags(); got != "" {
		t.Errorf("got %q of a store without a copy", got)
	}
}

// What people are called for is in the words of a notice, and in what it is about.
func TestACallIsWhatItsNoticeSays(t *testing.T) {
	a, file := losing(t)
	for _, test := range []struct {
		mode model.PolicyMode
		want api.Call
		says string
	}{
		{model.Manual, api.Call{Kind: "ask", Region: "us-east-1", Part: "region", Target: "eu-west-1"},
			"people are asked to approve leaving us-east-1"},
		{model.Advise, api.Call{Kind: "tell", Region: "us-east-1", Part: "region", Target: "eu-west-1"},
			"us-east-1 would be left now"},
	} {
		idle := newAgent(a.view.Policy)
		idle.view.Policy.Mode, idle.view.State = test.mode, a.view.State
		s := &idle.view.State
		s.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
		s.Recent = [failover.MaxRecent]failover.Transition{}
		s.Leases[0].Fenced = 0
		idle.apply(failover.Event{Kind: failover.Tick, At: s.Now.Add(time.Second)})
		got := api.StatusOf(&idle.view, file)
		if len(got.Calls) != len(got.Notices) || len(got.Calls) == 0 || got.Calls[0] != test.want ||
			!strings.HasPrefix(got.Notices[0], test.says) {
			t.Errorf("%v: got %+v of %q", test.mode, got.Calls, got.Notices)
		}
	}
}
