package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"redoubt/api"
)

// Whose scenario file is not the leader's stands in a status, as data and in a sentence for all
// that differ alike, and in the answer to an order that changes the policy. A status of agents that
// have one file says nothing of it.
func TestWhoseFileIsAnotherIsTold(t *testing.T) {
	file, policy := estate(t)
	a := newAgent(policy)
	a.view.Own = policy.Digest()
	url, _, operator := served(t, a)
	c := client(t, url, operator)
	none := api.StatusOf(&a.view, file)
	text, err := json.Marshal(none)
	if err != nil || strings.Contains(string(text), "apart") || len(none.Warnings()) > 0 {
		t.Errorf("%v, %q, and with one file for all the status is %s", err, none.Warnings(), text)
	}
	const tail = ": give all agents the same one, and start anew those that lack it"
	for _, c := range []struct {
		parts [3][]string
		want  []string
	}{
		{[3][]string{1: {"executors", "hooks"}}, []string{"the agent of eu-west-1 has another scenario " +
			"file than the leader's (executors, hooks)" + tail}},
		{[3][]string{{"zone"}, {"zone"}, {"zone", "probes"}}, []string{
			"the agents of us-east-1, eu-west-1 have another scenario file than the leader's (zone)" + tail,
			"the agent of " + file.Regions[2].Name + " has another scenario file than the leader's (zone, " +
				"probes)" + tail,
		}},
	} {
		clear(a.view.Apart[:])
		copy(a.view.Apart[:], c.parts[:])
		status := api.StatusOf(&a.view, file)
		if got := status.Warnings(); !slices.Equal(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
		for r, parts := range c.parts {
			at := slices.IndexFunc(status.Apart, func(a api.Apart) bool {
				return a.Region == file.Regions[r].Name
			})
			if (at >= 0) != (len(parts) > 0) || at >= 0 && !slices.Equal(status.Apart[at].Parts, parts) {
				t.Errorf("of %s: %v, want %q", file.Regions[r].Name, status.Apart, parts)
			}
		}
	}
	for verb, want := range map[string]int{"change-policy": 2, "pause": 0} {
		answer, err := c.Order(t.Context(), api.Order{Verb: verb, Why: "a test"})
		if err != nil || len(answer.Warnings) != want {
			t.Errorf("%s is answered with %q, %v, want %d sentences", verb, answer.Warnings, err, want)
		}
	}
}
