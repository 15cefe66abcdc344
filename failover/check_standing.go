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
		if action.Kind != Alarm || overStore(&action) || overBrake(&action) {
			continue
		}
		index := action.Index
		if action.Step == 0 {
			index = uint8(action.GivenUp)
		}
		copy(want[1:], want[:])
		want[0] = Notice{
			At: t.after.Now, Epoch: action.Epoch, Index: index, Step: action.Step,
			Store: action.Store, Subject: action.Subject, Target: action.Target,
		}
	}
	return want
}
