package failover

import (
	"fmt"
	"slices"
)

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

// noticesKept holds the alarms that are on record, but for the questions among them, of which
// askedSince speaks: what people hear of now, and what stood before, the newest first and without a
// gap. Where there are more than have a place, the oldest over steps may be missing. When one over
// an outage is taken back, unansweredHeard says.
func noticesKept(t *transition) bool {
	if t.did.Count == 0 && t.before.Notices == t.after.Notices {
		return true // As mostly: nobody hears of anything, and nothing is taken back.
	}
	was, is := t.before.Notices, t.after.Notices
	news := noticesOf(t)
	crowd := filled(&was) + len(news) + asksAnew(t)
	count := filled(&is)
	for i, notice := range is {
		if (notice.Epoch != 0) != (i < count) || i >= count && notice != (Notice{}) {
			return false
		}
		if i >= count || isQuestion(&notice) {
			continue
		}
		for _, later := range is[i+1:] {
			if later == notice || later.At > notice.At && !isQuestion(&later) {
				return false
			}
		}
		if !slices.Contains(news, notice) && !slices.Contains(was[:], notice) {
			return false
		}
	}
	oldest := true // So far, from the end on, every one over a step is missing.
	for i := len(was) - 1; i >= 0; i-- {
		if _, _, kept := was[i].Kept(); was[i].Epoch == 0 || kept {
			continue
		}
		stays := slices.Contains(is[:], was[i])
		if !stays && (crowd <= MaxNotices || !oldest) {
			return false
		}
		oldest = oldest && !stays
	}
	return true
}

// isQuestion reports whether a notice is a question, and no alarm.
func isQuestion(n *Notice) bool {
	_, gate, kept := n.Kept()
	return kept && gate == ApprovalGate
}

// filled is how many places of a list are taken.
func filled(list *[MaxNotices]Notice) (count int) {
	for i := range list {
		if list[i].Epoch != 0 {
			count++
		}
	}
	return count
}

// asksAnew is how many questions stand that did not before.
func asksAnew(t *transition) (count int) {
	for _, q := range askedOf(t.after) {
		if _, stood := sinceOf(t.before, q.Question); !stood {
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

// noticesOf are the alarms that people hear of now and that go on record: over steps, over plans
// that were given up, and over outages.
func noticesOf(t *transition) (news []Notice) {
	for _, action := range t.did.All() {
		if action.Kind != Alarm || overStore(&action) || overBrake(&action) {
			continue
		}
		index := action.Index
		switch {
		case action.Gate != 0:
			index = 128 + 16*uint8(action.Part) + uint8(action.Gate)
		case action.Step == 0:
			index = uint8(action.GivenUp)
		}
		news = append(news, Notice{
			At: t.after.Now, Epoch: action.Epoch, Index: index, Step: action.Step,
			Store: action.Store, Subject: action.Subject, Target: action.Target,
		})
	}
	return news
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
