package failover

import (
	"fmt"

	"redoubt/model"
)

// These are the safety rules on what people approve.

func approvals(t *transition) string {
	if invented := approvalsSaid(t); invented != "" {
		return invented
	}
	plan := &t.after.Plan
	if !t.begun() || t.p.Mode == model.Automatic {
		return ""
	}
	if t.p.Mode == model.Advise && plan.Kind != DryDrill {
		return "an advising policy acts"
	}
	if plan.Kind.swaps() || plan.Kind == Return || plan.Kind == DryDrill ||
		plan.Kind == Reprotect || wasOrdered(t) {
		return "" // It was ordered, and the rules on that look at the order.
	}
	undoes := plan.Kind == Reopen || plan.Kind == Retract // What was left halfway is put in order.
	if given := approvedBy(t); !undoes && given < int(t.p.Approvals) {
		return fmt.Sprintf("region %d is left for %d by %d approvals of %d", plan.Subject, plan.Target,
			given, t.p.Approvals)
	}
	return ""
}

// approvalsSaid holds what counts as approved against who said so: each approval is an old one of
// the same question, or the event's own of the question that people were asked.
func approvalsSaid(t *transition) string {
	was, is := &t.before.Approved, &t.after.Approved
	for _, yes := range is.People {
		old := false
		for _, before := range was.People {
			old = old || was.Question == is.Question && before == yes
		}
		if yes.Given && !old && !(saysYes(t, is.Question) && yes.Who == t.e.Who &&
			yes.At == t.after.Now) {
			return fmt.Sprintf("person %d has not approved leaving region %d for %d", yes.Who,
				is.Question.Scope.Region, is.Question.Target)
		}
	}
	return ""
}

// openQuestion is what people are asked, and since when.
type openQuestion struct {
	Question
	since Instant
}

// askedOf are, in the plainest way, the questions that are open.
func askedOf(s *State) (open []openQuestion) {
	for i := range s.Notices {
		notice := &s.Notices[i] // A copy of each would cost more than all else here.
		scope, gate, kept := notice.Kept()
		if kept && gate == ApprovalGate {
			q := Question{Scope: scope, Target: notice.Target}
			open = append(open, openQuestion{q, notice.At})
		}
	}
	if s.Asked != nothing {
		open = append(open, openQuestion{s.Asked, s.AskedAt})
	}
	return open
}

// sinceOf is since when people are asked a question, if they are.
func sinceOf(s *State, q Question) (since Instant, open bool) {
	for _, is := range askedOf(s) {
		if is.Question == q {
			since, open = is.since, true
		}
	}
	return since, open
}

// saysYes reports whether the event is a person's yes to a question that people were asked.
func saysYes(t *transition, q Question) bool {
	said := Scope{Region: t.e.Region, Part: t.e.Part, Store: t.e.Store}
	yes := t.e.Kind == Ordered && t.e.Verb == Approve && q.Scope == said && q.Target == t.e.Subject
	if !yes {
		return false
	}
	_, open := sinceOf(t.before, q)
	return open
}

// approvedBy counts the people who have approved the plan that has begun, within the last hour and
// since they were asked.
func approvedBy(t *transition) int {
	plan := &t.after.Plan
	asked, people := Question{Scope: plan.Scope(), Target: plan.Target}, map[uint64]bool{}
	since, open := sinceOf(t.before, asked)
	if t.before.Approved.Question == asked && open {
		for _, yes := range t.before.Approved.People {
			old := yes.At < since || t.after.Now-yes.At >= Instant(ApprovalLasts)
			if yes.Given && !old {
				people[yes.Who] = true
			}
		}
	}
	if saysYes(t, asked) {
		people[t.e.Who] = true
	}
	if t.p.Approvals > 1 {
		delete(people, 0) // Nobody in particular may be anybody.
	}
	return len(people)
}
