package deciders

import "time"

// Never is when something happens that does not happen.
const Never = time.Duration(1<<63 - 1)

// maxPhases bounds the phases of one decider.
const maxPhases = 3

// Phase names one of the independent phases of a decider, each uniform over its whole range.
type Phase uint8

// Wait is one stretch of time in a rule: Fixed, and a share of Spread that a phase decides.
type Wait struct {
	// What is waited for, as half a sentence.
	What string
	// Fixed is at least 0.
	Fixed time.Duration
	// Spread is the range of the phase: the wait is Fixed + Spread x phase, with the phase uniform in
	// [0, 1]. Waits that share a phase are early or late together.
	Spread time.Duration
	Phase  Phase
}

// Constant is a default that a rule rests on.
type Constant struct {
	Name  string
	Value string
	// Source is where the value was read.
	Source string
	// Unverified says that no primary source was found for it.
	Unverified bool
}

// Decider is the timing rule of one decider, as its defaults have it.
type Decider struct {
	// Name is unique and short; Title is what people call it.
	Name, Title string
	// Source is the document that describes the rule.
	Source string
	// Rule says in two or three sentences what it waits for and what it does.
	Rule      string
	Constants []Constant
	// EarliestSum and LatestSum are when it decides at the earliest and at the latest after a cut that
	// it sees, as sums of Constants by their names, with x for times: the waits below, by hand. Both
	// are empty of what is played and not reproduced.
	EarliestSum, LatestSum string
	// Differs says why figures that others give are not these; empty where they agree.
	Differs string
	// LeftOut says what the rule here leaves out, and which way that bends the figures.
	LeftOut string
	// Blind says why it does not see a cut between regions; empty where it does.
	Blind string
	// Switch names what has to be switched on before it fails over by itself; empty where it does so
	// by default.
	Switch string
	// TrafficOnly says that it moves traffic and promotes no store.
	TrafficOnly bool
	// Synchronous says that a write is acknowledged only once the standby has it.
	Synchronous bool
	// Paths are what must be over before it acts, counted from the cut: the longest decides. Then is
	// what it waits for after that.
	Paths [][]Wait
	Then  []Wait
	// Fence is how long after the cut the cut-off primary stops accepting writes; empty where nothing
	// stops it.
	Fence []Wait
}

// phases is a value in [0, denominator] for each phase, so that all times are integers.
type phases struct {
	numerator   [maxPhases]int64
	denominator int64
}

// length is how long waits that follow each other take at these phases.
func (p *phases) length(waits []Wait) time.Duration {
	total := time.Duration(0)
	for i := range waits {
		share := int64(waits[i].Spread) * p.numerator[waits[i].Phase] / p.denominator
		total += waits[i].Fixed + time.Duration(share)
	}
	return total
}

// decides is when a decider acts at these phases, if the cut lasts long enough.
func (d *Decider) decides(p *phases) time.Duration {
	longest := time.Duration(0)
	for _, path := range d.Paths {
		longest = max(longest, p.length(path))
	}
	return longest + p.length(d.Then)
}

// stops is when the cut-off primary stops writing at these phases.
func (d *Decider) stops(p *phases) time.Duration {
	switch {
	case d.Synchronous:
		return 0 // No write is acknowledged from the cut on.
	case len(d.Fence) == 0:
		return Never
	}
	return p.length(d.Fence)
}

// ends are the phases at which everything comes as early, and as late, as it can: every wait grows
// with its phase.
func ends() (early, late phases) {
	early, late = phases{denominator: 1}, phases{denominator: 1}
	for i := range late.numerator {
		late.numerator[i] = 1
	}
	return early, late
}

// Decides returns when the decider acts at the earliest and at the latest after a fault that it
// sees and that lasts.
func (d *Decider) Decides() (earliest, latest time.Duration) {
	early, late := ends()
	return d.decides(&early), d.decides(&late)
}

// Stops returns when the cut-off primary stops accepting writes at the earliest and at the latest,
// or Never.
func (d *Decider) Stops() (earliest, latest time.Duration) {
	early, late := ends()
	return d.stops(&early), d.stops(&late)
}

// count is how many phases a decider has.
func (d *Decider) count() int {
	highest := -1
	look := func(waits []Wait) {
		for i := range waits {
			if waits[i].Spread > 0 {
				highest = max(highest, int(waits[i].Phase))
			}
		}
	}
	for _, path := range d.Paths {
		look(path)
	}
	look(d.Then)
	look(d.Fence)
	return highest + 1
}
