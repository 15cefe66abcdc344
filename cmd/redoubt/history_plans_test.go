package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// planned answers as an agent whose log tells of a plan that is over, and of one that runs, with an
// estate of two regions and a witness.
func planned(w http.ResponseWriter, r *http.Request) {
	half := 0.5
	switch r.URL.Path {
	case "/v1/history":
		entries := slices.DeleteFunc(plannedEntries(), func(e api.Entry) bool {
			return fmt.Sprint(e.Index) <= r.URL.Query().Get("after")
		})
		_ = json.NewEncoder(w).Encode(map[string]any{"entries": entries})
	default:
		_ = json.NewEncoder(w).Encode(api.Status{
			Scenario: "shop", Region: "b", Leader: "b", Primary: "b", Index: 9, At: 100,
			Confirmed: true,
			Regions: []api.RegionStatus{
				{Region: "a", Role: "workload", Verdict: "down", DownFor: 30, SaysDown: 1, Users: &half,
					Agent: "lost", Gossip: "lost", Quorum: 1,
					Observers: []api.Observation{{By: "b", Verdict: "down"}, {By: "w", Verdict: "unknown"}}},
				{Region: "b", Role: "workload", Verdict: "not known", Serves: true, Agent: "heard",
					Gossip: "heard", Quorum: 2, SaysUp: 1, Ready: 0.3,
					Observers: []api.Observation{{By: "w", Verdict: "up"}}},
				{Region: "w", Role: "witness", Agent: "heard", Gossip: "heard"},
			},
			Links: []api.Link{
				{From: "a", To: "b", RTT: 0.07, Source: "a table"},
				{From: "b", To: "a", RTT: 0.07, Source: "a table"},
				{From: "b", To: "w", RTT: 0.02, Source: "unverified"},
			},
			Stores: []api.StoreStatus{{Store: "db", Copies: []api.Copy{
				{Region: "a", Known: true, Lag: 0.8, Age: 3},
			}}},
			Plan: &api.PlanStatus{
				Kind: "reprotection", Epoch: 3, Leaves: "a", To: "a", For: 20,
				Left: api.Estimate{Typical: 60, Slow: 90},
				Steps: []api.PlanStep{{Step: "rewind", Store: "db", Status: "claimed", For: 12, Region: "a",
					Says: "rewind db is being done by a", Ahead: &api.Ahead{Ends: 60}}},
			},
		})
	}
}

func plannedEntries() []api.Entry {
	wall := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	entry := func(index uint64, at float64, plans ...api.PlanChange) api.Entry {
		return api.Entry{
			Index: index, At: at, Wall: wall.Add(secondsLong(at)), Plans: plans, Hash: "123456789012",
		}
	}
	step := func(status string) []api.StepChange {
		return []api.StepChange{{Step: "promote", Store: "db", Region: "b", Status: status}}
	}
	plan := api.PlanChange{Kind: "failover", Epoch: 2, Leaves: "a", To: "b"}
	begun, claimed, done, repairs := plan, plan, plan, api.PlanChange{
		Kind: "reprotection", Epoch: 3, Leaves: "a", To: "a", Laid: true,
		Steps: []api.StepChange{{Step: "rewind", Store: "db", Region: "a", Status: "pending"}},
	}
	begun.Laid, begun.Steps = true, step("pending")
	claimed.Steps, done.Steps, done.Ended = step("claimed"), step("done"), true
	return []api.Entry{
		entry(2, 40, begun), entry(4, 45, claimed), entry(6, 52, done), entry(8, 80, repairs),
	}
}

// What plans did is told step by step, of the one that runs with what is left, in every form.
func TestHistoryTellsWhatPlansDid(t *testing.T) {
	code, text, problem := asked(t, t.Context(), planned, "history", "--plans")
	for _, want := range []string{
		"failover from a to b, epoch 2",
		"It began at 2026-03-01 03:00:40 UTC with entry 2, and was over after 12s.",
		"promote db b 0s 5s 12s done", "reprotection of a, epoch 3",
		"and has run for 20s. The rest takes about 1m by the scenario's durations, 1m30s if all of " +
			"it is slow.",
		"rewind db a 0s pending about 1m: rewind db is being done by a",
	} {
		if code != exitDone || !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("exit %d, want %q: %s%s", code, want, text, problem)
		}
	}
	_, text, _ = asked(t, t.Context(), planned, "history", "--plans", "--output", "json")
	var shown struct{ Plans []api.Course }
	if err := json.Unmarshal([]byte(text), &shown); err != nil || len(shown.Plans) != 2 ||
		!shown.Plans[0].Ended || !shown.Plans[1].Runs {
		t.Errorf("%v: got %s", err, text)
	}
	_, text, _ = asked(t, t.Context(), planned, "history", "--plans", "--output", "csv")
	if rows := strings.Split(strings.TrimSpace(text), "\n"); len(rows) != 5 ||
		rows[2] != "failover,2,a,b,promote,db,b,claimed,45,52" {
		t.Errorf("got %s", text)
	}
	code, _, problem = asked(t, t.Context(), planned, "history", "--plans", "--follow")
	if code != exitMisused || problem == "" {
		t.Errorf("exit %d: %s, want that --follow is of entries", code, problem)
	}
	_, text, _ = asked(t, t.Context(), planned, "history", "--plans", "--after", "7")
	if strings.Contains(text, "failover") || !strings.Contains(text, "reprotection of a") ||
		!strings.Contains(text, "What came before entry 8 was not read") {
		t.Errorf("got %s of what came after entry 7", text)
	}
	none := logOf(t, 30, 10, 0)
	_, text, _ = asked(t, t.Context(), none, "history", "--plans")
	if !strings.Contains(text, "No plan runs, and none has run") {
		t.Errorf("got %s of a log without a plan", text)
	}
	_, text, _ = asked(t, t.Context(), logOf(t, 90000, 50000, 0), "history", "--plans")
	if !strings.Contains(text, "What came before entry 70001 was not read") {
		t.Errorf("got %s of a log that was not read from its beginning", text)
	}
}

// The regions and the ways between them are told as an agent has them: three values of what is
// seen, what is assumed as such, and what nobody knows as that.
func TestTopologyAsAnAgentHasIt(t *testing.T) {
	code, text, problem := asked(t, t.Context(), planned, "topology")
	for _, want := range []string{
		"shop: as the agent of b has it, entry 9",
		"region is users % can carry impaired",
		"a lost 50.0 ? down for 30s (1 of 2 say so), its agent is lost",
		"b primary, leads not known 30 % 1 of 1 sees it up (2 needed)", "w witness -",
		"b 70ms down 20ms", "w unknown up",
		"The copies of db are behind: by 800ms (measured 3s ago) in a.",
		"- assumed by the scenario, not measured: round trips", "- round trips a to b: a table",
		"- round trips b to w: unverified",
	} {
		if code != exitDone || !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("exit %d, want %q: %s%s", code, want, text, problem)
		}
	}
	_, text, _ = asked(t, t.Context(), planned, "topology", "--output", "json")
	var shown struct {
		Regions []struct {
			Name     string
			Users    *float64
			Carries  *float64 `json:"can_carry"`
			Impaired []string
		}
		Ways []struct {
			From, To, Seen string
			RTT            float64 `json:"assumed_rtt_seconds"`
		}
	}
	if err := json.Unmarshal([]byte(text), &shown); err != nil || len(shown.Regions) != 3 ||
		*shown.Regions[0].Users != 0.5 || shown.Regions[1].Users != nil || len(shown.Ways) != 3 ||
		shown.Regions[0].Carries != nil || *shown.Regions[1].Carries != 0.3 ||
		shown.Ways[1].Seen != "down" || shown.Ways[1].RTT != 0.07 || shown.Ways[2].Seen != "" {
		t.Errorf("%v: got %s", err, text)
	}
	_, text, _ = asked(t, t.Context(), planned, "topology", "--output", "csv")
	if rows := strings.Split(strings.TrimSpace(text), "\n"); len(rows) != 4 ||
		rows[2] != `b,a,0.07,down,lost,0.5,down for 30s (1 of 2 say so); its agent is lost,` ||
		!strings.HasSuffix(rows[1], ",0.3") {
		t.Errorf("got %s", text)
	}
	for _, wrong := range [][]string{{"shop"}, {"--at", "3m"}, {"--set", "routing.ttl=1s"}} {
		code, _, problem := asked(t, t.Context(), planned, append([]string{"topology"}, wrong...)...)
		if code != exitMisused || !strings.Contains(problem, "--address asks an agent") {
			t.Errorf("%v: exit %d: %s", wrong, code, problem)
		}
	}
}

// A status has what is sent to each region beside what it can carry, whether or not that is more.
func TestAStatusHasWhatIsSentBesideWhatIsCarried(t *testing.T) {
	code, text, problem := asked(t, t.Context(), planned, "status")
	words := strings.Join(strings.Fields(text), " ")
	for _, want := range []string{"lost no 50.0 % ?", "heard yes 30 %", "w witness - heard no"} {
		if code != exitDone || !strings.Contains(words, want) {
			t.Errorf("exit %d, want %q: %s%s", code, want, text, problem)
		}
	}
}
