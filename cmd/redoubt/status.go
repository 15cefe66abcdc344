package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"redoubt/api"
	"redoubt/units"
)

func statusCommand() *cobra.Command {
	return asking("status", "Where things stand, as one agent has applied them",
		"status asks an agent who is primary, who may write, what each agent sees of each region,\n"+
			"how far each copy is behind, and how far the running plan is. An agent without a leader\n"+
			"answers too, with what it knew last, and says how old that is.",
		func(ctx context.Context, client *api.Client) (result, error) {
			answer, err := client.StatusNow(ctx)
			if err != nil {
				return nil, err
			}
			return statusView{&answer}, nil
		})
}

// statusView shows a status.
type statusView struct{ *api.Status }

func (v statusView) structure() any { return v.Status }

func (v statusView) document() *document {
	d := &document{}
	if v.Empty {
		d.heading("%s: nothing is known yet", v.Scenario)
		d.list(v.Warnings()...)
		d.table(v.regions())
		return d
	}
	how := v.Mode + " mode"
	if dry := v.Dry(); dry != "" {
		how += ", " + dry
	}
	d.heading("%s: %s in %s", v.Scenario, orNone(v.Primary, "no region", "leads"), how)
	d.list(v.Warnings()...)
	facts := &story{}
	for _, fact := range v.Facts {
		facts.moments = append(facts.moments, moment{at: fact.About, what: fact.Text})
	}
	d.story(facts)
	d.table(v.regions())
	d.table(v.stores())
	v.plan(d)
	ago := "before it was started"
	if v.AppliedAgo >= 0 {
		ago = length(secondsLong(v.AppliedAgo)) + " ago"
	}
	if v.Confirmed {
		ago += ", and nothing that was committed is missing"
	}
	d.paragraph("The agent of %s has applied entry %d of term %d %s; the leader is %s. State %s.",
		v.Region, v.Index, v.Term, ago, orNone(v.Leader, "nobody", ""),
		api.Short(v.Hash))
	d.paragraph("The log's time is %s. An order that is given over this status takes --over %d.",
		length(secondsLong(v.At)), v.Said)
	return d
}

// orNone is a text and what it does, or what there is in its place.
func orNone(text, none, does string) string {
	if text == "" {
		text = none
	}
	return strings.TrimSpace(text + " " + does)
}

func (v statusView) regions() *table {
	t := newTable("<region", "<role", "<seen", "<for", "<by", "<agent", "<serves",
		"users,\nassumed", "can carry", "<remarks")
	for i := range v.Regions {
		r := &v.Regions[i]
		var remarks []string
		for _, o := range r.Observers {
			if len(o.Down) > 0 {
				remarks = append(remarks, o.By+" sees "+strings.Join(o.Down, ", ")+" down")
			}
		}
		if r.Causes != "" {
			remarks = append(remarks, r.Causes+" declared")
		}
		if r.Vetoed {
			remarks = append(remarks, "nobody may leave it")
		}
		if len(r.Lacks) > 0 {
			remarks = append(remarks, "lacks "+strings.Join(r.Lacks, ", "))
		}
		seen, since, by, ready := orNone(r.Verdict, "-", ""), "", "", ""
		if r.Quorum > 0 {
			by = fmt.Sprintf("%d up, %d down of %d", r.SaysUp, r.SaysDown, r.Quorum)
			ready = r.CanCarry()
		}
		if r.Verdict == "down" {
			since = length(api.Lasted(r.DownFor, r.DownStood))
		}
		sent := ""
		if r.Users != nil {
			sent = units.Percent(*r.Users, 1) + " %"
		}
		agent := r.Agent
		if r.Gossip != r.Agent {
			agent += ", here " + r.Gossip
		}
		t.row(r.Region, r.Role, seen, since, by, agent, yesNo(r.Serves), sent, ready,
			strings.Join(remarks, "; "))
	}
	return t
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func (v statusView) stores() *table {
	t := newTable("<store", "<written in", "<lease of", "epoch", "<for", "<copy", "lag", "measured",
		"at risk", "<remarks")
	for i := range v.Stores {
		s := &v.Stores[i]
		left := length(secondsLong(s.Left))
		switch {
		case s.Fenced:
			left = "fenced"
		case s.Left <= 0:
			left = "over"
		case s.Unaged:
			left = "not known"
		case !s.Guarded:
			left = "no guard"
		}
		cells := []string{s.Store, s.Writer, s.Holder, strconv.FormatUint(uint64(s.Epoch), 10), left}
		for j := range s.Copies {
			t.row(append(slices.Clone(cells), s.Copies[j].Region, lagOf(&s.Copies[j]), ageOf(&s.Copies[j]),
				riskOf(&s.Copies[j]), s.Copies[j].Diverged)...)
			cells = make([]string, len(cells))
		}
		if len(s.Copies) == 0 {
			t.row(append(cells, "", "", "", "", "")...)
		}
	}
	return t
}

func lagOf(c *api.Copy) string {
	if !c.Known {
		return "not known"
	}
	return length(secondsLong(c.Lag))
}

func ageOf(c *api.Copy) string {
	if c.Age == 0 && !c.Known {
		return "never"
	}
	return length(api.Lasted(c.Age, c.Stood)) + " ago"
}

// riskOf is what would be lost at most if a copy took over now.
func riskOf(c *api.Copy) string {
	if c.AtRisk == nil {
		return "not known"
	}
	return c.AtRisk.Text()
}

// plan tells how far the running plan is, and how long it may still take.
func (v statusView) plan(d *document) {
	p := v.Plan
	if p == nil {
		return
	}
	d.heading("%s %s, epoch %d, running for %s", p.Kind, api.Ends(p.Leaves, p.To), p.Epoch,
		length(api.Lasted(p.For, p.Stood)))
	t := newTable("<step", "<store", "<status", "<when", "<agent", "tries")
	for i := range p.Steps {
		s := &p.Steps[i]
		t.row(s.Step, s.Store, p.Told(s), p.When(s), s.Region, strconv.Itoa(s.Tries))
	}
	d.table(t)
	if dry := p.Dry(); dry != "" {
		d.paragraph("%s", dry)
	}
	if late := p.Late(); late != "" {
		d.paragraph("%s", late)
	}
	if p.Left.Waits != "" {
		d.paragraph("It waits for %s.", p.Left.Waits)
	}
	d.paragraph("%s", p.RestTold())
}

func (v statusView) records() [][]string {
	rows := [][]string{
		{"region", "role", "seen", "agent", "serves", "ready_share", "says_up", "says_down"},
	}
	for i := range v.Regions {
		r := &v.Regions[i]
		rows = append(rows, []string{
			r.Region, r.Role, r.Verdict, r.Agent, strconv.FormatBool(r.Serves), number(r.Ready).String(),
			strconv.Itoa(r.SaysUp), strconv.Itoa(r.SaysDown),
		})
	}
	return rows
}

func membersCommand() *cobra.Command {
	return asking("members", "The agents, and which of them are heard of",
		"members lists the agents of the cluster, as the log has them and as the agent that is asked\n"+
			"hears of them over gossip. Gossip is a hint: what counts is what the log says. One that is\n"+
			"no member has no part in the log; one without a vote follows it.",
		func(ctx context.Context, client *api.Client) (result, error) {
			answer, err := client.Members(ctx)
			if err != nil {
				return nil, err
			}
			return membersView{&answer}, nil
		})
}

// membersView shows the agents.
type membersView struct{ *api.Members }

func (v membersView) structure() any { return v.Members }

func (v membersView) document() *document {
	d := &document{}
	t := newTable("<agent", "<role", "<member", "<votes", "<leads", "<in the log", "<over gossip")
	for _, m := range v.Members.Members {
		t.row(m.Region, m.Role, yesNo(m.Member), yesNo(m.Votes), yesNo(m.Leads), m.Log, m.Gossip)
	}
	d.table(t)
	return d
}

func (v membersView) records() [][]string {
	rows := [][]string{{"agent", "role", "member", "votes", "leads", "log", "gossip"}}
	for _, m := range v.Members.Members {
		rows = append(rows, []string{
			m.Region, m.Role, strconv.FormatBool(m.Member), strconv.FormatBool(m.Votes),
			strconv.FormatBool(m.Leads), m.Log, m.Gossip,
		})
	}
	return rows
}

// explainCommand tells why an agent's policy does what it does.
func explainCommand() *cobra.Command {
	return asking("explain", "Why the policy acts, or does not, gate by gate",
		"explain asks an agent why its policy does what it does, or nothing: every gate of every\n"+
			"scope that could be left, with its reason, since when, and until when it holds by itself.\n"+
			"The words are those of redoubt simulate --explain.",
		func(ctx context.Context, client *api.Client) (result, error) {
			answer, err := client.ExplainNow(ctx)
			if err != nil {
				return nil, err
			}
			return accountView{&answer}, nil
		})
}

// accountView shows an explanation.
type accountView struct{ *api.Account }

func (v accountView) structure() any { return v.Account }

func (v accountView) document() *document {
	d := &document{}
	d.list(v.Warnings()...)
	facts := &story{}
	for _, fact := range v.Facts {
		facts.moments = append(facts.moments, moment{at: fact.About, what: fact.Text})
	}
	d.story(facts)
	for i := range v.Scopes {
		scope := &v.Scopes[i]
		what := orNone(scope.Action, "", "")
		if scope.Target != "" {
			what += " to " + scope.Target
		}
		d.paragraph("To leave %s would be: %s", scope.Scope, what)
		told := &story{}
		for _, gate := range scope.Gates {
			told.moments = append(told.moments, moment{
				at: gate.Verdict, where: gate.Gate, what: gate.Reason + gate.Times(),
			})
		}
		for _, c := range scope.Candidates {
			told.moments = append(told.moments, moment{
				at: yesNo(c.Chosen), where: "candidate", what: c.Region + " " + c.Reason,
			})
		}
		d.story(told)
		d.paragraph("%s: %s.", scope.Scope, scope.Conclusion)
	}
	return d
}

func (v accountView) records() [][]string {
	rows := [][]string{{"scope", "gate", "verdict", "reason"}}
	for i := range v.Scopes {
		for _, gate := range v.Scopes[i].Gates {
			rows = append(rows, []string{v.Scopes[i].Scope, gate.Gate, gate.Verdict, gate.Reason})
		}
	}
	return rows
}
