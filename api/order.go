package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Order is an operator's word, in names.
type Order struct {
	Verb string `json:"verb"`
	// Region is what it is about, Target who takes over in an approval; empty is nobody.
	Region string `json:"region,omitempty"`
	Target string `json:"target,omitempty"`
	// Part is "region", "store" or "routing"; with a Store it is the store of that name.
	Part  string `json:"part,omitempty"`
	Store string `json:"store,omitempty"`
	// AtOnce has the traffic shift without stages.
	AtOnce bool `json:"at_once,omitempty"`
	// AcceptLoss is how much may be lost, as "30s" or "any", and AcceptWrites how many writes that
	// is taken for.
	AcceptLoss   string `json:"accept_loss,omitempty"`
	AcceptWrites uint64 `json:"accept_writes,omitempty"`
	// Gone says that the region is gone for good, so that nobody writes any more to a copy there.
	Gone bool `json:"gone,omitempty"`
	// Causes are what a declaration leaves declared about the region.
	Causes []string `json:"causes,omitempty"`
	// Why is for the audit, and has to be there.
	Why string `json:"why"`
	// Name is what no other order has, in 16 hexadecimal digits: whoever repeats an order repeats it.
	Name string `json:"name,omitempty"`
	// Said is the time of the log that its author had before them, in nanoseconds.
	Said int64 `json:"said_ns,omitempty,string"`
}

// takes says what a verb takes beside its name.
type takes uint8

const (
	takesRegion takes = 1 << iota
	takesTarget
	takesPart
	takesStages
	takesLoss
	takesCauses
	// mayTakeLoss is for a verb that means another thing with a loss.
	mayTakeLoss
	takesGone
)

// verbRule is a verb as it is written, what it takes, and what it has done.
type verbRule struct {
	name  string
	verb  failover.Verb
	takes takes
	// change is what it changes of the group; there is no verb then.
	change Change
	does   string
}

var verbRules = []verbRule{
	{
		name: "approve", verb: failover.Approve, takes: takesRegion | takesTarget | takesPart,
		does: "Approve that REGION is left, where the policy asks people",
	},
	{
		name: "failover", verb: failover.OrderForce, takes: takesRegion | takesPart | takesLoss,
		does: "Force a failover to REGION, and say what loss is accepted",
	},
	{
		name: "switchover", verb: failover.OrderSwitchover,
		takes: takesRegion | takesPart | takesStages,
		does:  "Move the writes and the traffic to REGION as planned, without loss",
	},
	{
		name: "failback", verb: failover.GoBack, takes: takesRegion | takesStages,
		does: "Bring back to REGION what was moved away from it",
	},
	{
		name: "evacuate", verb: failover.OrderEvacuation, takes: takesRegion,
		does: "Have the traffic leave REGION, which serves and does not write",
	},
	{
		name: "reprotect", verb: failover.OrderReprotection, takes: takesRegion,
		does: "Make REGION a replica again without waiting",
	},
	{
		name: "reconcile", verb: failover.Reconcile,
		takes: takesRegion | takesPart | mayTakeLoss | takesGone,
		does:  "Say that what REGION alone held was brought in, or is waived",
	},
	{
		name: "abort", verb: failover.Abort,
		does: "End the running plan, unless it has moved the writes",
	},
	{
		name: "skip-validation", verb: failover.SkipValidation,
		does: "Let traffic come to where the running plan leads without its validation",
	},
	{name: "pause", verb: failover.Pause, does: "Stop all that begins by itself"},
	{name: "resume", verb: failover.Resume, does: "Let it begin by itself again"},
	{name: "pull-brake", verb: failover.PullBrake, does: "Stop what moves regions by itself"},
	{name: "lift-brake", verb: failover.LiftBrake, does: "Let it go on, whoever had stopped it"},
	{name: "veto", verb: failover.Veto, takes: takesRegion, does: "Forbid to leave REGION"},
	{
		name: "lift-veto", verb: failover.LiftVeto, takes: takesRegion,
		does: "Let REGION be left again",
	},
	{
		name: "declare", verb: failover.Declare, takes: takesRegion | takesCauses,
		does: "Say what is wrong with REGION that no failover would mend",
	},
	{
		name: "withdraw", verb: failover.Withdraw, takes: takesRegion | takesCauses,
		does: "Take back what was declared about REGION",
	},
	{
		name: "dry-drill", verb: failover.OrderDryDrill, takes: takesRegion,
		does: "Have every agent rehearse a failover to REGION, without an effect",
	},
	{
		name: "drill", verb: failover.OrderDrill, takes: takesRegion,
		does: "Ask for a drill that moves the writes to REGION",
	},
	{
		name: "approve-drill", verb: failover.ApproveDrill, takes: takesRegion,
		does: "Approve the drill to REGION that somebody else has asked for",
	},
	{
		name: "change-policy", change: ChangePolicy,
		does: "Bring the log under the policy of the scenario that the agents have been given",
	},
	{
		name: "add-member", takes: takesRegion, change: AddMember,
		does: "Have the agent of REGION belong to the group",
	},
	{
		name: "remove-member", takes: takesRegion, change: RemoveMember,
		does: "Have the agent of REGION belong to the group no more",
	},
}

// Form is what an order of a verb consists of beside its reason.
type Form struct {
	Verb string
	// Does says what it has done, in a sentence without its full stop; REGION is the order's.
	Does string
	// What it has to name, or may: a Loss that has to be accepted, or one that may be waived.
	Region, Target, Part, Stages, Loss, MayLoss, Causes, Gone bool
	// Group says that it is about the agents themselves, and is not judged of a status.
	Group bool
}

// Forms are those of all verbs, in the order in which people are shown them.
func Forms() []Form {
	all := make([]Form, len(verbRules))
	for i, rule := range verbRules {
		has := func(what takes) bool { return rule.takes&what != 0 }
		all[i] = Form{
			Verb: rule.name, Does: rule.does, Region: has(takesRegion), Target: has(takesTarget),
			Part: has(takesPart), Stages: has(takesStages), Loss: has(takesLoss),
			MayLoss: has(mayTakeLoss), Causes: has(takesCauses), Gone: has(takesGone),
			Group: rule.change != NoChange,
		}
	}
	return all
}

// Verbs are the verbs that an Order can have.
func Verbs() []string {
	all := make([]string, len(verbRules))
	for i, rule := range verbRules {
		all[i] = rule.name
	}
	return all
}

// changeOf is what an order changes of the group.
func changeOf(o *Order) Change {
	for _, rule := range verbRules {
		if rule.name == o.Verb {
			return rule.change
		}
	}
	return NoChange
}

// causes are what can be declared, as it is written.
var causes = map[string]failover.Cause{
	"zone-failure": failover.ZoneFailure, "corruption": failover.Corruption,
	"security-incident": failover.SecurityIncident, "bad-release": failover.BadRelease,
}

// whyMost bounds the reason of an order, in bytes: it stands in every agent's log.
const whyMost = 500

// OrderError says everything that is wrong with an order.
type OrderError []string

// Error gives each problem in a line.
func (e OrderError) Error() string { return strings.Join(e, "\n") }

// NewName is a name that no other order has.
func NewName() string {
	var name [8]byte
	for name == [8]byte{} {
		_, _ = rand.Read(name[:]) // It never fails, and says so.
	}
	return hex.EncodeToString(name[:])
}

// Who is the number under which the log knows a person: the beginning of the SHA-256 of their name.
func Who(name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return max(1, binary.LittleEndian.Uint64(sum[:]))
}

// EventOf makes an order by a person into an event of a scenario's log. An order without a name
// gets one, and one that does not say what its author had before them is taken as said of now. The
// error is an OrderError.
func EventOf(o *Order, file *model.Scenario, who string, now failover.Instant) (
	failover.Event, error,
) {
	b := orderBuilder{order: o, file: file}
	rule := slices.IndexFunc(verbRules, func(r verbRule) bool { return r.name == o.Verb })
	if rule < 0 {
		return failover.Event{}, OrderError{fmt.Sprintf("there is no order %q; the orders are %s",
			clip(o.Verb), strings.Join(Verbs(), ", "))}
	}
	b.takes = verbRules[rule].takes
	e := failover.Event{
		Kind: failover.Ordered, Verb: verbRules[rule].verb, Who: Who(who),
		Region: b.region(o.Region, takesRegion, "a region"), Subject: model.NoRegion,
		Said: failover.Instant(o.Said), Sequence: b.name(),
	}
	if o.Target != "" {
		e.Subject = b.region(o.Target, takesTarget, "a target")
	}
	if o.Said == 0 {
		e.Said = now
	}
	e.Part, e.Store = b.part()
	e.Share = b.share()
	e.Lag, e.Ticket = b.loss()
	b.rest()
	if len(b.problems) > 0 {
		return failover.Event{}, b.problems
	}
	return e, nil
}

// orderBuilder gathers what is wrong with an order.
type orderBuilder struct {
	order    *Order
	file     *model.Scenario
	takes    takes
	problems OrderError
}

func (b *orderBuilder) wrong(format string, values ...any) {
	b.problems = append(b.problems, fmt.Sprintf(format, values...))
}

// region finds a region by its name.
func (b *orderBuilder) region(name string, takes takes, what string) model.RegionID {
	switch {
	case b.takes&takes == 0 && name == "":
	case b.takes&takes == 0:
		b.wrong("%s does not take %s, and %q is named", b.order.Verb, what, clip(name))
	case name == "":
		b.wrong("%s needs %s", b.order.Verb, what)
	default:
		var known []string
		for r, region := range b.file.Regions {
			if region.Name == name {
				return model.RegionID(r)
			}
			known = append(known, region.Name)
		}
		b.wrong("there is no region %q; the regions are %s", clip(name), strings.Join(known, ", "))
	}
	return model.NoRegion
}

// name reads the order's name, or makes one.
func (b *orderBuilder) name() uint64 {
	text := b.order.Name
	if text == "" {
		text = NewName()
	}
	bytes, err := hex.DecodeString(text)
	if err != nil || len(bytes) != 8 || binary.BigEndian.Uint64(bytes) == 0 {
		b.wrong("a name has 16 hexadecimal digits, not all 0; %q is none", clip(text))
		return 0
	}
	return binary.BigEndian.Uint64(bytes)
}

// part reads how much of the region it is about.
func (b *orderBuilder) part() (failover.Part, model.StoreID) {
	o, may := b.order, b.takes&takesPart != 0
	switch {
	case !may && (o.Store != "" || o.Part != "" && o.Part != failover.Whole.String()):
		b.wrong("%s is about a whole region, and a part of one is named", o.Verb)
	case o.Store != "" && o.Part != "" && o.Part != failover.OneStore.String():
		b.wrong("a store is named, and the part %q", clip(o.Part))
	case o.Store != "":
		var known []string
		for i, store := range b.file.Stores {
			if store.Name == o.Store {
				return failover.OneStore, model.StoreID(i)
			}
			known = append(known, store.Name)
		}
		b.wrong("there is no store %q; the stores are %s", clip(o.Store), strings.Join(known, ", "))
	case o.Part == failover.Routing.String():
		return failover.Routing, 0
	case o.Part == failover.OneStore.String():
		b.wrong("which store is it about?")
	case o.Part != "" && o.Part != failover.Whole.String():
		b.wrong("there is no part %q of a region; the parts are region, store and routing", clip(o.Part))
	}
	return failover.Whole, 0
}

// share reads what an event has in its Share.
func (b *orderBuilder) share() (share uint16) {
	o := b.order
	if o.AtOnce && b.takes&takesStages == 0 {
		b.wrong("%s shifts no traffic in stages", o.Verb)
	}
	if o.AtOnce {
		share = failover.AtOnce
	}
	switch {
	case o.Gone && b.takes&takesGone == 0:
		b.wrong("%s gives up no region for good", o.Verb)
	case o.Gone && o.AcceptLoss != "any":
		b.wrong("who gives up a region for good has to accept any loss, and to say how many writes")
	case o.Gone:
		share = failover.ForGood
	}
	if (len(o.Causes) > 0) != (b.takes&takesCauses != 0) {
		b.wrong("causes belong to declare and withdraw, which need one at least")
	}
	for _, name := range o.Causes {
		cause, ok := causes[name]
		if !ok {
			b.wrong("there is no cause %q; the causes are zone-failure, corruption, security-incident and "+
				"bad-release", clip(name))
		}
		share |= uint16(cause)
	}
	return share
}

// loss reads what loss is accepted.
func (b *orderBuilder) loss() (lag time.Duration, writes uint64) {
	o := b.order
	said := o.AcceptLoss != "" || o.AcceptWrites != 0
	switch {
	case b.takes&(takesLoss|mayTakeLoss) == 0:
		if said {
			b.wrong("%s loses nothing that had to be accepted", o.Verb)
		}
		return 0, 0
	case b.takes&mayTakeLoss != 0 && !said:
		return 0, 0
	case o.AcceptLoss == "":
		b.wrong("%s has to say how much may be lost, as 30s or any", o.Verb)
		return 0, 0
	case o.AcceptLoss == "any":
		lag = failover.AnyLoss
	default:
		parsed, err := time.ParseDuration(o.AcceptLoss)
		if lag = parsed; err != nil || lag < 0 {
			b.wrong("a loss is a duration such as 30s, or any; %q is neither", clip(o.AcceptLoss))
		}
	}
	if lag != 0 && o.AcceptWrites == 0 {
		b.wrong("%s has to say how many writes that is taken for", o.Verb)
	}
	return lag, o.AcceptWrites
}

// rest checks what does not go into the event.
func (b *orderBuilder) rest() {
	switch why := strings.TrimSpace(b.order.Why); {
	case why == "":
		b.wrong("say why: it is kept with the order")
	case len(why) > whyMost:
		b.wrong("the reason has %d bytes, and at most %d are kept", len(why), whyMost)
	}
}

// clip shortens what somebody wrote for a message.
func clip(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
