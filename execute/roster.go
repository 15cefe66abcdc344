package execute

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Duty is what one executor does.
type Duty struct {
	// Name is the executor's in the scenario.
	Name  string
	Steps failover.StepSet
	// OneStore says that it does them for Store alone. Otherwise it does them for every store, and
	// those that are about none.
	OneStore bool
	Store    model.StoreID
	Executor Executor
	// Timeout is how long one action may take; 0 leaves that to who asks.
	Timeout time.Duration
}

// Hook is somebody who is told a step before it is done, and may forbid it, or after it was done.
type Hook struct {
	// Name is the hook's in the scenario.
	Name  string
	Steps failover.StepSet
	// When is Before or After.
	When Moment
	Told Told
	// Timeout is how long an answer may take.
	Timeout time.Duration
}

// Told is whoever can be told an order: Command and Webhook. Done lets a step go on.
type Told interface {
	Tell(ctx context.Context, order Order) Result
}

// Config is what a Roster is made of.
type Config struct {
	Duties []Duty
	Hooks  []Hook
	// Memory outlives the process.
	Memory *Memory
	Names  Names
	Log    *slog.Logger
}

// Roster knows who does which step, in the order in which they were named. Its Do may be called for
// several actions at the same time.
type Roster struct {
	Config
	mu   sync.Mutex
	busy map[string]bool
}

// New makes a roster.
func New(c Config) (*Roster, error) {
	var wrong []error
	for _, duty := range c.Duties {
		if duty.Executor == nil || duty.Steps == 0 {
			wrong = append(wrong, fmt.Errorf("executor %q has nothing to do, or nobody to do it",
				duty.Name))
		}
	}
	for _, hook := range c.Hooks {
		if hook.Told == nil || hook.Steps == 0 || hook.When != Before && hook.When != After {
			wrong = append(wrong, fmt.Errorf("hook %q is told nothing, or never", hook.Name))
		}
	}
	if c.Memory == nil || c.Log == nil {
		wrong = append(wrong, errors.New("a roster needs a memory and a log"))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &Roster{Config: c, busy: map[string]bool{}}, nil
}

// does reports whether a duty is about an action. A step that is about no store concerns all of
// them: whoever does it for one store has a part in it.
func (d *Duty) does(a failover.Action) bool {
	return d.Steps.Has(a.Step) && (!d.OneStore || !aboutStore(a) || d.Store == a.Store)
}

// Do does an action: everybody whose duty it is does a part of it, one after the other, until one
// does not get it done.
func (r *Roster) Do(ctx context.Context, a failover.Action) Result {
	id := ActionID(a)
	if a.Kind != failover.Do {
		return failed("nothing is to be done: people are to hear of it")
	}
	if !r.begins(id) {
		return unknown("an earlier try of %s has not ended", id)
	}
	defer r.ends(id)
	result := r.do(ctx, id, a)
	result.Why = printable(result.Why)
	r.Log.Info("action", "id", id, "step", StepName(a.Step), "round", a.Round, "look", a.Look,
		"outcome", result.Outcome.String(), "why", result.Why)
	return result
}

func (r *Roster) do(ctx context.Context, id string, a failover.Action) Result {
	if highest := r.Memory.Highest(r.about(a)); a.Epoch < highest {
		return failed("stale: epoch %d is over, since %s was acted for in epoch %d", a.Epoch, r.about(a),
			highest)
	}
	if a.Step.Once() {
		if count, was := r.Memory.Done(id); was {
			return Result{Outcome: Done, Count: count, Why: "it was done before"}
		}
	}
	if refusal, may := r.asksBefore(ctx, a); !may {
		return refusal
	}
	if !onlyLooks(a) {
		if err := r.Memory.Raise(r.about(a), a.Epoch); err != nil {
			return failed("%v", err)
		}
	}
	result := r.all(ctx, a)
	if result.Outcome == Done && a.Step.Once() {
		if err := r.Memory.Finish(id, result.Count); err != nil {
			result.Why += "; " + err.Error()
		}
	}
	if result.Outcome == Done {
		r.tellsAfter(ctx, a, &result)
	}
	return result
}

// all has everybody do their part. What some have done and others have not is no longer as it was.
func (r *Roster) all(ctx context.Context, a failover.Action) Result {
	var whys []string
	total := Result{Outcome: Done}
	count := 0
	for i := range r.Duties {
		duty := &r.Duties[i]
		if !duty.does(a) {
			continue
		}
		if ctx.Err() != nil && count > 0 {
			return unknown("%s; the time was up before %s began", strings.Join(whys, "; "), duty.Name)
		}
		count++
		result := within(ctx, duty.Timeout, func(ctx context.Context) Result {
			return duty.Executor.Do(ctx, a)
		})
		whys = append(whys, "executor "+duty.Name+": "+cmp.Or(result.Why, result.Outcome.String()))
		total.Count += result.Count
		if result.Outcome == Failed && count > 1 {
			result.Outcome = Unknown
		}
		if total.Outcome = result.Outcome; total.Outcome != Done {
			break
		}
	}
	if count == 0 {
		return failed("nobody does the step %s here", StepName(a.Step))
	}
	total.Why = strings.Join(whys, "; ")
	return total
}

// within does something that may take a while.
func within(ctx context.Context, limit time.Duration, do func(context.Context) Result) Result {
	if limit > 0 {
		limited, end := context.WithTimeout(ctx, limit)
		defer end()
		ctx = limited
	}
	return do(ctx)
}

// asksBefore asks the hooks that may forbid an action. Whoever does not answer forbids it too.
func (r *Roster) asksBefore(ctx context.Context, a failover.Action) (Result, bool) {
	if onlyLooks(a) {
		return Result{}, true
	}
	for i := range r.Hooks {
		hook := &r.Hooks[i]
		if hook.When != Before || !hook.Steps.Has(a.Step) {
			continue
		}
		result := within(ctx, hook.Timeout, func(ctx context.Context) Result {
			return hook.Told.Tell(ctx, r.Names.OrderOf(a, Before))
		})
		if result.Outcome != Done {
			return failed("hook %s has not let it go on (%s): %s", hook.Name, result.Outcome, result.Why),
				false
		}
	}
	return Result{}, true
}

// tellsAfter tells the hooks of what was done. That stays done whatever they say.
func (r *Roster) tellsAfter(ctx context.Context, a failover.Action, result *Result) {
	for i := range r.Hooks {
		hook := &r.Hooks[i]
		if hook.When != After || !hook.Steps.Has(a.Step) {
			continue
		}
		said := within(ctx, hook.Timeout, func(ctx context.Context) Result {
			return hook.Told.Tell(ctx, r.Names.OrderOf(a, After))
		})
		if said.Outcome != Done {
			result.Why += fmt.Sprintf("; hook %s was told and has not taken it (%s): %s", hook.Name,
				said.Outcome, said.Why)
			r.Log.Warn("hook", "name", hook.Name, "outcome", said.Outcome.String(), "why",
				printable(said.Why))
		}
	}
}

// about is what an action's epoch is remembered for.
func (r *Roster) about(a failover.Action) string {
	switch {
	case aboutStore(a):
		return "store " + cmp.Or(r.Names.Store(a.Store), fmt.Sprint(a.Store))
	case a.Step == failover.Shift || a.Step == failover.Divert:
		return "traffic"
	}
	return "plan"
}

func (r *Roster) begins(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[id] {
		return false
	}
	r.busy[id] = true
	return true
}

func (r *Roster) ends(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, id)
}

// Lacks names the steps of a set that nobody does, of stores with the store's name. An agent whose
// roster lacks a step of its plans does not start, unless its policy only advises.
func (r *Roster) Lacks(steps failover.StepSet) (missing []string) {
	for step := failover.Fence; step.String() != "unknown"; step++ {
		if !steps.Has(step) {
			continue
		}
		action := failover.Action{Kind: failover.Do, Step: step}
		stores := r.Names.Stores
		if !stepsOfStore.Has(step) {
			stores = []string{""}
		}
		for i, store := range stores {
			if action.Store = model.StoreID(i); !r.hasDuty(action) {
				missing = append(missing, strings.TrimSpace(StepName(step)+" "+store))
			}
		}
	}
	return missing
}

func (r *Roster) hasDuty(a failover.Action) bool {
	for i := range r.Duties {
		if r.Duties[i].does(a) {
			return true
		}
	}
	return false
}

// whyMax bounds what is kept of what others say, in bytes.
const whyMax = 2 << 10

// printable is a text without what a terminal or a log could take for something else, and not too
// long.
func printable(text string) string {
	text = strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' {
			return ' '
		}
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c == '\u2028' || c == '\u2029' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > whyMax {
		text = strings.ToValidUTF8(text[:whyMax], "") + " ..."
	}
	return strings.TrimSpace(text)
}
