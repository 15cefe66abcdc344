package failover

import "fmt"

// This is the safety rule on what people should know, which stands in the state, and what they were
// to hear.

// standingKept holds that everything that people are to hear stands after the event, that nothing
// else begins to, and that no alarm over a step is forgotten before there are newer ones.
func standingKept(t *transition) string {
	before, after := t.p.standing(t.before), t.p.standing(t.after)
	for _, action := range t.did.All() {
		question := action.Kind == Ask || action.Kind == Tell
		_, open := sinceOf(t.after, Question{Scope: action.scope(), Target: action.Target})
		withdrawn := question && !action.Drill && !open
		if action.Kind != Do && !withdrawn && !stands(&after, &action) {
			return fmt.Sprintf("people hear of region %d, and that does not stand", action.Subject)
		}
	}
	for _, action := range after.All() {
		if !stands(&before, &action) && !stands(t.did, &action) {
			return fmt.Sprintf("of region %d stands what people have not heard", action.Subject)
		}
	}
	if !askedSince(t) {
		return "when people were asked changed, and they were not, or they were, and it did not"
	}
	if !noticesKept(t) {
		return "an alarm over a step is forgotten, or made up"
	}
	return ""
}

// askedSince holds since when people are asked each question: since they were, whichever comes
// first. Nothing but a question changes when they were asked last.
func askedSince(t *transition) bool {
	heard := map[Question]bool{}
	for _, action := range t.did.All() {
		if (action.Kind == Ask || action.Kind == Tell) && !action.Drill {
			heard[Question{Scope: action.scope(), Target: action.Target}] = true
		}
	}
	for _, q := range askedOf(t.after) {
		at, stood := sinceOf(t.before, q.Question)
		anew := heard[q.Question]
		if anew && q.since != t.after.Now || !anew && (!stood || q.since != at) {
			return false
		}
	}
	same := t.after.AskedAt == t.before.AskedAt || len(heard) > 0 && t.after.AskedAt == t.after.Now
	for _, q := range askedOf(t.before) {
		same = same || t.after.AskedAt == q.since
	}
	return same
}

// noticesKept holds the alarms that are on record: exactly those that have to be, in their order.
// Where a question has taken the place of one, some of the oldest may be missing.
func noticesKept(t *transition) bool {
	if t.did.Count == 0 && t.before.Notices == t.after.Notices {
		return true // As mostly: nobody hears of anything, and nothing is taken back.
	}
	want, was, is := noticesAfter(t), t.before.Notices, t.after.Notices
	kept, asked := 0, 0
	for _, notice := range is {
		if _, _, over := notice.Kept(); over {
			kept++
		}
	}
	for _, q := range askedOf(t.after) {
		if _, stood := sinceOf(t.before, q.Question); !stood {
			asked++
		}
	}
	if stripped(&was)+stripped(&is) == 0 {
		return is == want
	}
	stripped(&want)
	missing := 0
	for _, notice := range want {
		if is[0] == notice {
			takenBack(&is, 0)
		} else if notice.Epoch != 0 {
			missing++
		}
	}
	full := t.after.Notices[MaxNotices-1].Epoch != 0
	crowded := kept >= maxUnanswered && missing <= asked
	return is == [MaxNotices]Notice{} && (missing == 0 || full || crowded)
}

// stripped takes the questions out of a list of alarms, and returns how many they were.
func stripped(list *[MaxNotices]Notice) (count int) {
	for i := MaxNotices - 1; i >= 0; i-- {
		if _, gate, kept := list[i].Kept(); kept && gate == ApprovalGate {
			takenBack(list, i)
			count++
		}
	}
	return count
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
		scope, gate, kept := want[i].Kept()
		if kept && gate != ApprovalGate && !keptOn(t.after, scope) {
			takenBack(&want, i)
		}
	}
	for _, action := range t.did.All() {
		if action.Gate == 0 {
			continue
		}
		for i := range want {
			scope, gate, kept := want[i].Kept()
			if kept && gate != ApprovalGate && scope == action.scope() {
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
		about, gate, kept := s.Notices[i].Kept()
		if kept && gate != ApprovalGate && about == scope {
			return true
		}
	}
	return false
}

// scope is what an action is about.
func (a *Action) scope() Scope { return Scope{Region: a.Subject, Part: a.Part, Store: a.Store} }
