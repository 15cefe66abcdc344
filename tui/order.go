package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt/api"
	"redoubt/tui/feed"
)

// An orderForm is an order that is being written. It is judged of what whoever writes it had before
// them when they began.
type orderForm struct {
	api.Form
	order api.Order
	// over is what they had before them.
	over *api.Status
	// account says what the gates said then.
	account *api.Account
	// now is what is heard while it is written: what an order risks is said as it is by then.
	now *feed.Reading
	// offered is the loss that was proposed to be accepted, until another one is.
	offered string
	// complete says that its words are all that it lacks, sent that it is on its way, and unknown that
	// nobody can tell whether it was taken.
	complete, sent, unknown bool
}

// answered is what came of an order.
type answered struct {
	order  api.Order
	answer api.Answer
	err    error
}

// ofAgents are the actions that order something of agents.
var ofAgents = []action{approve, failOver, failBack, pause}

// orders begins an order that has a key of its own.
func (a *App) orders(what action) bool {
	verbs := map[action]string{
		approve: "approve", failOver: "failover", failBack: "failback", pause: "pause",
	}
	verb, is := verbs[what]
	if !is {
		return false
	}
	if what == pause && a.live.paused() {
		verb = "resume"
	}
	a.complain(a.begin(verb, ""))
	return true
}

// begin has a person write an order, and fill in what it lacks.
func (a *App) begin(verb, region string) error {
	forms := api.Forms()
	at := slices.IndexFunc(forms, func(f api.Form) bool { return f.Verb == verb })
	heard := &a.live.heard
	switch {
	case at < 0:
		return fmt.Errorf("there is no order %q", verb)
	case heard.Status == nil:
		return fmt.Errorf("no agent has answered yet")
	case a.waits():
		return fmt.Errorf("an order is on its way: wait for what comes of it")
	}
	f := &orderForm{
		Form: forms[at], over: heard.Status, account: heard.Account,
		now: heard, order: api.Order{Verb: verb, Said: heard.Status.Said},
	}
	if f.Group {
		f.order.Said = 0
	}
	if f.Region && region == "" {
		region = f.likely()
	}
	a.live.form = f
	var wrong error
	if f.Region && region != "" {
		wrong = f.takeRegion(region)
	}
	a.fill()
	if wrong != nil {
		a.prompt.problem = wrong.Error()
	}
	return nil
}

// waits reports whether an order is on its way.
func (a *App) waits() bool {
	return a.live != nil && a.live.form != nil && a.live.form.sent && !a.live.form.unknown
}

// likely is the region that an order is probably about, or none.
func (f *orderForm) likely() string {
	if scope := f.waiting(""); f.Verb == "approve" && scope != nil {
		return scope.Region
	}
	return ""
}

// waiting is the scope, of a region if one is named, that only an approval keeps from being left;
// or, of a named region, the first that an approval keeps with other gates.
func (f *orderForm) waiting(region string) (found *api.ScopeAccount) {
	for i := range f.account.Scopes {
		scope := &f.account.Scopes[i]
		asked, others := false, false
		for _, gate := range scope.Gates {
			switch {
			case gate.Verdict == "pass":
			case gate.Gate == "approval":
				asked = true
			default:
				others = true
			}
		}
		switch {
		case !asked || region != "" && scope.Region != region:
		case !others:
			return scope
		case region != "" && found == nil:
			found = scope
		}
	}
	return found
}

// asks reports whether the policy, or a drill, wants people's word for anything.
func (f *orderForm) asks() bool {
	if slices.ContainsFunc(f.over.Calls, func(c api.Call) bool { return c.Kind == "ask" }) {
		return true
	}
	for i := range f.account.Scopes {
		for _, gate := range f.account.Scopes[i].Gates {
			if gate.Gate == "approval" && gate.Verdict != "pass" {
				return true
			}
		}
	}
	return false
}

// takeRegion has the order be about a region.
func (f *orderForm) takeRegion(name string) error {
	var known []string
	for _, r := range f.over.Regions {
		known = append(known, r.Region)
	}
	if !slices.Contains(known, name) {
		return fmt.Errorf("there is no region %q: %s", name, strings.Join(known, ", "))
	}
	if f.over.Regions[slices.Index(known, name)].Role == "witness" && !f.Group {
		return fmt.Errorf("%s is a witness: it has a vote, and nothing to %s", name, f.Verb)
	}
	f.order.Region = name
	if scope := f.waiting(name); f.Verb == "approve" && scope != nil {
		f.order.Target, f.order.Store = scope.Target, scope.Store
		if scope.Store == "" {
			f.order.Part = scope.Part
		}
	}
	return nil
}

// fill asks for what an order lacks, one thing after the other, and at last for the words that
// confirm it.
func (a *App) fill() {
	f := a.live.form
	ask := func(label, text string, take func(string) error) {
		p := &prompt{label: label + ": "}
		p.done = func(text string) {
			a.message, a.wrong = "", false
			if err := take(strings.TrimSpace(text)); err != nil {
				a.complain(err)
			} else if !f.sent {
				a.fill()
			}
		}
		p.esc = a.drop
		p.propose(text)
		if label == "region" {
			p.complete = func(string) []string { return f.regions() }
		}
		a.prompt = p
	}
	switch {
	case f.Region && f.order.Region == "":
		ask("region", "", f.takeRegion)
	case f.Loss && f.order.AcceptLoss == "":
		f.offered = f.lossWanted()
		ask("lose at most, as 30s or any", f.offered, f.takeLoss)
	case f.Loss && f.order.AcceptLoss != "0s" && f.order.AcceptWrites == 0:
		ask("how many writes is that taken for", f.writesWanted(), f.takeWrites)
	case f.Causes && len(f.order.Causes) == 0:
		ask("causes, as corruption zone-failure", "", f.takeCauses)
	case f.order.Why == "":
		ask("why", "", f.takeWhy)
	default:
		f.complete = true
		ask(f.toType(), "", func(text string) error {
			if text != f.words() {
				return fmt.Errorf("that is not %q: nothing was ordered", f.words())
			}
			a.send()
			return nil
		})
		a.prompt.short = "type it: "
	}
}

// toType says what has to be typed.
func (f *orderForm) toType() string { return `type "` + f.words() + `" to give the order` }

// drop gives an order up that was not sent.
func (a *App) drop() {
	a.live.form = nil
	a.say("nothing was ordered")
}

// words are what a person types to confirm an order: what is done, where, and what may be lost.
func (f *orderForm) words() string {
	words := strings.TrimSpace(f.Verb + " " + f.order.Region)
	if f.order.Target != "" {
		words += " to " + f.order.Target
	}
	if f.order.Store != "" {
		words += " store " + f.order.Store
	}
	if f.order.AcceptLoss != "" {
		words += " losing " + f.order.AcceptLoss
	}
	return words
}

// atRisk is what would be lost if the region took over now, of the store that would lose the most,
// and whether that is known of all.
func (f *orderForm) atRisk() (worst api.Loss, known bool) {
	known = true
	for i := range f.now.Status.Stores {
		for _, c := range f.now.Status.Stores[i].Copies {
			switch {
			case c.Region != f.order.Region:
			case c.AtRisk == nil:
				known = false
			case c.AtRisk.Seconds+c.AtRisk.Stood >= worst.Seconds+worst.Stood:
				worst = *c.AtRisk
			}
		}
	}
	return worst, known
}

// accepts is the loss that is accepted, or is proposed to be; "" before either.
func (f *orderForm) accepts() string { return cmp.Or(f.order.AcceptLoss, f.offered) }

// lossWanted is the loss that has to be accepted at least, with some seconds for the time until the
// order is judged; it is "any" where nobody knows, and "" where no agent answers.
func (f *orderForm) lossWanted() string {
	const step = 10 * time.Second
	worst, known := f.atRisk()
	switch {
	case f.now.Err != nil:
		return ""
	case !known:
		return "any"
	}
	return ((api.Lasted(worst.Seconds, worst.Stood) + step).Truncate(step)).String()
}

func (f *orderForm) takeLoss(text string) error {
	d, err := time.ParseDuration(text)
	if text != "any" && (err != nil || d < 0) {
		return fmt.Errorf("a loss is a duration such as 30s, or any; %q is neither", text)
	}
	f.order.AcceptLoss = text
	if text != "any" {
		f.order.AcceptLoss = d.String()
	}
	return nil
}

// writesWanted is how many writes the accepted loss is, at the rate by which the agent counts.
func (f *orderForm) writesWanted() string {
	worst, known := f.atRisk()
	d, err := time.ParseDuration(f.order.AcceptLoss)
	if !known || err != nil || worst.Seconds == 0 || f.now.Err != nil {
		return ""
	}
	return fmt.Sprintf("%.0f", float64(worst.Writes)*d.Seconds()/worst.Seconds)
}

func (f *orderForm) takeWrites(text string) error {
	writes, err := strconv.ParseUint(text, 10, 64)
	if err != nil || writes == 0 {
		return fmt.Errorf("a number of writes is a whole number from 1 on, and %q is none", text)
	}
	f.order.AcceptWrites = writes
	return nil
}

func (f *orderForm) takeCauses(text string) error {
	f.order.Causes = strings.Fields(strings.ReplaceAll(text, ",", " "))
	if len(f.order.Causes) == 0 {
		return fmt.Errorf("name a cause: zone-failure, corruption, security-incident or bad-release")
	}
	return nil
}

func (f *orderForm) takeWhy(text string) error {
	if text == "" {
		return fmt.Errorf("say why: it is kept with the order")
	}
	f.order.Why = text
	return nil
}

// send gives the order. What comes of it is a Finding.
func (a *App) send() {
	f := a.live.form
	f.sent, f.unknown = true, false
	if f.order.Name == "" {
		f.order.Name = api.NewName()
	}
	order, feed, found := f.order, a.live.feed, a.engine.found
	go func() {
		answer, err := feed.Order(context.Background(), order)
		found <- Finding{answered: &answered{order: order, answer: answer, err: err}}
	}()
}

// took shows what came of an order.
func (a *App) took(r *answered) {
	f := a.live.form
	if f == nil || f.order.Name != r.order.Name {
		return
	}
	words := f.words()
	switch {
	case errors.Is(r.err, api.ErrUnknown):
		f.unknown = true
		a.prompt = &prompt{
			label: "nobody can tell whether it was taken: enter says it again, and it is judged once ",
			short: "enter says it again, esc does not ",
			done: func(string) {
				a.message, a.wrong = "", false
				a.send()
			},
			esc: func() {
				a.live.form = nil
				a.complain(fmt.Errorf("nobody knows whether %s was taken: the history says; its name is %s",
					words, r.order.Name))
			},
		}
		a.complain(r.err)
		return
	case r.err != nil:
		a.complain(fmt.Errorf("%s was not taken: %w", words, r.err))
	case r.answer.Refused != "":
		a.complain(fmt.Errorf("%s is refused: %s", words, r.answer.Refused))
	default:
		a.say("taken: %s is entry %d of the log", words, r.answer.Index)
	}
	a.live.form = nil
}
