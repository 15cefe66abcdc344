package main

import (
	"strings"

	"github.com/spf13/cobra"

	"redoubt/scenarios"
)

// changes is a flag that changes a value of the scenario, and may be given again.
type changes struct{ edits []scenarios.Edit }

// addChanges defines the flag.
func addChanges(cmd *cobra.Command) *changes {
	c := &changes{}
	cmd.Flags().Var(c, "set", "change a value of the scenario first, for instance\n"+
		"business.revenue_per_year='$90M' or region[us-east-1].utilisation=60%")
	return c
}

// String gives the changes as help shows a default: none.
func (c *changes) String() string { return "" }

// Type is what help calls the value.
func (c *changes) Type() string { return "PATH=VALUE" }

// Set takes one change. Whether it can be made is for the scenario to say.
func (c *changes) Set(word string) error {
	path, value, found := strings.Cut(word, "=")
	if !found || path == "" {
		return &wrongWord{
			word: word, what: "change of a value", hint: "write it as routing.ttl=30s",
		}
	}
	edit := scenarios.Edit{Path: strings.TrimSpace(path), Value: strings.TrimSpace(value)}
	c.edits = append(c.edits, edit)
	return nil
}

// source is a scenario as the caller named it: a name or a file, and what is changed in it.
type source struct {
	name  string
	edits []scenarios.Edit
}

// words are what names it on a command line.
func (s source) words() string {
	text := shellWord(s.name)
	for _, edit := range s.edits {
		text += " --set " + shellWord(edit.Path+"="+edit.Value)
	}
	return text
}

// badChange says of a change which one it is, and what is wrong with it.
func badChange(err *scenarios.EditError) error {
	return misused("'redoubt scenarios show NAME' has the file, with the names of its values",
		"--set %s", err)
}
