package api

import (
	"context"
	"errors"
	"io"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// View is what an agent knows at one moment: a copy, which nothing changes.
type View struct {
	Self model.RegionID
	// State is what the agent has applied, Policy what that is under.
	State  failover.State
	Policy failover.Policy
	// Own is the digest of the policy of the agent's own scenario.
	Own failover.Digest
	// Index and Term are of the last entry that was applied.
	Index, Term uint64
	// Leader is NoRegion while none is known.
	Leader model.RegionID
	// Applied is how long ago the last entry was applied, by the agent's own clock; it is negative
	// while that is not known.
	Applied time.Duration
	// Stood is when the log's clock stood still, as far as the agent has seen that.
	Stood Stood
	// Members are whose agents belong to the group, and Voters which of them vote in it. Both are
	// empty while the agent knows of no group.
	Members, Voters model.RegionSet
	// Heard are the agents that are heard of over gossip.
	Heard model.RegionSet
	// Behind is how much log the copies in the agent's own region had to apply yet.
	Behind [model.MaxStores]Behind
	// Guards are those of the stores in the agent's own region.
	Guards [model.MaxStores]Guard
	// Halted says why the agent does not act any more, or nothing.
	Halted string
	// Unkept says why the archive keeps nothing any more, or nothing. The agent acts as before.
	Unkept string
	// Doubt says what was found wrong with the archive as the agent was started, or nothing.
	Doubt string
	// Apart are the parts of the scenario, by region, in which its agent's file is not the leader's,
	// as far as the agent that is asked knows.
	Apart [model.MaxRegions][]string
	// Shadow says that the agent only says what it would do.
	Shadow bool
	// Answers says that the agent's own name server answers by the log.
	Answers bool
	// Confirmed says that nothing is missing which was committed before somebody asked for the view,
	// as Agent.Confirm finds. Unconfirmed says why that could not be found, where it was asked for.
	Confirmed   bool
	Unconfirmed string
}

// Behind is how much log a copy had to apply yet when that was last measured, in bytes. It is known
// of a copy that follows.
type Behind struct {
	Bytes uint64
	Known bool
}

// Guard is how a store's guard was found when it was asked last.
type Guard struct {
	// Asked says that there is one, and that it was asked; Answers that it has answered.
	Asked, Answers bool
}

// Entry is one entry of the log, as the history tells it.
type Entry struct {
	Index uint64 `json:"index"`
	Term  uint64 `json:"term"`
	// At is the time of the log in seconds, Wall what the proposing agent's clock said.
	At   float64   `json:"at_seconds"`
	Wall time.Time `json:"wall"`
	// Event says what it reports, By whose agent; Note is who gave an order, and why.
	Event string `json:"event"`
	By    string `json:"by,omitempty"`
	Note  string `json:"note,omitempty"`
	// Tick says that it reports nothing but that time goes by.
	Tick bool `json:"tick,omitempty"`
	// Changes are what it changed, in words, what it changed of a plan first.
	Changes []string `json:"changes,omitempty"`
	// Refused says why an order was not carried out, which Changes have too.
	Refused string `json:"refused,omitempty"`
	// Plans are what it changed of plans: of the one that runs, or ends, and of one that begins.
	Plans []PlanChange `json:"plans,omitempty"`
	// Routine says that it neither decided nor changed anything: agents say again what they see.
	Routine bool `json:"routine"`
	// Hash is the beginning of the hash of the state that it led to.
	Hash string `json:"hash"`
}

// Segment is one file of the log that an agent has kept.
type Segment struct {
	Name string `json:"name"`
	// Size is in bytes.
	Size int64 `json:"size"`
}

// Proposal is an order on its way into the log.
type Proposal struct {
	Event failover.Event
	// Change is what is to be changed of the group; the Event says for which region, and is none for
	// the log then.
	Change Change
	// Who gave it, and why, for the history.
	Who, Why string
}

// Change is what an order changes of the group itself.
type Change uint8

// The changes.
const (
	// NoChange is an order to the policy.
	NoChange Change = iota
	// ChangePolicy brings the log under the policy of the scenario of the agent that is asked.
	ChangePolicy
	// AddMember and RemoveMember have a region's agent belong to the group, or not.
	AddMember
	RemoveMember
)

// Receipt is what became of a proposal that was applied.
type Receipt struct {
	// Index is of its entry.
	Index uint64
	// Refused says why it was not carried out, or nothing.
	Refused string
	// Apart is a View's, as the leader has just said, where the policy was changed.
	Apart [model.MaxRegions][]string
}

// ErrUnknown says that nobody can tell whether an order has reached the log: it may yet. The same
// order, with the same name, can be said again: it is judged once.
var ErrUnknown = errors.New("nobody can tell whether the order was taken: repeat it with its name")

// ErrNoLeader says that there is nobody who could take an order now; it was not taken.
var ErrNoLeader = errors.New("no leader is known: a majority of the agents has to hear each other")

// Agent is what a Server shows and asks.
type Agent interface {
	View() View
	// Confirm returns once the agent has applied all that was committed before, in whichever term: a
	// leader that a majority still follows has said so meanwhile. The error is ErrNoLeader, or what
	// else kept that from being found.
	Confirm(ctx context.Context) error
	// Changed is closed when the next entry has been applied.
	Changed() <-chan struct{}
	// Order has the leader propose an order, and returns when this agent has applied it. The error
	// is ErrUnknown, ErrNoLeader, or what else kept it from being proposed.
	Order(ctx context.Context, p Proposal) (Receipt, error)
	// History gives entries after an index, the oldest first, at most so many, for as far back as the
	// agent has any.
	History(after uint64, most int) ([]Entry, error)
	// Segments lists the files of the log that the agent has kept, and Segment writes one. The error
	// is fs.ErrNotExist where there is none of that name.
	Segments() ([]Segment, error)
	Segment(name string, w io.Writer) error
}
