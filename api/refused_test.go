package api_test

import (
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// What a status says of an order is what becomes of it, in every state that an outage goes through:
// of each verb that the state and a region are enough to judge. Of the others it says nothing.
func TestOrdersAreRefusedAsForetold(t *testing.T) {
	unsaid := map[string]bool{
		"approve": true, "reconcile": true, "declare": true, "withdraw": true, "change-policy": true,
		"add-member": true, "remove-member": true,
	}
	told, not, checked := 0, 0, map[string]int{}
	check := func(a *agent, file *model.Scenario) {
		s := api.StatusOf(&a.view, file)
		told += len(s.Refused)
		for _, form := range api.Forms() {
			for _, r := range append([]api.RegionStatus{{Role: "none"}}, s.Regions...) {
				why := s.Refuses(form.Verb, r.Region)
				if unsaid[form.Verb] || form.Region != (r.Region != "") || r.Role == "witness" {
					if why != "" {
						t.Errorf("%s %s: got %q, want nothing said", form.Verb, r.Region, why)
					}
					continue
				}
				o := api.Order{Verb: form.Verb, Region: r.Region, Why: "to see"}
				if form.Loss {
					o.AcceptLoss, o.AcceptWrites = "any", 1
				}
				e, err := api.EventOf(&o, file, "otto", a.view.State.Now)
				if err != nil {
					t.Fatal(err)
				}
				e.At = a.view.State.Now
				want := api.Refusal(&a.view.Policy, &a.view.State, &e)
				if why != want {
					t.Errorf("%s %s: got %q, want %q", form.Verb, r.Region, why, want)
				}
				if checked[form.Verb]++; want == "" {
					not++
				}
			}
		}
	}
	a, file := losing(t)
	check(a, file) // A plan runs.
	a.view.State.Plan = failover.Plan{}
	check(a, file) // One region is down.
	now := time.Duration(a.view.State.Now)
	for i := range 20 {
		a.see(now+time.Duration(i+1)*5*time.Second, 0, 0)
	}
	check(a, file) // It is back, and not for long.
	s := api.StatusOf(&a.view, file)
	if why := s.Refuses("abort", ""); why != "no plan is running" {
		t.Errorf("got %q of an abort without a plan", why)
	}
	if told == 0 || not == 0 || len(checked) != len(api.Forms())-len(unsaid) {
		t.Errorf("%d refusals, %d orders that are taken, of %d verbs", told, not, len(checked))
	}
}
