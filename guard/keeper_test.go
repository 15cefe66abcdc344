package guard

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/failover"
)

const second = time.Second

var terms = Terms{Lease: 10 * second, Stop: 2 * second}

// shown shows a keeper a grant at a time, under the lease of its own terms.
func shown(k *Keeper, at Instant, epoch failover.Epoch, ticket Ticket) error {
	_, err := k.Show(at, Grant{Epoch: epoch, Ticket: ticket, Lease: terms.Lease})
	return err
}

// at is a time on the clock of a keeper in a test.
func at(d time.Duration) Instant { return Instant(0).Add(d) }

// keeperStory is a rule that a guard has to keep: what it is told, and what the last grant is
// refused for, which is "" if it is not.
type keeperStory struct {
	name string
	tell func(k *Keeper) error
	want string
}

// keeperStories are the rules of the protocol.
func keeperStories() []keeperStory {
	return []keeperStory{
		{"a ticket opens until it is over", func(k *Keeper) error {
			return shown(k, at(8*second)-1, 1, k.Issue(0))
		}, ""},
		{"the deadline counts from the issue, for the first opening too", func(k *Keeper) error {
			return shown(k, at(8*second), 1, k.Issue(0))
		}, "is over"},
		{"stopping lies inside the deadline", func(k *Keeper) error {
			return shown(k, at(9*second), 1, k.Issue(0))
		}, "is over"},
		{"a shorter lease of the policy counts", func(k *Keeper) error {
			_, err := k.Show(at(3*second), Grant{Epoch: 1, Ticket: k.Issue(0), Lease: 5 * second})
			return err
		}, "is over"},
		{"a longer one does not", func(k *Keeper) error {
			_, err := k.Show(at(8*second), Grant{Epoch: 1, Ticket: k.Issue(0), Lease: 60 * second})
			return err
		}, "is over"},
		{"a grant without a lease opens nothing", func(k *Keeper) error {
			_, err := k.Show(0, Grant{Epoch: 1, Ticket: k.Issue(0)})
			return err
		}, "without the lease"},
		{"no ticket, no writes", func(k *Keeper) error { return shown(k, 0, 1, 0) }, "not of this boot"},
		{"a ticket that nobody issued", func(k *Keeper) error {
			return shown(k, 0, 1, k.Issue(0)+1)
		}, "not one of the last"},
		{"tickets die with the boot", func(k *Keeper) error {
			old := k.Issue(0)
			*k = NewKeeper(terms, 8, 0)
			k.Issue(0)
			return shown(k, 0, 1, old)
		}, "not of this boot"},
		{"an epoch that was fenced is not opened", func(k *Keeper) error {
			k.Fence(3)
			return shown(k, 0, 3, k.Issue(0))
		}, "was fenced"},
		{"nor is an older one", func(k *Keeper) error {
			k.Fence(3)
			return shown(k, 0, 2, k.Issue(0))
		}, "was fenced"},
		{"nor after a boot", func(k *Keeper) error {
			*k = NewKeeper(terms, 8, 3)
			return shown(k, 0, 3, k.Issue(0))
		}, "was fenced"},
		{"a newer one is", func(k *Keeper) error {
			k.Fence(3)
			return shown(k, 0, 4, k.Issue(0))
		}, ""},
		{"what stops is stopped first", func(k *Keeper) error {
			_ = shown(k, 0, 1, k.Issue(0))
			k.Expire(at(8 * second))
			return shown(k, at(8*second), 2, k.Issue(at(8*second)))
		}, "being stopped"},
		{"no older epoch follows a newer one", func(k *Keeper) error {
			_ = shown(k, 0, 2, k.Issue(0))
			return shown(k, 0, 1, k.Issue(0))
		}, "opened in epoch 2"},
		{"nor when that one has stopped", func(k *Keeper) error {
			_ = shown(k, 0, 2, k.Issue(0))
			k.Expire(at(8 * second))
			k.Stopped()
			return shown(k, at(8*second), 1, k.Issue(at(8*second)))
		}, "opened in epoch 2"},
	}
}

// TestKeeperRules is each rule of the protocol that a guard has to keep, as a story of its own.
func TestKeeperRules(t *testing.T) {
	for _, story := range keeperStories() {
		t.Run(story.name, func(t *testing.T) {
			k := NewKeeper(terms, 7, 0)
			err := story.tell(&k)
			if story.want == "" && err != nil || story.want != "" &&
				(err == nil || !strings.Contains(err.Error(), story.want)) {
				t.Errorf("got %v, want %q", err, story.want)
			}
		})
	}
}

// TestKeeperStops holds what a keeper has be stopped, and what it answers a fence with.
func TestKeeperStops(t *testing.T) {
	k := NewKeeper(terms, 7, 0)
	if err := shown(&k, 0, 1, k.Issue(0)); err != nil {
		t.Fatal(err)
	}
	ends := Instant(0).Add(8 * second)
	if k.Expire(ends-1) || !k.Expire(ends) || k.Expire(ends) {
		t.Error("a promotion in progress stops once, at its deadline")
	}
	k.Stopped()
	if err := shown(&k, ends, 2, k.Issue(ends)); err != nil {
		t.Fatal(err)
	}
	k.Opened()
	if k.Fence(1) || k.Holds(1) {
		t.Error("a fence of an older epoch stops what is open in a newer one, or needs no record")
	}
	k.Recorded(1)
	if !k.Holds(1) {
		t.Error("a fence of an older epoch waits for what is open in a newer one")
	}
	k.Recorded(2)
	if !k.Fence(2) || k.Holds(2) || k.Standing().Fenced != 1 {
		t.Error("a fence does not stop what it ends, or is told of before that has stopped")
	}
	if k.Stopped(); !k.Holds(2) || k.Holds(3) {
		t.Errorf("got %+v, want epoch 2 fenced, and no more", k.Standing())
	}
	if !k.Strays() || k.Holds(1) || k.Strays() {
		t.Error("a fence is answered while a store takes writes that was to take none")
	}
}

// TestKeeperAgainstHistory tells a keeper anything in any order, and derives from the whole
// history, in the plainest way, when the store may take writes.
func TestKeeperAgainstHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type ticket struct {
			name   Ticket
			issued Instant
		}
		boots, now, fenced := uint32(1), Instant(0), failover.Epoch(0)
		k := NewKeeper(terms, boots, 0)
		var tickets []ticket // of this boot
		var old []Ticket
		var until Instant // the latest deadline that was earned since the store was shut
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(4*second)).Draw(t, "later")))
			if k.Expire(now) || k.Standing().Phase == Stopping {
				k.Stopped()
				until = 0
			}
			epoch := failover.Epoch(rapid.IntRange(0, 6).Draw(t, "epoch"))
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				tickets = append(tickets, ticket{k.Issue(now), now})
			case 2, 3:
				name := Ticket(rapid.Uint64().Draw(t, "made up"))
				issued := Instant(-1)
				switch pick := rapid.IntRange(0, len(tickets)+len(old)).Draw(t, "ticket"); {
				case pick < len(tickets):
					name, issued = tickets[pick].name, tickets[pick].issued
				case pick < len(tickets)+len(old):
					name = old[pick-len(tickets)]
				}
				err := shown(&k, now, epoch, name)
				ends := issued.Add(8 * second)
				if err == nil && (issued < 0 || now >= ends || epoch <= fenced) {
					t.Fatalf("at %d, epoch %d opened with a ticket of %d, %d fenced", now, epoch, issued, fenced)
				}
				if err == nil {
					until = max(until, ends)
				}
			case 4:
				k.Fence(epoch)
				fenced = max(fenced, epoch)
			case 5:
				boots++
				for _, was := range tickets {
					old = append(old, was.name)
				}
				k, tickets, until = NewKeeper(terms, boots, fenced), nil, 0
			}
			s := k.Standing()
			if writes := s.Phase == Opening || s.Phase == Open; writes &&
				(s.Epoch <= fenced || s.Deadline != until) {
				t.Fatalf("%+v with %d fenced, and writes until %d at the latest", s, fenced, until)
			}
		}
	})
}
