package daemon

import (
	"math"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// History gives the entries after an index: the last ones, which are kept in words, and before
// them what the archive has, which is applied once more for that.
func (b *bridge) History(after uint64, most int) ([]api.Entry, error) {
	var entries []api.Entry
	if kept := b.keptFrom(); after+1 < kept && most > 0 {
		var err error
		if entries, err = b.archived(after, kept, most); err != nil && len(entries) == 0 {
			return nil, err
		}
		if err != nil || len(entries) == most {
			return entries, nil // Who asks for what comes after these hears of an error.
		}
		after = kept - 1
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for index := max(after+1, b.oldest()); index <= b.last && len(entries) < most; index++ {
		// Raft has entries of its own in between.
		if entry := &b.entries[index%historyKept]; entry.Index == index {
			entries = append(entries, *entry)
		}
	}
	return entries, nil
}

// keptFrom is the index from which on entries are kept in words.
func (b *bridge) keptFrom() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.oldest()
}

// oldest is keptFrom, with the lock held.
func (b *bridge) oldest() uint64 {
	switch {
	case b.first == 0:
		return math.MaxUint64
	case b.last >= historyKept:
		return max(b.first, b.last-historyKept+1)
	}
	return b.first
}

// archived are entries that the archive has, after one index and before another.
func (b *bridge) archived(after, before uint64, most int) (entries []api.Entry, _ error) {
	if b.archive == nil {
		return nil, nil
	}
	b.past.Lock()
	defer b.past.Unlock()
	err := b.archive.Past(after, before, most, func(r *failover.Replayed) {
		entry := b.inWords(
			r.Event, r.Policy, r.Before, r.After, r.Did, noteOf(r.Note.Who, r.Note.Why),
		)
		entry.Index, entry.Term = r.Note.Index, r.Note.Term
		entry.Wall, entry.Hash = time.Unix(0, r.Note.Wall).UTC(), r.After.Hash().Short()
		entry.By = b.region(speaker(r.Event))
		entries = append(entries, entry)
	})
	return entries, err
}

// speaker is whose agent has said something, where that can be told of the event alone: what is of
// a region is said by that one's agent. Who leads has said the rest, or people have.
func speaker(e *failover.Event) model.RegionID {
	switch e.Kind {
	case failover.Reported, failover.LagMeasured, failover.CapacityChanged, failover.LeaseRenewed,
		failover.Fenced, failover.StepClaimed, failover.StepDone, failover.StepFailed,
		failover.StepUnknown, failover.ReadinessChanged:
		return e.Region
	case failover.Ordered, failover.PolicyChanged, failover.Tick, failover.AgentLost,
		failover.AgentSeen:
	}
	return model.NoRegion
}

// inWords says what an event reports, what it changed, and who gave it and why. What a person is
// behind, such as another member, is never routine, be it that the state knows nothing of it.
func (b *bridge) inWords(
	e *failover.Event, p *failover.Policy, before, after *failover.State, did *failover.Actions,
	note string,
) api.Entry {
	entry := api.Entry{
		At: time.Duration(after.Now).Seconds(), Event: api.EventText(e, before, b.names),
		Changes: api.Changed(p, e, before, after, did, b.names), Note: note,
		Plans: api.PlanChanges(e, p, before, after, b.file), Tick: e.Kind == failover.Tick,
	}
	if note == "" {
		entry.Event += api.PersonText(e)
	}
	if e.Kind == failover.Ordered {
		if refused := api.Refusal(p, before, e); refused != "" {
			entry.Refused, entry.Changes = refused, append(entry.Changes, "refused: "+refused)
		}
	}
	entry.Routine = len(entry.Changes)+len(entry.Plans) == 0 && note == "" && api.Routine(e, before)
	return entry
}

// region names a region, and is empty of none.
func (b *bridge) region(r model.RegionID) string {
	if int(r) < len(b.file.Regions) {
		return b.file.Regions[r].Name
	}
	return ""
}

// noteOf is who gave an order, and why.
func noteOf(who, why string) string {
	if who == "" {
		return why
	}
	return who + ": " + why
}
