package redoubt_test

import (
	"strings"
	"testing"

	"redoubt"
	"redoubt/model"
)

// A review follows the users of a lost region to where the routing sends them: of 50, 35 and 15 the
// weights leave 70 of 100 to the region that has room for 35/0.87 = 40.2; and who has no record but
// that of the lost region goes nowhere.
func TestAReviewFollowsTheRouting(t *testing.T) {
	weighted := model.Choice{
		Policy: model.WeightedRouting, Weights: [model.MaxRegions]float64{50, 35, 15},
	}
	pinned := model.Choice{Policy: model.GeolocationRouting, Default: model.NoRegion}
	for _, c := range []struct {
		name   string
		choice model.Choice
		want   string
	}{
		{"weighted", weighted, "70% of all traffic comes to eu-west-1, which at 87% utilisation has " +
			"room for 40.2%; that takes a utilisation of at most 50%"},
		{"geolocation", pinned, "the loss of eu-west-1 (35% of the traffic) leaves users without an " +
			"answer, for whom the routing has no other region: until it is back at most 65% of the " +
			"requests can be served"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scenario(t, "budget-three-region")
			s.Routing.Choice = c.choice
			for i := range s.Populations {
				s.Populations[i].Answers = []model.RegionID{s.Populations[i].Nearest}
			}
			if got := strings.Join(redoubt.Review(s), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("got\n%s\nwant in it\n%s", got, c.want)
			}
		})
	}
}
