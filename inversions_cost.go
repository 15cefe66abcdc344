package redoubt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"redoubt/cost"
	"redoubt/model"
)

// costPair is a simpler strategy that costs more than a richer one.
type costPair struct {
	simpler model.StrategyKind
	saved   model.Money
	// by is what the richer one pays less in each category, negative where it pays more.
	by [model.CategoryCount]model.Money
}

// costInversions has a sentence for each set of categories of the bill in which the richer strategy
// pays less than some simpler ones, where that makes it cost less and both have a price.
func costInversions(
	s *model.Scenario, simpler []*StrategyResult, richer *StrategyResult,
) []string {
	var groups [][]costPair
	for _, other := range simpler {
		saved := other.Case.CostPerYear - richer.Case.CostPerYear
		if saved <= 0 || !cost.Priced(s, other.Kind) || !cost.Priced(s, richer.Kind) {
			continue
		}
		pair := costPair{simpler: other.Kind, saved: saved, by: less(s, other.Kind, richer.Kind)}
		i := slices.IndexFunc(groups, func(group []costPair) bool { return group[0].alike(&pair) })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], pair)
	}
	var texts []string
	for _, group := range groups {
		texts = append(texts, costText(s, group, richer.Kind))
	}
	return texts
}

// less gives what the richer strategy pays less in each category of the bill.
func less(
	s *model.Scenario, simpler, richer model.StrategyKind,
) (by [model.CategoryCount]model.Money) {
	before, after := cost.Itemise(s, simpler), cost.Itemise(s, richer)
	for c := range model.CategoryCount {
		by[c] = before.InCategory(c) - after.InCategory(c)
	}
	return by
}

// alike reports whether two pairs are explained by the same.
func (p *costPair) alike(q *costPair) bool {
	for c := range p.by {
		if cmp.Compare(p.by[c], 0) != cmp.Compare(q.by[c], 0) {
			return false
		}
	}
	return p.simpler.HasStandby() == q.simpler.HasStandby() &&
		p.simpler.ServesReads() == q.simpler.ServesReads()
}

// costText puts pairs with the same causes into a sentence.
func costText(s *model.Scenario, group []costPair, richer model.StrategyKind) string {
	first := &group[0]
	text := fmt.Sprintf("%s costs %s a year less than %s: ", richer, first.saved, first.simpler)
	others := first.simpler.String() + " keeps"
	if len(group) > 1 {
		var names []string
		for _, p := range group {
			names = append(names, fmt.Sprintf("%s (by %s a year)", p.simpler, p.saved))
		}
		text = fmt.Sprintf("%s costs less than %s: ", richer, listed(names))
		others = "they keep"
	}
	if richer.ServesReads() && first.simpler.HasStandby() {
		text += fmt.Sprintf("its regions share the load, where %s %s sized for all of it and more idle "+
			"beside; ", others, s.Regions[s.Primary()].Name)
	}
	return text + strings.Join(categories(group), ", ")
}

// categories lists the categories of the bill in which less is paid, in their own order, and then
// those in which more is, so that they sum to the difference.
func categories(group []costPair) []string {
	texts := amounts(group, 1, "less")
	if len(texts) == 0 {
		return []string{"unexplained: no category of its bill is smaller"}
	}
	return append(texts, amounts(group, -1, "more")...)
}

// amounts lists those of one sign.
func amounts(group []costPair, sign model.Money, word string) (texts []string) {
	for c := range model.CategoryCount {
		if sign*group[0].by[c] <= 0 {
			continue
		}
		paid := make([]string, len(group))
		for i := range group {
			paid[i] = (sign * group[i].by[c]).String()
		}
		texts = append(texts, fmt.Sprintf("%s %s for %s", together(paid), word, c))
	}
	return texts
}
