package tui

import (
	"fmt"
	"slices"
	"strings"

	"redoubt/model"
)

// wish has two strategies be compared, 0 for any, and says which of them cannot be and what is
// shown then. Two of the same are no wish: they stand where a scenario has no other.
func (a *App) wish(left, right model.StrategyKind) {
	if left == right {
		left, right = 0, 0
	}
	s := a.study.scenario
	a.pair = pairOf(s, left, right)
	var whys []string
	for _, kind := range []model.StrategyKind{left, right} {
		if why := missing(s, kind); kind != 0 && why != "" {
			whys = append(whys, why)
		}
	}
	if whys != nil {
		a.say("%s: %s is beside %s", strings.Join(whys, ", and "), a.pair[0], a.pair[1])
	}
}

// pairOf are the strategies to compare: those that are wanted, or the first that there are. The
// single region, with which all are compared, is one of them where it is wanted or nothing else is
// left.
func pairOf(s *model.Scenario, left, right model.StrategyKind) (pair [2]model.StrategyKind) {
	wishes := append([]model.StrategyKind{
		left, right, model.WarmStandby, model.ActiveActive, model.ReadLocal, model.HotStandby,
	}, model.StrategyKinds()...)
	found := 0
	for i, wish := range wishes {
		wanted := i < len(pair) || wish != model.SingleRegion
		if found < len(pair) && wanted && missing(s, wish) == "" && wish != pair[0] {
			pair[found] = wish
			found++
		}
	}
	for ; found < len(pair); found++ {
		pair[found] = model.SingleRegion
	}
	return pair
}

// missing says why a strategy cannot be shown of a scenario, "" where it can: the single region
// always can, since it is simulated with all.
func missing(s *model.Scenario, kind model.StrategyKind) string {
	if kind == model.SingleRegion {
		return ""
	}
	if _, has := s.Strategy(kind); !has {
		return fmt.Sprintf("%s is no strategy of %s", kind, s.Name)
	}
	if why := s.Excuse(kind); why != "" {
		return fmt.Sprintf("%s cannot be built here, since %s", kind, why)
	}
	return ""
}

// possible are those of some strategies that the scenario has.
func possible(s *model.Scenario, kinds []model.StrategyKind) (has []model.StrategyKind) {
	for _, kind := range kinds {
		if _, ok := s.Strategy(kind); ok && !slices.Contains(has, kind) {
			has = append(has, kind)
		}
	}
	return has
}
