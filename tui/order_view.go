package tui

import (
	"fmt"
	"slices"
	"strings"

	"redoubt/api"
	"redoubt/tui/canvas"
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
	does.say(width, 2, canvas.Plain, strings.ReplaceAll(f.Does, "REGION",
		orRegion(f.order.Region))+".")
	if dry := a.live.heard.Status.Dry(); dry != "" {
		does.say(width, 2, canvas.Warn, "! "+strings.ToUpper(dry[:1])+dry[1:]+".")
	}
	for _, text := range f.loses() {
		does.say(width, 2, canvas.Warn, "! "+text)
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
	if now := a.live.heard.Status; changedSince(f.over, now) {
		l.say(width, 2, canvas.Bad, fmt.Sprintf("! Things have changed since: now %s. %s gives it up.",
			summary(now), "esc"))
	}
	if heard := &a.live.heard; heard.Err != nil {
		l.say(width, 2, canvas.Bad, a.live.silence())
	} else if isOld(heard) {
		l.say(width, 2, canvas.Bad, "! The agent that is asked has applied nothing for long: nobody may "+
			"be there to take it.")
	}
	if f.order.Why != "" {
		l.say(width, 2, canvas.Plain, "why: "+f.order.Why)
	}
	if !f.Group {
		l.say(width, 2, canvas.Dim, "It is judged of what you had before you at "+
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

// changedSince reports whether somebody would have to look again before an order: another epoch or
// plan, another primary, or another one who may begin something.
func changedSince(was, is *api.Status) bool {
	return was.Epoch != is.Epoch || was.Primary != is.Primary ||
		(was.Plan == nil) != (is.Plan == nil) || was.Paused != is.Paused || was.Brake != is.Brake
}

// loses says what an order may lose, as far as the agent knows.
func (f *orderForm) loses() (all []string) {
	moves := []string{"failover", "switchover", "failback", "drill"}
	if !promotes(f.over) && slices.Contains(moves, f.Verb) {
		return []string{
			"Every region writes here: none is primary, and there is nothing to promote. The agents will " +
				"refuse it.",
			"To have a region's traffic led away is an evacuation: esc, and then :evacuate REGION.",
		}
	}
	if f.isThere(f.order.Region) {
		return []string{f.order.Region + " is the primary already: nothing is to be moved there. The " +
			"agents will refuse it."}
	}
	switch f.Verb {
	case "failover":
		return f.risks(f.order.Region)
	case "approve":
		if !f.asks() {
			all = append(all, "Nothing waits for an approval now.")
		}
		for i := range f.account.Scopes {
			scope := &f.account.Scopes[i]
			if scope.Region != f.order.Region || scope.Store != f.order.Store {
				continue
			}
			for _, gate := range scope.Gates {
				if gate.Gate == "lag" && scope.Action == "failover" {
					all = append(all, "the gate on lag: "+gate.Reason)
				}
				if gate.Verdict != "pass" && gate.Gate != "approval" {
					all = append(all, "it does not begin by an approval alone: "+gate.Gate+": "+gate.Reason)
				}
			}
		}
		return append(all, f.risks(f.order.Target)...)
	case "switchover", "failback", "drill":
		return []string{"Nothing is lost: the writes move once the copy has all of them, or not at all."}
	case "pause":
		return []string{"Nothing is lost by it; while it lasts, no outage ends by itself."}
	case "reconcile":
		return []string{"What the region alone held is not looked for any more."}
	}
	return []string{"No write is lost by it."}
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
	for _, r := range f.over.Regions {
		if (f.Group || r.Role != "witness") && !f.isThere(r.Region) {
			names = append(names, r.Region)
		}
	}
	return names
}

// risks says of each store what would be lost if a region took over now.
func (f *orderForm) risks(region string) (all []string) {
	for i := range f.over.Stores {
		store := &f.over.Stores[i]
		for j := range store.Copies {
			c := &store.Copies[j]
			switch {
			case region == "" || c.Region != region:
			case c.AtRisk == nil:
				all = append(all, fmt.Sprintf("%s: nobody knows how much of it is lost if %s takes over now",
					store.Store, region))
			default:
				all = append(all, fmt.Sprintf("%s: at most %s of it is lost if %s takes over now", store.Store,
					lossText(c.AtRisk), region))
			}
		}
	}
	return all
}
