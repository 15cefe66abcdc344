package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"redoubt/api"
)

func historyCommand() *cobra.Command {
	var asked historyAsked
	var follow, plans bool
	cmd := &cobra.Command{
		Use:   "history",
		Short: "What the log says, and what each entry changed",
		Long: "history shows the entries of an agent's log that decided or changed something, the\n" +
			"newest last: when, what was said, who gave an order and why, and what it changed. Agents\n" +
			"say again and again what they see: that is left out, and counted, but for --all. With\n" +
			"--follow it goes on with each entry as it is applied. With --plans it shows what plans did\n" +
			"instead: when each step was claimed, how it ended, and what is left of one that runs.\n" +
			"redoubt history export FOLDER writes the whole log with the hash of each state, for\n" +
			"redoubt replay.",
		Args: noArguments,
	}
	connected, output := addConnection(cmd), addOutput(cmd)
	flags := cmd.Flags()
	flags.Uint64Var(&asked.after, "after", 0,
		"begin after the entry of this index (default: the newest)")
	flags.IntVar(&asked.most, "most", historyShown, "entries to show, at most")
	flags.BoolVar(&asked.all, "all", false, "show what neither decided nor changed anything, too")
	flags.BoolVar(&follow, "follow", false, "go on with what is applied from now on, one line each")
	flags.BoolVar(&plans, "plans", false, "show what plans did, step by step, instead of entries")
	cmd.AddCommand(historyExportCommand())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if plans && (follow || asked.all) {
			return misused("leave --plans out", "--follow and --all are of entries, and --plans of plans")
		}
		client, err := connected.client()
		if err != nil {
			return err
		}
		if follow {
			return connected.explained(followHistory(cmd, client, output.value, asked.all))
		}
		asked.ask = func(ask func(context.Context) error) error {
			return connected.within(cmd.Context(), questionWait, ask)
		}
		if plans {
			view, err := asked.plans(client, cmd.Flags().Changed("most"))
			if err != nil {
				return err
			}
			return writeResult(cmd.OutOrStdout(), output.value, view)
		}
		view, failed := asked.look(client, cmd.Flags().Changed("after"))
		if failed != nil && len(view.entries) == 0 {
			return failed
		}
		if err := writeResult(cmd.OutOrStdout(), output.value, view); err != nil {
			return err
		}
		return failed // What could be read is shown before.
	}
	return cmd
}

// historyShown is how many entries are shown unless somebody says.
const historyShown = 50

// followHistory writes each entry as it is applied, as a line, or as a JSON object in a line.
func followHistory(cmd *cobra.Command, client *api.Client, form string, all bool) error {
	out := cmd.OutOrStdout()
	return client.Events(cmd.Context(), func(e *api.Entry) error {
		if e.Routine && !all {
			return nil
		}
		if form == asJSON {
			return json.NewEncoder(out).Encode(e)
		}
		_, err := fmt.Fprintf(out, "%d  %s  %s\n", e.Index, length(secondsLong(e.At)), e.Text())
		return err
	})
}

// historyView shows entries of a log.
type historyView struct {
	entries []api.Entry
	// leftOut is how many between them are not shown, since they changed nothing.
	leftOut int
	// further is the index up to which it was looked where there is more, and back that this is where
	// it has begun.
	further uint64
	back    bool
}

func (v historyView) structure() any {
	return struct {
		SchemaVersion int         `json:"schema_version"`
		Entries       []api.Entry `json:"entries"`
		LeftOut       int         `json:"left_out"`
	}{schemaVersion, append([]api.Entry{}, v.entries...), v.leftOut}
}

func (v historyView) document() *document {
	d := &document{}
	if len(v.entries) == 0 && v.leftOut == 0 {
		d.paragraph("The log has no entry there.")
	}
	t := newTable("entry", "<at", "<wall clock", "<what", "<hash")
	for i := range v.entries {
		e := &v.entries[i]
		t.row(strconv.FormatUint(e.Index, 10), length(secondsLong(e.At)),
			e.Wall.UTC().Format(time.DateTime), e.Text(), api.Short(e.Hash))
	}
	if len(v.entries) > 0 {
		d.table(t)
	}
	if v.leftOut > 0 {
		d.paragraph("%s that decided and changed nothing %s left out: --all shows them.",
			entryCount(v.leftOut), isAre(v.leftOut))
	}
	switch {
	case v.further > 0 && v.back:
		d.paragraph("What is older than entry %d was not looked at: --after says where to begin.",
			v.further)
	case v.further > 0:
		d.paragraph("What is newer than entry %d was not looked at: --after %d goes on there.", v.further,
			v.further)
	}
	return d
}

// entryCount counts entries.
func entryCount(count int) string { return plural(count, "entry") }

// isAre is what so many things do.
func isAre(count int) string {
	if count == 1 {
		return "is"
	}
	return "are"
}

func (v historyView) records() [][]string {
	rows := [][]string{{
		"index", "term", "at_seconds", "wall", "event", "by", "note", "hash", "routine",
	}}
	for i := range v.entries {
		e := &v.entries[i]
		rows = append(rows, []string{
			strconv.FormatUint(e.Index, 10), strconv.FormatUint(e.Term, 10), number(e.At).String(),
			e.Wall.UTC().Format(time.RFC3339Nano), e.Event, e.By, e.Note, e.Hash,
			strconv.FormatBool(e.Routine),
		})
	}
	return rows
}
