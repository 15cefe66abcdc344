package failover

import "fmt"

// This is the safety rule on what people should know, which stands in the state, and what they were
// to hear.

// standingKept holds that everything that people are to hear stands after the event, that nothing
// else begins to, and that no alarm over a step is forgotten before there are newer ones.
func standingKept(t *transition) string {
	before, after := t.p.standing(t.before), t.p.standing(t.after)
	since := t.before.AskedAt
	for _, action := range t.did.All() {
		question := action.Kind == Ask || action.Kind == Tell
		asked := Scope{Region: action.Subject, Part: action.Part, Store: action.Store}
		withdrawn := question && !action.Drill && t.after.Asked.Scope != asked
		if action.Kind != Do && !withdrawn && !stands(&after, &action) {
			return fmt.Sprintf("people hear of region %d, and that does not stand", action.Subject)
		}
		if question && !action.Drill {
			since = t.after.Now
		}
	}
	for _, action := range after.All() {
		if !stands(&before, &action) && !stands(t.did, &action) {
			return fmt.Sprintf("of region %d stands what people have not heard", action.Subject)
		}
	}
	if t.after.AskedAt != since {
		return "when people were asked changed, and they were not, or they were, and it did not"
	}
	if t.after.Notices != noticesAfter(t) {
		return "an alarm over a step is forgotten, or made up"
	}
	return ""
}

// stands reports whether a list has an action, by its name.
func stands(list *Actions, action *Action) bool {
	for _, other := range list.All() {
		if other.Kind != Do && other.ID() == action.ID() && other.At == action.At {
			return true
		}
	}
	return false
}

// noticesAfter are the alarms over steps that have to be on record: those that people hear of now,
// and then those of before.
func noticesAfter(t *transition) (want [MaxNotices]Notice) {
	want = t.before.Notices
	for _, action := range t.did.All() {
		if action.Kind != Alarm || overStore(&action) || overBrake(&action) || action.Gate != 0 {
			continue
		}
		index := action.Index
		if action.Step == 0 {
			index = uint8(action.GivenUp)
		}
		noted(&want, Notice{
			At: t.after.Now, Epoch: action.Epoch, Index: index, Step: action.Step,
			Store: action.Store, Subject: action.Subject, Target: action.Target,
		})
	}
	for i := MaxNotices - 1; i >= 0; i-- { // When that is taken back, unansweredHeard says.
		if scope, _, kept := want[i].Kept(); kept && !keptOn(t.after, scope) {
			takenBack(&want, i)
		}
	}
	for _, action := range t.did.All() {
		if action.Gate == 0 {
			continue
		}
		for i := range want {
			if scope, _, kept := want[i].Kept(); kept && scope == action.scope() {
				takenBack(&want, i)
				break
			}
		}
		part := uint8(action.Part)
		noted(&want, Notice{
			At: t.after.Now, Epoch: action.Epoch, Index: 128 + 16*part + uint8(action.Gate),
			Store: action.Store, Subject: action.Subject, Target: action.Target,
		})
	}
	return want
}

// noted puts an alarm before the others, in place of the last that may go: one of an earlier moment
// and, if there is another, not of an outage.
func noted(list *[MaxNotices]Notice, notice Notice) {
	goes, best := len(list)-1, 0
	for i, old := range list {
		rank := 1
		if _, _, kept := old.Kept(); !kept {
			rank = 2
		}
		if old.At == notice.At && old.Epoch != 0 {
			rank = 0
		}
		if rank > 0 && rank >= best {
			goes, best = i, rank
		}
	}
	takenBack(list, goes)
	copy(list[1:], list[:])
	list[0] = notice
}

// takenBack closes the gap that an alarm leaves.
func takenBack(list *[MaxNotices]Notice, i int) {
	copy(list[i:], list[i+1:])
	list[len(list)-1] = Notice{}
}

// keptOn reports whether an alarm over an outage is on record.
func keptOn(s *State, scope Scope) bool {
	for i := range s.Notices {
		if about, _, kept := s.Notices[i].Kept(); kept && about == scope {
			return true
		}
	}
	return false
}

// scope is what an action is about.
func (a *Action) scope() Scope { return Scope{Region: a.Subject, Part: a.Part, Store: a.Store} }
