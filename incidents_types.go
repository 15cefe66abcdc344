package redoubt

import (
	"time"

	"redoubt/model"
)

// IncidentReport is a published outage beside what comes out when it is played.
type IncidentReport struct {
	// Name is also that of the embedded scenario that plays it.
	Name, Title string
	// Published is what was published, Simulated what comes of it with who decided then, WithRedoubt
	// with redoubt's own policy.
	Published              []PublishedFigure
	Simulated, WithRedoubt []Figure
	// SimulatedIs says what Simulated is of.
	SimulatedIs string
	// Others are what comes where something is different from what was.
	Others []Other
	// Comparisons hold what was published, and is not played, to what was simulated. Where nothing
	// that was simulated is the same quantity there is none, and Incomparable says why.
	Comparisons  []IncidentComparison
	Incomparable string
	// Checks hold what was published to what was simulated, of quantities that are no input: each is
	// a yes or a no.
	Checks []IncidentCheck
	// LeftOut says what of the outage is not simulated.
	LeftOut string
	// Assumed is what any of the runs rests on that the scenario leaves to defaults which nobody
	// verified.
	Assumed []model.Assumption
	// Strategy is what redoubt ran, in so many runs with the seeds from Seed on.
	Strategy model.StrategyKind
	Runs     int
	Seed     uint64
}

// WithinTolerance reports whether every figure that is compared is within its tolerance; where none
// is compared there is nothing to report.
func (r *IncidentReport) WithinTolerance() (within, compared bool) {
	for _, c := range r.Comparisons {
		if !c.Within {
			return false, true
		}
	}
	return len(r.Comparisons) > 0, len(r.Comparisons) > 0
}

// ChecksHold reports whether every check does.
func (r *IncidentReport) ChecksHold() bool {
	for _, check := range r.Checks {
		if !check.Holds {
			return false
		}
	}
	return true
}

// Figure is something that runs show: its extremes, in seconds or as a count, or whether it is so
// where Unit is Truth (1 or 0).
type Figure struct {
	// Key names it for machines, What for people.
	Key, What string
	Unit      Unit
	// Low and High are NaN where no run has it.
	Low, High float64
	// Echoes is the key of the published figure that it only repeats, since that is played; empty
	// where it is none.
	Echoes string
}

// Unit is what a Figure is counted in.
type Unit uint8

// The units of a Figure.
const (
	// Truth is 1 for yes and 0 for no.
	Truth Unit = iota + 1
	// Seconds are a length of time.
	Seconds
	// Count is a number of things.
	Count
	// Part is a share, in [0, 1].
	Part
)

// PublishedFigure is a figure that was published.
type PublishedFigure struct {
	Figure
	// Source is where; Secondary says that it is not whoever had the outage.
	Source    string
	Secondary bool
	// Input says that it is played; the others are what came of it.
	Input bool
	// Uncompared says, of one that is neither played nor compared, why it is held to nothing.
	Uncompared string
}

// IncidentCheck holds something published to what came out.
type IncidentCheck struct {
	// What is a sentence without its full stop.
	What  string
	Holds bool
}

// Other is an outage with something different from what was: What says what, as half a sentence.
type Other struct {
	What string
	// Strategy is what redoubt ran, and Runs how often; both are 0 where a rule says what comes.
	Strategy model.StrategyKind
	Runs     int
	Figures  []Figure
}

// known is an incident and how it is played.
type known struct {
	name, title, leftOut string
	strategy             model.StrategyKind
	published            []PublishedFigure
	// decider is the name of the one that decided then, whose rule meets a cut of this length; empty
	// where nothing did.
	decider string
	cut     time.Duration
	// simulatedIs says why it is that decider.
	simulatedIs string
	// measures are those of the runs, beyond the six that every incident has.
	measures []measure
	// then is what was in place, where no decider is and it was more than nothing; others are what
	// else is played.
	then   *variant
	others []variant
	// compared are the figures that are held to each other, incomparable is why there are none.
	compared     []IncidentComparison
	incomparable string
	// checks are what else of what was published is held to what came.
	checks func(r *IncidentReport) []IncidentCheck
	// played, if not nil, is called after each run.
	played func()
}
