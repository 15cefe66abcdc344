package tui

import (
	"strings"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// TestWhatIsWishedForIsCompared shows the strategies that were named, the single region too, and
// says of those that cannot be shown why, and what is in their place.
func TestWhatIsWishedForIsCompared(t *testing.T) {
	const single, pilot, warm = model.SingleRegion, model.PilotLight, model.WarmStandby
	const active = model.ActiveActive
	owned := []scenarios.Edit{{Path: "store[0].conflicts", Value: "single-writer"}}
	for _, test := range []struct {
		scenario    string
		edits       []scenarios.Edit
		left, right model.StrategyKind
		want        [2]model.StrategyKind
		told        string
	}{
		{"ecommerce-three-region", nil, 0, 0, [2]model.StrategyKind{warm, active}, ""},
		{"ecommerce-three-region", nil, single, pilot, [2]model.StrategyKind{single, pilot}, ""},
		{"ecommerce-three-region", nil, warm, single, [2]model.StrategyKind{warm, single}, ""},
		{"ecommerce-three-region", nil, single, 0, [2]model.StrategyKind{single, warm}, ""},
		{"ecommerce-three-region", nil, pilot, pilot, [2]model.StrategyKind{warm, active}, ""},
		{"warm-standby-two-region", nil, active, single, [2]model.StrategyKind{single, warm},
			"active-active is no strategy of warm-standby-two-region: single-region is beside " +
				"warm-standby"},
		{"ecommerce-three-region", owned, active, pilot, [2]model.StrategyKind{pilot, warm},
			"active-active cannot be built here, since the conflicts of store orders are avoided by a " +
				"single writer, as in read-local: pilot-light is beside warm-standby"},
	} {
		a, err := New(Options{
			Scenario: test.scenario, Edits: test.edits, Left: test.left, Right: test.right,
			Theme: &canvas.Bare,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.engine.stop)
		if a.pair != test.want || a.message != test.told {
			t.Errorf("%s, %s and %s: got %v and %q, want %v and %q", test.scenario, test.left,
				test.right, a.pair, a.message, test.want, test.told)
		}
		if text := flat(screen(a, 200, 36)); !strings.Contains(text, test.told) {
			t.Errorf("not on the screen: %q\n%s", test.told, text)
		}
	}
}
