package failover_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"redoubt/failover"
	"redoubt/model"
)

// span reads a duration.
func span(t *testing.T, d *datadriven.TestData, key string, value *time.Duration) {
	var text string
	d.MaybeScanArgs(t, key, &text)
	if text == "" {
		return
	}
	var err error
	if *value, err = time.ParseDuration(text); err != nil {
		d.Fatalf(t, "%v", err)
	}
}

// list reads the regions of an argument.
func list(t *testing.T, d *datadriven.TestData, key string) []model.RegionID {
	arg, ok := d.Arg(key)
	if !ok {
		return nil
	}
	var found []model.RegionID
	for _, text := range arg.Vals {
		n, err := strconv.Atoi(text)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		found = append(found, model.RegionID(n))
	}
	return found
}

// limits reads the settings that not every scenario has.
func limits(t *testing.T, d *datadriven.TestData, p *failover.Policy) {
	after, together := 0, 0
	d.MaybeScanArgs(t, "brake-after", &after)
	d.MaybeScanArgs(t, "brake-regions", &together)
	p.BrakeAfter, p.BrakeRegions, p.BrakeWindow = uint8(after), uint8(together), 24*time.Hour
	span(t, d, "brake-window", &p.BrakeWindow)
	if d.HasArg("deep") {
		p.Checks, p.Deep = 2, 2
	}
	for i := range p.Unlawful {
		p.Unlawful[i] = regions(list(t, d, "unlawful")...)
	}
	switch apart, ok := d.Arg("apart"); {
	case !ok:
	case apart.Vals[0] == "store":
		p.Checks, p.StoreChecks[0] = 2, 2
	case apart.Vals[0] == "routing":
		p.Checks, p.RoutingChecks = 2, 2
	}
	items := 0
	d.MaybeScanArgs(t, "items", &items)
	p.Items, p.ReadinessStaleAfter = uint8(1<<items-1), 24*time.Hour
	span(t, d, "equal", &p.EquallyFresh)
}

// extras reads the settings that few conversations need.
func extras(t *testing.T, d *datadriven.TestData, p *failover.Policy) {
	if d.HasArg("deep-only") {
		p.Deep = 1
	}
	tries, flaps, people := int(p.StepTries), 0, int(p.Approvals)
	d.MaybeScanArgs(t, "approvals", &people)
	p.Approvals = uint8(people)
	d.MaybeScanArgs(t, "tries", &tries)
	d.MaybeScanArgs(t, "flap-limit", &flaps)
	p.StepTries, p.FlapLimit, p.FlapHalfLife = uint8(tries), uint8(flaps), 15*time.Minute
	span(t, d, "half-life", &p.FlapHalfLife)
	span(t, d, "stable-for", &p.StableFor)
	span(t, d, "drift", &p.Drift)
	var stages []int
	d.MaybeScanArgs(t, "stages", &stages)
	for i, share := range stages {
		p.Stages[i] = uint8(share)
	}
	span(t, d, "stage-hold", &p.StageHold)
	optional, _ := d.Arg("optional")
	for kind := failover.Fence; kind <= failover.Rehearse; kind++ {
		if slices.Contains(optional.Vals, kind.String()) {
			p.Optional |= failover.Steps(kind)
		}
	}
}

// hyphened is a kind of step as a command writes it: in one word.
func hyphened(kind failover.StepKind) string { return strings.ReplaceAll(kind.String(), " ", "-") }

// kindNamed reports whether a command names a kind of step.
func kindNamed(d *datadriven.TestData, kind failover.StepKind) bool {
	return d.HasArg(hyphened(kind))
}

// part reads what part of a region a command is about.
func part(t *testing.T, d *datadriven.TestData) (failover.Part, model.StoreID) {
	store := 0
	d.MaybeScanArgs(t, "store", &store)
	switch arg, ok := d.Arg("part"); {
	case ok && arg.Vals[0] == "store":
		return failover.OneStore, model.StoreID(store)
	case ok && arg.Vals[0] == "routing":
		return failover.Routing, 0
	}
	return failover.Whole, 0
}

// orders are the verbs of operators, as conversations write them.
var orders = []struct {
	name string
	verb failover.Verb
}{
	{"approve", failover.Approve},
	{"go-back", failover.GoBack},
	{"switchover", failover.OrderSwitchover},
	{"force", failover.OrderForce},
	{"pause", failover.Pause},
	{"resume", failover.Resume},
	{"pull-brake", failover.PullBrake},
	{"lift-brake", failover.LiftBrake},
	{"declare", failover.Declare},
	{"withdraw", failover.Withdraw},
	{"veto", failover.Veto},
	{"lift-veto", failover.LiftVeto},
	{"abort", failover.Abort},
	{"reconcile", failover.Reconcile},
	{"skip-validation", failover.SkipValidation},
	{"reprotect", failover.OrderReprotection},
	{"dry-drill", failover.OrderDryDrill},
	{"drill", failover.OrderDrill},
	{"approve-drill", failover.ApproveDrill},
	{"evacuate", failover.OrderEvacuation},
}

// causes are what an operator can declare.
var causes = map[string]failover.Cause{
	"zone": failover.ZoneFailure, "corruption": failover.Corruption,
	"security": failover.SecurityIncident, "release": failover.BadRelease,
}

// order makes an operator's word of a command.
func order(t *testing.T, d *datadriven.TestData, e failover.Event) failover.Event {
	e.Kind, e.Region = failover.Ordered, model.NoRegion
	if named := list(t, d, "region"); len(named) > 0 {
		e.Region = named[0]
	}
	for _, known := range orders {
		if d.HasArg(known.name) {
			e.Verb = known.verb
		}
	}
	e.Part, e.Store = part(t, d)
	switch to := list(t, d, "to"); {
	case e.Verb == 0:
		d.Fatalf(t, "no such order")
	case len(to) > 0:
		e.Subject = to[0]
	case e.Verb == failover.Approve:
		e.Subject = model.NoRegion
	}
	if cause, ok := d.Arg("cause"); ok {
		for _, name := range cause.Vals {
			e.Share |= uint16(causes[name])
		}
	}
	if d.HasArg("at-once") {
		e.Share = failover.AtOnce
	}
	if d.HasArg("for-good") {
		e.Share = failover.ForGood
	}
	if accept, ok := d.Arg("accept"); ok && accept.Vals[0] == "any" {
		e.Lag = failover.AnyLoss
	} else {
		span(t, d, "accept", &e.Lag)
	}
	d.MaybeScanArgs(t, "writes", &e.Ticket)
	if e.Verb == failover.OrderForce {
		e.Who = 1 // Whoever else is named.
	}
	d.MaybeScanArgs(t, "who", &e.Who)
	span(t, d, "said", (*time.Duration)(&e.Said))
	d.MaybeScanArgs(t, "name", &e.Sequence)
	return e
}
