package main

import (
	"encoding/json"
	"testing"
	"time"

	"redoubt/model"
)

// TestQuantilesSayHowWellTheyAreKnown writes what covers a quantile, with and without an upper end.
func TestQuantilesSayHowWellTheyAreKnown(t *testing.T) {
	some := model.Quantiles{
		P50: time.Minute, Count: 9,
		P50Within: model.Interval{Low: 30 * time.Second, High: 2 * time.Minute},
		P95Within: model.Interval{Low: 90 * time.Second, High: model.Unbounded},
	}
	for _, test := range []struct {
		within model.Interval
		of     model.Quantiles
		want   string
	}{
		{some.P50Within, some, "30s .. 2m"},
		{some.P95Within, some, "from 1m30s"},
		{some.P50Within, model.Quantiles{}, none},
	} {
		if got := spanText(test.within, test.of); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	got, err := json.Marshal(quantilesOf(some))
	const want = `{"p50":60,"p95":0,"p99":0,"max":0,"count":9,"p50_within":{"low":30,"high":120},` +
		`"p95_within":{"low":90,"high":null},"p99_within":{"low":0,"high":0}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
