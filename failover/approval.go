package failover

import (
	"time"

	"redoubt/model"
)

// ApprovalLasts is how long an approval holds.
const ApprovalLasts = time.Hour

// Question is what people are asked to approve: that a scope is left for a region. Who says yes to
// one region taking over has not said yes to another, whose copy may be further behind.
type Question struct {
	Scope Scope
	// Target is who would take over, NoRegion in an evacuation.
	Target model.RegionID
}

// nothing is the question that was not asked.
var nothing = Question{Scope: Scope{Region: model.NoRegion}, Target: model.NoRegion}

// text names what would be done.
func (q *Question) text(name Names) string {
	text := "leaving " + q.Scope.Text(name)
	if q.Target.Valid() {
		text += " for " + name.Region(q.Target)
	}
	return text
}

// question is what people have to approve for a verdict to open.
func (v *Verdict) question() Question { return Question{Scope: v.Scope, Target: v.Target} }

// Consent is what people have approved, and who did.
type Consent struct {
	// Question is what they said yes to; its region is NoRegion when nobody did.
	Question Question
	People   [model.MaxApprovals]Approval
}

// Approval is one person's yes.
type Approval struct {
	Who uint64
	At  Instant
	// Given tells it from an empty place.
	Given bool
}

// approves is the question that an order to approve answers.
func (e *Event) approves() Question {
	return Question{
		Scope:  Scope{Region: e.Region, Part: e.Part, Store: e.Store},
		Target: e.Subject,
	}
}

// approve adds a person's yes. What was approved before counts no more if it was something else;
// the same person twice is one, from now on.
func (c *Consent) approve(q Question, who uint64, now Instant) {
	if c.Question != q {
		*c = Consent{Question: q}
	}
	place := 0
	for i := range c.People {
		yes, other := &c.People[i], &c.People[place]
		if yes.Given && yes.Who == who {
			place = i
			break
		}
		if other.Given && (!yes.Given || yes.At < other.At) {
			place = i // An empty place, or the oldest yes.
		}
	}
	c.People[place] = Approval{Who: who, At: now, Given: true}
}

// holding are when the approvals that still hold were given, since people were asked, of which the
// first count mean something.
func (c *Consent) holding(asked, now Instant) (at [model.MaxApprovals]Instant, count int) {
	for _, yes := range c.People {
		if yes.Given && yes.At >= asked && now < yes.At.Add(ApprovalLasts) {
			at[count] = yes.At
			count++
		}
	}
	return at, count
}

// approval rules on whether enough people approved what a verdict would do. It waits from when they
// were asked, and is theirs from when the last one needed said so until so many have lapsed that
// too few are left. Who said yes to a question that has passed has not said yes to the next loss,
// of which they know nothing.
func (p *Policy) approval(s *State, v *Verdict) Finding {
	switch p.Mode {
	case model.Automatic:
		return Finding{}
	case model.Manual:
		f := Finding{Want: int64(p.Approvals), Ruling: Hold}
		if s.Asked != v.question() {
			return f
		}
		if f.Since = s.AskedAt; s.Approved.Question != v.question() {
			return f
		}
		at, count := s.Approved.holding(s.AskedAt, s.Now)
		f.Have = int64(count)
		if need := max(1, int(p.Approvals)); count >= need {
			f.Since, f.Ruling = nthEarliest(at[:count], need), Pass
			f.Until = at[count-need].Add(ApprovalLasts) // They are in order by now.
		}
		return f
	case model.Advise:
	}
	return Finding{Ruling: Deny}
}
