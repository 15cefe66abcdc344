package api_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// estate is the built-in scenario, and the policy of its hot standby.
func estate(t testing.TB) (*model.Scenario, failover.Policy) {
	t.Helper()
	file, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	strategy, ok := file.Strategy(model.HotStandby)
	if !ok {
		t.Fatal("the estate has no hot standby")
	}
	policy, err := failover.NewPolicy(file, strategy)
	if err != nil {
		t.Fatal(err)
	}
	return file, policy
}

// agent is an api.Agent with a log of its own, in which every order is applied at once.
type agent struct {
	sync.Mutex
	view    api.View
	changed chan struct{}
	entries []api.Entry
	// fails is what Order gives in place of applying.
	fails error
	// confirm is what Confirm does, if it is set.
	confirm func(context.Context) error
	// archive is what Segment writes, cut what it fails with then.
	archive string
	cut     error
	notes   []string
	// names are those by which its history tells what changes, which it does not without them.
	names failover.Names
	// groups are the changes of the group that were ordered.
	groups []api.Proposal
	// file is the scenario by which its history tells of plans, which it does not without one.
	file *model.Scenario
}

// groupIndex is the entry of every change of the group.
const groupIndex = 7

func newAgent(policy failover.Policy) *agent {
	return &agent{
		view:    api.View{Policy: policy, State: policy.Start(), Leader: 0, Heard: policy.Voters},
		changed: make(chan struct{}),
	}
}

func (a *agent) View() api.View {
	a.Lock()
	defer a.Unlock()
	return a.view
}

func (a *agent) Confirm(ctx context.Context) error {
	if a.confirm == nil {
		return nil
	}
	return a.confirm(ctx)
}

func (a *agent) Changed() <-chan struct{} {
	a.Lock()
	defer a.Unlock()
	return a.changed
}

func (a *agent) Order(_ context.Context, p api.Proposal) (api.Receipt, error) {
	if a.fails != nil {
		return api.Receipt{}, a.fails
	}
	if p.Change != api.NoChange {
		a.groups = append(a.groups, p)
		return api.Receipt{Index: groupIndex, Apart: a.view.Apart}, nil
	}
	a.notes = append(a.notes, p.Who+": "+p.Why)
	refused := a.view.Policy.Refuses(a.view.State, p.Event)
	p.Event.At = a.view.State.Now + 1
	a.apply(p.Event)
	return api.Receipt{Index: a.view.Index, Refused: refused}, nil
}

// apply applies an event, and tells whoever waits for one.
func (a *agent) apply(e failover.Event) {
	a.Lock()
	defer a.Unlock()
	var did failover.Actions
	before, p := a.view.State, &a.view.Policy
	p.Apply(&a.view.State, &e, &did)
	a.view.Index++
	entry := api.Entry{Index: a.view.Index, Event: e.Kind.String()}
	if a.names.Region != nil {
		entry.Changes = api.Changed(p, &e, &before, &a.view.State, &did, a.names)
	}
	if a.file != nil {
		entry.At = time.Duration(a.view.State.Now).Seconds()
		entry.Wall = time.Unix(1000, 0).Add(time.Duration(a.view.State.Now))
		entry.Plans = api.PlanChanges(&e, p, &before, &a.view.State, a.file)
	}
	a.entries = append(a.entries, entry)
	close(a.changed)
	a.changed = make(chan struct{})
}

func (a *agent) History(after uint64, most int) ([]api.Entry, error) {
	a.Lock()
	defer a.Unlock()
	left := a.entries[min(after, uint64(len(a.entries))):]
	return left[:min(most, len(left))], nil
}

func (a *agent) Segments() ([]api.Segment, error) {
	return []api.Segment{{Name: segment, Size: int64(len(a.archive))}}, nil
}

// segment is the one file of an agent's archive.
const segment = "00000000000000000001.log"

func (a *agent) Segment(name string, w io.Writer) error {
	if name != segment {
		return fs.ErrNotExist
	}
	if _, err := io.WriteString(w, a.archive); err != nil {
		return err
	}
	return a.cut
}

// reports has every other voter see a region down at a time.
func (a *agent) reports(at time.Duration, subject model.RegionID) {
	a.sayAll(at, subject, a.view.Policy.Checks)
}

// sayAll has every other voter say that so many checks of a region are down, and none of the rest.
func (a *agent) sayAll(at time.Duration, subject model.RegionID, checks uint8) {
	a.see(at, model.RegionSet(0).With(subject), checks)
}

// see has every voter say that so many checks of some regions are down, and none of the others.
func (a *agent) see(at time.Duration, down model.RegionSet, checks uint8) {
	for o := range model.RegionID(model.MaxRegions) {
		for s := range model.RegionID(model.MaxRegions) {
			if !a.view.Policy.Voters.Has(o) || !a.view.Policy.Workload.Has(s) || s == o {
				continue
			}
			e := failover.Event{
				Kind: failover.Reported, At: failover.Instant(at), Region: o, Subject: s,
				Sequence: uint64(at/time.Second) + 1, Known: 1<<a.view.Policy.Checks - 1,
			}
			if down.Has(s) {
				e.Down = 1<<checks - 1
			}
			a.apply(e)
		}
	}
}

// served is a server of an agent, with a viewer's and an operator's token.
func served(t *testing.T, a *agent) (url, viewer, operator string) {
	t.Helper()
	file, _ := estate(t)
	viewer, first := api.NewToken(api.Person{Name: "vera", Role: api.Viewer})
	operator, second := api.NewToken(api.Person{Name: "otto", Role: api.Operator})
	tokens, err := api.ReadTokens("tokens", []byte(first+"# the next may order\n"+second))
	if err != nil {
		t.Fatal(err)
	}
	s := api.New(api.Config{
		Agent: a, Scenario: file, Tokens: tokens, Log: slog.New(slog.DiscardHandler),
	})
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return web.URL, viewer, operator
}

// client is one that asks with a token.
func client(t *testing.T, url, secret string) *api.Client {
	t.Helper()
	c, err := api.NewClient(url, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
