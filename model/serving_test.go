package model_test

import (
	"testing"

	"redoubt/model"
)

// The triangle has users near a and b, and c idle: nobody is sent there, as long as all that they
// could be sent to is there. Who is near a region that may not hold the data is sent elsewhere.
func TestServersAreTheRegionsThatHaveUsersAndMayHoldTheData(t *testing.T) {
	const a, b, c = 1 << 0, 1 << 1, 1 << 3
	rows := []struct {
		name    string
		kind    model.StrategyKind
		nearest model.RegionID
		allowed model.RegionSet
		want    model.RegionSet
	}{
		{"one serves", model.HotStandby, 1, 0, a},
		{"c is idle", model.ReadLocal, 1, 0, a | b},
		{"c has users", model.ActiveActive, 3, 0, a | c},
		{"c may not hold the data", model.ReadLocal, 1, a | b, a | b},
		{"b may not hold the data", model.ActiveActive, 1, a | c, a},
		{"the users of c go to a", model.ActiveActive, 3, a | b, a},
		{"the primary has no users", model.ReadLocal, 1, 0, a | b},
	}
	for _, row := range rows {
		s := triangle(model.Choice{})
		s.Populations[1].Nearest = row.nearest
		if row.name == "the primary has no users" {
			s.Populations[0].Nearest = 1
		}
		s.Stores = []model.Store{{Name: "anywhere"}, {Name: "orders", Allowed: row.allowed}}
		if got := s.Servers(row.kind); got != row.want {
			t.Errorf("%s: %04b serve, want %04b", row.name, got, row.want)
		}
		share := 0.0
		for r := range model.RegionID(len(s.Regions)) {
			share += s.TrafficShare(r)
		}
		if share != 1 {
			t.Errorf("%s: the shares sum to %g", row.name, share)
		}
	}
}
