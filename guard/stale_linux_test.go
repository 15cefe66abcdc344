package guard

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// Grants that an agent has shown before, or never had, open nothing: each is refused with a reason,
// counted, and said at most once a second.
func TestStaleGrantsAreRefused(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	var writing sync.Mutex
	g, socket := hollowServed(t, slog.New(slog.NewTextHandler(lockedWriter{&writing, &log}, nil)))
	client, ctx := NewClient(socket), t.Context()
	shows := func(grant Grant) (word Word, err error) {
		t.Helper()
		within(t, "the store has booted", func() bool {
			word, err = client.Show(ctx, grant)
			return !errors.Is(err, ErrBooting)
		})
		return word, err
	}
	ticket := func() Ticket {
		t.Helper()
		issued, err := client.Ticket(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	first := Grant{Epoch: 5, Ticket: ticket(), Lease: time.Hour}
	if word, err := shows(first); err != nil || word.Epoch != 5 {
		t.Fatalf("got %+v and %v, want it to be opened", word, err)
	}
	if _, err := client.Fence(ctx, 5); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for i, c := range []struct {
		name  string
		grant Grant
		want  string
	}{
		{"replayed after a fence", first, "epoch 5 was fenced"},
		{"of a fenced epoch", Grant{Epoch: 4, Ticket: ticket(), Lease: time.Hour}, "was fenced"},
		{"with a ticket of another boot",
			Grant{Epoch: 6, Ticket: first.Ticket ^ 1<<40, Lease: time.Hour}, "not of this boot"},
		{"with a ticket that was never issued",
			Grant{Epoch: 6, Ticket: first.Ticket + 50, Lease: time.Hour}, "is not one of the last"},
		{"with a ticket that is over",
			Grant{Epoch: 6, Ticket: first.Ticket, Lease: time.Second + 1}, "is over since"},
		{"without a lease", Grant{Epoch: 6, Ticket: first.Ticket}, "without the lease"},
	} {
		word, err := shows(c.grant)
		if err == nil || !strings.Contains(err.Error(), c.want) || word.Phase != "fenced" {
			t.Errorf("%s: got %+v and %v, want %q", c.name, word, err, c.want)
		}
		if got := g.Refused(); got != uint64(i+1) {
			t.Errorf("%s: %d are counted, want %d", c.name, got, i+1)
		}
	}
	if _, err := shows(Grant{Epoch: 7, Ticket: ticket(), Lease: time.Hour}); err != nil {
		t.Fatal(err)
	}
	_, err := shows(Grant{Epoch: 6, Ticket: ticket(), Lease: time.Hour})
	if err == nil || !strings.Contains(err.Error(), "opened in epoch 7") || g.Refused() != 7 {
		t.Errorf("an older epoch than the open one: got %v, and %d counted", err, g.Refused())
	}
	writing.Lock()
	defer writing.Unlock()
	lines := strings.Count(log.String(), "refuses what it was asked")
	if most := int(time.Since(began)/refusalsEvery) + 1; lines < 1 || lines > most {
		t.Errorf("%d lines, want 1 to %d:\n%s", lines, most, log.String())
	}
}
