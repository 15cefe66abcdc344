package tui

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
)

// pretended is an agent with a log of its own, in which every order is applied at once.
type pretended struct {
	sync.Mutex
	file    *model.Scenario
	view    api.View
	entries []api.Entry
	names   failover.Names
	orders  []api.Proposal
	// asked are the steps that are to be done.
	asked []failover.Action
	// fails is what an order comes to in place of being applied.
	fails error
}

// agentOf is an agent of the built-in scenario's hot standby, by a mode, to which nothing has
// happened yet.
func agentOf(t testing.TB, mode model.PolicyMode) *pretended {
	t.Helper()
	return agentIn(t, "ecommerce-three-region", model.HotStandby, mode)
}

// agentIn is one of a scenario of the library and a strategy of it.
func agentIn(
	t testing.TB, name string, kind model.StrategyKind, mode model.PolicyMode,
) *pretended {
	t.Helper()
	file, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	strategy, ok := file.Strategy(kind)
	if !ok {
		t.Fatalf("%s has no %s", name, kind)
	}
	policy, err := failover.NewPolicy(file, strategy)
	if err != nil {
		t.Fatal(err)
	}
	policy.Mode = mode
	names := failover.NamesOf(file)
	names.Time = func(at failover.Instant) string { // As agents have it.
		return "T+" + time.Duration(at).Round(time.Second).String()
	}
	p := &pretended{file: file, names: names, view: api.View{
		Policy: policy, State: policy.Start(), Leader: 1, Heard: policy.Voters, Members: policy.Voters,
		Voters: policy.Voters, Term: 3, Own: policy.Digest(),
	}}
	p.view.State.Under.Policy, p.view.State.Under.Rules = policy.Digest(), 1
	return p
}

// apply applies an event at a time of the log, at which somebody's clock said so too.
func (p *pretended) apply(at time.Duration, e failover.Event) {
	e.At = failover.Instant(at)
	var did failover.Actions
	before, policy := p.view.State, &p.view.Policy
	policy.Apply(&p.view.State, &e, &did)
	p.view.Index++
	for _, action := range did.List[:did.Count] {
		if action.Kind == failover.Do {
			p.asked = append(p.asked, action)
		}
	}
	changes := api.Changed(policy, &e, &before, &p.view.State, &did, p.names)
	plans := api.PlanChanges(&e, policy, &before, &p.view.State, p.file)
	p.entries = append(p.entries, api.Entry{
		Index: p.view.Index, Term: p.view.Term, At: at.Seconds(),
		Wall:    time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC).Add(at),
		Event:   api.EventText(&e, &before, p.names),
		Routine: len(changes)+len(plans) == 0 && api.Routine(&e, &before),
		Changes: changes, Plans: plans, Tick: e.Kind == failover.Tick,
	})
}

// sees has every voter but a region say that it is up or down.
func (p *pretended) sees(at time.Duration, subject model.RegionID, down bool) {
	policy := &p.view.Policy
	for o := range model.RegionID(len(p.file.Regions)) {
		if o == subject || !policy.Voters.Has(o) {
			continue
		}
		e := failover.Event{
			Kind: failover.Reported, Region: o, Subject: subject, Known: 1<<policy.Checks - 1,
			Sequence: uint64(at/time.Second) + 1,
		}
		if down {
			e.Down = e.Known
		}
		p.apply(at, e)
	}
}

// runs lets a time go by in which all is well, and copies and leases are as they should be.
func (p *pretended) runs(from, to time.Duration, lost model.RegionSet) {
	for at := from; at <= to; at += 5 * time.Second {
		for r := range model.RegionID(len(p.file.Regions)) {
			if !p.view.Policy.Workload.Has(r) {
				continue
			}
			p.sees(at, r, lost.Has(r))
			if !lost.Has(r) {
				share := uint16(700)
				if p.view.State.Serving.Has(r) && p.view.Policy.Stores > 0 {
					share = 1000
				}
				p.apply(at, failover.Event{Kind: failover.CapacityChanged, Region: r, Share: share})
			}
		}
		for i := range model.StoreID(p.view.Policy.Stores) {
			writer, epoch := p.view.State.Primary, p.view.State.Leases[i].Epoch
			if lost.Has(writer) {
				break
			}
			p.apply(at, failover.Event{Kind: failover.LagMeasured, Region: 1 - writer, Store: i,
				Epoch: epoch, Lag: 800 * time.Millisecond})
			p.apply(at, failover.Event{Kind: failover.LeaseRenewed, Region: writer, Store: i,
				Epoch: epoch, Ticket: uint64(at) + 1})
		}
	}
	p.apply(to, failover.Event{Kind: failover.Tick})
}

// losing is an agent whose primary has been lost for longer than the hold-down.
func losing(t testing.TB, mode model.PolicyMode) *pretended {
	p := agentOf(t, mode)
	p.runs(time.Second, 11*time.Second, 0)
	p.runs(16*time.Second, 26*time.Second+p.view.Policy.HoldDown, model.RegionSet(0).With(0))
	return p
}

// carriesOut has every step be claimed and done that is asked for, one a second from a time on,
// until the plan is at its end.
func (p *pretended) carriesOut(t testing.TB, at time.Duration) {
	t.Helper()
	for ; len(p.asked) > 0; at += time.Second {
		a := p.asked[0]
		p.asked = p.asked[1:]
		e := failover.Event{
			Kind: failover.StepClaimed, Region: a.Region, Epoch: a.Epoch, Step: a.Index, Round: a.Round,
		}
		if !e.Region.Valid() {
			e.Region = p.view.Leader
		}
		p.apply(at, e)
		if e.Kind = failover.StepDone; a.Step == failover.Fence {
			e = failover.Event{Kind: failover.Fenced, Region: a.Region, Store: a.Store,
				Epoch: p.view.State.Leases[a.Store].Epoch}
		}
		p.apply(at, e)
	}
	if kind := p.view.State.Plan.Kind; kind != failover.NoPlan {
		t.Fatalf("the %s is not at its end", kind)
	}
}

// goingOn is an agent whose primary was lost and is being left: some steps are done, and one is
// being done for some seconds.
func goingOn(t testing.TB) *pretended {
	t.Helper()
	p := losing(t, model.Automatic)
	at := time.Duration(p.view.State.Now) + time.Second
	for range 2 {
		a := p.asked[0]
		p.asked = p.asked[1:]
		e := failover.Event{
			Kind: failover.StepClaimed, Region: a.Region, Epoch: a.Epoch, Step: a.Index, Round: a.Round,
		}
		if !e.Region.Valid() {
			e.Region = p.view.Leader
		}
		p.apply(at, e)
		if len(p.asked) > 0 {
			e.Kind = failover.StepDone
			p.apply(at+2*time.Second, e)
		}
		at += 3 * time.Second
	}
	p.apply(at+4*time.Second, failover.Event{Kind: failover.Tick})
	return p
}

// moved is an agent whose primary was lost and has been left.
func moved(t testing.TB) *pretended {
	t.Helper()
	p := losing(t, model.Automatic)
	p.carriesOut(t, time.Duration(p.view.State.Now)+time.Second)
	if p.view.State.Primary == 0 {
		t.Fatal("the writes were not moved away")
	}
	return p
}

// dry has the scenario of an agent have nothing but dry runs to do what plans have.
func dry(p *pretended) *pretended {
	p.file.Executors = []model.Executor{
		{Name: "nobody", Kind: model.DryRun, Steps: model.StepNames[:]},
	}
	p.view.Policy.Guarded = 0
	return p
}

// reading is what a feed would have heard.
func (p *pretended) reading() feed.Reading {
	status, account := api.StatusOf(&p.view, p.file), api.AccountOf(&p.view, p.file)
	members := api.MembersOf(&p.view, p.file)
	r := feed.Reading{Address: "127.0.0.1:7402", Status: &status, Account: &account, Members: &members}
	for _, e := range p.entries {
		if !e.Routine {
			r.Entries = append(r.Entries, e)
		}
	}
	return r
}

// watching is an App that has heard something of agents.
func watching(t testing.TB, heard feed.Reading) *App {
	t.Helper()
	a, err := New(Options{Theme: &canvas.Bare, Feed: feed.New(feed.Source{Address: heard.Address})})
	if err != nil {
		t.Fatal(err)
	}
	a.Take(Finding{reading: &heard})
	return a
}

// served is an App that hears of an agent over its API.
func served(t *testing.T, p *pretended) *App {
	t.Helper()
	secret, line := api.NewToken(api.Person{Name: "otto", Role: api.Operator})
	tokens, err := api.ReadTokens("tokens", []byte(line))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(api.New(api.Config{
		Agent: p, Scenario: p.file, Tokens: tokens, Log: slog.New(slog.DiscardHandler),
	}).Handler())
	t.Cleanup(web.Close)
	client, err := api.NewClient(web.URL, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	agents := feed.New(feed.Source{Address: web.URL, Client: client})
	a, err := New(Options{Theme: &canvas.Bare, Feed: agents})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.Follow(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return a
}

func (p *pretended) View() api.View {
	p.Lock()
	defer p.Unlock()
	return p.view
}

func (*pretended) Confirm(context.Context) error { return nil }

func (*pretended) Changed() <-chan struct{} { return nil }

func (p *pretended) Order(_ context.Context, o api.Proposal) (api.Receipt, error) {
	p.Lock()
	defer p.Unlock()
	p.orders = append(p.orders, o)
	if p.fails != nil {
		return api.Receipt{}, p.fails
	}
	refused := p.view.Policy.Refuses(p.view.State, o.Event)
	p.apply(time.Duration(p.view.State.Now)+1, o.Event)
	return api.Receipt{Index: p.view.Index, Refused: refused}, nil
}

func (p *pretended) History(after uint64, most int) ([]api.Entry, error) {
	p.Lock()
	defer p.Unlock()
	left := p.entries[min(after, uint64(len(p.entries))):]
	return left[:min(most, len(left))], nil
}

func (*pretended) Segments() ([]api.Segment, error) { return nil, nil }

func (*pretended) Segment(string, io.Writer) error { return fmt.Errorf("there is none") }
