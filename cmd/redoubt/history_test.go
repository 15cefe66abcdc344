package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"redoubt/api"
)

// logOf answers as an agent whose log has so many entries, of which each of a number changed
// something; entries from broken on cannot be read.
func logOf(t *testing.T, count, each, broken uint64) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/status" {
			_ = json.NewEncoder(w).Encode(api.Status{Index: count})
			return
		}
		after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
		most, problem := strconv.ParseUint(r.URL.Query().Get("most"), 10, 64)
		if err != nil || problem != nil {
			t.Errorf("asked for %s: %v, %v", r.URL, err, problem)
		}
		var entries []api.Entry
		for i := after + 1; i <= count && uint64(len(entries)) < min(most, 10000); i++ {
			if i%7 == 0 && i%each != 0 {
				continue // It is Raft's own.
			}
			if broken > 0 && i >= broken {
				break
			}
			entries = append(entries, api.Entry{
				Index: i, Event: fmt.Sprintf("event %d", i), Hash: "123456789012", Routine: i%each != 0,
			})
		}
		if broken > 0 && after+1 >= broken {
			w.WriteHeader(http.StatusInternalServerError)
			_ = json.NewEncoder(w).Encode(api.Answer{Error: "the history cannot be read: 7.log is missing"})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"entries": entries})
	}
}

// The history shows what decided or changed something, the newest or those after an entry, says how
// much it has left out, and with --all shows it all. What cannot be read is said after the rest.
func TestHistoryShowsWhatDecidedOrChangedSomething(t *testing.T) {
	for _, c := range []struct {
		count, each, broken uint64
		flags               string
		code                int
		want                []int // The first, the last, how many, and how many are left out.
		says                string
	}{
		{30, 10, 0, "", exitDone, []int{10, 30, 3, 23}, "23 entries that decided and changed nothing "},
		{30, 10, 0, "--all", exitDone, []int{1, 30, 26, 0}, ""},
		{30, 10, 0, "--most 2", exitDone, []int{20, 30, 2, 15}, ""},
		{30, 10, 0, "--most 2 --all", exitDone, []int{29, 30, 2, 0}, ""},
		{30, 10, 0, "--after 0 --most 2", exitDone, []int{10, 20, 2, 16}, ""},
		{30, 10, 0, "--after 10 --all --most 5", exitDone, []int{11, 16, 5, 0}, ""},
		{9000, 3000, 0, "", exitDone, []int{3000, 9000, 3, 7712}, ""},
		{90000, 50000, 0, "", exitDone, []int{}, "What is older than entry 70001 was not looked at"},
		{90000, 30000, 0, "--after 0", exitDone, []int{}, "--after 23333 goes on there"},
		{30, 10, 25, "", exitFailed, []int{10, 20, 2, 19}, "7.log is missing"},
		{30, 10, 25, "--after 5", exitFailed, []int{10, 20, 2, 14}, "7.log is missing"},
		{0, 10, 0, "", exitDone, []int{}, "The log has no entry there."},
	} {
		serve := logOf(t, c.count, c.each, c.broken)
		flags := append([]string{"history"}, strings.Fields(c.flags)...)
		code, table, problem := asked(t, t.Context(), serve, flags...)
		if code != c.code || !strings.Contains(table+problem, c.says) {
			t.Errorf("%d %q: exit %d, want %q: %s%s", c.count, c.flags, code, c.says, problem, table)
		}
		_, text, _ := asked(t, t.Context(), serve, append(flags, "--output", "json")...)
		var shown struct {
			Entries []struct {
				Index   int
				Routine *bool
			}
			LeftOut int `json:"left_out"`
		}
		if err := json.Unmarshal([]byte(text), &shown); err != nil {
			t.Fatal(err)
		}
		got := []int{}
		if n := len(shown.Entries); n > 0 {
			got = append(got, shown.Entries[0].Index, shown.Entries[n-1].Index, n, shown.LeftOut)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%d %q: got %v, want %v", c.count, c.flags, got, c.want)
		}
		for _, e := range shown.Entries {
			if e.Routine == nil || *e.Routine != (uint64(e.Index)%c.each != 0) {
				t.Errorf("entry %d: the JSON does not say whether it is routine", e.Index)
			}
		}
	}
}
