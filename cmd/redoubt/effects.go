package main

import (
	"fmt"
	"strconv"
	"strings"

	"redoubt"
	"redoubt/model"
)

// settled words what became of the conflicts of a run; what nobody said is reconciled by people.
func settled(o *model.Trial) string {
	var parts []string
	for _, part := range []struct {
		count int64
		what  string
	}{
		{o.Overwritten, "overwritten"}, {o.Rejected, "rejected"}, {o.Merged, "merged"},
		{o.Compensated, "compensated"},
	} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.count, part.what))
		}
	}
	text := "writes that met in two regions"
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

// repeated adds to a table what was had twice, what was read late and what was answered late, where
// anything was.
func repeated(t *table, o *model.Trial) {
	if o.Late > 0 {
		t.row("requests late", length(o.Late), "of the whole traffic: answered well, and later")
	}
	if o.StaleReads > 0 {
		t.row("stale reads", strconv.FormatInt(o.StaleReads, 10),
			"of a copy without the last write to their key")
	}
	if o.Duplicates > 0 {
		t.row("duplicates", strconv.FormatInt(o.Duplicates, 10), "effects that were had twice")
	}
}

// effectColumn is a count of what became of writes in a year.
type effectColumn struct {
	name string
	of   func(*redoubt.StrategyResult) float64
}

// effectColumns are what becomes of conflicts, what was had twice, and who has to log in again, in
// the order in which it is shown.
func effectColumns() []effectColumn {
	return []effectColumn{
		{"overwritten", func(r *redoubt.StrategyResult) float64 { return r.Overwritten }},
		{"rejected", func(r *redoubt.StrategyResult) float64 { return r.Rejected }},
		{"merged", func(r *redoubt.StrategyResult) float64 { return r.Merged }},
		{"compensated", func(r *redoubt.StrategyResult) float64 { return r.Compensated }},
		{"duplicates", func(r *redoubt.StrategyResult) float64 { return r.Duplicates }},
		{"lost sessions", func(r *redoubt.StrategyResult) float64 { return r.LostSessions }},
	}
}

// effects are the columns of which any strategy has something.
func (v comparisonView) effects() (shown []effectColumn) {
	for _, column := range effectColumns() {
		for i := range v.Strategies {
			if column.of(&v.Strategies[i]) > 0 {
				shown = append(shown, column)
				break
			}
		}
	}
	return shown
}
