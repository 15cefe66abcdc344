package failover

import (
	"iter"

	"redoubt/model"
)

// Notice is an alarm over a step of a plan, over a plan that people had ordered and that was given
// up, or over an outage that a gate keeps from being answered, or a question to people beside the
// first. The state keeps it, since the plan may have ended with what the alarm is about.
type Notice struct {
	// At is when it was raised.
	At Instant
	// Epoch is the plan's, 0 in an empty place; Index is the step's place in the plan, Step what it
	// was to do, and Store to which store. Step is 0 where the plan was given up, and Index its kind
	// then; or where an outage is not answered, which Kept tells.
	Epoch Epoch
	Index uint8
	Step  StepKind
	Store model.StoreID
	// Subject and Target are the plan's.
	Subject, Target model.RegionID
}

// MaxNotices bounds how many of these alarms are remembered: as many as one event can raise, be it
// over the fence and the promotion of each store of a forced failover, its capacity, and itself.
const MaxNotices = 2*model.MaxStores + 2

// noticeLasts is for how long an alarm over a plan stands when it has ended: for as long as
// people's word on a plan does.
const noticeLasts = ApprovalLasts

// Standing yields what people should know now: the question that is open, or the advice; the drill
// that waits for a second person; the brake, if it tripped; each store to which nobody may write;
// each outage about which nothing is done, and which gate is against it; and the steps that people
// have to look at, and what they had ordered and was given up, the newest first. Whoever tells
// people acts on these, never on what Apply returned: an agent that restarts, or takes over, finds
// here what one before it may not have delivered. Each has the ID that it had when Apply returned
// it, for as long as it stands, so that who delivers all that stands at least once can drop what
// was delivered before.
func (p Policy) Standing(s State) iter.Seq[Action] {
	return func(yield func(Action) bool) {
		standing := p.standing(&s)
		for _, action := range standing.All() {
			if !yield(action) {
				return
			}
		}
	}
}

func (p *Policy) standing(s *State) (all Actions) {
	for i := range s.questionPlaces() {
		if q, at, open := s.question(i); open {
			all.add(p.asking(s, q, at))
		}
	}
	if s.drillStands() {
		all.add(s.asksDrill())
	}
	if s.Brake.Cause == Flapping || s.Brake.Cause == Correlated {
		all.add(s.braked())
	}
	for i := range model.StoreID(p.Stores) {
		if s.Lapses[i].Told {
			all.add(s.unwritable(i))
		}
	}
	for _, notice := range s.notices() {
		runs := s.Plan.Kind != NoPlan && notice.Epoch == s.Plan.Epoch
		_, gate, lasts := notice.Kept()
		if lasts && gate == ApprovalGate {
			continue // It is a question.
		}
		if runs || lasts || s.Now < notice.At.Add(noticeLasts) {
			all.add(notice.action())
		}
	}
	return all
}

// asking is the question, or the advice, that people hear of since an instant.
func (p *Policy) asking(s *State, q Question, at Instant) Action {
	kind := Ask
	if p.Mode == model.Advise {
		kind = Tell
	}
	return Action{
		Kind: kind, Epoch: s.Epoch, At: at, Region: model.NoRegion, Subject: q.Scope.Region,
		Part: q.Scope.Part, Store: q.Scope.Store, Target: q.Target,
		Risk: p.riskLet(p.remedy(s, q.Scope)),
	}
}

// asksDrill is the question whether the drill that waits may begin.
func (s *State) asksDrill() Action {
	return Action{
		Kind: Ask, Epoch: s.Epoch, At: s.Drill.At, Region: model.NoRegion, Subject: s.Primary,
		Target: s.Drill.Target, Drill: true,
	}
}

// braked is the alarm over the brake.
func (s *State) braked() Action {
	return Action{
		Kind: Alarm, Epoch: s.Epoch, At: s.Brake.At, Region: model.NoRegion,
		Subject: s.Brake.Subject, Target: model.NoRegion,
	}
}

// unwritable is the alarm over a store to which nobody may write.
func (s *State) unwritable(store model.StoreID) Action {
	return Action{
		Kind: Alarm, Epoch: s.Epoch, At: s.Lapses[store].Since, Store: store,
		Region: model.NoRegion, Subject: s.Writers[store], Part: OneStore, Target: model.NoRegion,
	}
}

// action is the alarm that a notice is of.
func (n *Notice) action() Action {
	action := Action{
		Kind: Alarm, Epoch: n.Epoch, At: n.At, Index: n.Index, Step: n.Step, Store: n.Store,
		Region: model.NoRegion, Subject: n.Subject, Target: n.Target,
	}
	switch scope, gate, kept := n.Kept(); {
	case kept:
		action.Index, action.Part, action.Gate = 0, scope.Part, gate
	case n.Step == 0:
		action.Index, action.GivenUp = 0, PlanKind(n.Index)
	}
	return action
}

// notices are what people have heard, the newest first. None comes after an empty place, so that
// whoever takes one back closes up the others.
func (s *State) notices() []Notice {
	count := 0
	for count < MaxNotices && s.Notices[count].Epoch != 0 {
		count++
	}
	return s.Notices[:count]
}

// noteDown has people hear of a notice, and remembers it.
func (s *State) noteDown(notice Notice, actions *Actions) {
	s.keepNotice(notice)
	actions.add(notice.action())
}

// keepNotice remembers a notice. The oldest that is not of this moment is
// forgotten, but one of an outage, which stands for as long as that lasts, only where there is no
// other.
func (s *State) keepNotice(notice Notice) {
	const last = MaxNotices - 1
	place, found := last, false
	for i := last; i >= 0; i-- {
		old := &s.Notices[i]
		if _, _, kept := old.Kept(); old.At == s.Now && old.Epoch != 0 || kept && found {
			continue
		} else if place, found = i, true; !kept {
			break
		}
	}
	copy(s.Notices[1:place+1], s.Notices[:place])
	s.Notices[0] = notice
}

// ID is stable across retries, replays and leaders, so that who carries an action out, or tells
// people, recognises what it has seen. What people hear has one for each time that they are to.
func (a Action) ID() uint64 {
	if a.Kind == Do {
		return uint64(a.Epoch)<<8 | uint64(a.Index)
	}
	parts := [...]uint64{
		uint64(a.Kind), uint64(a.At), uint64(a.Step), uint64(a.Store), uint64(a.Part), 0, 0, 0,
	}
	switch {
	case a.Drill:
		parts[5] = 1
	case a.Gate != 0:
		parts[5], parts[6] = uint64(a.Gate)<<1, uint64(a.Subject)+1
	case a.Kind != Alarm:
		parts[6], parts[7] = uint64(a.Subject)+1, uint64(a.Target)+1
	case a.Step != 0, a.GivenUp != NoPlan: // The brake, and a store, have one alarm at a time.
		parts[6], parts[7] = uint64(a.Epoch), uint64(a.Index)
	}
	// This is FNV-1a, a word at a time.
	const offset, prime = 14695981039346656037, 1099511628211
	id := uint64(offset)
	for _, part := range parts {
		id = (id ^ part) * prime
		id ^= id >> 32
	}
	return id | 1<<63 // No step's name has that bit.
}
