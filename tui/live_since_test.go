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

// TestAFormSaysWhatIsRiskedNow of what agents have said since it was opened, beside what they said
// then, and marks it once it passes what is being accepted, as that is proposed or typed.
func TestAFormSaysWhatIsRiskedNow(t *testing.T) {
	p := losing(t, model.Manual)
	for _, keys := range []string{"feu-west-1<enter>", "feu-west-1<enter>20s<enter>40<enter>"} {
		r := p.reading()
		a := watching(t, r)
		press(a, keys)
		for _, test := range []struct {
			risk *api.Loss
			want string
			bad  bool
		}{
			{&api.Loss{Seconds: 15.8, Writes: 19}, "at most 16s (19 writes) of it is lost", false},
			{&api.Loss{Seconds: 60, Writes: 72}, "at most 1m (72 writes) of it is lost if eu-west-1 " +
				"takes over now; at most 16s (19 writes) when this was opened. That is more than the 20s " +
				"that is accepted: the agents will refuse it", true},
			{nil, "nobody knows how much of it is lost if eu-west-1 takes over now; at most 16s", true},
		} {
			now := *r.Status
			now.Stores = []api.StoreStatus{r.Status.Stores[0]}
			now.Stores[0].Copies = []api.Copy{{Region: "eu-west-1", AtRisk: test.risk}}
			next := r
			next.Status = &now
			a.Take(Finding{reading: &next})
			text := flat(screen(a, 120, 36))
			if !strings.Contains(text, test.want) ||
				strings.Contains(text, "the agents will refuse it") != test.bad ||
				strings.Contains(text, "when this was opened") != test.bad {
				t.Errorf("%s: got\n%s\nwant %q, beyond %v", keys, text, test.want, test.bad)
			}
			wanted := map[bool]canvas.Style{false: canvas.Warn, true: canvas.Bad}[test.bad]
			if got := a.live.form.loses()[0].style; got != wanted {
				t.Errorf("%s: the risk %+v has the style %v, want %v", keys, test.risk, got, wanted)
			}
		}
	}
}

// TestAFormSaysFirstThatNobodyAnswers and of what is risked only what it was: it proposes no loss
// and no writes to accept, which would rest on that.
func TestAFormSaysFirstThatNobodyAnswers(t *testing.T) {
	r := losing(t, model.Manual).reading()
	r.Err, r.Lost = fmt.Errorf("no answer within 3s"), 89*time.Second
	for _, size := range sizes {
		a := watching(t, r)
		press(a, "feu-west-1<enter>")
		text := flat(screen(a, size[0], size[1]))
		silent := strings.Index(text, "no agent has answered for 1m29s")
		was := strings.Index(text, "was at most 16s (19 writes), 1m29s ago; not known now")
		if silent < 0 || was < silent || strings.Contains(text, "takes over now") {
			t.Errorf("%v: got\n%s\nwant the silence, and then what was known", size, text)
		}
		if a.prompt.text != "" || a.live.form.offered != "" {
			t.Errorf("a loss of %q is proposed", a.prompt.text)
		}
		if press(a, "20s<enter>"); a.prompt.text != "" {
			t.Errorf("%s writes are proposed", a.prompt.text)
		}
	}
}

// TestAnyLossIsNoBound whatever is at risk, and why a number of writes is asked for is said.
func TestAnyLossIsNoBound(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	press(a, "feu-west-1<enter>")
	const why = "any is no bound: say how many writes you take it for"
	if text := flat(screen(a, 120, 36)); strings.Contains(text, why) {
		t.Errorf("it is said before any is\n%s", text)
	}
	press(a, "any<enter>")
	a.live.heard.Status.Stores[0].Copies[0].AtRisk = nil
	for _, size := range sizes {
		text := flat(screen(a, size[0], size[1]))
		if !strings.Contains(text, why) || strings.Contains(text, "will refuse") {
			t.Errorf("%v: got\n%s\nwant why writes are asked for, and no refusal", size, text)
		}
	}
}

// TestAFormSaysWhoHasTurned since it was opened: a region that is seen otherwise, and an agent that
// is lost. Nothing of that is said while all is as it was.
func TestAFormSaysWhoHasTurned(t *testing.T) {
	p := agentOf(t, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	r := p.reading()
	a := watching(t, r)
	press(a, "feu-west-1<enter>")
	if text := flat(screen(a, 120, 36)); strings.Contains(text, "Since this was opened") {
		t.Errorf("nothing has changed\n%s", text)
	}
	for verdict, want := range map[string]string{
		"down": "us-east-1 is seen down, and was seen up;", "up": "Since this was opened: the agent",
		"not known": "us-east-1 is seen neither up nor down, and was seen up;",
	} {
		now, next := *r.Status, r
		now.Regions = append([]api.RegionStatus(nil), now.Regions...)
		now.Regions[0].Verdict, now.Regions[2].Agent = verdict, "lost"
		next.Status = &now
		a.Take(Finding{reading: &next})
		text := flat(screen(a, 120, 36))
		if !strings.Contains(text, want) ||
			!strings.Contains(text, "the agent of ap-southeast-1 is lost, and was heard.") {
			t.Errorf("got\n%s\nwant %q, and that an agent is lost", text, want)
		}
	}
	now, next := *r.Status, r
	now.Serving, next.Status = []string{"eu-west-1"}, &now
	a.Take(Finding{reading: &next})
	if text := flat(screen(a, 120, 36)); !strings.Contains(text, "Things have changed since: what "+
		"serves is eu-west-1, and was us-east-1. esc gives it up.") {
		t.Errorf("got\n%s\nwant that the traffic goes elsewhere", text)
	}
}

// TestAFormSaysWhatHasChanged since it was opened, each thing with what it was, and who paused.
func TestAFormSaysWhatHasChanged(t *testing.T) {
	r := losing(t, model.Manual).reading()
	was, plan := r.Status, &api.PlanStatus{Kind: "failover", Leaves: "a", To: "b", Epoch: 2, For: 3}
	orders := []api.Entry{
		{Event: "order: pause, by person 1", Note: "otto: ticket 4711", Wall: time.Unix(3661, 0)},
		{Event: "order: pause, by person 2", Note: "anna: no", Refused: "it is paused"},
		{Event: "order: resume, by person 1", Wall: time.Unix(60, 0)},
	}
	for want, change := range map[string]func(*api.Status){
		"it is paused (01:01:01 UTC, otto: ticket 4711)": func(s *api.Status) { s.Paused = true },
		"the brake is pulled, and was off":               func(s *api.Status) { s.Brake = "pulled" },
		"the mode is automatic, and was manual":          func(s *api.Status) { s.Mode = "automatic" },
		"the primary is b, and was us-east-1":            func(s *api.Status) { s.Primary = "b" },
		"what serves is b and c, and was us-east-1": func(s *api.Status) {
			s.Serving = []string{"b", "c"}
		},
		"a failover from a to b runs, for 3s": func(s *api.Status) { s.Plan = plan },
		"the epoch is 2, and was 1":           func(s *api.Status) { s.Epoch = 2 },
		"":                                    func(s *api.Status) { s.At++ },
	} {
		is := *was
		change(&is)
		if got := strings.Join(changedSince(was, &is, orders), "; "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	paused, done := *was, *was
	paused.Paused, paused.Plan = true, plan
	want := "it is paused no more (00:01:00 UTC); the failover from a to b is over"
	if got := strings.Join(changedSince(&paused, &done, orders), "; "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if text := summary(&paused); !strings.Contains(text, " mode · paused · ") {
		t.Errorf("got %q, want that it is paused", text)
	}
}

// TestAFormSaysWhatIsWrongWhereItLeads: of a failback and a failover, and of an approval.
func TestAFormSaysWhatIsWrongWhereItLeads(t *testing.T) {
	r := moved(t).reading()
	for keys, want := range map[string]string{
		"Fus-east-1<enter>": "! us-east-1 is not as it should be: down for 1m18s (2 of 2 say so)",
		"feu-west-1<enter>": "", "fap-southeast-1<enter>": "",
		":pause<enter>": "",
	} {
		a := watching(t, r)
		press(a, keys)
		text := flat(screen(a, 120, 36))
		wrong := strings.Contains(text, "not as it should be")
		if wrong != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%s: got\n%s\nwant %q", keys, text, want)
		}
	}
	r = losing(t, model.Manual).reading()
	r.Status.Regions[1].Agent = "lost"
	a := watching(t, r)
	press(a, "a")
	const lost = "! eu-west-1 is not as it should be: its agent is lost"
	if text := flat(screen(a, 120, 36)); !strings.Contains(text, lost) {
		t.Errorf("got\n%s\nwant %q", text, lost)
	}
}

// TestAForcedFailoverNamesTheLosslessWay while the primary is seen up, and not while it is down.
func TestAForcedFailoverNamesTheLosslessWay(t *testing.T) {
	calm := agentOf(t, model.Automatic)
	calm.runs(time.Second, 11*time.Second, 0)
	for _, test := range []struct {
		p    *pretended
		want bool
	}{{calm, true}, {losing(t, model.Manual), false}} {
		a := watching(t, test.p.reading())
		press(a, "feu-west-1<enter>")
		text := flat(screen(a, 120, 36))
		const way = "us-east-1 is seen up: :switchover eu-west-1 loses nothing"
		if strings.Contains(text, way) != test.want {
			t.Errorf("got\n%s\nwant the lossless way: %v", text, test.want)
		}
	}
}

// evacuatedAgent is an agent whose every region writes, of which the first was evacuated.
func evacuatedAgent(t testing.TB) *pretended {
	t.Helper()
	p := agentIn(t, "ecommerce-three-region", model.ActiveActive, model.Automatic)
	p.view.State.Serving = p.view.Policy.Workload
	p.runs(time.Second, 11*time.Second, 0)
	e := failover.Event{
		Kind: failover.Ordered, Verb: failover.OrderEvacuation, Region: 0, Who: 1, Sequence: 1,
	}
	if why := p.view.Policy.Refuses(p.view.State, e); why != "" {
		t.Fatalf("the evacuation is refused: %s", why)
	}
	p.apply(12*time.Second, e)
	p.carriesOut(t, 13*time.Second)
	if s := p.reading().Status; s.Promotes() || s.Regions[0].Serves {
		t.Fatalf("got %+v, want a region that was evacuated where every region writes", s.Regions[0])
	}
	return p
}

// TestAnEvacuatedRegionIsBroughtBack where every region writes: the key is in the footer while one
// is evacuated, the form says what is so, and an agent takes it. Of others it says as before that
// it would be refused.
func TestAnEvacuatedRegionIsBroughtBack(t *testing.T) {
	p := evacuatedAgent(t)
	a := watching(t, p.reading())
	text := flat(screen(a, 120, 36))
	if !strings.Contains(text, "F fail back") || strings.Contains(text, "f fail over") {
		t.Errorf("got\n%s\nwant the key of the failback alone", text)
	}
	press(a, "F")
	if got := a.live.form.regions(); len(got) != 1 || got[0] != "us-east-1" {
		t.Errorf("%v are proposed, want what was evacuated", got)
	}
	press(a, "us-east-1<enter>")
	text = flat(screen(a, 120, 36))
	if !strings.Contains(text, "! Brings us-east-1's traffic back; no write moves.") ||
		strings.Contains(text, "will refuse it") {
		t.Errorf("got\n%s\nwant that its traffic comes back", text)
	}
	for _, other := range []string{":failback eu-west-1<enter>", ":switchover us-east-1<enter>"} {
		press(a, "<esc>"+other)
		text := flat(screen(a, 120, 36))
		if strings.Contains(text, "Brings") || !strings.Contains(text, "The agents will refuse it.") {
			t.Errorf("%s: got\n%s\nwant that it will be refused", other, text)
		}
	}
	later := time.Duration(p.view.State.Now) + time.Second
	p.runs(later, later+30*time.Minute, 0)
	e := failover.Event{
		Kind: failover.Ordered, Verb: failover.GoBack, Region: 0, Who: 1, Sequence: 2,
		Said: p.view.State.Now,
	}
	if why := p.view.Policy.Refuses(p.view.State, e); why != "" {
		t.Errorf("the form promises what is refused: %s", why)
	}
}

// lostAndLeft is what an agent says of a region that was evacuated, and was lost with its agent.
func lostAndLeft(t testing.TB) feed.Reading {
	t.Helper()
	p := evacuatedAgent(t)
	p.apply(time.Duration(p.view.State.Now)+1, failover.Event{Kind: failover.AgentLost, Region: 0})
	p.view.Heard = p.view.Heard.Without(0)
	from := time.Duration(p.view.State.Now) + time.Second
	p.runs(from, from+95*time.Second, model.RegionSet(0).With(0))
	return p.reading()
}

// TestARegionThatWasLeftIsNoStandby in the table, and whose agent is lost has no capacity that
// anybody knows; what is down stands above all, and history before why nothing is done elsewhere.
func TestARegionThatWasLeftIsNoStandby(t *testing.T) {
	r := lostAndLeft(t)
	for _, size := range [][2]int{{80, 24}, {120, 36}} {
		text := screen(watching(t, r), size[0], size[1])
		for _, want := range []string{
			"! us-east-1 is down for 1m35s and was evacuated: its traffic goes to eu-west-1, " +
				"ap-southeast-1", "us-east-1 left, lost",
		} {
			if !strings.Contains(flat(text), want) {
				t.Errorf("%v: got\n%s\nwant %q", size, text, want)
			}
		}
	}
	for _, r := range []feed.Reading{r, moved(t).reading()} {
		if text := screen(watching(t, r), 80, 24); !strings.Contains(text, "What happened last") {
			t.Errorf("got\n%s\nwant what happened on the first screen", text)
		}
	}
	if text := screen(watching(t, r), 200, 60); !strings.Contains(text, "lost  0 %    ?   ") ||
		strings.Count(text, "%   70 %") != 2 {
		t.Errorf("got\n%s\nwant no capacity of the region whose agent is lost", text)
	}
}

// TestWhatIsDownIsToldOnce above all: not where the plan that leaves it, or a question, tells it.
func TestWhatIsDownIsToldOnce(t *testing.T) {
	for want, heard := range map[string]feed.Reading{
		"": losing(t, model.Automatic).reading(), " ": losing(t, model.Manual).reading(),
		"us-east-1 is down for 1m18s and was left: the traffic goes to eu-west-1": moved(t).reading(),
	} {
		if got := downText(heard.Status, true); got != strings.TrimSpace(want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	r := losing(t, model.Manual).reading()
	r.Status.Calls = nil
	if got := downText(r.Status, true); got != "us-east-1 is down for 1m10s and is the primary still" {
		t.Errorf("got %q of a primary that is down and not left", got)
	}
}

// TestAPlanThatRunsIsSeenInEveryView in the summary, and what it leaves is called down where no
// part of the view is about the plan.
func TestAPlanThatRunsIsSeenInEveryView(t *testing.T) {
	a := watching(t, goingOn(t).reading())
	for key, told := range map[string]bool{"1": true, "2": false, "3": false, "4": false, "5": true} {
		press(a, key)
		for _, size := range sizes {
			text := flat(screen(a, size[0], size[1]))
			if !strings.Contains(text, "· failover from us-east-1 to eu-west-1 runs, 21s ·") {
				t.Errorf("view %s: got\n%s\nwant the plan", key, text)
			}
			if down := strings.Contains(text, "! us-east-1 is down for "); down == told {
				t.Errorf("view %s: that it is down stands above: %v\n%s", key, down, text)
			}
		}
	}
}

// TestWhatIsWrongComesFirst of the reasons, and what a quorum sees up has a sentence together.
func TestWhatIsWrongComesFirst(t *testing.T) {
	up := func(name string) api.ScopeAccount {
		return api.ScopeAccount{
			Scope: name, Conclusion: "however that is said of " + name, Calm: true,
			Gates: []api.Gate{{Gate: "evidence", Verdict: "deny"}},
		}
	}
	account := api.Account{Scopes: []api.ScopeAccount{up("a"), up("b"), {
		Scope: "d", Conclusion: "nothing is done: nobody says that it is up",
		Gates: []api.Gate{{Gate: "evidence", Verdict: "deny"}},
	}, {
		Scope: "c", Conclusion: "nothing is done: the hold-down holds",
		Gates: []api.Gate{{Gate: "evidence", Verdict: "pass"}},
	}}}
	wrong, fine := reasonLines(&account, 80)
	if len(wrong) != 3 || wrong[1][0].text != "c: nothing is done: the hold-down holds." {
		t.Errorf("got %v first, want what is down", wrong)
	}
	if len(fine) != 2 || fine[1][0].text != "nothing is done: a quorum sees a and b up." {
		t.Errorf("got %v of the others, want them together", fine)
	}
	p := agentOf(t, model.Automatic)
	_, fine = reasonLines(p.reading().Account, 120)
	const unsure = "nothing is done: nobody says that us-east-1 is down, and too few say the opposite."
	if len(fine) != 2 || fine[1][0].text != unsure {
		t.Errorf("got %v of a region that nobody has said anything of", fine)
	}
	p.runs(time.Second, 11*time.Second, 0)
	if wrong, fine := reasonLines(p.reading().Account, 80); len(wrong) != 0 || len(fine) != 2 {
		t.Errorf("got %v and %v of a region that is seen up", wrong, fine)
	}
}

// TestNobodyLeadsIsNotCalledLive at the head of every view.
func TestNobodyLeadsIsNotCalledLive(t *testing.T) {
	r := losing(t, model.Manual).reading()
	r.Status.Leader = ""
	for _, size := range sizes {
		head, _, _ := strings.Cut(screen(watching(t, r), size[0], size[1]), "\n")
		if !strings.Contains(head, "✗ no leader") || strings.Contains(head, "● live") {
			t.Errorf("%v: got %q", size, head)
		}
	}
}

// TestADigitLeadsToItsViewFromTheHelp, whose first line names the views by them.
func TestADigitLeadsToItsViewFromTheHelp(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	press(a, "?3")
	if a.help || a.at != 2 {
		t.Errorf("help %v, view %d, want the third view", a.help, a.at+1)
	}
	press(a, "?9")
	if !a.help {
		t.Error("a digit of no view closes the help")
	}
}

// TestAFailbackOfTrafficAloneMovesNoWrite where the primary is up still, and another region was
// evacuated: the form says so, and an agent begins a return. Where the writes are elsewhere it is a
// failback, as before.
func TestAFailbackOfTrafficAloneMovesNoWrite(t *testing.T) {
	const alone, writes = "! Brings eu-west-1's traffic back; no write moves.", "the writes move once"
	p := agentIn(t, "ecommerce-three-region", model.ReadLocal, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	e := failover.Event{
		Kind: failover.Ordered, Verb: failover.OrderEvacuation, Region: 1, Who: 1, Sequence: 1,
	}
	if why := p.view.Policy.Refuses(p.view.State, e); why != "" {
		t.Fatalf("the evacuation is refused: %s", why)
	}
	p.apply(12*time.Second, e)
	p.carriesOut(t, 13*time.Second)
	a := watching(t, p.reading())
	press(a, "Feu-west-1<enter>")
	if text := flat(screen(a, 120, 36)); !strings.Contains(text, alone) ||
		strings.Contains(text, writes) {
		t.Errorf("got\n%s\nwant that the traffic alone comes back", text)
	}
	at := time.Duration(p.view.State.Now) + time.Second
	p.runs(at, at+20*time.Minute, 0)
	e = failover.Event{
		Kind: failover.Ordered, Verb: failover.GoBack, Region: 1, Who: 1, Sequence: 2,
		Said: p.view.State.Now,
	}
	if why := p.view.Policy.Refuses(p.view.State, e); why != "" {
		t.Errorf("what the form promises is refused: %s", why)
	}
	p.apply(time.Duration(p.view.State.Now)+1, e)
	if kind := p.view.State.Plan.Kind; kind != failover.Return {
		t.Errorf("a %s begins", kind)
	}
	a = watching(t, moved(t).reading())
	press(a, "Fus-east-1<enter>")
	if text := flat(screen(a, 120, 36)); strings.Contains(text, alone) ||
		!strings.Contains(text, writes) {
		t.Errorf("got\n%s\nwant that the writes move", text)
	}
}

// TestALostRegionIsNoStandby in the table, whether or not its agent is lost with it.
func TestALostRegionIsNoStandby(t *testing.T) {
	p := agentOf(t, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	p.runs(16*time.Second, 2*time.Minute, model.RegionSet(0).With(2))
	for _, test := range []struct{ agent, want string }{
		{"heard", "ap-southeast-1 down ▼"}, {"lost", "ap-southeast-1 lost ▼"},
	} {
		r := p.reading()
		r.Status.Regions[2].Agent = test.agent
		text := flat(screen(watching(t, r), 120, 36))
		if !strings.Contains(text, test.want) || strings.Contains(text, "ap-southeast-1 standby") {
			t.Errorf("got\n%s\nwant %q", text, test.want)
		}
	}
}

// TestADrillThatWaitsIsAskedFor, and tells nothing of a region that is down.
func TestADrillThatWaitsIsAskedFor(t *testing.T) {
	p := agentOf(t, model.Automatic)
	p.runs(time.Second, 11*time.Second, 0)
	r := p.reading()
	a := watching(t, r)
	drill := api.Call{Kind: "ask", Region: "us-east-1", Part: "region", Drill: true}
	for _, calls := range [][]api.Call{nil, {drill}} {
		r.Status.Calls = calls
		press(a, "a")
		if got := a.live.form.asks(); got != (calls != nil) {
			t.Errorf("of %+v: asked %v", calls, got)
		}
		press(a, "<esc>")
		if isTold(r.Status, "us-east-1", true) {
			t.Errorf("%+v tell of an outage", calls)
		}
	}
}
