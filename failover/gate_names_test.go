package failover_test

import (
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// A scenario file names a gate by the words of model.Gates, which knows nothing of the policy.
func TestGatesAreNamedAsInScenarios(t *testing.T) {
	if got, want := len(model.Gates), int(failover.GateCount); got != want {
		t.Fatalf("model names %d gates, want %d", got, want)
	}
	for gate := range failover.GateCount {
		if got, want := model.Gates[gate], gate.String(); got != want {
			t.Errorf("gate %d is named %q, want %q", gate, got, want)
		}
	}
}
