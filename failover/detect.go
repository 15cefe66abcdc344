package failover

// Detector is the hysteresis between single probes and a verdict: Failures failed probes in a row
// turn it down, Successes good ones turn it up again. Every agent's prober and every simulated one
// run this code. The zero value is up.
type Detector struct {
	down   bool
	streak int
}

// Limits are a Detector's thresholds, each at least 1.
type Limits struct{ Failures, Successes int }

// Observe takes the next probe's result and reports whether the verdict changed.
func (d *Detector) Observe(ok bool, limits Limits) (changed bool) {
	if ok != d.down {
		d.streak = 0
		return false
	}
	d.streak++
	need := limits.Failures
	if d.down {
		need = limits.Successes
	}
	if d.streak < need {
		return false
	}
	d.down, d.streak = !d.down, 0
	return true
}

// Down is the verdict.
func (d *Detector) Down() bool { return d.down }

// Streak is how many probes in a row have contradicted the verdict.
func (d *Detector) Streak() int { return d.streak }
