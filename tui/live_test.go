package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
)

// liveScenes are what agents may say, and the keys that lead to what is kept.
var liveScenes = []struct {
	name, keys string
	heard      func(t testing.TB) feed.Reading
}{
	{"live-calm", "", func(t testing.TB) feed.Reading {
		p := agentOf(t, model.Automatic)
		p.runs(time.Second, 11*time.Second, 0)
		return p.reading()
	}},
	{"live-failover", "", func(t testing.TB) feed.Reading {
		return losing(t, model.Automatic).reading()
	}},
	{"live-dry", "", func(t testing.TB) feed.Reading {
		return dry(losing(t, model.Automatic)).reading()
	}},
	{"live-asked", "", func(t testing.TB) feed.Reading { return losing(t, model.Manual).reading() }},
	{"live-gates", "2", func(t testing.TB) feed.Reading { return losing(t, model.Manual).reading() }},
	{"live-history", "3kk", func(t testing.TB) feed.Reading {
		return losing(t, model.Automatic).reading()
	}},
	{"live-topology", "4", func(t testing.TB) feed.Reading {
		return losing(t, model.Manual).reading()
	}},
	{"live-topology-witness", "4", func(t testing.TB) feed.Reading {
		p := agentIn(t, "warm-standby-two-region", model.WarmStandby, model.Automatic)
		p.runs(time.Second, 11*time.Second, 0)
		return p.reading()
	}},
	{"live-topology-left", "4", func(t testing.TB) feed.Reading { return lostAndLeft(t) }},
	{"live-plan", "5", func(t testing.TB) feed.Reading { return goingOn(t).reading() }},
	{"live-plan-before", "5kkk", func(t testing.TB) feed.Reading { return goingOn(t).reading() }},
	{"live-plan-dry", "5", func(t testing.TB) feed.Reading {
		return dry(losing(t, model.Automatic)).reading()
	}},
	{"live-plan-done", "5h", func(t testing.TB) feed.Reading { return moved(t).reading() }},
	{"live-plan-none", "5", func(t testing.TB) feed.Reading {
		p := agentOf(t, model.Automatic)
		p.runs(time.Second, 11*time.Second, 0)
		return p.reading()
	}},
	{"live-lost", "", func(t testing.TB) feed.Reading {
		r := losing(t, model.Automatic).reading()
		r.Err, r.Lost = fmt.Errorf("no answer within 3s"), 12*time.Second
		return r
	}},
	{"live-approve", "aticket 4711<enter>", func(t testing.TB) feed.Reading {
		return losing(t, model.Manual).reading()
	}},
	{"live-witness", "", func(t testing.TB) feed.Reading {
		p := agentIn(t, "warm-standby-two-region", model.WarmStandby, model.Automatic)
		p.runs(time.Second, 11*time.Second, 0)
		return p.reading()
	}},
	{"live-moved", "", func(t testing.TB) feed.Reading { return moved(t).reading() }},
	{"live-failback", "Fus-east-1<enter>ticket 4712<enter>", func(t testing.TB) feed.Reading {
		return moved(t).reading()
	}},
	{"live-evacuated", "", func(t testing.TB) feed.Reading {
		return lostAndLeft(t)
	}},
	{"live-return", "Fus-east-1<enter>ticket 4714<enter>", func(t testing.TB) feed.Reading {
		return evacuatedAgent(t).reading()
	}},
	{"live-pause", "pticket 4713<enter>", func(t testing.TB) feed.Reading {
		return losing(t, model.Manual).reading()
	}},
	{"live-force", "feu-west-1<enter><enter><enter>ticket 4711<enter>", func(
		t testing.TB,
	) feed.Reading {
		return losing(t, model.Manual).reading()
	}},
}

// TestLiveViews keeps what agents say at each size, and how each theme has it look.
func TestLiveViews(t *testing.T) {
	for _, scene := range liveScenes {
		a := watching(t, scene.heard(t))
		press(a, scene.keys)
		var looks looks
		for _, size := range sizes {
			a.Theme(&canvas.Bare)
			bare := a.View(size[0], size[1])
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			fits(t, name, bare, size[0], size[1])
			golden(t, name, trimmed(bare))
			inLetters(t, a, name, bare, size)
			looks.keep(t, a, name, bare, size)
		}
		golden(t, scene.name+"-looks", looks.text())
		for width := 1; width < 210; width += 13 {
			for height := 1; height < 64; height += 5 {
				fits(t, scene.name, a.View(width, height), width, height)
			}
		}
	}
}

// TestAnOrderHasToBeTyped approves a failover of an agent that is asked over its API: nothing is
// ordered by keys alone, nor by other words, and what is ordered is what was shown.
func TestAnOrderHasToBeTyped(t *testing.T) {
	p := losing(t, model.Manual)
	a := served(t, p)
	heard(t, a)
	said := a.live.heard.Status.Said
	press(a, "a")
	if a.live.form == nil || a.live.form.order.Region != "us-east-1" {
		t.Fatalf("nobody is asked about the region that waits\n%s", screen(a, 120, 36))
	}
	press(a, "<enter>")
	if a.prompt.problem == "" {
		t.Error("an order without a reason is taken")
	}
	press(a, "ticket 4711<enter>")
	for _, wrong := range []string{"<enter>", "approve<enter>"} {
		press(a, wrong)
		if a.prompt == nil || a.prompt.problem == "" || a.live.form.sent {
			t.Fatalf("%q orders something", wrong)
		}
	}
	press(a, "<ctrl+u>"+a.live.form.words()+"<enter>")
	if !a.waits() || a.prompt != nil {
		t.Fatal("the words do not order")
	}
	press(a, "q")
	if a.Done {
		t.Error("it leaves while an order is on its way")
	}
	until(t, a, func() bool { return a.live.form == nil })
	if a.wrong || !strings.Contains(a.message, "taken: approve us-east-1") {
		t.Errorf("got %q", a.message)
	}
	until(t, a, func() bool { return a.live.heard.Status.Plan != nil })
	o := p.orders[0]
	if o.Who != "otto" || o.Why != "ticket 4711" || o.Event.Verb != failover.Approve ||
		o.Event.Said != failover.Instant(said) || len(p.orders) != 1 {
		t.Errorf("got the orders %+v", p.orders)
	}
}

// TestAFailbackIsOrdered moves the writes home by a key, the region and the words that confirm it:
// refused with the reason while that is lost, and begun once it is back and follows.
func TestAFailbackIsOrdered(t *testing.T) {
	p := moved(t)
	a := served(t, p)
	heard(t, a)
	const order = "Fus-east-1<enter>ticket 4712<enter>failback us-east-1<enter>"
	press(a, order)
	until(t, a, func() bool { return a.live.form == nil })
	if !a.wrong || !strings.Contains(a.message, "refused: ") {
		t.Fatalf("got %q of a region that is lost, want a refusal", a.message)
	}
	p.Lock()
	for range 3 { // It is seen up, and what it lacks is brought back, which takes its steps.
		at := time.Duration(p.view.State.Now) + 5*time.Second
		p.runs(at, at+20*time.Minute, 0)
		p.carriesOut(t, time.Duration(p.view.State.Now)+time.Second)
	}
	said := p.view.State.Now
	p.Unlock()
	until(t, a, func() bool { return a.live.heard.Status.Said >= int64(said) })
	press(a, order[:len(order)-len("<enter>")])
	if text := screen(a, 120, 36); !strings.Contains(text, "An order to the agents: failback") {
		t.Errorf("got\n%s\nwant the form of a failback", text)
	}
	press(a, "<enter>")
	until(t, a, func() bool { return a.live.form == nil })
	if a.wrong || !strings.Contains(a.message, "taken: failback us-east-1") {
		t.Fatalf("got %q, want that it was taken", a.message)
	}
	until(t, a, func() bool { return a.live.heard.Status.Plan != nil })
	plan := a.live.heard.Status.Plan
	if text := screen(a, 120, 36); plan.Kind != "failback" || plan.To != "us-east-1" ||
		!strings.Contains(text, "Plan: failback") {
		t.Errorf("got %+v\n%s", plan, text)
	}
}

// TestAForcedFailoverStatesItsLoss has whoever forces one type how much may be lost, which is no
// less than what is at risk.
func TestAForcedFailoverStatesItsLoss(t *testing.T) {
	p := losing(t, model.Manual)
	a := served(t, p)
	heard(t, a)
	press(a, ":failover eu-west-1<enter>")
	form := a.live.form
	worst, known := form.atRisk()
	if !known || worst.Seconds <= 0 {
		t.Fatalf("got %+v at risk, known %v", worst, known)
	}
	if text := screen(a, 120, 36); !strings.Contains(text, worst.Text()) {
		t.Errorf("the screen does not say that %s is at risk\n%s", worst.Text(), text)
	}
	press(a, "<enter><enter>ticket 4711<enter>")
	lost, err := time.ParseDuration(form.order.AcceptLoss)
	if err != nil || lost.Seconds() < worst.Seconds || form.order.AcceptWrites < worst.Writes {
		t.Errorf("%s and %d writes are offered of %+v at risk", form.order.AcceptLoss,
			form.order.AcceptWrites, worst)
	}
	if want := "failover eu-west-1 losing " + form.order.AcceptLoss; form.words() != want {
		t.Errorf("got the words %q, want %q", form.words(), want)
	}
	press(a, form.words()+"<enter>")
	until(t, a, func() bool { return a.live.form == nil })
	if a.wrong || len(p.orders) != 1 || p.orders[0].Event.Lag != lost ||
		p.orders[0].Event.Ticket != form.order.AcceptWrites {
		t.Errorf("got %q and the orders %+v", a.message, p.orders)
	}
}

// TestAnOrderOfWhichNobodyKnowsIsSaidAgainByItsName where a person wants that.
func TestAnOrderOfWhichNobodyKnowsIsSaidAgainByItsName(t *testing.T) {
	p := losing(t, model.Manual)
	p.fails = api.ErrUnknown
	a := served(t, p)
	heard(t, a)
	press(a, "pticket 4711<enter>pause<enter>")
	until(t, a, func() bool { return a.live.form.unknown })
	p.Lock()
	p.fails = nil
	p.Unlock()
	press(a, "<enter>")
	until(t, a, func() bool { return a.live.form == nil })
	if len(p.orders) != 2 || p.orders[0].Event.Sequence != p.orders[1].Event.Sequence ||
		!strings.Contains(a.message, "taken: pause") {
		t.Errorf("got %q and the orders %+v", a.message, p.orders)
	}
	until(t, a, func() bool { return a.live.heard.Status.Paused })
	if press(a, "p"); a.live.form.Verb != "resume" {
		t.Errorf("who is paused is asked to %s", a.live.form.Verb)
	}
}

// TestARefusedOrderSaysWhy and changes nothing on the screen.
func TestARefusedOrderSaysWhy(t *testing.T) {
	p := losing(t, model.Manual)
	a := served(t, p)
	heard(t, a)
	press(a, ":skip-validation<enter>ticket 4711<enter>skip-validation<enter>")
	until(t, a, func() bool { return a.live.form == nil })
	if !a.wrong || !strings.Contains(a.message, "refused: nothing is being validated") {
		t.Errorf("got %q", a.message)
	}
	p.fails = api.ErrNoLeader
	press(a, ":pause<enter>ticket 4711<enter>pause<enter>")
	until(t, a, func() bool { return a.live.form == nil })
	if !a.wrong || !strings.Contains(a.message, "was not taken: no leader is known") {
		t.Errorf("got %q", a.message)
	}
}

// TestALostConnectionIsShown in every view, and what was heard before is drawn faintly.
func TestALostConnectionIsShown(t *testing.T) {
	r := losing(t, model.Manual).reading()
	a := watching(t, r)
	r.Err, r.Lost = fmt.Errorf("no answer within 3s"), 9*time.Second
	a.Take(Finding{reading: &r})
	applied := "applied " + ago(r.Status.AppliedAgo+9) + " ago" // It has been silent since.
	for _, key := range []string{"1", "2", "3", "4", "5"} {
		press(a, key)
		if text := screen(a, 80, 24); !strings.Contains(text, "no agent has answered for 9s") ||
			!strings.Contains(text, "✗ no answer 9s") || !strings.Contains(text, applied) {
			t.Errorf("it is not shown\n%s", text)
		}
	}
}

// heard waits for the first answer.
func heard(t *testing.T, a *App) {
	t.Helper()
	until(t, a, func() bool { return a.live.heard.Status != nil })
}

// until waits for what an App hears, until something is so.
func until(t *testing.T, a *App, is func() bool) {
	t.Helper()
	late := time.After(time.Minute)
	for !is() {
		select {
		case f := <-a.engine.found:
			a.Take(f)
		case <-late:
			t.Fatalf("it does not come about\n%s", screen(a, 120, 36))
		}
	}
}
