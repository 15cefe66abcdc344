package execute

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// shop are the names of the tests.
var shop = Names{Regions: []string{"paris", "oslo", "cellar"}, Stores: []string{"orders", "carts"}}

// promotion is an action as the tests start from.
func promotion(epoch failover.Epoch) failover.Action {
	return failover.Action{
		Kind: failover.Do, Epoch: epoch, Index: 3, Step: failover.Promote, Region: 1, Subject: 0,
		Target: 1,
	}
}

// notice is an action that is done once.
func notice(epoch failover.Epoch, look bool) failover.Action {
	return failover.Action{
		Kind: failover.Do, Epoch: epoch, Index: 7, Step: failover.Notify, Region: model.NoRegion,
		Subject: 0, Target: 1, Look: look,
	}
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// says is an executor, and a hook, of few words.
type says struct {
	result Result
	heard  []failover.Action
	told   []Order
	// began and wait, if there, are closed when it is at it and by whoever lets it end.
	began, wait chan struct{}
}

func (s *says) Do(_ context.Context, a failover.Action) Result {
	s.heard = append(s.heard, a)
	if s.wait != nil {
		close(s.began)
		<-s.wait
	}
	return s.result
}

func (s *says) Tell(_ context.Context, order Order) Result {
	s.told = append(s.told, order)
	return s.result
}

// want holds an outcome, and a part of why.
func want(t *testing.T, got Result, outcome Outcome, why string) {
	t.Helper()
	if got.Outcome != outcome || why != "" && !contains(got.Why, why) {
		t.Fatalf("got %s, %q; want %s, %q", got.Outcome, got.Why, outcome, why)
	}
}

func script(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

// soon waits for something that takes seconds at most.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: it has not come about", what)
		}
	}
}

// needed skips a test for what is missing, or fails where all tools have to be there.
func needed(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("REDOUBT_TOOLS") == "required" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}
