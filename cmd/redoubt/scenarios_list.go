package main

import (
	"fmt"
	"strings"

	"redoubt/scenarios"
)

// library shows the embedded scenarios.
type library []scenarios.Summary

// groupTitles say what each group of the library is.
var groupTitles = []struct {
	group scenarios.Group
	title string
}{
	{scenarios.EstateGroup, "Estates: whole systems, to compare strategies on"},
	{scenarios.DrillGroup, "Drills: what happens to an estate, and what has to come of it"},
	{scenarios.IncidentGroup, "Incidents: published outages, as redoubt would have met them"},
}

func (l library) document() *document {
	d := &document{}
	for _, g := range groupTitles {
		d.heading("%s", g.title)
		d.list(l.items(g.group)...)
	}
	d.paragraph("'redoubt scenarios show NAME' prints the file of one, 'redoubt scenarios check " +
		"NAME' plays it and says whether what it expects comes true.")
	return d
}

// items are the lines of one group.
func (l library) items(group scenarios.Group) (items []string) {
	for _, s := range l {
		if s.Group != group {
			continue
		}
		title := s.Title
		if !strings.HasSuffix(title, ".") && !strings.HasSuffix(title, "?") {
			title += "."
		}
		items = append(items, fmt.Sprintf("%s: %s %s", s.Name, title, s.Description))
	}
	return items
}

type libraryData struct {
	SchemaVersion int           `json:"schema_version"`
	Scenarios     []summaryData `json:"scenarios"`
}

// summaryData is one scenario of the library; Base is empty for an estate.
type summaryData struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Group       string `json:"group"`
	Base        string `json:"base"`
}

func (l library) structure() any {
	data := libraryData{SchemaVersion: schemaVersion, Scenarios: []summaryData{}}
	for _, s := range l {
		data.Scenarios = append(data.Scenarios, summaryData{
			s.Name, s.Title, s.Description, string(s.Group), s.Base,
		})
	}
	return data
}

func (l library) records() [][]string {
	records := [][]string{{"name", "title", "description", "group", "base"}}
	for _, s := range l {
		records = append(records, []string{s.Name, s.Title, s.Description, string(s.Group), s.Base})
	}
	return records
}
