package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// drawForm writes an order as far as it is written, what it would do, and what is to be typed: that
// stands at the bottom, and is always seen. A low screen has no empty rows.
func (a *App) drawForm(area canvas.Area) {
	const lowest = 16
	f := a.live.form
	width := min(area.Width, mostWidth)
	does := lines{{{canvas.Title, "An order to the agents: " + f.words()}}}
	if area.Height >= lowest {
		does.add()
	}
	if heard := &a.live.heard; heard.Err != nil {
		does.say(width, 2, canvas.Bad, a.live.silence())
	} else if isOld(heard) {
		does.say(width, 2, canvas.Bad, "! The agent that is asked has applied nothing for long: nobody "+
			"may be there to take it.")
	}
	does.say(width, 2, canvas.Plain, strings.ReplaceAll(f.Does, "REGION",
		orRegion(f.order.Region))+".")
	if dry := a.live.heard.Status.Dry(); dry != "" {
		does.say(width, 2, canvas.Warn, "! "+strings.ToUpper(dry[:1])+dry[1:]+".")
	}
	if told := a.live.heard.Status.DryAnswers(); told != "" {
		does.say(width, 2, canvas.Warn, "! "+told)
	}
	if wrong := f.impaired(); wrong != "" {
		does.say(width, 2, canvas.Bad, "! "+wrong)
	}
	for _, said := range f.loses() {
		does.say(width, 2, said.style, "! "+said.text)
	}
	said, next := a.formLines(width), a.nextLines(width)
	if area.Height < lowest {
		below := max(area.Height-len(next), 1)
		append(does, said...).draw(area.Above(below), 0, false)
		next.draw(area.Below(below), 0, false)
		return
	}
	stacked(does, said, next).draw(area, 0, false)
}

// formLines are what whoever writes an order has said, and how things are beside what they had
// before them.
func (a *App) formLines(width int) (l lines) {
	f := a.live.form
	if f.order.AcceptWrites > 0 {
		l.say(width, 2, canvas.Bad, fmt.Sprintf("! accepted to be lost: %s of writes, taken for %d",
			f.order.AcceptLoss, f.order.AcceptWrites))
	}
	if f.order.AcceptLoss == "any" && f.order.AcceptWrites == 0 {
		l.say(width, 2, canvas.Plain, "any is no bound: say how many writes you take it for, 1 or more. "+
			"The number is kept with the order, and the agents do not judge by it.")
	}
	now := a.live.heard.Status
	if changed := changedSince(f.over, now, a.live.heard.Entries); len(changed) > 0 {
		l.say(width, 2, canvas.Bad, fmt.Sprintf("! Things have changed since: %s. %s gives it up.",
			strings.Join(changed, "; "), "esc"))
	}
	if turned := turnedSince(f.over, now); len(turned) > 0 {
		l.say(width, 2, canvas.Bad, "! Since this was opened: "+strings.Join(turned, "; ")+".")
	}
	if f.order.Why != "" {
		l.say(width, 2, canvas.Plain, "why: "+f.order.Why)
	}
	if !f.Group {
		l.say(width, 2, canvas.Dim, "It is judged of what you had before you at T+"+
			ago(f.over.At)+" of the log.")
	}
	return l
}

// nextLines are what is to be typed, or what is wrong with what was typed.
func (a *App) nextLines(width int) (l lines) {
	switch f := a.live.form; {
	case f.unknown:
		l.say(width, 2, canvas.Bad, "! Nobody can tell whether it was taken. Said again, it is judged "+
			"once.")
	case f.sent:
		l.say(width, 2, canvas.Strong, "On its way …")
	case a.prompt != nil && a.prompt.problem != "":
		l.say(width, 2, canvas.Bad, "! "+a.prompt.problem)
	case f.complete:
		text := f.toType()
		l.say(width, 2, canvas.Strong, strings.ToUpper(text[:1])+text[1:]+".")
	}
	return l
}

func orRegion(name string) string {
	if name == "" {
		return "a region"
	}
	return name
}

// changedSince says for what somebody would have to look again before an order: another epoch,
// mode or plan, another primary, traffic that goes elsewhere, or another one who may begin things.
func changedSince(was, is *api.Status, entries []api.Entry) (all []string) {
	tell := func(what, before, now string) {
		if before != now {
			all = append(all, fmt.Sprintf("%s is %s, and was %s", what, now, before))
		}
	}
	switch {
	case is.Paused && !was.Paused:
		all = append(all, "it is paused"+byWhom("order: pause", entries))
	case was.Paused && !is.Paused:
		all = append(all, "it is paused no more"+byWhom("order: resume", entries))
	}
	tell("the brake", cmp.Or(was.Brake, "off"), cmp.Or(is.Brake, "off"))
	tell("the mode", was.Mode, is.Mode)
	tell("the primary", orNobody(was.Primary), orNobody(is.Primary))
	if !slices.Equal(was.Serving, is.Serving) {
		tell("what serves", orNobody(listed(was.Serving)), orNobody(listed(is.Serving)))
	}
	before, now := was.Plan, is.Plan
	same := before != nil && now != nil && before.Epoch == now.Epoch
	if before != nil && !same {
		all = append(all, fmt.Sprintf("the %s %s is over", before.Kind, api.Ends(before.Leaves,
			before.To)))
	}
	if now != nil && !same {
		all = append(all, fmt.Sprintf("a %s %s runs, for %s", now.Kind, api.Ends(now.Leaves, now.To),
			lasted(now.For, now.Stood)))
	}
	tell("the epoch", fmt.Sprint(was.Epoch), fmt.Sprint(is.Epoch))
	return all
}

// byWhom says when, and by whom and why, the newest order of some words was given, in brackets
// behind a blank; it is empty where that was not read.
func byWhom(order string, entries []api.Entry) string {
	for _, e := range slices.Backward(entries) {
		if !strings.HasPrefix(e.Event, order) || e.Refused != "" {
			continue
		}
		text := e.Wall.UTC().Format(time.TimeOnly) + " UTC"
		if e.Note != "" {
			text += ", " + e.Note
		}
		return " (" + text + ")"
	}
	return ""
}

// turnedSince says which regions are seen otherwise than before, and whose agents are lost or back.
func turnedSince(was, is *api.Status) (all []string) {
	seen := map[string]string{"up": "seen up", "down": "seen down"}
	tell := func(verdict string) string { return cmp.Or(seen[verdict], "seen neither up nor down") }
	for i := range is.Regions {
		r := &is.Regions[i]
		at := slices.IndexFunc(was.Regions, func(o api.RegionStatus) bool {
			return o.Region == r.Region
		})
		if at < 0 {
			continue
		}
		if before := &was.Regions[at]; before.Verdict != r.Verdict {
			all = append(all, fmt.Sprintf("%s is %s, and was %s", r.Region, tell(r.Verdict),
				tell(before.Verdict)))
		} else if before.Agent != r.Agent {
			all = append(all, fmt.Sprintf("the agent of %s is %s, and was %s", r.Region, r.Agent,
				before.Agent))
		}
	}
	return all
}

// warned are texts in the style of a warning.
func warned(texts ...string) (all []piece) {
	for _, text := range texts {
		all = append(all, piece{canvas.Warn, text})
	}
	return all
}

// impaired says what is wrong by now with the region to which an order moves something, "" where
// that is nothing, or no region is named yet.
func (f *orderForm) impaired() string {
	to := f.order.Target
	if slices.Contains([]string{"failover", "switchover", "failback", "drill"}, f.Verb) {
		to = f.order.Region
	}
	for i := range f.now.Status.Regions {
		r := &f.now.Status.Regions[i]
		if wrong := r.Impaired(); r.Region == to && len(wrong) > 0 {
			return to + " is not as it should be: " + strings.Join(wrong, ", ")
		}
	}
	return ""
}

// loses says why the agents will refuse an order, and what it may lose, as far as the agent that is
// asked knows now.
func (f *orderForm) loses() (all []piece) {
	moves := []string{"failover", "switchover", "failback", "drill"}
	switch {
	case f.returns():
	case !f.over.Promotes() && slices.Contains(moves, f.Verb):
		return warned("Every region writes here: none is primary, and there is nothing to promote. The "+
			"agents will refuse it.",
			"To have a region's traffic led away is an evacuation: esc, and then :evacuate REGION.")
	case f.isThere(f.order.Region):
		return warned(f.order.Region + " is the primary already: nothing is to be moved there. The " +
			"agents will refuse it.")
	}
	if why := f.now.Status.Refuses(f.Verb, f.order.Region); why != "" && f.now.Err == nil {
		all = append(all, piece{canvas.Bad, "The agents will refuse it: " + why + "."})
	}
	return append(all, f.costs()...)
}

// costs says what an order may lose that is carried out.
func (f *orderForm) costs() (all []piece) {
	if f.returns() {
		return warned("Brings " + orRegion(f.order.Region) + "'s traffic back; no write moves.")
	}
	switch f.Verb {
	case "failover":
		return append(f.lossless(), f.risks(f.order.Region)...)
	case "approve":
		return f.approves()
	case "switchover", "failback", "drill":
		return warned("Nothing is lost: the writes move once the copy has all of them, or not at all.")
	case "pause":
		return warned("Nothing is lost by it; while it lasts, no outage ends by itself.")
	case "reconcile":
		return warned("What the region alone held is not looked for any more.")
	}
	all = warned("No write is lost by it.")
	if f.Verb == "evacuate" {
		all = append(f.others(), all...)
	}
	return all
}

// others says what each region would be sent that is left to serve, beside what it can carry.
func (f *orderForm) others() (all []piece) {
	for _, sent := range f.now.Status.IfLeft(f.order.Region) {
		style := canvas.Warn
		if sent.Over {
			style = canvas.Bad
		}
		all = append(all, piece{style, sent.Text + "."})
	}
	return all
}

// lossless names the order that moves the writes without a loss where a failover is forced though
// the primary is seen up.
func (f *orderForm) lossless() []piece {
	s := f.now.Status
	up := slices.ContainsFunc(s.Regions, func(r api.RegionStatus) bool {
		return r.Region == s.Primary && r.Verdict == "up" && r.Agent != "lost"
	})
	if !up || s.Plan != nil {
		return nil
	}
	return warned(fmt.Sprintf("%s is seen up: :switchover %s loses nothing (esc gives this up).",
		s.Primary, cmp.Or(f.order.Region, "REGION")))
}

// approves says what an approval would begin now, or what else keeps that from beginning.
func (f *orderForm) approves() (all []piece) {
	if !f.asks() {
		all = warned("Nothing waits for an approval now.")
	}
	for i := range f.now.Account.Scopes {
		scope := &f.now.Account.Scopes[i]
		if scope.Region != f.order.Region || scope.Store != f.order.Store {
			continue
		}
		for _, gate := range scope.Gates {
			if gate.Gate == "lag" && scope.Action == "failover" {
				all = append(all, warned("the gate on lag: "+gate.Reason)...)
			}
			if gate.Verdict != "pass" && gate.Gate != "approval" {
				all = append(all, warned("it does not begin by an approval alone: "+gate.Gate+": "+
					gate.Reason)...)
			}
		}
	}
	return append(all, f.risks(f.order.Target)...)
}

// returns reports whether a failback brings traffic alone back: that of the region it names, which
// is not sent any, unless the writes come back to it; or of any while it names none, where every
// region writes.
func (f *orderForm) returns() bool {
	s := f.over
	return f.Verb == "failback" && slices.ContainsFunc(s.Regions, func(r api.RegionStatus) bool {
		switch f.order.Region {
		case r.Region:
			alone := s.Home != "" && r.Role == "workload" && !r.Serves && !s.WritesReturn(r.Region)
			return s.Evacuated(&r) || alone
		case "":
			return s.Evacuated(&r)
		}
		return false
	})
}

// isThere reports whether the order would move to a region what it has already. While a plan runs
// nobody can tell: that may have left the region halfway.
func (f *orderForm) isThere(region string) bool {
	if region == "" || region != f.over.Primary || f.over.Plan != nil {
		return false
	}
	moves := []string{"failover", "switchover", "drill", "approve-drill", "dry-drill"}
	if f.Verb != "failback" {
		return slices.Contains(moves, f.Verb)
	}
	elsewhere := func(s api.StoreStatus) bool { return s.Writer != region }
	serves := func(r api.RegionStatus) bool { return r.Region == region && r.Serves }
	return slices.ContainsFunc(f.over.Regions, serves) &&
		!slices.ContainsFunc(f.over.Stores, elsewhere)
}

// regions are those that the order can be about: no witness, unless the order is about its agent,
// and not where what it moves is already.
func (f *orderForm) regions() (names []string) {
	back := f.returns() && !f.over.Promotes()
	for _, r := range f.over.Regions {
		if (f.Group || r.Role != "witness") && !f.isThere(r.Region) &&
			(!back || f.over.Evacuated(&r)) {
			names = append(names, r.Region)
		}
	}
	return names
}

// risks says of each store what would be lost if a region took over now, beside what it was when
// the form was opened, or what it was when an agent last answered. What passes the loss that is
// being accepted is bad: the agents refuse it.
func (f *orderForm) risks(region string) (all []piece) {
	for i := range f.now.Status.Stores {
		store := &f.now.Status.Stores[i]
		for j := range store.Copies {
			c := &store.Copies[j]
			if region == "" || c.Region != region {
				continue
			}
			if f.now.Err != nil {
				all = append(all, warned(fmt.Sprintf("%s: what is lost of it if %s takes over was %s, %s ago; "+
					"not known now", store.Store, region, riskText(c.AtRisk), units.Length(f.now.Lost)))...)
				continue
			}
			text := fmt.Sprintf("%s: %s of it is lost if %s takes over now", store.Store,
				riskText(c.AtRisk), region)
			if was := riskOf(f.over, store.Store, region); riskText(was) != riskText(c.AtRisk) {
				text += fmt.Sprintf("; %s when this was opened", riskText(was))
			}
			style := canvas.Warn
			if accepts := f.accepts(); f.Loss && beyond(c.AtRisk, accepts) {
				style = canvas.Bad
				text += fmt.Sprintf(". That is more than the %s that is accepted: the agents will refuse it",
					accepts)
			}
			all = append(all, piece{style, text})
		}
	}
	return all
}

// riskText is a bound on what is lost, or that there is none.
func riskText(l *api.Loss) string {
	if l == nil {
		return "nobody knows how much"
	}
	return "at most " + l.Text()
}

// riskOf is what would be lost of a store if a region took over, nil where nobody knows.
func riskOf(s *api.Status, store, region string) *api.Loss {
	for i := range s.Stores {
		for j := range s.Stores[i].Copies {
			if c := &s.Stores[i].Copies[j]; s.Stores[i].Store == store && c.Region == region {
				return c.AtRisk
			}
		}
	}
	return nil
}

// beyond reports whether more is at risk than is accepted, a duration or any: so it is where nobody
// knows, but for any.
func beyond(risk *api.Loss, accepts string) bool {
	most, err := time.ParseDuration(accepts)
	return err == nil && (risk == nil || risk.Seconds > most.Seconds())
}
