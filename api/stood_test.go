package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
)

// What lasts counts the time for which the log's clock stood still, of what began before that
// alone. What is shorter than an election takes is none, and no time is lost where too many follow
// one another to be told apart.
func TestStoodCountsForWhatBeganBefore(t *testing.T) {
	at := func(seconds int) failover.Instant { return failover.Instant(seconds) * 1e9 }
	var s api.Stood
	s.Add(at(100), at(101), 46*time.Second)
	s.Add(at(200), at(200), 900*time.Millisecond) // An election.
	s.Add(at(300), at(302), time.Second)          // A clock that was behind.
	s.Add(at(400), at(400), 5*time.Second)
	for since, want := range map[int]time.Duration{
		0: 50 * time.Second, 100: 50 * time.Second, 101: 5 * time.Second, 400: 5 * time.Second, 401: 0,
	} {
		if got := s.Since(at(since)); got != want {
			t.Errorf("since %d s: got %s, want %s", since, got, want)
		}
	}
	before := s.Since(0)
	const more = 100
	for i := range more {
		s.Add(at(500+i), at(500+i), 2*time.Second)
	}
	if got, want := s.Since(0), before+more*2*time.Second; got != want {
		t.Errorf("after %d more: got %s, want %s", more, got, want)
	}
	if got := s.Since(at(500 + more)); got != 0 {
		t.Errorf("since the last one: got %s, want 0s", got)
	}
}

// After a time without a leader nothing is shown to have lasted for less than before it: a region
// is down, a plan runs and a lag is known for all of it. What the gates go by is the log's.
func TestStatusCountsTheTimeWithoutALeader(t *testing.T) {
	a, file := losing(t)
	now := a.view.State.Now
	a.view.Applied = 40 * time.Second // Nothing is applied for so long, and then a tick.
	during := api.StatusOf(&a.view, file)
	a.view.Applied = 0
	a.view.Stood.Add(now, now+1e9, 46*time.Second)
	a.apply(failover.Event{Kind: failover.Tick, At: now + 1e9})
	after, gates := api.StatusOf(&a.view, file), api.AccountOf(&a.view, file)
	a.view.Stood = api.Stood{}
	plain, plainGates := api.StatusOf(&a.view, file), api.AccountOf(&a.view, file)

	down := func(s *api.Status) time.Duration {
		return api.Lasted(s.Regions[0].DownFor, s.Regions[0].DownStood)
	}
	copied := func(s *api.Status) time.Duration {
		c := &s.Stores[0].Copies[0]
		return api.Lasted(c.Age, c.Stood)
	}
	runs := func(s *api.Status) time.Duration { return api.Lasted(s.Plan.For, s.Plan.Stood) }
	for what, of := range map[string]func(*api.Status) time.Duration{
		"the outage": down, "the sample": copied, "the plan": runs,
	} {
		if got, want := of(&after)-of(&during), 6*time.Second; got != want {
			t.Errorf("%s: got %s more than 6 s before, want %s", what, got, want)
		}
	}
	if got := after.Regions[0].Impaired()[0]; !strings.HasPrefix(got, "down for 1m") {
		t.Errorf("got %q", got)
	}
	if after.Regions[0].DownFor != plain.Regions[0].DownFor || after.Plan.For != plain.Plan.For {
		t.Error("what the log's clock says is not its own")
	}
	for i, gate := range gates.Scopes[0].Gates {
		if was := plainGates.Scopes[0].Gates[i]; gate.Reason != was.Reason {
			t.Errorf("got %q, want %q", gate.Reason, was.Reason)
		}
	}
	is := func(text string) bool {
		return strings.HasPrefix(text, "the log's clock stood still for 45s")
	}
	if told := after.Warnings(); !slices.ContainsFunc(told, is) {
		t.Errorf("nothing says that the clock stood still: %q", told)
	}
	if told := plain.Warnings(); slices.ContainsFunc(told, is) {
		t.Errorf("got %q of a clock that ran", told)
	}
}

// A loss that was counted over a time in which the log's clock stood still may be larger, and says
// so, unless the lease of a store with a guard has kept anybody from writing meanwhile.
func TestALossSaysThatItMayBeLarger(t *testing.T) {
	a, file := losing(t)
	a.view.Policy.Guarded = 0
	now := a.view.State.Now
	plain := api.StatusOf(&a.view, file).Stores[0].Copies[0].AtRisk
	a.view.Stood.Add(now, now, 45*time.Second)
	stood := api.StatusOf(&a.view, file).Stores[0].Copies[0].AtRisk
	if plain == nil || stood == nil || plain.Stood != 0 || stood.Stood != 45 {
		t.Fatalf("got %+v and, after 45 s, %+v", plain, stood)
	}
	if stood.Seconds != plain.Seconds || stood.Text() != plain.Text()+", or 45s more" {
		t.Errorf("got %q, before %q", stood.Text(), plain.Text())
	}
}

// A plan took as long as those say who stamped its entries, where the log's clock stood still
// meanwhile, and one that runs as long as its status says.
func TestAPlanTookAsLongAsItDid(t *testing.T) {
	began := time.Unix(1000, 0)
	for _, c := range []struct {
		course api.Course
		want   time.Duration
	}{
		{api.Course{Began: 10, Until: 18}, 8 * time.Second},
		{api.Course{Began: 10, Until: 18, BeganWall: began, UntilWall: began.Add(53e9)}, 53e9},
		{api.Course{Began: 10, Until: 18, BeganWall: began, UntilWall: began.Add(8500e6)}, 8e9},
		{api.Course{Began: 10, Until: 18, BeganWall: began, UntilWall: began.Add(53e9), Cut: true}, 8e9},
		{api.Course{Began: 10, Until: 18, BeganWall: began, Runs: true, Stood: 45}, 53e9},
	} {
		if got := c.course.Took(); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.course, got, c.want)
		}
	}
	a, file := losing(t)
	a.view.Stood.Add(a.view.State.Now, a.view.State.Now, 45*time.Second)
	status := api.StatusOf(&a.view, file)
	all := api.Courses(a.entries, &status)
	if got, want := all[0].Took(), api.Lasted(status.Plan.For, 45); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
