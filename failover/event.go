package failover

import (
	"encoding/binary"
	"time"

	"redoubt/model"
)

// EventKind says what an Event reports.
type EventKind uint8

// The kinds of events.
const (
	// Tick reports nothing but the time.
	Tick EventKind = iota
	// Reported is an observer's verdict on a subject: Region, Subject, Sequence, Age, Known, Down.
	Reported
	// LagMeasured is a replica's lag: Region, Store, Lag, Age, and the Epoch of the lease under which
	// the region writes that it follows. One of another lease than the store's counts for nothing. Lag
	// is, at Age before At, the age of the newest thing that the replica has from its primary, by the
	// primary's clock or a heartbeat that the primary writes. That all was applied that was received
	// is no Lag of 0: a replica that is cut off could say so for ever, and what it lacks would count
	// as safe.
	LagMeasured
	// CapacityChanged is what a region can carry: Region, Share.
	CapacityChanged
	// LeaseRenewed is the holder's renewal: Region, Store, Epoch, Ticket.
	LeaseRenewed
	// Fenced is a guard's record that it will not open Epoch, or an older one, of Store again.
	Fenced
	// StepClaimed is an agent's claim of a step before it acts: Region, Epoch, Step, Ticket, and as
	// Round the one of the Action that asked for it. A claim of another round counts for nothing.
	StepClaimed
	// StepDone and StepFailed are how it went: Region, Epoch, Step, Round; Ticket is how many writes
	// an Archive has counted. Failed means that all is as it was before, and is said of a round: a
	// copy that comes when the step was asked for again counts for nothing. What is done stays so.
	StepDone
	StepFailed
	// Ordered is an operator's word: Verb, Region, and what the verb takes beside it. Who says whose,
	// 0 for nobody in particular; Sequence names the order alone, and is not 0, and Said is the time
	// of the log that its author had before them: a copy has both, and counts for nothing.
	Ordered
	// ReadinessChanged is what a region has ready to take over, one bit for each item: Region, Known,
	// Down, Age. An item is ready when it is known and not down.
	ReadinessChanged
	// StepUnknown is an agent that cannot say how its step went: Region, Epoch, Step, Round.
	StepUnknown
	// AgentLost and AgentSeen are the agent of Region that is no longer heard of, and is again.
	AgentLost
	AgentSeen
	// PolicyChanged brings the log under another policy, or other rules; see PolicyEvent, which makes
	// one, and Event.Names, which says what it names.
	PolicyChanged
	eventKindCount
)

var eventNames = [...]string{
	"tick", "report", "lag", "capacity", "renewed", "fenced", "claimed", "done", "failed", "operator",
	"readiness", "step unknown", "agent lost", "agent seen", "policy",
}

// String gives the kind's name.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}

// Verb is what an operator orders.
type Verb uint8

// The verbs. An order that names another Part than Whole, and can be about no part, is refused.
const (
	// Approve lets the failover of Region, or of its Part and Store, to Subject go on for
	// ApprovalLasts; Subject is NoRegion for an evacuation. Who may be 0 only where one person
	// suffices.
	Approve Verb = iota + 1
	// GoBack orders the return of Region: a failback when it is the home of the writes and another
	// region is primary, the return of its traffic otherwise. With AtOnce as Share the traffic does
	// not shift in stages, or no longer: that can be ordered while it does.
	GoBack
	// OrderSwitchover orders planned work that moves the write role and the traffic to Region, or
	// with OneStore as Part only the Store. AtOnce means what it does to GoBack.
	OrderSwitchover
	// OrderForce orders a failover to Region although gates hold or deny it, with OneStore as Part of
	// the Store only. Lag is how much of the
	// writes the operator accepts to lose, or AnyLoss; Ticket how many writes they take that for, 0
	// only of a Lag of 0. Who, not 0, takes that upon themselves.
	OrderForce
	// Pause and Resume stop, and let go on, all that begins by itself, whatever the Region.
	Pause
	Resume
	// PullBrake stops what moves regions by itself; LiftBrake lets it go on, whoever had stopped it.
	PullBrake
	LiftBrake
	// Declare names what is wrong with Region, as Causes in Share; Withdraw takes that back.
	Declare
	Withdraw
	// Veto forbids to leave Region until LiftVeto.
	Veto
	LiftVeto
	// Abort ends the running plan, unless it has moved the write role. What would begin the same plan
	// again at once is stopped by the brake, which is pulled.
	Abort
	// Reconcile says that what Region alone held, or with OneStore as Part what its copy of the Store
	// did, was brought in, or is waived. With AnyLoss as Lag it gives up unseen what copies hold that
	// nobody could archive; Ticket is how many writes that is taken for, of each, at least 1. With
	// ForGood as Share too, and Who, not 0, it gives up those that may still be open to writes.
	Reconcile
	// SkipValidation lets traffic come to the target of the running plan without its validation.
	SkipValidation
	// OrderReprotection makes Region a replica again without waiting, also one that was not left and
	// whose copies are not known to follow whoever writes: what they hold is archived first.
	OrderReprotection
	// OrderDryDrill has every agent rehearse a failover to Region.
	OrderDryDrill
	// OrderDrill asks for a full drill that moves the writes to Region; Who orders it is not 0.
	OrderDrill
	// ApproveDrill lets the drill to Region begin; Who approves must be another one and not 0.
	ApproveDrill
	// OrderEvacuation has the traffic leave Region, which serves and does not write, whatever the
	// cooldown and the brake say.
	OrderEvacuation
	verbCount
)

var verbNames = [verbCount]string{
	"none", "approve", "go back", "switchover", "force", "pause", "resume", "pull brake",
	"lift brake", "declare", "withdraw", "veto", "lift veto", "abort", "reconcile",
	"skip validation", "reprotect", "dry drill", "drill", "approve drill", "evacuate",
}

// String gives the verb's name.
func (v Verb) String() string {
	if v < verbCount {
		return verbNames[v]
	}
	return "unknown"
}

// AnyLoss in the Lag of a forced failover accepts the loss of whatever the target does not have,
// known or not.
const AnyLoss time.Duration = -1

// Event is one entry of the log. Which fields mean something depends on the Kind; the others are
// ignored.
type Event struct {
	Kind EventKind
	// At is when the leader stamped it. A time before the state's own counts as the state's own.
	At              Instant
	Region, Subject model.RegionID
	Store           model.StoreID
	Step, Round     uint8
	Known, Down     uint8
	Verb            Verb
	Part            Part
	Share           uint16
	Epoch           Epoch
	Sequence        uint64
	Ticket          uint64
	Age, Lag        time.Duration
	Who             uint64
	Said            Instant
}

// EventSize is the length of an encoded event in bytes.
const EventSize = 72

// roundAt is the place of an encoded event's Round, which it did not always have.
const roundAt = 5

// AppendEvent appends e in a fixed little-endian encoding, the one the log keeps.
func AppendEvent(b []byte, e Event) []byte {
	b = append(b, byte(e.Kind), byte(e.Region), byte(e.Subject), byte(e.Store), e.Step, e.Round,
		e.Known, e.Down, byte(e.Verb), byte(e.Part))
	b = binary.LittleEndian.AppendUint16(b, e.Share)
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Epoch))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.At))
	b = binary.LittleEndian.AppendUint64(b, e.Sequence)
	b = binary.LittleEndian.AppendUint64(b, e.Ticket)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Age))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Lag))
	b = binary.LittleEndian.AppendUint64(b, e.Who)
	return binary.LittleEndian.AppendUint64(b, uint64(e.Said))
}

// DecodeEvent reads what AppendEvent wrote from the first EventSize bytes of b; it is false when
// there are fewer. Any bytes give an event: whether it makes sense is for Step to judge.
func DecodeEvent(b []byte) (Event, bool) {
	if len(b) < EventSize {
		return Event{}, false
	}
	return Event{
		Kind:     EventKind(b[0]),
		Region:   model.RegionID(b[1]),
		Subject:  model.RegionID(b[2]),
		Store:    model.StoreID(b[3]),
		Step:     b[4],
		Round:    b[roundAt],
		Known:    b[6],
		Down:     b[7],
		Verb:     Verb(b[8]),
		Part:     Part(b[9]),
		Share:    binary.LittleEndian.Uint16(b[10:]),
		Epoch:    Epoch(binary.LittleEndian.Uint32(b[12:])),
		At:       Instant(binary.LittleEndian.Uint64(b[16:])),
		Sequence: binary.LittleEndian.Uint64(b[24:]),
		Ticket:   binary.LittleEndian.Uint64(b[32:]),
		Age:      time.Duration(binary.LittleEndian.Uint64(b[40:])),
		Lag:      time.Duration(binary.LittleEndian.Uint64(b[48:])),
		Who:      binary.LittleEndian.Uint64(b[56:]),
		Said:     Instant(binary.LittleEndian.Uint64(b[64:])),
	}, true
}
