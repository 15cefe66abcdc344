package agent

import (
	"context"
	"log/slog"
	"time"

	"redoubt/execute"
	"redoubt/failover"
)

// task names an action: a step of a plan, as it was asked for.
type task struct {
	epoch        failover.Epoch
	index, round uint8
}

func taskOf(a *failover.Action) task { return task{a.Epoch, a.Index, a.Round} }

// attempts are how often this agent has begun with a step since it was asked for last, and when it
// did so last.
type attempts struct {
	round uint8
	times int
	began time.Time
}

// act carries out what the agent's own applied state says is outstanding, and falls to it.
func (n *Node) act(ctx context.Context) {
	changed, stop := n.replica.Watch()
	defer stop()
	for {
		if v := n.replica.View(); n.acts(&v) {
			n.forget(v.State.Plan.Epoch)
			for a := range v.Policy.Outstanding(v.State) {
				n.take(ctx, &v, a)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// forget forgets how often other plans than the one of an epoch were tried.
func (n *Node) forget(epoch failover.Epoch) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.triedIn != epoch {
		n.triedIn, n.tried = epoch, [failover.MaxSteps]attempts{}
	}
}

// take begins with an action that falls to this agent, unless it is at it.
func (n *Node) take(ctx context.Context, v *View, a failover.Action) {
	key := taskOf(&a)
	n.mu.Lock()
	busy, leads := n.working[key], n.term != nil
	n.mu.Unlock()
	step := &v.State.Plan.Steps[a.Index]
	own := a.Region == n.config.Region || !a.Region.Valid() && leads && a.Step != failover.Fence
	if step.Status == failover.Claimed {
		own = step.By == n.config.Region
	}
	if busy || !own || !v.Policy.Voters.Has(n.config.Region) {
		return
	}
	n.mu.Lock()
	n.working[key] = true
	tried := &n.tried[a.Index]
	if tried.round != a.Round {
		tried.round, tried.times = a.Round, 0
	}
	wait := time.Duration(0)
	if step.Tries > 0 {
		wait = max(0, time.Until(tried.began.Add(retryMin<<min(step.Tries, failedMax))))
	}
	pause := retryMin << min(tried.times, triesMax)
	tried.times, tried.began = tried.times+1, time.Now().Add(wait)
	n.mu.Unlock()
	n.running.Go(func() {
		defer func() {
			n.mu.Lock()
			delete(n.working, key)
			n.mu.Unlock()
			n.replica.touch() // It may be outstanding still.
		}()
		if !sleep(ctx, wait) {
			return
		}
		began := time.Now()
		if a.Step == failover.Fence {
			n.doFence(ctx, a)
		} else {
			n.do(ctx, a)
		}
		sleep(ctx, pause-time.Since(began))
	})
}

// triesMax bounds how often the pause doubles between two tries at what came to nothing: each of
// them is an entry of the log.
const triesMax = 3

// failedMax bounds how often the pause doubles between two tries of a step that has failed, from
// one try's beginning to the next one's: an executor may fail at once, and a step without which a
// plan cannot end is asked for again for as long as that takes, at two entries of the log a time.
const failedMax = 5

// doFence fences, which nobody claims: only the record counts.
func (n *Node) doFence(ctx context.Context, a failover.Action) {
	asking, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
	err := n.barrier(asking)
	cancel()
	v := n.replica.View()
	if err != nil || !n.fences(&v, a) {
		return
	}
	fencing, cancel := context.WithTimeout(ctx, v.Policy.StepTimeout)
	defer cancel()
	if result := n.fence(fencing, a); result.Outcome != execute.Done {
		n.often(slog.LevelWarn, "a store is not fenced", "store", a.Store, "epoch", a.Epoch,
			"error", result.Why)
		sleep(ctx, n.config.Times.Heartbeat)
		return
	}
	for ctx.Err() == nil {
		if v := n.replica.View(); !n.fences(&v, a) {
			return
		}
		saying, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
		err := n.apply(saying, Proposal{Event: failover.Event{
			Kind: failover.Fenced, Region: n.config.Region, Store: a.Store, Epoch: a.Epoch - 1,
		}})
		cancel()
		if err == nil || !sleep(ctx, retryMin) {
			return
		}
	}
}

// fences reports whether a fence is still asked for.
func (n *Node) fences(v *View, a failover.Action) bool {
	if !n.acts(v) || v.State.Plan.Epoch != a.Epoch {
		return false
	}
	for other := range v.Policy.Outstanding(v.State) {
		if other.Index == a.Index && other.Step == failover.Fence {
			return true
		}
	}
	return false
}

// do claims an action, carries it out, and says how it went. One that was claimed already, be it by
// this agent before it was started anew, or by a proposal of which nothing was heard, may have been
// done: it looks first, and where the action must not be done twice it says that it does not know,
// and is asked to look.
func (n *Node) do(ctx context.Context, a failover.Action) {
	began := time.Now()
	granted, fresh := n.claim(ctx, a)
	switch {
	case !granted:
		return
	case !fresh && a.Step.Once():
		n.say(ctx, a, execute.Result{Why: "the agent may have been at it before"})
		return
	}
	a.Look = a.Look || !fresh
	if result, did := n.carryOut(ctx, a, began); did {
		n.say(ctx, a, result)
	}
}

// claim claims an action, and reports whether that is granted in the agent's own applied state, and
// whether it was this very claim that was.
func (n *Node) claim(ctx context.Context, a failover.Action) (granted, fresh bool) {
	v := n.replica.View()
	step, asked := stepOf(&v, &a)
	if !n.acts(&v) || !asked {
		return false, false
	}
	if step.Status == failover.Claimed {
		return n.stillCurrent(ctx, a), false
	}
	e := failover.Event{
		Kind: failover.StepClaimed, Region: n.config.Region, Store: a.Store, Epoch: a.Epoch,
		Step: a.Index, Round: a.Round,
	}
	claiming, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
	defer cancel()
	if a.Step == failover.Promote && n.config.Guards[a.Store] != nil {
		ticket, err := n.config.Guards[a.Store].Ticket(claiming)
		if err != nil {
			n.often(slog.LevelWarn, "the guard issues no ticket", "store", a.Store, "error", err)
			return false, false
		}
		e.Ticket = uint64(ticket)
	}
	index, err := n.Propose(claiming, Proposal{Event: e})
	if err == nil {
		err = n.applied(claiming, index)
	}
	if err != nil {
		return false, false // It may be granted yet, and is seen then.
	}
	v = n.replica.View()
	granted = n.acts(&v) && v.Policy.Current(&v.State, &a, n.config.Region)
	return granted, granted && n.replica.claimedAt(a.Index) == index
}

// stillCurrent reports whether an action is still this agent's to do, once all is applied that was
// committed before.
func (n *Node) stillCurrent(ctx context.Context, a failover.Action) bool {
	asking, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
	defer cancel()
	if n.barrier(asking) != nil {
		return false
	}
	v := n.replica.View()
	return n.acts(&v) && v.Policy.Current(&v.State, &a, n.config.Region)
}

// stepOf is the step that an action is about, as long as it is asked for in the same round.
func stepOf(v *View, a *failover.Action) (*failover.Step, bool) {
	plan := &v.State.Plan
	if plan.Kind == failover.NoPlan || plan.Epoch != a.Epoch || a.Index >= plan.Count {
		return nil, false
	}
	step := &plan.Steps[a.Index]
	return step, step.Round == a.Round
}

// executorGrace is how long an executor has to return once its time is over.
const executorGrace = 5 * time.Second

// carryOut does an action, and reports whether it was begun. It asks right before it begins whether
// the action is still to be done, and ends it when that is no more so, or its time is over: the log
// asks for it again then.
func (n *Node) carryOut(
	ctx context.Context, a failover.Action, began time.Time,
) (execute.Result, bool) {
	v := n.replica.View()
	if !n.acts(&v) || !v.Policy.Current(&v.State, &a, n.config.Region) {
		return execute.Result{}, false
	}
	limit := v.Policy.StepTimeout
	if a.Step == failover.Rewind {
		limit = max(limit, v.Policy.RewindTimeout)
	}
	doing, cancel := context.WithDeadline(ctx, began.Add(limit))
	defer cancel()
	go n.endWhenStale(doing, cancel, a)
	n.config.Log.Info("a step is begun", "step", a.Step, "store", a.Store, "epoch", a.Epoch,
		"round", a.Round, "look", a.Look)
	results := make(chan execute.Result, 1)
	go func() { results <- n.config.Executor.Do(doing, a) }()
	result := execute.Result{Why: "the executor does not return"}
	select {
	case result = <-results:
	case <-doing.Done():
		select {
		case result = <-results:
		case <-time.After(executorGrace):
		}
	}
	n.config.Log.Info("a step has ended", "step", a.Step, "epoch", a.Epoch, "round", a.Round,
		"outcome", result.Outcome, "why", result.Why)
	return result, true
}

// endWhenStale ends an action that is no longer to be done.
func (n *Node) endWhenStale(ctx context.Context, cancel func(), a failover.Action) {
	changed, stop := n.replica.Watch()
	defer stop()
	for {
		v := n.replica.View()
		if !n.acts(&v) || !v.Policy.Current(&v.State, &a, n.config.Region) {
			cancel()
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// saidOf are the events that say how an action went.
var saidOf = [...]failover.EventKind{
	execute.Unknown: failover.StepUnknown, execute.Done: failover.StepDone,
	execute.Failed: failover.StepFailed,
}

// say says how an action went, until the agent's own applied state has it, or it matters no more.
func (n *Node) say(ctx context.Context, a failover.Action, result execute.Result) {
	if int(result.Outcome) >= len(saidOf) {
		result.Outcome = execute.Unknown
	}
	back := retryMin
	for ctx.Err() == nil {
		v := n.replica.View()
		if v.Halted != nil || !n.matters(&v, &a, result.Outcome) {
			return
		}
		e := failover.Event{
			Kind: saidOf[result.Outcome], Region: n.config.Region, Epoch: a.Epoch, Step: a.Index,
			Round: a.Round,
		}
		if a.Step == failover.Archive && result.Outcome == execute.Done {
			e.Ticket = result.Count
		}
		saying, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
		err := n.apply(saying, Proposal{Event: e, Why: noteOf(result.Why)})
		cancel()
		if err == nil {
			v = n.replica.View()
			if !n.matters(&v, &a, result.Outcome) {
				return
			}
		}
		if !sleep(ctx, back) {
			return
		}
		back = min(2*back, n.config.Times.ApplyMax)
	}
}

// matters reports whether the log has still to hear how an action went. What is done stays so, also
// where it was asked for again since.
func (n *Node) matters(v *View, a *failover.Action, outcome execute.Outcome) bool {
	plan := &v.State.Plan
	if plan.Kind == failover.NoPlan || plan.Epoch != a.Epoch || a.Index >= plan.Count {
		return false
	}
	step := &plan.Steps[a.Index]
	if step.By != n.config.Region {
		return false
	}
	switch step.Status {
	case failover.Claimed:
		return outcome == execute.Done || step.Round == a.Round
	case failover.Unknown, failover.Waiting:
		return outcome == execute.Done
	case failover.Pending, failover.Done, failover.Failed, failover.Spared:
	}
	return false
}

// noteOf is as much of a text as an entry has room for.
func noteOf(text string) string {
	if len(text) > failover.NoteTextMax {
		return text[:failover.NoteTextMax]
	}
	return text
}
