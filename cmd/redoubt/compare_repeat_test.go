package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// interrupted compares until so many trials are done.
func interrupted(
	t *testing.T, after int, chosen, pair []model.StrategyKind,
) comparisonView {
	t.Helper()
	s, err := scenarios.Load(defaultScenario)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c, err := redoubt.Compare(ctx, s, redoubt.CompareOptions{
		Strategies: chosen, Trials: 20, Years: 2, Workers: 1,
		Progress: func(done, _ int) {
			if done >= after {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || c == nil {
		t.Fatalf("got %v, want it interrupted", err)
	}
	return comparisonView{
		Comparison: c, asked: source{name: defaultScenario}, chosen: chosen, pair: pair, partial: true,
	}
}

// figuresOf reads what JSON says of each strategy that was simulated, and of a pair; of how each
// compares with the recommended one where everything was reached, since else none is.
func figuresOf(t *testing.T, text []byte, whole bool) (figures map[string]any, pair any) {
	t.Helper()
	var data struct {
		Strategies []map[string]any `json:"strategies"`
		Pair       any              `json:"pair"`
	}
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	figures = map[string]any{}
	for _, r := range data.Strategies {
		if !whole {
			delete(r, "versus_recommended")
		}
		if name, _ := r["name"].(string); r["availability"] != nil {
			figures[name] = r
		}
	}
	return figures, data.Pair
}

// The command that an interrupted comparison prints gives every figure that it shows again: it runs
// what was reached and what was asked for, and no pair of which one was not.
func TestAnInterruptedComparisonIsRepeatedAsItStands(t *testing.T) {
	warm, active := model.WarmStandby, model.ActiveActive
	two := []model.StrategyKind{warm, active}
	for _, row := range []struct {
		name         string
		after        int
		chosen, pair []model.StrategyKind
		want, not    string
	}{
		{name: "some reached", after: 50,
			want: " --strategies single-region,backup-restore,pilot-light "},
		{name: "all reached", after: 130, not: "--strategies"},
		{name: "two asked, all reached", after: 50, chosen: two,
			want: " --strategies warm-standby,active-active "},
		{name: "two asked, one reached", after: 30, chosen: two,
			want: " --strategies single-region,warm-standby "},
		{name: "a pair, one reached", after: 70, pair: two, not: "--pair",
			want: " --strategies single-region,backup-restore,pilot-light,warm-standby "},
		{name: "a pair, both reached", after: 130, pair: two,
			want: " --pair warm-standby,active-active "},
	} {
		t.Run(row.name, func(t *testing.T) {
			view := interrupted(t, row.after, row.chosen, row.pair)
			command := view.repeat()
			if !strings.Contains(command, row.want) || row.not != "" && strings.Contains(command, row.not) {
				t.Errorf("got %s, want%s in it and no %q", command, row.want, row.not)
			}
			var shown, again, said bytes.Buffer
			if err := writeResult(&shown, asJSON, view); err != nil {
				t.Fatal(err)
			}
			arguments := append(strings.Fields(command)[1:], "--output", asJSON)
			if code := run(t.Context(), arguments, &again, &said); code != 0 {
				t.Fatalf("%s exits with %d: %s", command, code, said.String())
			}
			whole := view.Recommended != 0
			had, hadPair := figuresOf(t, shown.Bytes(), whole)
			has, hasPair := figuresOf(t, again.Bytes(), whole)
			if len(had) == 0 || !reflect.DeepEqual(had, has) || !reflect.DeepEqual(hadPair, hasPair) {
				t.Errorf("%s gives other figures:\n%v\n%v\nwant\n%v\n%v", command, has, hasPair, had,
					hadPair)
			}
		})
	}
}
