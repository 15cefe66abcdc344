package main

import (
	"slices"
	"strings"

	"redoubt/model"
)

// assumedData is, in the JSON of a run or of an incident, a number that the scenario leaves to a
// default which nobody verified: its key, the names of those that leave it out, and what is taken
// in its place.
type assumedData struct {
	Key   string   `json:"key"`
	Of    []string `json:"of"`
	Value string   `json:"value"`
}

func assumedOf(assumed []model.Assumption) []assumedData {
	all := []assumedData{}
	for _, a := range assumed {
		all = append(all, assumedData{Key: a.Key, Of: append([]string{}, a.Of...), Value: a.Value})
	}
	return all
}

// unverified says what rests on defaults: one run, or several. What several leave to one value is
// said once.
func (d *document) unverified(what string, assumed []model.Assumption) {
	if len(assumed) == 0 {
		return
	}
	var said []string
	of := map[string][]string{}
	for _, a := range assumed {
		number := a.Key + " = " + a.Value
		if !slices.Contains(said, number) {
			said = append(said, number)
		}
		of[number] = append(of[number], a.Of...)
	}
	for i, number := range said {
		if len(of[number]) > 0 {
			said[i] += " (" + strings.Join(of[number], ", ") + ")"
		}
	}
	d.paragraph("Unverified: %s on numbers that nobody checked, which the scenario leaves to "+
		"defaults: %s.", what, strings.Join(said, "; "))
}
