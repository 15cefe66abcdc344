package scenarios_test

import (
	"testing"

	"redoubt/scenarios"
)

func TestEveryEmbeddedScenarioLoads(t *testing.T) {
	for _, name := range scenarios.Names() {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Errorf("Load(%q):\n%v", name, err)
			continue
		}
		if s.Name != name {
			t.Errorf("Load(%q) has the name %q", name, s.Name)
		}
	}
}
