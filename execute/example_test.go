package execute_test

import (
	"context"
	"fmt"
	"log/slog"

	"redoubt/execute"
	"redoubt/failover"
)

// A roster sends an action to whoever does its step, and refuses one that is stale.
func ExampleRoster() {
	names := execute.Names{Regions: []string{"paris", "oslo"}, Stores: []string{"orders"}}
	quiet := slog.New(slog.DiscardHandler)
	roster, err := execute.New(execute.Config{
		Duties: []execute.Duty{{
			Name: "rehearsal", Steps: failover.Steps(failover.Promote),
			Executor: execute.Dry{Names: names, Log: quiet},
		}},
		Memory: &execute.Memory{}, Names: names, Log: quiet,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, epoch := range []failover.Epoch{7, 6} {
		result := roster.Do(context.Background(), failover.Action{
			Kind: failover.Do, Epoch: epoch, Step: failover.Promote, Target: 1,
		})
		fmt.Printf("%s: %s\n", result.Outcome, result.Why)
	}
	// Output:
	// done: executor rehearsal: nothing was done: it is a dry run
	// failed: stale: epoch 6 is over, since store orders was acted for in epoch 7
}
