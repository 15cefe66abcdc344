package guard

import (
	"fmt"
	"time"

	"redoubt/failover"
)

// Instant is a time by a guard's own clock in nanoseconds, CLOCK_BOOTTIME on Linux. Those of two
// boots of a machine cannot be compared.
type Instant int64

// Add returns the instant d later.
func (t Instant) Add(d time.Duration) Instant { return t + Instant(d) }

// Sub returns the time from u to t.
func (t Instant) Sub(u Instant) time.Duration { return time.Duration(t - u) }

// Terms are what a guard has agreed to. They have to be those of the policy, or stricter.
type Terms struct {
	// Lease is for how long a ticket lets the store take writes, from when it was issued.
	Lease time.Duration
	// Stop is how long it takes to stop the store, at most. It is taken off the lease.
	Stop time.Duration
}

// Validate reports what is wrong with the terms, if something is.
func (t Terms) Validate() error {
	switch {
	case t.Stop <= 0:
		return fmt.Errorf("stopping takes time: %v is none", t.Stop)
	case t.Lease <= t.Stop:
		return fmt.Errorf("a lease of %v is over before a store is stopped, which takes %v", t.Lease,
			t.Stop)
	}
	return nil
}

// Phase is what a store may be doing.
type Phase uint8

// The phases.
const (
	// Fenced stores take no writes: they boot, or serve reads, or do not run.
	Fenced Phase = iota
	// Opening stores are being promoted, and may take writes from any instant on.
	Opening
	// Open stores take writes.
	Open
	// Stopping stores are past their deadline, or were fenced, and may take writes until they have
	// stopped.
	Stopping
)

var phaseNames = [...]string{"fenced", "opening", "open", "stopping"}

// String gives the phase's name.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// Ticket names a grant that a guard may be shown. The upper half is the guard's boot, so that
// tickets die with it; 0 is none.
type Ticket uint64

// ticketsKept bounds how many tickets a guard remembers: an agent renews several times a lease, and
// shows the last one granted.
const ticketsKept = 64

// Keeper judges what a guard may do. It is a value: who runs a store tells it the time, and asks
// before each step. Its zero value has no terms; NewKeeper makes one.
type Keeper struct {
	terms  Terms
	boot   uint32
	last   uint32
	issued [ticketsKept]Instant
	// fenced is the highest epoch that must not be opened, and recorded the highest of which that is
	// on disk.
	fenced, recorded failover.Epoch
	phase            Phase
	// epoch and deadline are those of the last grant that was shown.
	epoch    failover.Epoch
	deadline Instant
}

// NewKeeper makes the keeper of one boot of a guard. Boots of one guard are numbered, so that no
// ticket of another boot counts, and fenced is the highest epoch that any of them has recorded.
func NewKeeper(terms Terms, boot uint32, fenced failover.Epoch) Keeper {
	return Keeper{terms: terms, boot: boot, fenced: fenced, recorded: fenced}
}

// Issue makes a ticket. Its deadline counts from now, whenever it comes to be shown.
func (k *Keeper) Issue(now Instant) Ticket {
	k.last++
	k.issued[k.last%ticketsKept] = now
	return Ticket(k.boot)<<32 | Ticket(k.last)
}

// Grant is what an agent has seen the log grant its region: a ticket, in an epoch.
type Grant struct {
	Epoch  failover.Epoch
	Ticket Ticket
	// Lease is that of the policy which the log is under. The guard's own counts where it is shorter.
	Lease time.Duration
}

// Show judges a grant. With true the store may take writes until the deadline: it is to be opened
// if it is Fenced, and goes on if it is open already. Otherwise the error says why not.
func (k *Keeper) Show(now Instant, g Grant) (bool, error) {
	deadline, err := k.ends(g)
	switch {
	case err != nil:
		return false, err
	case g.Epoch == 0 || g.Epoch <= k.fenced:
		return false, fmt.Errorf("epoch %d was fenced: only one above %d opens the store", g.Epoch,
			k.fenced)
	case now >= deadline:
		return false, fmt.Errorf("ticket %d is over since %v", g.Ticket, now.Sub(deadline))
	case k.phase == Stopping:
		return false, fmt.Errorf("the store is being stopped")
	case g.Epoch < k.epoch:
		return false, fmt.Errorf("the store was opened in epoch %d, after %d", k.epoch, g.Epoch)
	case k.phase == Fenced:
		k.phase, k.epoch, k.deadline = Opening, g.Epoch, deadline
	default:
		k.epoch, k.deadline = g.Epoch, max(k.deadline, deadline)
	}
	return true, nil
}

// ends is the deadline of a grant: from the issue of its ticket, the lease less the time that
// stopping takes.
func (k *Keeper) ends(g Grant) (Instant, error) {
	boot, number := uint32(g.Ticket>>32), uint32(g.Ticket)
	switch {
	case g.Ticket == 0 || boot != k.boot:
		return 0, fmt.Errorf("ticket %d is not of this boot of the guard", g.Ticket)
	case number == 0 || number > k.last || k.last-number >= ticketsKept:
		return 0, fmt.Errorf("ticket %d is not one of the last %d", g.Ticket, ticketsKept)
	case g.Lease <= 0:
		return 0, fmt.Errorf("ticket %d comes without the lease that it was granted under", g.Ticket)
	}
	lease := min(k.terms.Lease, g.Lease)
	return k.issued[number%ticketsKept].Add(lease - k.terms.Stop), nil
}

// Opened notes that the store takes writes: its promotion is done.
func (k *Keeper) Opened() {
	if k.phase == Opening {
		k.phase = Open
	}
}

// Expire judges the time. With true the store is past its deadline and has to be stopped now.
func (k *Keeper) Expire(now Instant) bool {
	if k.mayWrite() && now >= k.deadline {
		k.phase = Stopping
		return true
	}
	return false
}

// Fence notes a fence that is to be recorded. With true the store has to be stopped now, and the
// fence is answered only when it is.
func (k *Keeper) Fence(epoch failover.Epoch) bool {
	k.fenced = max(k.fenced, epoch)
	if k.mayWrite() && k.epoch <= k.fenced {
		k.phase = Stopping
		return true
	}
	return false
}

// Recorded notes that a fence is on disk.
func (k *Keeper) Recorded(epoch failover.Epoch) { k.recorded = max(k.recorded, epoch) }

// Strays notes that a store takes writes which was to take none. With true it has to be stopped
// now, and no fence is answered until it is.
func (k *Keeper) Strays() bool {
	if k.phase != Fenced {
		return false
	}
	k.phase, k.epoch = Stopping, 0
	return true
}

// Stop has the store be stopped, whatever its deadline: its guard ends, or a promotion has failed.
func (k *Keeper) Stop() {
	if k.mayWrite() {
		k.phase = Stopping
	}
}

// Stopped notes that nothing of the store runs any more: it takes no writes until it was shown
// another grant.
func (k *Keeper) Stopped() { k.phase = Fenced }

func (k *Keeper) mayWrite() bool { return k.phase == Opening || k.phase == Open }

// Holds reports what a fence of an epoch answers: it is recorded, and nothing is open that it ends.
func (k *Keeper) Holds(epoch failover.Epoch) bool { return k.held() >= epoch }

// held is the highest epoch that is fenced for good: on disk, and nothing that it ends may write.
func (k *Keeper) held() failover.Epoch {
	if k.phase == Fenced {
		return k.recorded
	}
	return min(k.recorded, max(k.epoch, 1)-1)
}

// Standing is what a keeper knows, for people and agents.
type Standing struct {
	Phase Phase
	Epoch failover.Epoch
	// Fenced is the highest epoch that is fenced for good. One that a fence is still to end, or to
	// record, is not told of.
	Fenced failover.Epoch
	// Deadline is until when the store may take writes; it means nothing of a Fenced one.
	Deadline Instant
}

// Standing says how things are.
func (k *Keeper) Standing() Standing {
	return Standing{Phase: k.phase, Epoch: k.epoch, Fenced: k.held(), Deadline: k.deadline}
}
