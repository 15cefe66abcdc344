package failover_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"redoubt/failover"
	"redoubt/model"
)

var update = flag.Bool("update", os.Getenv("UPDATE") != "", "rewrite the golden files")

// TestConversations plays testdata/*.txt: each is one log, told in commands, and what came of each.
// The test holds every step against Check and the ledger. Rewrite what came out, after a change
// that is meant, with
//
//	go test ./failover -run TestConversations -update
//
// Each command takes at=TIME, which may be in the past, and happens at the state's own time
// otherwise.
//
//	policy [regions=2] [witnesses=1] [hold=60s] ...  begins a log; see begin for the keys
//	change [hold=30s] ...                            another policy, with the keys of policy
//	report by=(1,2) on=0 down|up|unknown             observers say so; age= and sequence= too
//	watch until=2m [down=(0)] [every=10s]            everybody reports what is so, holders renew,
//	      [deaf=(2)] [quiet=(0)] [fooled=(4)]        deadlines tick; deaf regions see all others
//	                                                 down, quiet ones say nothing, fooled ones see
//	      [ill=(0)]                                  everything up, deep checks too; in ill ones
//	                                                 only the part fails that has a check (apart=)
//	lag region=1 is=2s [store=0] [age=1s] [epoch=1]  how far a replica is behind
//	capacity region=1 share=400                      what a region can carry, in thousandths
//	renew by=0, fence by=0 [store=0] [epoch=2]       the holder's guard
//	claim|done|fails|unknown promote [store=0]       an agent, on the first step of that kind that
//	      [by=1] [epoch=2] [writes=9]                is not done; writes are what an archive counts
//	lost region=1, seen region=1                     an agent is not heard of any more, and is again
//	order approve|go-back|... [region=0]             an operator; see orders for the verbs, and
//	      [accept=60s|any writes=9] [cause=zone]     for what they take beside the region
//	      [at-once]                                go-back and switchover can want no stages
//	      [for-good]                               reconcile can say that the region is gone
//	      [part=store|routing] [store=0] [who=1]     approve takes to=1, who would take over
//	      [name=7 said=10s]                          a name of its own, or that of another
//	refuses approve|... [region=0] ...               why that order would not be carried out
//	ready region=1 [known=(0,1)] [bad=(0)]           what a region has ready, by items; age= too
//	finish [but=(notify)] [writes=9]                 every step of the plan is claimed and done, but
//	                                                 for those of some kinds
//	current promote epoch=2 by=1 [store=0]           whether an agent may do what it was told
//	tick, explain region=0 [part=store] [candidates|since], facts, state, deadline, outstanding,
//	standing
func TestConversations(t *testing.T) {
	if *update {
		if err := flag.Set("rewrite", "true"); err != nil { // The flag of datadriven itself.
			t.Fatal(err)
		}
	}
	datadriven.Walk(t, "testdata/conversations", func(t *testing.T, path string) {
		talk := &talk{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "policy" {
				talk.begin(t, d)
				return "ok\n"
			}
			talk.t, talk.out = t, strings.Builder{}
			talk.log.t = t
			talk.command(d)
			if talk.out.Len() == 0 {
				return "nothing changes\n"
			}
			return talk.out.String()
		})
	})
}

// TestConversationsSayWhy wants a first comment in each conversation, and no line too long to read.
func TestConversationsSayWhy(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	const widest = 120
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s: got no first comment, want what it shows and why", file)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "# ") && len(line) > widest {
				t.Errorf("%s: got a comment of %d columns, want %d at most", file, len(line), widest)
			}
		}
	}
}

// talk is a log in conversation.
type talk struct {
	*log
	t   *testing.T
	out strings.Builder
	// told is every step that was ever asked for, as its executor has it on its desk.
	told []failover.Action
}

func (k *talk) begin(t *testing.T, d *datadriven.TestData) {
	k.log, k.told = newLog(t, policyOf(t, d)), nil
}

// changePolicy brings the log under another policy, unless something speaks against it.
func (k *talk) changePolicy(d *datadriven.TestData) {
	next, before := policyOf(k.t, d), k.state
	why := next.RefusesChange(&k.state)
	if !k.change(next) {
		fmt.Fprintf(&k.out, "refused: %s\n", why)
		return
	}
	fmt.Fprintf(&k.out, "%s  another policy\n", clock(k.state.Now))
	k.out.WriteString(changes(&k.policy, &before, &k.state, failover.PolicyChanged))
	if asked := before.Asked; asked.Scope.Region.Valid() && asked != k.state.Asked {
		k.out.WriteString("what people were asked is open no more\n")
	}
	for _, action := range k.did.All() {
		fmt.Fprintf(&k.out, "%s  -> %s\n", clock(k.state.Now), actionText(action))
	}
}

// policyOf is the policy that a command names.
func policyOf(t *testing.T, d *datadriven.TestData) failover.Policy {
	p := oneStore()
	workload, witnesses, stores, guarded := 2, 1, 1, true
	mode, risk, capacity, minimum := "automatic", p.DataAtRiskMax, 500, 1
	var ceiling []int
	d.MaybeScanArgs(t, "regions", &workload)
	d.MaybeScanArgs(t, "witnesses", &witnesses)
	d.MaybeScanArgs(t, "stores", &stores)
	d.MaybeScanArgs(t, "guarded", &guarded)
	d.MaybeScanArgs(t, "mode", &mode)
	d.MaybeScanArgs(t, "capacity", &capacity)
	d.MaybeScanArgs(t, "minimum", &minimum)
	d.MaybeScanArgs(t, "ceiling", &ceiling)
	p.ServesReads, p.MultiWriter = d.HasArg("read-local"), d.HasArg("active-active")
	span(t, d, "hold", &p.HoldDown)
	span(t, d, "cooldown", &p.Cooldown)
	span(t, d, "stale", &p.StaleAfter)
	span(t, d, "lease", &p.Lease)
	span(t, d, "timeout", &p.StepTimeout)
	span(t, d, "risk", &risk)
	limits(t, d, &p)
	extras(t, d, &p)
	p.Voters, p.Workload = 1<<(workload+witnesses)-1, 1<<workload-1
	p.Candidates, p.Stores, p.DataAtRiskMax = p.Workload, uint8(stores), risk
	if d.HasArg("alone") {
		p.Candidates = regions(p.Home)
	}
	p.CapacityMin, p.MinimumServing = uint16(capacity), uint8(minimum)
	if p.Guarded = 0; guarded {
		p.Guarded = 1<<stores - 1
	}
	for _, store := range list(t, d, "unguarded") {
		p.Guarded &^= 1 << store
	}
	if p.MultiWriter {
		p.Stores, p.ServesReads = 0, true
	}
	for r, share := range ceiling {
		p.Ceiling[r] = uint16(share)
	}
	for _, p.Mode = range []model.PolicyMode{model.Automatic, model.Manual, model.Advise} {
		if p.Mode.String() == mode {
			break
		}
	}
	return p
}

func (k *talk) command(d *datadriven.TestData) {
	at := time.Duration(k.state.Now)
	span(k.t, d, "at", &at)
	e := failover.Event{At: failover.Instant(at)}
	span(k.t, d, "age", &e.Age)
	switch d.Cmd {
	case "tick":
		k.say(e)
	case "report":
		k.reportCommand(d, e)
	case "watch":
		k.watch(d)
	case "change":
		k.changePolicy(d)
	case "finish":
		k.finish(d)
	case "lag":
		e.Kind, e.Region = failover.LagMeasured, list(k.t, d, "region")[0]
		store := 0
		d.MaybeScanArgs(k.t, "store", &store)
		epoch := int(k.state.Leases[store].Epoch)
		d.MaybeScanArgs(k.t, "epoch", &epoch)
		e.Store, e.Epoch = model.StoreID(store), failover.Epoch(epoch)
		span(k.t, d, "is", &e.Lag)
		k.say(e)
	case "capacity":
		share := 0
		d.ScanArgs(k.t, "share", &share)
		e.Kind, e.Region = failover.CapacityChanged, list(k.t, d, "region")[0]
		e.Share = uint16(share)
		k.say(e)
	case "renew", "fence":
		k.guardCommand(d, e)
	case "claim", "done", "fails", "unknown":
		k.stepCommand(d, e)
	case "lost", "seen":
		if e.Kind = failover.AgentLost; d.Cmd == "seen" {
			e.Kind = failover.AgentSeen
		}
		e.Region = list(k.t, d, "region")[0]
		k.say(e)
	case "order":
		k.say(order(k.t, d, e))
	case "ready":
		e.Kind, e.Region = failover.ReadinessChanged, list(k.t, d, "region")[0]
		e.Known = uint8(regions(list(k.t, d, "known")...))
		e.Down = uint8(regions(list(k.t, d, "bad")...))
		e.Known |= e.Down
		k.say(e)
	default:
		k.look(d)
	}
}

// look answers a question.
func (k *talk) look(d *datadriven.TestData) {
	switch d.Cmd {
	case "explain":
		of := failover.RegionScope(list(k.t, d, "region")[0])
		of.Part, of.Store = part(k.t, d)
		verdict := k.policy.Explain(k.state, of)
		if d.HasArg("candidates") {
			k.out.WriteString(verdict.Candidates(names))
			return
		}
		if d.HasArg("since") {
			k.sinces(&verdict)
			return
		}
		k.out.WriteString(verdict.Text(k.state.Now, names))
	case "facts":
		for _, fact := range k.policy.Account(k.state, names).Facts {
			fmt.Fprintf(&k.out, "%s: %s\n", fact.About, fact.Text)
		}
	case "state":
		k.out.WriteString(portrait(&k.policy, &k.state))
	case "deadline":
		if at, ok := k.policy.Deadline(k.state); ok {
			fmt.Fprintf(&k.out, "a tick at %s\n", clock(at))
			return
		}
		k.out.WriteString("only news can change anything\n")
	case "refuses":
		why := k.policy.Refuses(k.state, order(k.t, d, failover.Event{At: k.state.Now}))
		if why == "" {
			why = "it would be carried out"
		}
		fmt.Fprintf(&k.out, "%s\n", why)
	case "current":
		k.currentCommand(d)
	case "standing":
		for action := range k.policy.Standing(k.state) {
			fmt.Fprintf(&k.out, "%s: %s\n", clock(action.At), actionText(action))
		}
	case "outstanding":
		for action := range k.policy.Outstanding(k.state) {
			fmt.Fprintf(&k.out, "%s\n", actionText(action))
		}
	default:
		d.Fatalf(k.t, "no such command: %s", d.Cmd)
	}
}

// sinces writes down since when what each gate rests on has been so, where that has begun.
func (k *talk) sinces(v *failover.Verdict) {
	for gate := range failover.GateCount {
		if since, began := v.Since(gate, k.state.Now); began {
			fmt.Fprintf(&k.out, "%-4s  %-17s since %s\n", v.Gates[gate].Ruling, gate, clock(since))
		}
	}
}

func (k *talk) reportCommand(d *datadriven.TestData, e failover.Event) {
	on := list(k.t, d, "on")[0]
	for _, o := range list(k.t, d, "by") {
		k.state.Now = max(k.state.Now, 0)
		said := report(&k.state, o, on, d.HasArg("down"))
		said.At, said.Age = e.At, e.Age
		if d.HasArg("unknown") {
			said.Known = 0
		}
		if d.HasArg("shallow-down") {
			said.Known, said.Down = 3, 1 // Check 0 fails, check 1, the deep one, succeeds.
		}
		if d.HasArg("sequence") {
			d.ScanArgs(k.t, "sequence", &said.Sequence)
		}
		k.say(said)
	}
}

func (k *talk) guardCommand(d *datadriven.TestData, e failover.Event) {
	store, epoch := 0, 0
	d.MaybeScanArgs(k.t, "store", &store)
	e.Store, e.Epoch = model.StoreID(store), k.state.Leases[store].Epoch
	if d.MaybeScanArgs(k.t, "epoch", &epoch) {
		e.Epoch = failover.Epoch(epoch)
	}
	e.Kind, e.Region = failover.Fenced, list(k.t, d, "by")[0]
	if d.Cmd == "renew" {
		e.Kind = failover.LeaseRenewed
	}
	k.say(e)
}

func (k *talk) stepCommand(d *datadriven.TestData, e failover.Event) {
	store, epoch := 0, int(k.state.Plan.Epoch)
	d.MaybeScanArgs(k.t, "store", &store)
	d.MaybeScanArgs(k.t, "epoch", &epoch)
	steps := k.state.Plan.Steps[:k.state.Plan.Count]
	named := func(s failover.Step) bool { return kindNamed(d, s.Kind) && int(s.Store) == store }
	found := slices.IndexFunc(steps, func(s failover.Step) bool {
		return named(s) && s.Status != failover.Done
	})
	if found < 0 {
		found = slices.IndexFunc(steps, named)
	}
	if found < 0 {
		k.out.WriteString("the plan has no such step\n")
		return
	}
	e.Step, e.Epoch = uint8(found), failover.Epoch(epoch)
	e.Region, e.Round = k.state.Plan.Steps[found].Region, k.state.Plan.Steps[found].Round
	if by := list(k.t, d, "by"); len(by) > 0 {
		e.Region = by[0]
	} else if !e.Region.Valid() {
		e.Region = model.RegionID(k.policy.Voters.Count() - 1)
	}
	e.Kind = map[string]failover.EventKind{
		"claim": failover.StepClaimed, "done": failover.StepDone, "fails": failover.StepFailed,
		"unknown": failover.StepUnknown,
	}[d.Cmd]
	d.MaybeScanArgs(k.t, "writes", &e.Ticket)
	d.MaybeScanArgs(k.t, "round", &e.Round)
	k.say(e)
}

// currentCommand tells an executor whether what it was once told to do is still to be done.
func (k *talk) currentCommand(d *datadriven.TestData) {
	store, epoch := 0, 0
	d.MaybeScanArgs(k.t, "store", &store)
	d.ScanArgs(k.t, "epoch", &epoch)
	by, told := list(k.t, d, "by")[0], slices.Clone(k.told)
	if !d.HasArg("first") { // What was asked for last, unless the first executor is meant.
		slices.Reverse(told)
	}
	for _, action := range told {
		same := kindNamed(d, action.Step) && int(action.Store) == store && int(action.Epoch) == epoch
		if !same {
			continue
		}
		if k.policy.Current(&k.state, &action, by) {
			fmt.Fprintf(&k.out, "region %d may do it\n", by)
			return
		}
		fmt.Fprintf(&k.out, "region %d must not do it\n", by)
		return
	}
	k.out.WriteString("nobody was told to\n")
}

// finish has every step of the plan done, fences by the guards that they concern.
func (k *talk) finish(d *datadriven.TestData) {
	var writes uint64
	d.MaybeScanArgs(k.t, "writes", &writes)
	but, _ := d.Arg("but")
	for k.state.Plan.Kind != failover.NoPlan {
		before := k.state
		for action := range k.policy.Outstanding(k.state) {
			if slices.Contains(but.Vals, hyphened(action.Step)) {
				continue
			}
			e := failover.Event{
				At: k.state.Now, Region: action.Region, Epoch: action.Epoch, Step: action.Index,
				Round: action.Round, Store: action.Store, Ticket: writes,
			}
			if !e.Region.Valid() {
				e.Region = model.RegionID(k.policy.Voters.Count() - 1)
			}
			if e.Kind = failover.StepClaimed; action.Step == failover.Fence {
				e.Kind, e.Epoch = failover.Fenced, k.state.Leases[action.Store].Epoch
			}
			k.quietly(e)
			e.Kind = failover.StepDone
			k.quietly(e)
		}
		if k.state == before {
			return
		}
	}
}

// quietly applies an event and writes down no more than who serves and what people hear.
func (k *talk) quietly(e failover.Event) {
	before := k.state
	k.log.apply(e)
	for line := range strings.Lines(changes(&k.policy, &before, &k.state, e.Kind)) {
		words := []string{
			"primary:", "serving:", "brake:", "ends:", "begins:", "'s copy of store", "writes to",
		}
		for _, word := range words {
			if strings.Contains(line, word) {
				k.out.WriteString(line)
			}
		}
	}
	k.told = append(k.told, k.did.All()...)
	for _, action := range k.did.All() {
		if action.Kind != failover.Do {
			fmt.Fprintf(&k.out, "%s  -> %s\n", clock(k.state.Now), actionText(action))
		}
	}
}

// watch lets time go by: everybody reports what is so, holders renew, and deadlines tick.
func (k *talk) watch(d *datadriven.TestData) {
	until, every := time.Duration(0), 10*time.Second
	span(k.t, d, "until", &until)
	span(k.t, d, "every", &every)
	bad, ill := regions(list(k.t, d, "down")...), regions(list(k.t, d, "ill")...)
	deaf, quiet := regions(list(k.t, d, "deaf")...), regions(list(k.t, d, "quiet")...)
	fooled := regions(list(k.t, d, "fooled")...)
	for at := k.state.Now; at <= failover.Instant(until); at = at.Add(every) {
		for {
			due, ok := k.policy.Deadline(k.state)
			if !ok || due >= at {
				break
			}
			k.say(failover.Event{Kind: failover.Tick, At: due})
		}
		k.round(at, bad, ill, deaf, quiet, fooled)
	}
}

// round is everybody's word at one moment.
func (k *talk) round(at failover.Instant, bad, ill, deaf, quiet, fooled model.RegionSet) {
	for o := range model.RegionID(model.MaxRegions) {
		for subject := range model.RegionID(model.MaxRegions) {
			speaks := k.policy.Voters.Has(o) && !bad.Has(o) && !quiet.Has(o)
			if !speaks || !k.policy.Workload.Has(subject) || o == subject {
				continue
			}
			e := report(&k.state, o, subject, bad.Has(subject) || deaf.Has(o))
			if parts := uint8(2); len(scopes(&k.policy, subject)) > 1 { // Check 1 is about a part.
				e.Known, e.Down = 1|parts, e.Down|e.Down<<1
				if ill.Has(subject) {
					e.Down |= parts
				}
			}
			if e.At = at; fooled.Has(o) {
				e.Known, e.Down = 3, 0
			}
			k.say(e)
		}
	}
	for i := range k.policy.Stores {
		lease := k.state.Leases[i]
		if !bad.Has(lease.Holder) && !quiet.Has(lease.Holder) {
			k.say(failover.Event{
				Kind: failover.LeaseRenewed, At: at, Region: lease.Holder, Epoch: lease.Epoch,
				Store: model.StoreID(i),
			})
		}
	}
}

// say applies an event and writes down what it changed.
func (k *talk) say(e failover.Event) {
	before := k.state
	k.log.apply(e)
	k.out.WriteString(changes(&k.policy, &before, &k.state, e.Kind))
	k.told = append(k.told, k.did.All()...)
	for _, action := range k.did.All() {
		fmt.Fprintf(&k.out, "%s  -> %s\n", clock(k.state.Now), actionText(action))
	}
}
