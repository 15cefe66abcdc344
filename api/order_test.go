package api_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// said is an order, and the event that it is in the log.
type said struct {
	order api.Order
	want  failover.Event
}

// everyOrder has each verb, with all that it takes. The first region is named one, the second two.
var everyOrder = []said{
	{api.Order{Verb: "approve", Region: "eu-west-1", Target: "ap-southeast-1"},
		failover.Event{Verb: failover.Approve, Region: 1, Subject: 2}},
	{api.Order{Verb: "approve", Region: "eu-west-1", Part: "routing"},
		failover.Event{Verb: failover.Approve, Region: 1, Part: failover.Routing}},
	{api.Order{Verb: "failback", Region: "eu-west-1", AtOnce: true},
		failover.Event{Verb: failover.GoBack, Region: 1, Share: failover.AtOnce}},
	{api.Order{Verb: "switchover", Region: "eu-west-1", Store: "orders"},
		failover.Event{Verb: failover.OrderSwitchover, Region: 1, Part: failover.OneStore}},
	{api.Order{Verb: "failover", Region: "eu-west-1", AcceptLoss: "90s", AcceptWrites: 12},
		failover.Event{Verb: failover.OrderForce, Region: 1, Lag: 90 * time.Second, Ticket: 12}},
	{api.Order{Verb: "failover", Region: "eu-west-1", AcceptLoss: "any", AcceptWrites: 12},
		failover.Event{Verb: failover.OrderForce, Region: 1, Lag: failover.AnyLoss, Ticket: 12}},
	{api.Order{Verb: "failover", Region: "eu-west-1", AcceptLoss: "0s"},
		failover.Event{Verb: failover.OrderForce, Region: 1}},
	{api.Order{Verb: "pause"}, failover.Event{Verb: failover.Pause}},
	{api.Order{Verb: "resume"}, failover.Event{Verb: failover.Resume}},
	{api.Order{Verb: "pull-brake"}, failover.Event{Verb: failover.PullBrake}},
	{api.Order{Verb: "lift-brake"}, failover.Event{Verb: failover.LiftBrake}},
	{api.Order{Verb: "declare", Region: "eu-west-1", Causes: []string{"corruption", "bad-release"}},
		failover.Event{Verb: failover.Declare, Region: 1,
			Share: uint16(failover.Corruption | failover.BadRelease)}},
	{api.Order{Verb: "withdraw", Region: "eu-west-1", Causes: []string{"zone-failure"}},
		failover.Event{Verb: failover.Withdraw, Region: 1, Share: uint16(failover.ZoneFailure)}},
	{api.Order{Verb: "veto", Region: "eu-west-1"}, failover.Event{Verb: failover.Veto, Region: 1}},
	{api.Order{Verb: "lift-veto", Region: "eu-west-1"},
		failover.Event{Verb: failover.LiftVeto, Region: 1}},
	{api.Order{Verb: "abort"}, failover.Event{Verb: failover.Abort}},
	{api.Order{Verb: "reconcile", Region: "eu-west-1", Store: "orders"},
		failover.Event{Verb: failover.Reconcile, Region: 1, Part: failover.OneStore}},
	{api.Order{Verb: "reconcile", Region: "eu-west-1", AcceptLoss: "any", AcceptWrites: 1},
		failover.Event{Verb: failover.Reconcile, Region: 1, Lag: failover.AnyLoss, Ticket: 1}},
	{api.Order{Verb: "reconcile", Region: "eu-west-1", AcceptLoss: "any", AcceptWrites: 1, Gone: true},
		failover.Event{Verb: failover.Reconcile, Region: 1, Lag: failover.AnyLoss, Ticket: 1,
			Share: failover.ForGood}},
	{api.Order{Verb: "skip-validation"}, failover.Event{Verb: failover.SkipValidation}},
	{api.Order{Verb: "reprotect", Region: "eu-west-1"},
		failover.Event{Verb: failover.OrderReprotection, Region: 1}},
	{api.Order{Verb: "dry-drill", Region: "eu-west-1"},
		failover.Event{Verb: failover.OrderDryDrill, Region: 1}},
	{api.Order{Verb: "drill", Region: "eu-west-1"},
		failover.Event{Verb: failover.OrderDrill, Region: 1}},
	{api.Order{Verb: "approve-drill", Region: "eu-west-1"},
		failover.Event{Verb: failover.ApproveDrill, Region: 1}},
	{api.Order{Verb: "evacuate", Region: "eu-west-1"},
		failover.Event{Verb: failover.OrderEvacuation, Region: 1}},
}

// Every order that the log knows can be given, and says what the log takes from it.
func TestEveryVerbCanBeSaid(t *testing.T) {
	file, _ := estate(t)
	const name, when = "00000000000000ff", 12345
	seen := map[failover.Verb]bool{}
	for _, c := range everyOrder {
		c.order.Why, c.order.Name, c.order.Said = "a test", name, when
		got, err := api.EventOf(&c.order, file, "otto", 99)
		c.want.Kind, c.want.Who = failover.Ordered, api.Who("otto")
		c.want.Sequence, c.want.Said = 0xff, when
		if c.order.Region == "" {
			c.want.Region = model.NoRegion
		}
		if c.order.Target == "" {
			c.want.Subject = model.NoRegion
		}
		if err != nil || got != c.want {
			t.Errorf("%+v:\ngot  %+v, %v\nwant %+v", c.order, got, err, c.want)
		}
		seen[c.want.Verb] = true
	}
	if len(seen)+len(changes) != len(api.Verbs()) {
		t.Errorf("%d of the verbs %v are tried, want all", len(seen), api.Verbs())
	}
	verbs := 0
	for v := failover.Verb(1); v.String() != "unknown"; v++ {
		verbs++
	}
	if verbs != len(api.Verbs())-len(changes) {
		t.Errorf("the log knows %d verbs, and %d can be said", verbs, len(api.Verbs())-len(changes))
	}
}

// changes are the orders that are about the group itself.
var changes = map[string]api.Proposal{
	"change-policy": {Change: api.ChangePolicy, Event: failover.Event{Region: model.NoRegion}},
	"add-member":    {Change: api.AddMember, Event: failover.Event{Region: 1}},
	"remove-member": {Change: api.RemoveMember, Event: failover.Event{Region: 1}},
}

// An order about the group comes to the agent as one, from an operator alone and with a reason, and
// never as an event for the log.
func TestChangesOfTheGroupAreOrders(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, viewer, operator := served(t, a)
	for verb, want := range changes {
		region := ""
		if want.Event.Region != model.NoRegion {
			region = "eu-west-1"
		}
		if _, err := client(t, url, viewer).Order(t.Context(), api.Order{
			Verb: verb, Region: region, Why: "x",
		}); err == nil || !strings.Contains(err.Error(), "for operators") {
			t.Errorf("%s by a viewer: %v", verb, err)
		}
		for _, wrong := range []api.Order{
			{Verb: verb, Region: region}, {Verb: verb, Region: "mars", Why: "x"},
			{Verb: verb, Region: region, Store: "orders", Why: "x"},
		} {
			if _, err := client(t, url, operator).Order(t.Context(), wrong); err == nil {
				t.Errorf("%+v is taken", wrong)
			}
		}
		if len(a.groups) > 0 {
			t.Fatalf("%s: the agent got %+v", verb, a.groups)
		}
		answer, err := client(t, url, operator).Order(t.Context(), api.Order{
			Verb: verb, Region: region, Why: "works",
		})
		if err != nil || answer.Index != groupIndex || len(a.groups) != 1 {
			t.Fatalf("%s: got %+v, %v, and the agent %+v", verb, answer, err, a.groups)
		}
		got := a.groups[0]
		if got.Change != want.Change || got.Event.Region != want.Event.Region ||
			got.Event.Verb != failover.Verb(0) || got.Who != "otto" || got.Why != "works" {
			t.Errorf("%s: the agent got %+v", verb, got)
		}
		a.groups = nil
	}
}

// An order that cannot be taken says everything that is wrong with it, and does nothing.
func TestOrdersThatAreWrong(t *testing.T) {
	file, _ := estate(t)
	region := file.Regions[1].Name
	for _, c := range []struct {
		order api.Order
		want  []string
	}{
		{api.Order{Verb: "fail-over"}, []string{`no order "fail-over"`, "failback"}},
		{api.Order{Verb: "failover"}, []string{"needs a region", "how much may be lost", "say why"}},
		{api.Order{Verb: "failover", Region: "mars", AcceptLoss: "lots", Why: "x"},
			[]string{`no region "mars"`, region, "neither"}},
		{api.Order{Verb: "failover", Region: region, AcceptLoss: "30s", Why: "x"},
			[]string{"how many writes"}},
		{api.Order{Verb: "failover", Region: region, AcceptLoss: "-30s", AcceptWrites: 1, Why: "x"},
			[]string{"neither"}},
		{api.Order{Verb: "pause", Region: region, Why: "x"}, []string{"does not take a region"}},
		{api.Order{Verb: "pause", AcceptLoss: "any", AtOnce: true, Causes: []string{"x"}, Why: "x"},
			[]string{"loses nothing", "no traffic in stages", "causes belong"}},
		{api.Order{Verb: "veto", Region: region, Gone: true, Why: "x"}, []string{"no region for good"}},
		{api.Order{Verb: "reconcile", Region: region, Gone: true, Why: "x"}, []string{"any loss"}},
		{api.Order{Verb: "veto", Region: region, Part: "routing", Why: "x"}, []string{"a whole region"}},
		{api.Order{Verb: "switchover", Region: region, Part: "half", Why: "x"}, []string{"no part"}},
		{api.Order{Verb: "switchover", Region: region, Part: "store", Why: "x"}, []string{"which store"}},
		{api.Order{Verb: "switchover", Region: region, Store: "x", Why: "x"},
			[]string{`no store "x"`, file.Stores[0].Name}},
		{api.Order{Verb: "declare", Region: region, Causes: []string{"aliens"}, Why: "x"},
			[]string{`no cause "aliens"`}},
		{api.Order{Verb: "declare", Region: region, Why: "x"}, []string{"one at least"}},
		{api.Order{Verb: "pause", Name: "0000000000000000", Why: "x"}, []string{"not all 0"}},
		{api.Order{Verb: "pause", Name: "zz", Why: "x"}, []string{"16 hexadecimal"}},
		{api.Order{Verb: "pause", Name: strings.Repeat("ab", 40), Why: "x"}, []string{"16 hexadecimal"}},
		{api.Order{Verb: "veto", Region: region, Target: region, Why: "x"}, []string{"take a target"}},
		{api.Order{Verb: "pause", Why: strings.Repeat("x", 501)}, []string{"501 bytes"}},
	} {
		_, err := api.EventOf(&c.order, file, "otto", 1)
		var wrong api.OrderError
		if !errors.As(err, &wrong) || len(wrong) < 1 {
			t.Errorf("%+v: got %v, want an OrderError", c.order, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: got\n%v\nwant it to say %q", c.order, err, want)
			}
		}
	}
}

func TestNamesAreNeverTheSame(t *testing.T) {
	var all []string
	for range 1000 {
		all = append(all, api.NewName())
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 1000 {
		t.Error("a name came twice")
	}
}
