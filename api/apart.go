package api

import (
	"fmt"
	"slices"
	"strings"

	"redoubt/model"
)

// Apart is an agent whose scenario file is not the leader's.
type Apart struct {
	Region string `json:"region"`
	// Parts are what differs, each in a word: probes, executors, hooks, notification, zone, stores,
	// readiness, capacity, timings or estimates.
	Parts []string `json:"parts"`
}

// apartOf names the agents that differ.
func apartOf(parts *[model.MaxRegions][]string, file *model.Scenario) (all []Apart) {
	for r, region := range file.Regions {
		if len(parts[r]) > 0 {
			all = append(all, Apart{region.Name, parts[r]})
		}
	}
	return all
}

// apartWords say which agents differ from the leader's, in a sentence for those that differ alike.
func apartWords(all []Apart) (words []string) {
	told := make([]bool, len(all))
	for i := range all {
		if told[i] {
			continue
		}
		var who []string
		for j := range all {
			if slices.Equal(all[i].Parts, all[j].Parts) {
				told[j], who = true, append(who, all[j].Region)
			}
		}
		agents := "the agent of " + who[0] + " has"
		if len(who) > 1 {
			agents = "the agents of " + strings.Join(who, ", ") + " have"
		}
		words = append(words, fmt.Sprintf("%s another scenario file than the leader's (%s): give all "+
			"agents the same one, and start anew those that lack it", agents,
			strings.Join(all[i].Parts, ", ")))
	}
	return words
}
