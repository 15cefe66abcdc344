package guard

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asking is a client of a guard that serves its socket until the test is over.
func asking(t *testing.T, g *Guard) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "socket")
	listener, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- g.Serve(ctx, listener) }()
	t.Cleanup(func() {
		end()
		if err := <-served; err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return NewClient(path)
}

// TestAStoreRestsUntilItIsToBoot has one be opened, which keeps it from resting, be fenced, and
// rest, over a restart of its guard.
func TestAStoreRestsUntilItIsToBoot(t *testing.T) {
	store := ledger{dir: t.TempDir()}
	needNamespaces(t)
	config := Config{
		Dir: store.dir, Terms: Terms{Lease: time.Hour, Stop: time.Second}, Store: store, First: true,
		Log: silent(),
	}
	first := started(t, config)
	ask := asking(t, first.Guard)
	show(t, first.Guard, 1)
	within(t, "it opens", func() bool { return first.Standing().Phase == Open })
	if _, err := ask.Rest(t.Context()); err == nil || !strings.Contains(err.Error(), "fence it") {
		t.Fatalf("got %v, want an open store to be left alone", err)
	}
	if _, err := ask.Fence(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	within(t, "it boots", func() bool { return first.boots() })
	for range 2 {
		if word, err := ask.Rest(t.Context()); err != nil || !word.Resting || word.Phase != "fenced" {
			t.Fatalf("got %+v and %v", word, err)
		}
	}
	stays(t, first.Guard)
	first.end()
	second := started(t, config)
	stays(t, second.Guard)
	if fenced, err := second.Fence(t.Context(), 3); err != nil || fenced != 3 {
		t.Errorf("got %d and %v, want a fence to be answered by a guard whose store rests", fenced, err)
	}
	if word, err := asking(t, second.Guard).Boot(t.Context()); err != nil || word.Resting {
		t.Errorf("got %+v and %v", word, err)
	}
	show(t, second.Guard, 4)
	within(t, "it opens again", func() bool { return second.Standing().Phase == Open })
}

// stays has a store that rests stay down, and not be opened.
func stays(t *testing.T, g *Guard) {
	t.Helper()
	time.Sleep(300 * time.Millisecond)
	g.mu.Lock()
	runs := g.cage != nil
	g.mu.Unlock()
	if runs {
		t.Error("a store that rests runs")
	}
	_, err := g.Show(Grant{Epoch: 9, Ticket: g.Ticket(), Lease: time.Hour})
	if !errors.Is(err, ErrBooting) {
		t.Errorf("got %v, want a store that rests not to be opened", err)
	}
}

// life is one life of a guard as a test has it.
type life struct {
	*Guard
	end func()
}

func (l life) boots() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.booted
}

// started runs a guard until it is ended, or the test is over.
func started(t *testing.T, c Config) life {
	t.Helper()
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()
	ended := false
	end := func() {
		if cancel(); !ended {
			ended = true
			if err := <-ran; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(end)
	return life{g, end}
}

// slow is a store that takes its time to say how it is started.
type slow struct {
	ledger
	began, goOn chan struct{}
}

func (s slow) Process() (Process, error) {
	select {
	case <-s.began:
	default:
		close(s.began)
	}
	<-s.goOn
	return s.ledger.Process()
}

// TestAStoreThatStartsRestsOnlyOnceItHasEnded has somebody ask it to rest just as it begins to
// start: nobody may work on its files before that is over.
func TestAStoreThatStartsRestsOnlyOnceItHasEnded(t *testing.T) {
	needNamespaces(t)
	store := slow{ledger{dir: t.TempDir()}, make(chan struct{}), make(chan struct{})}
	l := started(t, Config{
		Dir: store.dir, Terms: Terms{Lease: time.Hour, Stop: 100 * time.Millisecond}, Store: store,
		First: true, Log: silent(),
	})
	<-store.began
	rested := make(chan error, 1)
	go func() { rested <- l.Rest(t.Context()) }()
	within(t, "it is to rest", l.Resting)
	select {
	case err := <-rested:
		t.Errorf("got %v while the store starts", err)
	case <-time.After(200 * time.Millisecond):
	}
	close(store.goOn)
	if err := <-rested; err != nil {
		t.Fatal(err)
	}
	stays(t, l.Guard)
}
