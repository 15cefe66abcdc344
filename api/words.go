package api

import (
	"fmt"
	"strings"
	"time"

	"redoubt/units"
)

// Warnings are what has to be seen before all else, the gravest first: that nothing is decided,
// that this agent does not act or is behind, what people have stopped and what they are called for;
// and last what is to be put in order while the agents act as they should.
func (s *Status) Warnings() (all []string) {
	if s.Leader == "" {
		all = append(all, s.leaderless())
	}
	if s.Halted != "" {
		all = append(all, "THE AGENT DOES NOT ACT: "+s.Halted)
	}
	switch {
	case s.Empty:
		all = append(all, emptiness)
	case s.AppliedAgo < 0:
		all = append(all, "nothing was applied since the agent was started: what follows is as old as "+
			"what it had kept")
	case s.Stuck:
		all = append(all, fmt.Sprintf("nothing was applied for %s: what follows is as old as that",
			units.Length(units.Seconds(s.AppliedAgo))))
	}
	if s.Shadow {
		all = append(all, "the agent only says what it would do (shadow)")
	}
	if s.Paused {
		all = append(all, "a person has paused the policy")
	}
	if s.Brake != "" {
		all = append(all, "the brake is on: "+s.Brake)
	}
	all = append(all, s.Notices...)
	all = append(all, s.overloaded()...)
	all = append(all, s.dryLeft()...)
	if still := s.stood(); still >= stoodTold {
		all = append(all, fmt.Sprintf("the log's clock stood still for %s, as it does without a leader: "+
			"hold-downs and cooldowns, and what the gates say of times, go by it", units.Length(still)))
	}
	if s.Unconfirmed != "" && s.Leader != "" {
		all = append(all, unconfirmed(s.Unconfirmed))
	}
	if s.Waiting != "" && s.Halted == "" {
		all = append(all, fmt.Sprintf("the log is under policy %s, and this agent's scenario has %s: "+
			"redoubt policy change has it count", Short(s.Policy),
			Short(s.Waiting)))
	}
	all = append(all, apartWords(s.Apart)...)
	if s.Unkept != "" {
		all = append(all, "the archive keeps nothing any more, and the agent acts as before: "+s.Unkept)
	}
	if s.Doubt != "" {
		all = append(all, "the archive is not what it was, and the agent acts as before: "+s.Doubt)
	}
	return all
}

// stood is for how long the log's clock has stood still since the first region that is down was
// seen so, or the plan that runs began: what people are told of them is longer than what is decided
// by.
func (s *Status) stood() time.Duration {
	longest := 0.0
	for i := range s.Regions {
		longest = max(longest, s.Regions[i].DownStood)
	}
	if s.Plan != nil {
		longest = max(longest, s.Plan.Stood)
	}
	return units.Seconds(longest)
}

// leaderless says that there is no leader, and which agents are not heard.
func (s *Status) leaderless() string {
	text := "no leader is known, so that nothing is decided"
	var away []string
	for i := range s.Regions {
		if s.Regions[i].Gossip == "lost" {
			away = append(away, s.Regions[i].Region)
		}
	}
	if len(away) > 0 {
		text += ": the agent of " + s.Region + " does not hear " + strings.Join(away, ", ")
	}
	return text
}

// Warnings are those of a Status, as far as an Account knows.
func (a *Account) Warnings() (all []string) {
	if a.Empty {
		all = append(all, emptiness)
	}
	if a.Unconfirmed != "" {
		all = append(all, unconfirmed(a.Unconfirmed))
	}
	return all
}

// emptiness is what is said of an agent that has nothing of the log.
const emptiness = "the agent was just started, and has nothing of the log yet: it cannot say how " +
	"things are until it hears a majority"

// Short is as much of a hash or a digest as people compare: its first 12 digits.
func Short(hash string) string {
	const shown = 12
	return hash[:min(len(hash), shown)]
}

// unconfirmed says that others may know more.
func unconfirmed(why string) string {
	return "nobody has confirmed that this is how things are now: other agents may know more (" + why +
		")"
}

// Times says since when, and for how long, a gate says what it says, in brackets behind a blank; it
// is empty where the state does not say.
func (g *Gate) Times() string {
	var parts []string
	if g.For != nil && *g.For > 0 {
		parts = append(parts, "for "+units.Length(units.Seconds(*g.For)))
	}
	if g.Ends != nil {
		parts = append(parts, units.Length(max(0, time.Duration(*g.Ends*float64(time.Second))))+" to go")
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// Text is the entry in a line.
func (e *Entry) Text() string {
	text := e.Event
	if e.Note != "" {
		text += " (" + e.Note + ")"
	}
	for _, change := range e.Changes {
		text += "; " + change
	}
	return text
}

// Late says that a plan has been running for longer than the scenario has it take if all of it is
// slow, in a sentence; "" of one that has not, and of one that the scenario has no durations for.
func (p *PlanStatus) Late() string {
	if p.Overdue() == 0 {
		return ""
	}
	length := func(seconds float64) string { return units.Length(units.Seconds(seconds)) }
	return fmt.Sprintf("It takes longer than estimated: %s gone of %s, or %s if all of it were slow.",
		length(p.For+p.Stood), length(p.Whole.Typical), length(p.Whole.Slow))
}

// When says for how long a step of the plan has had a status that lasts; of one that is over, when
// that was, from the beginning of the plan on: what it took is not what has gone by since.
func (p *PlanStatus) When(s *PlanStep) string {
	since := Lasted(s.For, s.Stood)
	if (&CourseStep{Stages: []Stage{{Status: s.Status}}}).Over() {
		return "at +" + units.Length(max(Lasted(p.For, p.Stood)-since, 0))
	}
	return "for " + units.Length(since)
}

// Overdue is by how many seconds a plan has outlasted what all of it takes if it is slow, 0 of one
// that has not, and of one that the scenario has no durations for.
func (p *PlanStatus) Overdue() float64 {
	if p.Whole.Slow == 0 {
		return 0
	}
	return max(Lasted(p.For, p.Stood).Seconds()-p.Whole.Slow, 0)
}

// Rest says how long the rest of a plan may take by the scenario's durations, by how much it is
// overdue, and which steps that are not over were tried again: in a part of a sentence. Where the
// steps that are left have used up their durations, or have none, there is no estimate.
func (p *PlanStatus) Rest() string { return p.rest("the rest takes about %s, %s if slow") }

// rest is the Rest in words that say what it takes, typically and if it is slow.
func (p *PlanStatus) rest(takes string) string {
	length := func(seconds float64) string { return units.Length(units.Seconds(seconds)) }
	var parts []string
	late := p.Overdue()
	if late > 0 {
		parts = append(parts, "overdue by "+length(late))
	}
	switch {
	case p.Left.Slow > 0:
		parts = append(parts, fmt.Sprintf(takes, length(p.Left.Typical), length(p.Left.Slow)))
	case late > 0:
		parts = append(parts, "no estimate")
	default:
		parts = append(parts, "no estimate of the rest")
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Ahead != nil && s.Tries > 1 {
			parts = append(parts, fmt.Sprintf("%s tried %d times", strings.TrimSpace(s.Step+" "+s.Store),
				s.Tries))
		}
	}
	return strings.Join(parts, ", ")
}

// RestTold is the Rest as a sentence, which says where its durations are from.
func (p *PlanStatus) RestTold() string {
	text := p.rest("the rest takes about %s by the scenario's durations, %s if all of it is slow")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// Ends names for people where a plan leads from and to, either of which can be empty. What comes
// back leads nowhere else: its ends are the same.
func Ends(leaves, to string) string {
	switch {
	case leaves == "":
		return "to " + to
	case to == "", to == leaves:
		return "of " + leaves
	}
	return "from " + leaves + " to " + to
}
