package redoubt

import (
	"fmt"
	"time"

	"redoubt/model"
)

// Review returns what a reviewer would remark on a scenario: nothing that makes it invalid, but
// what decides whether its plans can work.
func Review(s *model.Scenario) []string {
	var findings []string
	looks := []func(*model.Scenario) string{reviewCapacity, reviewLagSample, reviewHoldDown}
	for _, look := range looks {
		if text := look(s); text != "" {
			findings = append(findings, text)
		}
	}
	return findings
}

// reviewCapacity asks what is left when the busiest region of an estate that serves everywhere is
// lost, before anything has scaled out: losing a share s needs a utilisation of at most 1 - s.
func reviewCapacity(s *model.Scenario) string {
	strategy := model.DefaultStrategy(model.ReadLocal)
	busiest, left := model.NoRegion, 0.0
	for r := range s.Regions {
		id := model.RegionID(r)
		left += s.Capacity(strategy, id)
		if busiest == model.NoRegion || s.TrafficShare(id) > s.TrafficShare(busiest) {
			busiest = id
		}
	}
	share := s.TrafficShare(busiest)
	left -= s.Capacity(strategy, busiest)
	if left <= 0 || left >= 1 {
		return ""
	}
	region := s.Regions[busiest]
	return fmt.Sprintf("capacity: at %.0f%% utilisation the other regions can carry %.1f%% of all "+
		"traffic; the loss of %s (%.0f%% of it) cannot be carried before they have scaled out "+
		"(that needs at most %.0f%%)",
		100*region.Utilisation, 100*left, region.Name, 100*share, 100*(1-share))
}

// reviewLagSample asks whether a failover could ever prove that it risks less than its bound.
func reviewLagSample(s *model.Scenario) string {
	for _, store := range s.Stores {
		worst := store.LagSampleEvery + s.Settings.Lease
		if worst >= s.Settings.DataAtRiskMax {
			return fmt.Sprintf("lag: the lag of %s is measured every %s and its lease is %s: with a sample "+
				"that old a failover is denied, since it could risk more than %s",
				store.Name, store.LagSampleEvery, s.Settings.Lease, s.Settings.DataAtRiskMax)
		}
	}
	return ""
}

// reviewHoldDown remarks on a hold-down shorter than the partition that cost GitHub a day in 2018.
func reviewHoldDown(s *model.Scenario) string {
	const partition = 43 * time.Second
	if s.Settings.HoldDown >= partition {
		return ""
	}
	return fmt.Sprintf("hold-down: %s is shorter than the 43 s partition of 2018-10-21 after which "+
		"GitHub needed 24 h 11 min to put its data together again", s.Settings.HoldDown)
}
