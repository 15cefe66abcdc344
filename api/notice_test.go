package api_test

import (
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// twice is an agent under a policy that people have to approve, whose log has seen a region that
// serves readers down, and the primary's later. How far the primary's copies are behind it knows if
// they are measured.
func twice(t *testing.T, measured bool) (*agent, *model.Scenario) {
	t.Helper()
	file, _ := estate(t)
	strategy, ok := file.Strategy(model.ReadLocal)
	if !ok {
		t.Fatal("the estate has no region that serves readers alone")
	}
	strategy.Mode = model.Manual
	policy, err := failover.NewPolicy(file, strategy)
	if err != nil {
		t.Fatal(err)
	}
	a := newAgent(policy)
	a.names = failover.NamesOf(file)
	const later, end = 20 * time.Minute, 25 * time.Minute
	for at := time.Second; at < end; at += 5 * time.Second {
		var down model.RegionSet
		if at > time.Minute {
			down = down.With(2)
		}
		if at > later {
			down = down.With(0)
		}
		a.see(at, down, policy.Checks)
		a.apply(failover.Event{
			Kind: failover.LeaseRenewed, At: failover.Instant(at), Region: 0, Epoch: 1,
			Ticket: uint64(at),
		})
		if measured {
			a.apply(failover.Event{
				Kind: failover.LagMeasured, At: failover.Instant(at), Region: 1, Epoch: 1, Lag: time.Second,
			})
		}
	}
	return a, file
}

// raised are the lines of a history that begin as a notice does.
func (a *agent) raised(notice string) (all []string) {
	for i := range a.entries {
		for _, line := range a.entries[i].Changes {
			if strings.HasPrefix(line, notice) {
				all = append(all, line)
			}
		}
	}
	return all
}

// Who looks at the status finds every question, and who reads the history finds each once.
func TestAllQuestionsAreTold(t *testing.T) {
	a, file := twice(t, true)
	const asked = "people are asked to approve leaving "
	told := api.StatusOf(&a.view, file).Notices
	if len(told) != 2 || !strings.HasPrefix(told[0], asked+"us-east-1 for ") ||
		told[1] != asked+"ap-southeast-1" {
		t.Errorf("the status tells %q", told)
	}
	if all := a.raised(asked); len(all) != 2 || all[0] != told[1] || all[1] != told[0] {
		t.Errorf("the history tells %q", all)
	}
}

// Of an outage that a gate keeps from being answered both tell which gate that is and what it
// found, beside what people are asked.
func TestWhatAGateFoundIsTold(t *testing.T) {
	a, file := twice(t, false)
	const kept = "us-east-1 is seen down, and not left, since the gate lag wants no more data at " +
		"risk than the policy allows (the lag of the target is not known; "
	told := api.StatusOf(&a.view, file).Notices
	if len(told) != 2 || !strings.HasPrefix(told[1], kept) {
		t.Errorf("the status tells %q", told)
	}
	if all := a.raised(kept); len(all) != 1 {
		t.Errorf("the history tells %q", all)
	}
}
