package failover

import (
	"iter"
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

// questions are all that people are to be asked, or told, at a moment, the most urgent first.
type questions struct {
	count int
	list  [maxUnanswered + 1]Question
}

// add puts a question behind the others, unless it is one of them, or they are too many.
func (q *questions) add(question Question) {
	if q.has(question) || q.count == len(q.list) {
		return
	}
	q.list[q.count] = question
	q.count++
}

// has reports whether a question is one of them.
func (q *questions) has(question Question) bool {
	for _, other := range q.list[:q.count] {
		if other == question {
			return true
		}
	}
	return false
}

// about reports whether one of them is whether to leave a scope.
func (q *questions) about(scope Scope) bool {
	for _, other := range q.list[:q.count] {
		if other.Scope == scope {
			return true
		}
	}
	return false
}

// question is the i-th place for what people are asked, and since when they are; it is false where
// that place is empty. The first is that of the most urgent question, and the others stand among
// the notices.
func (s *State) question(i int) (Question, Instant, bool) {
	if i == 0 {
		return s.Asked, s.AskedAt, s.Asked.Scope.Region.Valid()
	}
	notice := &s.Notices[i-1]
	scope, gate, kept := notice.Kept()
	return Question{Scope: scope, Target: notice.Target}, notice.At, kept && gate == ApprovalGate
}

// questionPlaces is how many places for questions there are to look at.
func (s *State) questionPlaces() int { return 1 + len(s.notices()) }

// Questions yields what people are asked, or told in advise mode, the most urgent first.
func (s *State) Questions() iter.Seq[Question] {
	return func(yield func(Question) bool) {
		for i := range s.questionPlaces() {
			if q, _, open := s.question(i); open && !yield(q) {
				return
			}
		}
	}
}

// AskedOf reports whether people are asked a question, and since when.
func (s *State) AskedOf(q Question) (since Instant, asked bool) {
	for i := range s.questionPlaces() {
		if open, at, is := s.question(i); is && open == q {
			return at, true
		}
	}
	return 0, false
}

// asks reports whether people are asked about a scope.
func (s *State) asks(scope Scope) bool {
	for i := range s.questionPlaces() {
		if open, _, is := s.question(i); is && open.Scope == scope {
			return true
		}
	}
	return false
}

// ask has people asked, or in advise mode told, what is to be asked now, each question once for as
// long as it stands; the others are withdrawn. Which one comes first may change: that is no news.
func (p *Policy) ask(s *State, now *questions, actions *Actions) {
	first := nothing
	if now.count > 0 {
		first = now.list[0]
	}
	if was, at := s.Asked, s.AskedAt; was != first {
		since, asked := s.AskedOf(first)
		if s.Asked = first; first != nothing {
			if s.AskedAt = since; !asked {
				s.AskedAt = s.Now
				actions.add(p.asking(s, first, s.Now))
			}
		}
		if was != nothing && now.has(was) {
			notice := s.keeps(was.Scope, ApprovalGate, was.Target)
			notice.At = at
			s.keepNotice(notice)
		}
	}
	s.dropKept(func(q Question, gate Gate) bool {
		return gate == ApprovalGate && (q == first || !now.has(q))
	})
	for i := 1; i < now.count; i++ {
		if _, asked := s.AskedOf(now.list[i]); !asked {
			s.makeRoom()
			s.keepNotice(s.keeps(now.list[i].Scope, ApprovalGate, now.list[i].Target))
			actions.add(p.asking(s, now.list[i], s.Now))
		}
	}
}

// unask withdraws what people were asked, and forgets what they have approved.
func (s *State) unask() {
	s.Asked, s.Approved = nothing, Consent{Question: nothing}
	s.dropKept(func(_ Question, gate Gate) bool { return gate == ApprovalGate })
}

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

// approve takes a person's yes. Only the words on one question are kept: where it displaces those
// on a less urgent one, people are asked that anew.
func (p *Policy) approve(s *State, e *Event, actions *Actions) {
	q, other := e.approves(), s.Approved.Question
	if p.halfApproved(s, q) {
		s.askAnew(other)
		actions.add(p.asking(s, other, s.Now))
	}
	s.Approved.approve(q, e.Who, s.Now)
}

// askAnew has people asked a question that is open from now on: who has said yes to it before has
// not since.
func (s *State) askAnew(q Question) {
	if s.Asked == q {
		s.AskedAt = s.Now
	}
	for i := range s.notices() {
		if open, _, is := s.question(1 + i); is && open == q {
			s.Notices[i].At = s.Now
		}
	}
}

// halfApproved reports whether somebody's word on another question than one stands, which more
// people have to approve. Only the words on one are kept.
func (p *Policy) halfApproved(s *State, q Question) bool {
	since, open := s.AskedOf(s.Approved.Question)
	_, count := s.Approved.holding(since, s.Now)
	return p.Approvals > 1 && s.Approved.Question != q && open && count > 0
}

// displaces reports whether a word on one question displaces those on another: it is more urgent,
// in the order in which scopes are judged. Where the primary is lost, nobody waits for who has said
// yes to leave a region that only reads.
func (s *State) displaces(q, other Question) bool {
	return s.urgency(q.Scope) < s.urgency(other.Scope)
}

// urgency is the rank of a scope: a region that writes comes first, and the primary before the
// others, then a store, then a region that only serves, and the way to one last.
func (s *State) urgency(scope Scope) int {
	switch scope.Part {
	case OneStore:
		return 2
	case Routing:
		return 4
	case Whole, partCount:
	}
	switch {
	case scope.Region == s.Primary:
		return 0
	case s.writers().Has(scope.Region):
		return 1
	}
	return 3
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
		since, asked := s.AskedOf(v.question())
		if !asked {
			return f
		}
		if f.Since = since; s.Approved.Question != v.question() {
			return f
		}
		at, count := s.Approved.holding(since, s.Now)
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
