package sim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// unreach has users not reach a region.
func unreach(s *model.Scenario, r model.RegionID, at, lasts time.Duration) {
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.PathLoss, Region: r, Peer: model.NoRegion, At: at, Duration: lasts,
	})
}

// Faults that begin at one instant are told with what all of them leave, whichever is listed first.
func TestWhatASharedInstantLeavesIsTold(t *testing.T) {
	for _, regions := range [][]model.RegionID{{home, standby}, {standby, home}} {
		s := estate()
		s.Populations = []model.Population{
			{Name: "here", Share: 0.6, Nearest: home}, {Name: "there", Share: 0.4, Nearest: standby},
		}
		for _, r := range regions {
			unreach(s, r, time.Minute, time.Hour)
		}
		story, err := Play(s, strategyOf(t, s, model.ActiveActive), seedOf(t))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(story.Entries, func(e Entry) bool { return e.Kind == "traffic" })
		const want = "the service is down: 0.0% of requests succeed"
		if e := story.Entries[i]; e.At != time.Minute || e.Text != want {
			t.Errorf("%d first: got %q at %s, want %q at 1m0s", regions[0], e.Text, e.At, want)
		}
		if last := story.Entries[i-1]; !strings.Contains(last.Text, "cannot be reached") {
			t.Errorf("%d first: %q is told before the service is down, want a fault", regions[0], last.Text)
		}
	}
}

// Between a fault that ends and one that begins at the same nanosecond the service is up for no
// time: that is one incident. With a nanosecond between them it is two.
func TestFaultsThatTouchAreOneIncident(t *testing.T) {
	cases := []struct {
		name string
		gap  time.Duration
		want []time.Duration
	}{
		{"overlap", -time.Hour, []time.Duration{3 * time.Hour}},
		{"touch", 0, []time.Duration{4 * time.Hour}},
		{"do not touch", 1, []time.Duration{2 * time.Hour, 2 * time.Hour}},
	}
	for _, c := range cases {
		for _, later := range []bool{false, true} {
			s := estate()
			unreach(s, home, time.Minute, 2*time.Hour)
			unreach(s, home, time.Minute+2*time.Hour+c.gap, 2*time.Hour)
			if later {
				slices.Reverse(s.Timeline)
			}
			story, err := Play(s, strategyOf(t, s, model.SingleRegion), seedOf(t))
			if err != nil {
				t.Fatal(err)
			}
			var got []time.Duration
			for _, incident := range story.Incidents {
				got = append(got, incident.RTO)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, the later first %t: got incidents of %v, want %v", c.name, later, got, c.want)
			}
		}
	}
}
