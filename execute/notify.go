package execute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"redoubt/failover"
)

// Notifier tells people what they should know, over a webhook. What it tells has one name from when
// it is raised until it is over, the action's, so that it may be sent twice. Its methods may be
// called at the same time.
type Notifier struct {
	Webhook *Webhook
	// Routing is the key of an integration of PagerDuty's Events API v2, whose shape messages have
	// then; empty is for the project's own.
	Routing string
	// Source names the system in what PagerDuty is told.
	Source string
	// Why says what the gate found that an alarm names, as it is now, and nothing of anything else;
	// nil is for nothing at all.
	Why func(failover.Action) string

	mu   sync.Mutex
	told map[uint64]failover.Action
}

// PagerDutyURL is where PagerDuty takes events (Events API v2, read 2026-11-22).
const PagerDutyURL = "https://events.pagerduty.com/v2/enqueue"

// Message is what people are told.
type Message struct {
	// ID is one for all times that it is sent.
	ID string `json:"id"`
	// Kind is "ask", "tell", "alarm" or "done"; Over says that it needs nobody any more.
	Kind    string `json:"kind"`
	Over    bool   `json:"over"`
	Text    string `json:"text"`
	Epoch   uint32 `json:"epoch"`
	Step    string `json:"step,omitempty"`
	Store   string `json:"store,omitempty"`
	Subject string `json:"subject,omitempty"`
	Target  string `json:"target,omitempty"`
	// Part is "routing" where only the way to the subject is lost, or only the traffic moves.
	Part string `json:"part,omitempty"`
	// Gate is what keeps the subject from being left, and Why what it found.
	Gate string `json:"gate,omitempty"`
	Why  string `json:"why,omitempty"`
}

// MessageOf is what people are told of an action.
func (n Names) MessageOf(a failover.Action, over bool) Message {
	m := Message{
		ID: ActionID(a), Kind: a.Kind.String(), Over: over, Text: n.text(a), Epoch: uint32(a.Epoch),
		Subject: n.Region(a.Subject), Target: n.Region(a.Target),
	}
	if a.Kind == failover.Do {
		m.Kind = "done"
	}
	if a.Step != 0 {
		m.Step = StepName(a.Step)
	}
	if aboutStore(a) {
		m.Store = n.Store(a.Store)
	}
	if a.Part == failover.Routing {
		m.Part = "routing"
	}
	if a.Gate != 0 {
		m.Gate = a.Gate.String()
	}
	return m
}

// text says in a sentence what an action is about.
func (n Names) text(a failover.Action) string {
	left, target := n.Region(a.Subject), n.Region(a.Target)
	if a.Part == failover.OneStore {
		left = n.Store(a.Store) + " in " + left
	}
	move := left
	if target != "" {
		move += " to " + target
	}
	switch {
	case a.Kind == failover.Do:
		return fmt.Sprintf("The plan of epoch %d, from %s, is done.", a.Epoch, move)
	case a.Kind == failover.Ask && a.Drill:
		return fmt.Sprintf("A drill waits for a second person: from %s.", move)
	case a.Kind == failover.Ask:
		what, done := n.remedy(a, move)
		return fmt.Sprintf("Shall %s %s?%s", what, done, atRisk(a))
	case a.Kind == failover.Tell:
		what, done := n.remedy(a, move)
		return fmt.Sprintf("%s would %s now; the policy only advises.%s", what, done, atRisk(a))
	case a.GivenUp != failover.NoPlan:
		return fmt.Sprintf("The %s of epoch %d, from %s, was given up.", a.GivenUp, a.Epoch, move)
	case a.Step != 0:
		return fmt.Sprintf("The step %s of epoch %d needs a person: from %s.", StepName(a.Step), a.Epoch,
			move)
	case a.Gate != 0:
		if a.Part == failover.Routing {
			left = "the way to " + left
		}
		return fmt.Sprintf("Seen down, and not left: %s. The gate %s wants %s.", left, a.Gate,
			a.Gate.Wants())
	case a.Part == failover.OneStore:
		return fmt.Sprintf("Nobody may write to %s, and nothing is done about it.", left)
	}
	const tripped = "The brake has tripped: nothing moves by itself until it is lifted. "
	return strings.TrimSpace(tripped + left)
}

// remedy is what is to be done with what is left: its writes move to a target, or only its traffic
// goes elsewhere.
func (n Names) remedy(a failover.Action, move string) (what, done string) {
	what, done = move, "be failed over"
	if !a.Target.Valid() {
		what, done = "the traffic of "+n.Region(a.Subject), "go elsewhere"
	}
	if a.Part == failover.Routing {
		done += ", since the way to " + n.Region(a.Subject) + " is lost"
	}
	return what, done
}

// atRisk is the data-loss bound of what is asked or told.
func atRisk(a failover.Action) string {
	if a.Risk == 0 {
		return ""
	}
	return fmt.Sprintf(" Up to %v of writes may be lost.", a.Risk)
}

// pagerDuty is a message as PagerDuty takes it.
type pagerDuty struct {
	Routing string            `json:"routing_key"`
	Action  string            `json:"event_action"`
	Key     string            `json:"dedup_key"`
	Payload *pagerDutyPayload `json:"payload,omitempty"`
}

type pagerDutyPayload struct {
	Summary   string  `json:"summary"`
	Source    string  `json:"source"`
	Severity  string  `json:"severity"`
	Component string  `json:"component,omitempty"`
	Class     string  `json:"class"`
	Details   Message `json:"custom_details"`
}

// severities are how loud PagerDuty is to be.
var severities = map[string]string{
	"alarm": "critical", "ask": "critical", "tell": "warning", "done": "info",
}

// body is a message as it is sent.
func (n *Notifier) body(m Message) ([]byte, error) {
	if n.Routing == "" {
		return json.Marshal(m)
	}
	event := pagerDuty{Routing: n.Routing, Action: "resolve", Key: "redoubt-" + m.ID}
	if !m.Over {
		const longest = 1024
		event.Action = "trigger"
		event.Payload = &pagerDutyPayload{
			Summary: strings.ToValidUTF8(m.Text[:min(len(m.Text), longest)], ""), Source: n.Source,
			Severity: severities[m.Kind], Component: m.Store, Class: m.Kind, Details: m,
		}
	}
	return json.Marshal(event)
}

// Do tells people that a plan is done, as the step Notify. PagerDuty forgets the name of what
// somebody has closed: whoever only looks there cannot tell.
func (n *Notifier) Do(ctx context.Context, a failover.Action) Result {
	if onlyLooks(a) {
		if n.Webhook.Look != "" && n.Routing == "" {
			return n.Webhook.looks(ctx, ActionID(a))
		}
		return unknown("nobody says whether people were told")
	}
	return n.tell(ctx, a, false)
}

func (n *Notifier) tell(ctx context.Context, a failover.Action, over bool) Result {
	m := n.Webhook.Names.MessageOf(a, over)
	if n.Why != nil && !over {
		m.Why = n.Why(a)
	}
	if m.Why != "" {
		m.Text += " It found: " + m.Why + "."
	}
	body, err := n.body(m)
	if err != nil {
		return failed("%v", err)
	}
	id := m.ID
	if over {
		id += "-over"
	}
	return n.Webhook.Post(ctx, id, body)
}

// Deliver tells people all that stands and that they were not told yet, and of what they were told
// and stands no more that it is over. An agent that leads calls it whenever its state changes: what
// it could not deliver, it delivers the next time.
func (n *Notifier) Deliver(ctx context.Context, standing iter.Seq[failover.Action]) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.told == nil {
		n.told = map[uint64]failover.Action{}
	}
	var wrong []error
	stands := map[uint64]bool{}
	for a := range standing {
		id := a.ID()
		stands[id] = true
		if _, before := n.told[id]; before {
			continue
		}
		if result := n.tell(ctx, a, false); result.Outcome != Done {
			wrong = append(wrong, fmt.Errorf("tell people of %s: %s", ActionID(a), result.Why))
			continue
		}
		n.told[id] = a
	}
	for id, a := range n.told {
		if stands[id] {
			continue
		}
		if result := n.tell(ctx, a, true); result.Outcome == Done {
			delete(n.told, id)
		} else {
			wrong = append(wrong, fmt.Errorf("tell people that %s is over: %s", ActionID(a), result.Why))
		}
	}
	return errors.Join(wrong...)
}
