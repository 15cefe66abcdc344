package scenarios

import "testing"

// TestFormsAreCompiledOnce holds that a value costs its reading alone: a file has hundreds.
func TestFormsAreCompiledOnce(t *testing.T) {
	const text = "$75,000,000"
	if !matches(moneyPattern, text) || matches(durationPattern, text) {
		t.Fatalf("%s is money, and no duration", text)
	}
	if took := testing.AllocsPerRun(100, func() { matches(moneyPattern, text) }); took > 1 {
		t.Errorf("a pattern that was compiled allocates %v times", took)
	}
}
