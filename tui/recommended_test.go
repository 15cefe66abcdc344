package tui

import (
	"context"
	"strings"
	"testing"

	"redoubt"
	"redoubt/model"
)

// TestTheRecommendedOneIsCompared brings it to the right by a key, and by a command.
func TestTheRecommendedOneIsCompared(t *testing.T) {
	for _, test := range []struct{ keys, want string }{
		{"c", "read-local takes the place of active-active"},
		{"5:compare recommended<enter>", "read-local takes the place of active-active"},
		{"cc", "read-local is compared already"},
		{":compare warm-standby recommended<enter>", "read-local"},
	} {
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, test.keys)
		if text := screen(a, 120, 36); a.pair[1] != model.ReadLocal || a.at != 0 ||
			!strings.Contains(text, test.want) {
			t.Errorf("after %s: %s\n%s\nwant %q", test.keys, a.pair[1], text, test.want)
		}
	}
	a, err := New(Options{Scenario: "ecommerce-three-region"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	if press(a, "c"); a.pair[1] != model.ActiveActive || !a.wrong {
		t.Errorf("%s is compared before it is known which is recommended", a.pair[1])
	}
}

// TestTheCopiedComparisonIsTheSame runs what is copied, and gets the figures and the recommendation
// that are shown.
func TestTheCopiedComparisonIsTheSame(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "y")
	_, rest, _ := strings.Cut(a.Copied, "--strategies ")
	names, pair, _ := strings.Cut(rest, " --pair ")
	if pair != "warm-standby,active-active" {
		t.Fatalf("copied %q", a.Copied)
	}
	o := redoubt.CompareOptions{}
	for _, name := range strings.Split(names, ",") {
		kind, ok := model.ParseStrategy(name)
		if !ok {
			t.Fatalf("copied %q", a.Copied)
		}
		o.Strategies = append(o.Strategies, kind)
	}
	c, err := redoubt.Compare(context.Background(), a.study.scenario, o)
	if err != nil {
		t.Fatal(err)
	}
	shows(t, a, c)
	if c.Recommended != a.recommended() || c.Why != a.shown.Why {
		t.Errorf("it recommends %s: %s; want %s: %s", c.Recommended, c.Why, a.recommended(), a.shown.Why)
	}
}
