package redoubt_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/sim"
)

// idle are the faults of the library without which, and the settings with whose base's value, each
// expectation comes true all the same, and why that is so.
var idle = map[string]string{
	"metrics-lost, fault 0 blind-agent":                 "that nothing comes of it is the point",
	"metrics-lost, fault 1 blind-agent":                 "that nothing comes of it is the point",
	"metrics-lost, fault 2 blind-agent":                 "that nothing comes of it is the point",
	"kinesis-2020-11-25, fault 0 blind-agent":           "that nothing comes of it is the point",
	"kinesis-2020-11-25, fault 1 blind-agent":           "that nothing comes of it is the point",
	"off-peak-loss, fault 1 capacity-refused":           "at night nobody asks for more",
	"weights-with-a-bound, fault 1 capacity-refused":    "by its bound the region never asks",
	"aws-2021-12-07, fault 0 control-plane-loss":        "who leaves a region does not change it",
	"aws-2021-12-07, fault 1 blind-agent":               "the others see for themselves",
	"lost-unseen, fault 0 blind-agent":                  "one that is blind is enough",
	"lost-unseen, fault 1 blind-agent":                  "one that is blind is enough",
	"off-peak-loss, People.Resync":                      "as in peak-hour-loss",
	"weights-with-a-bound, People.Resync":               "as in weighted-loss",
	"capacity-granted-late, Scaling.Shrink":             "what is there too long does no harm",
	"december-2024-manual, Settings.HoldDown":           "a minute is lost among those of people",
	"cloudflare-2023-11-02, Settings.BrakeRegions":      "its default follows from the regions",
	"cloudflare-2024-03-26, Settings.BrakeRegions":      "its default follows from the regions",
	"december-2024-eighteen-minutes, Settings.HoldDown": "as in december-2024-manual",
	"december-2024-eighteen-minutes, People.Approve":    "as in december-2024-manual",
	"duplicate-replay-known, Traffic.RequestsPerSecond": "as in duplicate-replay",
	"objects-late, Settings.DataAtRiskMax":              "the estate accepts less",
	"december-2024-eighteen-minutes, Checks":            "approving alone takes longer",
	"duplicate-replay-known, Stores":                    "that nothing comes of it is the point",
	"flapping-link, Checks":                             "what is not seen moves nothing either",
	"retried-payment, Stores":                           "keys that are lost tell as little as none",
	"cloudflare-2023-11-02, Stores":                     "they differ in their regions alone",
	"cloudflare-2024-03-26, Stores":                     "they differ in their regions alone",
	"off-peak-loss, Traffic.Starts":                     "at midnight they sleep as at one",

	"night-loss-without-machines, fault 1 capacity-refused": "at night it asks for none",
	"night-loss-without-machines, Traffic.Starts":           "at midnight they are as few",
	"standby-by-the-hour, fault 1 capacity-refused":         "it has what it needs",
	"standby-by-the-hour, Scaling.Growth":                   "it has what it needs",
	"cold-cache-copied, Cache.HitRatio":                     "that nothing comes of it is the point",
	"weights-by-cost, fault 0 link-cut":                     "something has to happen in a run",
	"weights-that-follow, People.Resync":                    "as in weighted-loss",
	"rush-without-machines, Scaling.Growth":                 "the hours without machines are longer",
}

// TestEveryFaultOfADrillIsNoticed takes away each fault of each drill and incident in turn: some
// expectation must then not come true, or the fault is there for show.
func TestEveryFaultOfADrillIsNoticed(t *testing.T) {
	for _, summary := range drills() {
		for i, fault := range scenario(t, summary.Name).Timeline {
			s := scenario(t, summary.Name)
			s.Timeline = slices.Delete(s.Timeline, i, i+1)
			if len(s.Timeline) == 0 && len(s.Rollouts) == 0 { // A run without any would make one up.
				fault.Duration = time.Millisecond
				s.Timeline = []model.Fault{fault}
			}
			noticed(t, s, fmt.Sprintf("%s, fault %d %s", summary.Name, i, fault.Kind))
		}
	}
}

// TestEverySettingOfADrillIsNoticed gives each number that a drill or incident sets otherwise than
// its base the base's value, and so its stores and checks: some expectation must then not come
// true.
func TestEverySettingOfADrillIsNoticed(t *testing.T) {
	for _, summary := range drills() {
		base := reflect.ValueOf(scenario(t, summary.Base)).Elem()
		whole := reflect.ValueOf(scenario(t, summary.Name)).Elem()
		for _, path := range settings(base.Type()) {
			theirs := base.FieldByIndex(path.Index)
			if reflect.DeepEqual(whole.FieldByIndex(path.Index).Interface(), theirs.Interface()) {
				continue
			}
			s := scenario(t, summary.Name)
			reflect.ValueOf(s).Elem().FieldByIndex(path.Index).Set(theirs)
			if len(s.Validate()) == 0 {
				noticed(t, s, summary.Name+", "+path.Name)
			}
		}
	}
}

// settings are what a drill can set otherwise than its base, with their paths as names.
func settings(scenario reflect.Type) (all []reflect.StructField) {
	for _, part := range []string{
		"Settings", "Traffic", "Routing", "Scaling", "Cache", "People", "Stores", "Checks",
	} {
		field, _ := scenario.FieldByName(part)
		if field.Type.Kind() != reflect.Struct {
			all = append(all, field)
			continue
		}
		for i := range field.Type.NumField() {
			all = append(all, reflect.StructField{
				Name:  part + "." + field.Type.Field(i).Name,
				Index: append(slices.Clone(field.Index), i),
			})
		}
	}
	return all
}

// drills are the embedded scenarios that are about something that happens.
func drills() []scenarios.Summary {
	return slices.DeleteFunc(scenarios.List(), func(s scenarios.Summary) bool {
		return s.Group == scenarios.EstateGroup
	})
}

// noticed demands that some expectation of a changed scenario is not met, or if it is known to be
// idle, that all are.
func noticed(t *testing.T, s *model.Scenario, change string) {
	t.Helper()
	met := true
	for _, few := range []bool{true, false} { // Most show it in the first runs.
		for i := 0; met && i < len(s.Expected); i++ {
			expected := s.Expected[i]
			if few {
				expected.Runs = min(expected.Runs, 2)
			}
			found, err := sim.Expect(s, expected)
			if err != nil {
				t.Fatalf("%s: %v", change, err)
			}
			met = found.Met()
		}
	}
	switch why, known := idle[change]; {
	case met && !known:
		t.Errorf("without %s every expectation comes true all the same", change)
	case !met && known:
		t.Errorf("without %s an expectation does not come true, though %s", change, why)
	}
}

// TestBoundsOfTheLibraryHaveBothEnds refuses a bound that is open at the top, and one from 0 on of
// what cannot be 0 where the drill is any good: such a bound lets through what is not understood.
func TestBoundsOfTheLibraryHaveBothEnds(t *testing.T) {
	canBeNone := []model.Measure{
		model.MeasureRPO, model.MeasureLostWrites, model.MeasureFailovers, model.MeasureFailbacks,
	}
	for _, summary := range scenarios.List() {
		for i, e := range scenario(t, summary.Name).Expected {
			for _, b := range e.Bounds {
				from0 := b.Least == 0 && b.Most > 0 && !slices.Contains(canBeNone, b.Measure)
				if math.IsInf(b.Most, 1) || from0 {
					t.Errorf("%s, expectation %d: %s is from %g to %g", summary.Name, i, b.Measure, b.Least,
						b.Most)
				}
			}
		}
	}
}
