package main

import "strings"

// assumedData is, in the JSON of a run, a number that the scenario leaves to a default which nobody
// verified: its key, the names of those that leave it out, and what is taken in its place.
type assumedData struct {
	Key   string   `json:"key"`
	Of    []string `json:"of"`
	Value string   `json:"value"`
}

func (v simulationView) assumedData() []assumedData {
	all := []assumedData{}
	for _, a := range v.Assumed {
		all = append(all, assumedData{Key: a.Key, Of: append([]string{}, a.Of...), Value: a.Value})
	}
	return all
}

// assumed says what of the run rests on defaults.
func (v simulationView) assumed(d *document) {
	if len(v.Assumed) == 0 {
		return
	}
	var parts []string
	for _, a := range v.Assumed {
		part := a.Key + " = " + a.Value
		if len(a.Of) > 0 {
			part += " (" + strings.Join(a.Of, ", ") + ")"
		}
		parts = append(parts, part)
	}
	d.paragraph("Unverified: this run rests on numbers that nobody checked, which the scenario "+
		"leaves to defaults: %s.", strings.Join(parts, "; "))
}
