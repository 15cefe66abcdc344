package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// asked runs a command against an agent that a handler plays.
func asked(
	t *testing.T, ctx context.Context, agent http.HandlerFunc, arguments ...string,
) (code int, stdout, stderr string) {
	t.Helper()
	web := httptest.NewServer(agent)
	defer web.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("rdt_x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, problem strings.Builder
	arguments = append(arguments, "--token-file", token, "--address", web.URL)
	code = run(ctx, arguments, &out, &problem)
	return code, out.String(), problem.String()
}

// hangs answers nothing, until whoever asks has gone.
func hangs(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // Or the server does not see that they go.
	<-r.Context().Done()
}

// An agent that hangs holds no command up, and another one is named as the way out.
func TestAnAgentThatHangsIsNotWaitedFor(t *testing.T) {
	for _, command := range []string{
		"status", "explain", "members", "history", "pause --why x", "pause --why x --over 5",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		code, _, problem := asked(t, ctx, hangs,
			append(strings.Fields(command), "--timeout", "50ms")...)
		if ctx.Err() != nil || code != exitFailed || !strings.Contains(problem, "ask another agent") {
			t.Errorf("%s: got exit %d and %q, want a hint", command, code, problem)
		}
		said := strings.Contains(problem, "--name ") && strings.Contains(problem, "--over 5")
		if over := strings.Contains(command, "over"); said != over {
			t.Errorf("%s: got %q, want the order's name: %v", command, problem, over)
		}
		cancel()
	}
}

// An order is given over the status that its author names, or over one that is fetched for it.
func TestOrdersAreGivenOverAStatus(t *testing.T) {
	for arguments, want := range map[string]int64{
		"pause --why x": 777, "pause --why x --over 123": 123,
	} {
		var got api.Order
		code, _, problem := asked(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_ = json.NewEncoder(w).Encode(api.Status{Said: 777})
				return
			}
			_ = json.NewDecoder(r.Body).Decode(&got)
			_ = json.NewEncoder(w).Encode(api.Answer{Name: got.Name, Index: 4})
		}, strings.Fields(arguments)...)
		if code != exitDone || got.Said != want {
			t.Errorf("%s: got exit %d and over %d, want %d: %s", arguments, code, got.Said, want, problem)
		}
	}
	code, _, problem := asked(t, t.Context(), hangs, "pause", "--why", "x", "--over", "0")
	if code != exitMisused || !strings.Contains(problem, "status") {
		t.Errorf("got exit %d and %q, want a misuse", code, problem)
	}
	code, out, _ := asked(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(api.Status{Said: 777, At: 777e-9})
	}, "status")
	if code != exitDone || !strings.Contains(out, "--over 777") {
		t.Errorf("got exit %d and %q, want what an order is given over", code, out)
	}
}

// An archive that has failed is no reason not to act, and is told as what it is; so is an agent
// that has applied nothing since its start.
func TestAStatusTellsWhatIsWrong(t *testing.T) {
	code, out, _ := asked(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
		told := api.Status{Unkept: "the disk is full", AppliedAgo: -1, Stuck: true}
		_ = json.NewEncoder(w).Encode(told)
	}, "status")
	if code != exitDone || strings.Contains(out, "DOES NOT ACT") ||
		!strings.Contains(out, "the disk is full") || strings.Contains(out, "-1") ||
		!strings.Contains(out, "since the agent was started") {
		t.Errorf("got exit %d and\n%s", code, out)
	}
}
