package main

import (
	"strings"
	"testing"

	"redoubt"
	"redoubt/model"
)

// What became of conflicts is told beside their number, as far as there is any of it.
func TestConflictsAreToldByWhatBecameOfThem(t *testing.T) {
	for _, c := range []struct {
		trial model.Trial
		want  string
	}{
		{model.Trial{Conflicts: 3}, "writes that met in two regions"},
		{model.Trial{Conflicts: 9, Overwritten: 5, Rejected: 2, Merged: 1, Compensated: 1},
			"writes that met in two regions: 5 overwritten, 2 rejected, 1 merged, 1 compensated"},
	} {
		if got := settled(&c.trial); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A comparison has a column for each thing that became of writes anywhere, and a run a row.
func TestEffectsAreShownWhereThereAreAny(t *testing.T) {
	view := comparisonView{Comparison: &redoubt.Comparison{Strategies: []redoubt.StrategyResult{
		{Kind: model.SingleRegion},
		{Kind: model.ActiveActive, Conflicts: 30, Overwritten: 20, Duplicates: 70},
	}}}
	made := view.losses()
	headers := strings.Join(made.headers, "|")
	want := "conflicts\n/yr|overwritten\n/yr|duplicates\n/yr|loss"
	if !strings.Contains(headers, want) {
		t.Errorf("got the headers %q, want %q among them", headers, want)
	}
	if got := strings.Join(made.rows[1][:5], "|"); got != "active-active|0|30|20|70" {
		t.Errorf("got %q", got)
	}
	rows := newTable("<what", "amount", "<")
	if repeated(rows, &model.Trial{}); len(rows.rows) != 0 {
		t.Errorf("got %q of a run without any, want no row", rows.rows)
	}
	if repeated(rows, &model.Trial{Duplicates: 2, StaleReads: 3}); len(rows.rows) != 2 {
		t.Errorf("got %q, want two rows", rows.rows)
	}
}
