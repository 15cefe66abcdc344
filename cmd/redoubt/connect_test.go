package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
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
	arguments = slices.Clone(arguments)
	if !slices.Contains(arguments, "--address") {
		arguments = append(arguments, "--address", web.URL)
	}
	arguments = append(arguments, "--token-file", token)
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

// Whoever reads of a plan that runs reads as well that nothing, or what, of it is a dry run.
func TestAStatusTellsADryRun(t *testing.T) {
	for _, whole := range []bool{true, false} {
		code, out, _ := asked(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(api.Status{
				Mode: "automatic", DryRun: whole, DrySteps: []string{"scale"},
				Plan: &api.PlanStatus{Kind: "failover", For: 90, Whole: api.Estimate{Typical: 20, Slow: 60},
					DryRun: whole, Steps: []api.PlanStep{
						{Step: "scale", Status: "pending", DryRun: true},
					}},
			})
		}, "status")
		wants := []string{
			"longer than estimated: 1m30s gone of 20s", "automatic mode, dry run of scale",
			"A part of it is", "pending, dry run",
		}
		if whole {
			wants = []string{"automatic mode, dry run: executors only log", "It is a dry run"}
		}
		for _, want := range wants {
			if code != exitDone || !strings.Contains(out, want) {
				t.Errorf("all of it %v: got exit %d and\n%s\nwant %q", whole, code, out, want)
			}
		}
	}
}

// Whoever is refused, or is not answered, hears of what, and what helps. That an order may have
// been taken is said where that is so, and nowhere else.
func TestWhatHelpsIsSaid(t *testing.T) {
	says := func(status int, answer api.Answer) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(answer)
		}
	}
	for _, c := range []struct {
		command string
		agent   http.HandlerFunc
		code    int
		want    []string
		again   bool
	}{
		{"status", says(401, api.Answer{Error: "this needs a token"}), exitFailed,
			[]string{"this needs a token", "/token: whom the agent knows"}, false},
		{"pause --why x --over 5", says(401, api.Answer{Error: "this needs a token"}), exitFailed,
			[]string{"the token is that of"}, false},
		{"pause --why x --over 5", says(403, api.Answer{Error: "vera may look"}), exitFailed,
			[]string{"vera may look"}, false},
		{"switchover mars --why x --over 5", says(422, api.Answer{Error: "there is no region"}),
			exitMisused, []string{"there is no region"}, false},
		{"switchover mars --why x --over 5", says(409, api.Answer{Refused: "it is there already"}),
			exitFailed, []string{"switchover mars is refused: it is there already", "redoubt explain"},
			false},
		{"pause --why x --over 5", says(503, api.Answer{Error: "no leader is known"}), exitFailed,
			[]string{"no leader is known"}, false},
		{"pause --why x --over 5", says(504, api.Answer{Error: "nobody can tell"}), exitFailed,
			[]string{"may have been taken"}, true},
		{"pause --why x --over 5 --address 127.0.0.1:1", hangs, exitFailed,
			[]string{"does not answer", "ask another agent with --address"}, true},
		{"history export " + t.TempDir(), says(200, api.Answer{}), exitMisused,
			[]string{"is there already"}, false},
		{"brake --why x", hangs, exitMisused, []string{"redoubt brake lift, or redoubt brake pull"},
			false},
		{"drill --why x", hangs, exitMisused, []string{"redoubt drill dry REGION"}, false},
		{"brake lift --wy x", hangs, exitMisused, []string{"or --why?"}, false},
	} {
		arguments := strings.Fields(c.command)
		code, _, problem := asked(t, t.Context(), c.agent, arguments...)
		for _, want := range c.want {
			if !strings.Contains(problem, want) {
				t.Errorf("%s: got %q, want %q in it", c.command, problem, want)
			}
		}
		if again := strings.Contains(problem, "--name "); code != c.code || again != c.again {
			t.Errorf("%s: got exit %d and %q, want %d, and that the order is said again: %v", c.command,
				code, problem, c.code, c.again)
		}
	}
}

// An agent without a leader says whom it does not hear.
func TestWhoIsNotHeardIsSaid(t *testing.T) {
	_, out, _ := asked(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(api.Status{Region: "here", Regions: []api.RegionStatus{
			{Region: "here", Gossip: "heard"}, {Region: "there", Gossip: "lost"},
			{Region: "elsewhere", Gossip: "lost"},
		}})
	}, "status")
	if want := "the agent of here does not hear there, elsewhere"; !strings.Contains(out, want) {
		t.Errorf("got %q, want %q in it", out, want)
	}
}

// Whoever copies a command from the terminal asks as the terminal does: with each flag that was
// given, and no token.
func TestTheTerminalSaysAsWhomItAsks(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("rdt_secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	asker := &connection{tokenFile: token}
	o, err := tuiOptions(nil, []string{"127.0.0.1:7402"}, nil, asker)
	if want := []string{"--token-file", token}; err != nil || !slices.Equal(o.Asker, want) {
		t.Errorf("got %q and %v, want %q", o.Asker, err, want)
	}
	asker = &connection{authority: "a.pem", certificate: "c.pem", key: "k.pem"}
	want := "--ca a.pem --cert c.pem --key k.pem"
	if got := strings.Join(asker.words(), " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// No file that a command names is read past what it can need: one may be a device by mistake.
func TestAFileThatIsTooLongIsReadNoFurther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, logMax+1); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() error{
		"keys":         func() error { _, err := keymap(path, nil); return err },
		"token":        func() error { _, err := (&connection{tokenFile: path}).client(); return err },
		"certificates": func() error { _, err := (&connection{authority: path}).settings(); return err },
		"log":          func() error { _, err := (&replayView{}).replayAll([]string{path}); return err },
		"agent's file": func() error {
			_, err := agentConfig("ecommerce-three-region", "us-east-1", path)
			return err
		},
	} {
		if err := read(); err == nil || !strings.Contains(err.Error(), "has more than") {
			t.Errorf("%s: got the error %v, want that the file is too long", name, err)
		}
	}
}
