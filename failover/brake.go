package failover

import "redoubt/model"

// BrakeCause says why the brake is on.
type BrakeCause uint8

// The causes.
const (
	// BrakeOff means that it is not.
	BrakeOff BrakeCause = iota
	// Flapping means that too many transitions came within the window, or failovers that were given
	// up after they had closed a store.
	Flapping
	// Correlated means that too many regions failed together.
	Correlated
	// Pulled means that a person pulled it.
	Pulled
)

var brakeNames = [...]string{"off", "flapping", "correlated loss", "pulled by a person"}

// String gives the cause's name.
func (c BrakeCause) String() string {
	if int(c) < len(brakeNames) {
		return brakeNames[c]
	}
	return "unknown"
}

// Brake stops every move that nobody ordered, until a person lifts it. A plan that is under way
// goes on, and a primary that lost a store of its own still gets it back: neither is a new move.
type Brake struct {
	Cause BrakeCause
	// Subject is the region over which it tripped, if it was over one.
	Subject model.RegionID
	// At is when it tripped or was pulled, Lifted when it was lifted last: a loss that began before
	// does not trip it again.
	At, Lifted Instant
	// Count is how many transitions that nobody ordered are kept in Times, the newest first, since it
	// was lifted, and how many failovers that were given up after they had closed a store.
	Count uint8
	Times [model.MaxBrakeAfter]Instant
}

// trip puts the brake on, and has people hear of it once.
func (s *State) trip(cause BrakeCause, subject model.RegionID, actions *Actions) {
	if s.Brake.Cause != BrakeOff {
		return
	}
	s.Brake.Cause, s.Brake.At, s.Brake.Subject = cause, s.Now, subject
	s.Turned = s.Now
	actions.add(s.braked())
}

func (s *State) pull() {
	if s.Brake.Cause == BrakeOff {
		s.Brake.Cause, s.Brake.At = Pulled, s.Now
	}
}

// lift takes the brake off and forgets what would trip it again at once.
func (s *State) lift() {
	if s.Brake.Cause != BrakeOff {
		s.Brake = Brake{Lifted: s.Now}
	}
}

// tally counts a transition that ends now, unless people ordered it, and trips the brake when it is
// one too many.
func (p *Policy) tally(s *State, actions *Actions) {
	if p.BrakeAfter == 0 || !p.counts(s) {
		return
	}
	b := &s.Brake
	copy(b.Times[1:], b.Times[:])
	b.Times[0] = s.Now
	b.Count = min(b.Count+1, uint8(len(b.Times)))
	if p.ended(s) >= int(p.BrakeAfter) {
		s.trip(Flapping, s.Plan.Subject, actions)
	}
}

// strain counts a failover that is given up after it has closed a store: the writes stopped for
// nothing, and a primary that comes and goes would have that happen again and again.
func (p *Policy) strain(s *State, actions *Actions) {
	if s.Plan.Kind == Failover && s.Plan.has(1<<Fence, isDone) {
		p.tally(s, actions)
	}
}

// counts reports whether the running plan's transition counts, should it be one: nobody ordered it,
// and nobody has looked since it began.
func (p *Policy) counts(s *State) bool {
	plan := &s.Plan
	return plan.Kind.transits() && !plan.Kind.swaps() && !s.forced() && !plan.Ordered &&
		plan.Began >= s.Brake.Lifted
}

// flaps is how many transitions that nobody ordered came within the window. One that is under way
// counts as soon as it has taken effect: what takes its place would be one too many.
func (p *Policy) flaps(s *State) int {
	count := p.ended(s)
	if p.counts(s) && s.Plan.took(s) {
		count++
	}
	return count
}

// ended is how many of them have ended.
func (p *Policy) ended(s *State) (count int) {
	for _, at := range s.Brake.Times[:min(int(s.Brake.Count), len(s.Brake.Times))] {
		if s.Now < at.Add(p.BrakeWindow) {
			count++
		}
	}
	return count
}

// review trips the brake over a scope that a quorum has seen down for the hold-down: because too
// many regions fail together, or because its failover would come instead of a running plan that is
// one too many already, and that may never end by itself.
func (p *Policy) review(s *State, scope Scope, instead bool, actions *Actions) {
	switch {
	case p.correlated(s):
		s.trip(Correlated, scope.Region, actions)
	case instead && p.BrakeAfter != 0 && p.flaps(s) >= int(p.BrakeAfter):
		s.trip(Flapping, scope.Region, actions)
	}
}

// correlated reports whether too many regions have begun to fail within the last two hold-downs, as
// one of them is about to be left. One that failed before that was a loss of its own.
func (p *Policy) correlated(s *State) bool {
	if p.BrakeRegions == 0 || s.Brake.Cause != BrakeOff {
		return false
	}
	together := 0
	for left := p.Workload; left != 0; left = left.Without(left.First()) {
		other, down := p.SeesDown(s, RegionScope(left.First()))
		known := s.Brake.Lifted != 0 && other.Since <= s.Brake.Lifted
		if down && s.Now <= other.Since.Add(2*p.HoldDown) && !known {
			together++
		}
	}
	return together >= int(p.BrakeRegions)
}

// brake holds every move that nobody ordered while the brake is on or the policy paused, and what
// would take the place of a plan that is about to trip it.
func (p *Policy) brake(s *State) Finding {
	count := p.flaps(s)
	full := p.BrakeAfter != 0 && count >= int(p.BrakeAfter)
	on := s.Paused || s.Brake.Cause != BrakeOff || full
	f := Finding{
		Since: s.Brake.At, Have: int64(count), Want: int64(p.BrakeAfter), Ruling: rule(!on, Hold),
	}
	if s.Paused {
		f.Since = s.PausedAt
	}
	return f
}
