package failover_test

import (
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A primary is lost. Two observers say so for the length of the hold-down, and the policy asks for
// what has to be done. Nothing acts on its own: whoever does a step claims it first, and says when
// it is done.
func ExamplePolicy_Step() {
	policy := failover.Policy{
		Voters: 0b111, Workload: 0b011, Candidates: 0b011, // Regions 0 and 1, and a witness.
		Stores: 1, Guarded: 1, Mode: model.Automatic, Checks: 1, ChecksDown: 1, MinimumServing: 1,
		StepTries: 3, CapacityMin: 500, Ceiling: [model.MaxRegions]uint16{1000, 1000},
		HoldDown: 30 * time.Second, Cooldown: time.Hour, StaleAfter: 30 * time.Second,
		DataAtRiskMax: time.Minute, Lease: 15 * time.Second, Drift: time.Second,
		StepTimeout: 5 * time.Minute,
	}
	at := func(seconds int) failover.Instant {
		return failover.Instant(time.Duration(seconds) * time.Second)
	}
	state := policy.Start()
	var actions failover.Actions
	for _, event := range []failover.Event{
		{Kind: failover.LagMeasured, At: at(5), Region: 1, Epoch: 1, Lag: 2 * time.Second},
		{Kind: failover.Reported, At: at(10), Region: 1, Subject: 0, Sequence: 1, Known: 1, Down: 1},
		{Kind: failover.Reported, At: at(12), Region: 2, Subject: 0, Sequence: 1, Known: 1, Down: 1},
	} {
		state, actions = policy.Step(state, event)
	}
	deadline, _ := policy.Deadline(state)
	fmt.Println("actions:", len(actions.All()), "look again at", time.Duration(deadline))

	state, _ = policy.Step(state, failover.Event{
		Kind: failover.Reported, At: at(35), Region: 1, Subject: 0, Sequence: 2, Known: 1, Down: 1,
	})
	state, actions = policy.Step(state, failover.Event{Kind: failover.Tick, At: at(42)})
	for _, action := range actions.All() {
		fmt.Printf("epoch %d: %s, %s from region %d to %d\n", action.Epoch, action.Step,
			state.Plan.Kind, action.Subject, action.Target)
	}
	// Output:
	// actions: 0 look again at 16s
	// epoch 2: scale, failover from region 0 to 1
	// epoch 2: promote, failover from region 0 to 1
}

// Explain says, gate by gate, what stands between a region and its failover.
func ExamplePolicy_Explain() {
	policy := failover.Policy{
		Voters: 0b111, Workload: 0b011, Candidates: 0b011, Stores: 1, Guarded: 1,
		Mode: model.Automatic, Checks: 1, ChecksDown: 1, MinimumServing: 1,
		Ceiling: [model.MaxRegions]uint16{1000, 400}, CapacityMin: 500,
		HoldDown: time.Minute, DataAtRiskMax: time.Minute, Lease: 15 * time.Second,
	}
	state := policy.Start()
	names := failover.Names{
		Region: func(r model.RegionID) string { return [...]string{"paris", "ulm"}[r] },
		Store:  func(model.StoreID) string { return "orders" },
	}
	verdict := policy.Explain(state, failover.RegionScope(0))
	fmt.Print(verdict.Text(state.Now, names))
	// Output:
	// hold  evidence          0 regions (2 are needed) say that paris is down
	// hold  hold-down         the hold-down of 1m0s has not begun
	// pass  primary alive     no check of paris is a deep one
	// pass  cause             nothing is declared that speaks against leaving paris
	// pass  in flight         no other plan is running
	// pass  cooldown          no transition is recent
	// pass  brake             the brake is off, and no number of transitions trips it
	// pass  last one standing 1 healthy region would be left; the minimum is 1
	// pass  residency         ulm may hold the data
	// pass  readiness         the policy asks for nothing to be ready
	// deny  capacity          what is left can be scaled to 40.0% of all traffic; 50.0% is needed
	// deny  lag               the lag of the target is not known; ulm is not known to follow the lease
	// hold  fence             a guarded lease ends in 15s: that or a fence lets the promotion go on
	// pass  approval          none is needed, or it was given
	// pass  veto              nobody has forbidden it
}
