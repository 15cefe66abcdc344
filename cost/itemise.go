package cost

import (
	"fmt"
	"strings"

	"redoubt/model"
)

// Itemise returns what a strategy costs in a year, line by line. The scenario bills the estate as
// it runs today; each strategy is derived from those lines:
//
//   - single-region: the primary's lines at full size, and the global ones;
//   - backup-restore to hot-standby: the same, and the strategy's Standby shares of the secondary
//     at full size;
//   - read-local and active-active: every region's lines as billed, those outside the primary times
//     the strategy's Serving factors, and the global ones;
//   - every strategy but single-region: the lines of witness regions as billed, and ExtraPerYear.
//
// The full size of a line is its amount over its region's share of the traffic, where the category
// scales with traffic; that the bill is proportional to traffic is an assumption (docs/cost.md). A
// strategy that the scenario does not describe is model.DefaultStrategy's. Without a secondary
// region nothing stands by.
func Itemise(s *model.Scenario, kind model.StrategyKind) Bill {
	b := Bill{Strategy: kind}
	strategy := overlay(s, kind)
	if kind.ServesReads() {
		b.Lines = servingLines(s, strategy)
	} else {
		b.Lines = primaryLines(s)
	}
	if kind.HasStandby() {
		b.Lines = append(b.Lines, standbyLines(s, strategy)...)
	}
	if kind != model.SingleRegion {
		b.Lines = append(b.Lines, witnessLines(s)...)
	}
	for _, billed := range s.Bill {
		if billed.Region == model.Global {
			b.Lines = append(b.Lines, asBilled(billed, "as billed, for the whole estate"))
		}
	}
	if strategy.ExtraPerYear != 0 {
		b.Lines = append(b.Lines, Line{
			Region: model.Global, Category: model.Operations, What: kind.String() + " programme",
			PerYear: strategy.ExtraPerYear, Basis: "as the scenario states it for the strategy",
		})
	}
	return b
}

// overlay returns the scenario's strategy of this kind, or the default one.
func overlay(s *model.Scenario, kind model.StrategyKind) model.Strategy {
	if strategy, found := s.Strategy(kind); found {
		return strategy
	}
	return model.DefaultStrategy(kind)
}

// primaryLines are those of a primary that serves everybody.
func primaryLines(s *model.Scenario) []Line {
	var lines []Line
	for _, billed := range s.Bill {
		if billed.Region == s.Primary() {
			lines = append(lines, fullSize(s, billed))
		}
	}
	return lines
}

// fullSize is a line as its region would pay it if it carried all the traffic.
func fullSize(s *model.Scenario, billed model.BillLine) Line {
	line := asBilled(billed, "as billed: "+billed.Category.String()+" does not grow with traffic")
	if !billed.Category.ScalesWithTraffic() {
		return line
	}
	share := s.TrafficShare(billed.Region)
	if share <= 0 {
		is := "nearest"
		if s.Routing.Choice.Policy != model.LatencyRouting {
			is = "sent"
		}
		line.Basis = "as billed: no traffic is " + is + " to " + regionName(s, billed.Region)
		return line
	}
	line.PerYear = model.Dollars(billed.PerYear.USD() / share)
	line.Basis = fmt.Sprintf("%s for %s of the traffic, sized for all of it",
		billed.PerYear, percent(share))
	return line
}

// standbyLines are the secondary's, category by category. Where the bill has nothing of a category
// there, the primary's lines stand in for it.
func standbyLines(s *model.Scenario, strategy model.Strategy) []Line {
	secondary := s.Secondary()
	if secondary == model.NoRegion {
		return nil
	}
	var lines []Line
	for category := range model.CategoryCount {
		share := strategy.Standby[category]
		if share == 0 {
			continue
		}
		for _, billed := range standbyModels(s, secondary, category) {
			lines = append(lines, standbyLine(s, strategy.Kind, billed, secondary, share))
		}
	}
	return lines
}

// standbyModels returns the lines of a category that a standby is a share of.
func standbyModels(
	s *model.Scenario, secondary model.RegionID, category model.Category,
) []model.BillLine {
	var own, primary []model.BillLine
	for _, billed := range s.Bill {
		switch {
		case billed.Category != category:
		case billed.Region == secondary:
			own = append(own, billed)
		case billed.Region == s.Primary():
			primary = append(primary, billed)
		}
	}
	if len(own) > 0 {
		return own
	}
	return primary
}

// Unbilled returns the categories of which a standby keeps something running although the bill has
// no line of them, neither in the secondary nor in the primary: the strategy's cost leaves them
// out. It is empty for a scenario without a bill, whose strategies state their whole cost
// themselves.
func Unbilled(s *model.Scenario, kind model.StrategyKind) []model.Category {
	if !kind.HasStandby() || len(s.Bill) == 0 || s.Secondary() == model.NoRegion {
		return nil
	}
	var missing []model.Category
	strategy := overlay(s, kind)
	for category := range model.CategoryCount {
		if strategy.Standby[category] > 0 && len(standbyModels(s, s.Secondary(), category)) == 0 {
			missing = append(missing, category)
		}
	}
	return missing
}

// UnbilledRemark says in a sentence what Unbilled found, or nothing where it found nothing.
func UnbilledRemark(s *model.Scenario, kind model.StrategyKind) string {
	var names []string
	for _, category := range Unbilled(s, kind) {
		names = append(names, category.String())
	}
	if len(names) == 0 {
		return ""
	}
	return "the bill has no line of " + strings.Join(names, ", ") +
		" to size the standby's from: its cost leaves them out"
}

func standbyLine(
	s *model.Scenario, kind model.StrategyKind, billed model.BillLine, secondary model.RegionID,
	share float64,
) Line {
	full := fullSize(s, billed)
	sized := ""
	if billed.Category.ScalesWithTraffic() {
		sized = " sized for all traffic"
	}
	line := full
	line.Region = secondary
	line.PerYear = full.PerYear.Scale(share)
	line.Basis = fmt.Sprintf("%s of %s, %s%s",
		percent(share), full.PerYear, regionName(s, billed.Region), sized)
	if billed.Region != secondary {
		line.Basis += fmt.Sprintf(" (%s has no %s line of its own)",
			regionName(s, secondary), billed.Category)
	}
	line.Unverified = full.Unverified || !publishedShare(kind, billed.Category, share)
	return line
}

// publishedShare says which standby shares do not rest on an assumption: a whole copy of storage is
// what every recovery in another region needs, and warm standby's compute is roadmap-90-day's (week
// nine).
func publishedShare(kind model.StrategyKind, category model.Category, share float64) bool {
	if category == model.Storage {
		return share == 1
	}
	return kind == model.WarmStandby && category == model.Compute && share == 0.25
}

// servingLines are those of an estate in which every region serves its own population. The primary
// is billed as it stands: it takes all the writes today, so that applying the others' changes
// nothing there.
func servingLines(s *model.Scenario, strategy model.Strategy) []Line {
	var lines []Line
	workload := s.Workload()
	for _, billed := range s.Bill {
		if !workload.Has(billed.Region) {
			continue
		}
		line := asBilled(billed, "as billed, for the region's own traffic")
		factor := strategy.Serving[billed.Category]
		if billed.Region != s.Primary() && factor != 1 {
			line.PerYear = billed.PerYear.Scale(factor)
			line.Basis = fmt.Sprintf("%s as billed x %s, the factor of %s on %s outside the primary",
				billed.PerYear, number(factor), strategy.Kind, billed.Category)
			line.Unverified = true
		}
		lines = append(lines, line)
	}
	return lines
}

func witnessLines(s *model.Scenario) []Line {
	var lines []Line
	witnesses := s.Voters() &^ s.Workload()
	for _, billed := range s.Bill {
		if witnesses.Has(billed.Region) {
			lines = append(lines, asBilled(billed, "as billed: a witness, for its vote"))
		}
	}
	return lines
}

// regionName names a region, or says that there is none of this number.
func regionName(s *model.Scenario, r model.RegionID) string {
	if int(r) < len(s.Regions) {
		return s.Regions[r].Name
	}
	return "global"
}
