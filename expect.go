package redoubt

import (
	"context"

	"redoubt/model"
	"redoubt/sim"
)

// Finding is what the runs of one expectation showed.
type Finding = sim.Finding

// Expect plays the timeline of a scenario for everything that the scenario expects of it, and says
// what came, in the order of the file; nothing where it expects nothing. An error says that a run
// cannot be played; an *OutsideRun among them, that a time is not in the run; when the context
// ends, it is the context's.
func Expect(ctx context.Context, s *model.Scenario) ([]*Finding, error) {
	var found []*Finding
	for _, expectation := range s.Expected {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		finding, err := sim.Expect(s, expectation)
		if err != nil {
			return nil, err
		}
		found = append(found, finding)
	}
	return found, nil
}
