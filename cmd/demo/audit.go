package main

import (
	"context"
	"path/filepath"

	"redoubt/api"
)

// audited is how the agents' logs were found to agree.
type audited struct {
	// Compared are entries of which at least two agents said to which state they led.
	Compared int `json:"entries_compared"`
	// Replayed are the logs that were exported and decided anew, state by state.
	Replayed int `json:"logs_replayed"`
}

// audit holds the states of the agents against each other, and has each of their logs decided anew.
func (d *drill) audit(ctx context.Context) error {
	a := &d.result.Audit
	known := map[uint64]string{}
	told := map[uint64]bool{}
	for _, r := range d.regions {
		entries, err := allOf(ctx, r.client)
		if err != nil {
			return err
		}
		for i := range entries {
			e := &entries[i]
			switch hash, is := known[e.Index]; {
			case !is:
				known[e.Index] = e.Hash
				continue
			case hash != e.Hash:
				d.result.wrong("%s came to the state %s with entry %d, and another agent to %s", r.name,
					e.Hash, e.Index, hash)
			}
			if !told[e.Index] {
				told[e.Index] = true
				a.Compared++
			}
		}
		folder := filepath.Join(d.folder, r.name+"-log")
		_, err = d.redoubt(ctx, "history", "export", folder, "--address", local(r.api), "--token-file",
			filepath.Join(d.folder, "keys", "operator.token"))
		if err != nil {
			return err
		}
		if _, err := d.redoubt(ctx, "replay", folder, "--scenario", d.scenario); err != nil {
			d.result.wrong("the log of %s does not lead where it says: %v", r.name, err)
			continue
		}
		a.Replayed++
	}
	d.say("the agents came to the same states with %d entries; their logs, decided anew, lead there",
		a.Compared)
	return nil
}

// allOf is all that an agent has applied since it was started.
func allOf(ctx context.Context, agent *api.Client) (all []api.Entry, err error) {
	const page = 1000
	for after := uint64(0); ; {
		entries, err := agent.History(ctx, after, page)
		if err != nil || len(entries) == 0 {
			return all, err
		}
		all, after = append(all, entries...), entries[len(entries)-1].Index
	}
}
