package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"redoubt/api"
	"redoubt/chain"
)

func historyCommand() *cobra.Command {
	var after uint64
	var most int
	var follow bool
	cmd := &cobra.Command{
		Use:   "history",
		Short: "What the log says, and what each entry changed",
		Long: "history shows the entries of an agent's log, the newest last: when, what it reports,\n" +
			"who gave an order and why, and what it changed. With --follow it goes on with each entry\n" +
			"as it is applied. redoubt history export FOLDER writes the whole log with the hash of each\n" +
			"state, for redoubt replay.",
		Args: noArguments,
	}
	connected, output := addConnection(cmd), addOutput(cmd)
	flags := cmd.Flags()
	flags.Uint64Var(&after, "after", 0, "begin after the entry of this index (default: the newest)")
	flags.IntVar(&most, "most", historyShown, "entries to show, at most")
	flags.BoolVar(&follow, "follow", false, "go on with what is applied from now on, one line each")
	cmd.AddCommand(historyExportCommand())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := connected.client()
		if err != nil {
			return err
		}
		if follow {
			return connected.explained(followHistory(cmd, client, output.value))
		}
		var entries []api.Entry
		err = connected.within(cmd.Context(), questionWait, func(ctx context.Context) error {
			if !cmd.Flags().Changed("after") {
				status, err := client.Status(ctx)
				if err != nil {
					return err
				}
				after = status.Index - min(status.Index, uint64(max(most, 0)))
			}
			var err error
			entries, err = client.History(ctx, after, most)
			return err
		})
		if err != nil {
			return err
		}
		return writeResult(cmd.OutOrStdout(), output.value, historyView(entries))
	}
	return cmd
}

// historyShown is how many entries are shown unless somebody says.
const historyShown = 50

// followHistory writes each entry as it is applied, as a line, or as a JSON object in a line.
func followHistory(cmd *cobra.Command, client *api.Client, form string) error {
	out := cmd.OutOrStdout()
	return client.Events(cmd.Context(), func(e *api.Entry) error {
		if form == asJSON {
			return json.NewEncoder(out).Encode(e)
		}
		_, err := fmt.Fprintf(out, "%d  %s  %s\n", e.Index, length(secondsLong(e.At)), entryText(e))
		return err
	})
}

// historyView shows entries of a log.
type historyView []api.Entry

func (v historyView) structure() any {
	return map[string]any{"schema_version": schemaVersion, "entries": []api.Entry(v)}
}

func (v historyView) document() *document {
	d := &document{}
	if len(v) == 0 {
		d.paragraph("The log has no entry there.")
	}
	t := newTable("entry", "<at", "<wall clock", "<what", "<hash")
	for i := range v {
		e := &v[i]
		t.row(strconv.FormatUint(e.Index, 10), length(secondsLong(e.At)),
			e.Wall.UTC().Format(time.DateTime), entryText(e), e.Hash[:min(len(e.Hash), hashShown)])
	}
	d.table(t)
	return d
}

// entryText is an entry in a line.
func entryText(e *api.Entry) string {
	text := e.Event
	if e.Note != "" {
		text += " (" + e.Note + ")"
	}
	for _, change := range e.Changes {
		text += "; " + change
	}
	return text
}

func (v historyView) records() [][]string {
	rows := [][]string{{"index", "term", "at_seconds", "wall", "event", "by", "note", "hash"}}
	for i := range v {
		e := &v[i]
		rows = append(rows, []string{
			strconv.FormatUint(e.Index, 10), strconv.FormatUint(e.Term, 10), number(e.At).String(),
			e.Wall.UTC().Format(time.RFC3339Nano), e.Event, e.By, e.Note, e.Hash,
		})
	}
	return rows
}

func historyExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export FOLDER",
		Short: "Write the log of an agent to a new folder, for redoubt replay",
		Args: func(cmd *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return misused("write the name of one that is not there yet", "export needs a folder")
			}
			return nil
		},
	}
	connected := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		client, err := connected.client()
		if err != nil {
			return err
		}
		segments, err := client.Segments(cmd.Context())
		if err != nil {
			return connected.explained(err)
		}
		err = os.Mkdir(arguments[0], 0o700)
		if errors.Is(err, fs.ErrExist) {
			return misused("name a folder that is not there yet", "%s is there already, and what is in "+
				"it stays as it is", arguments[0])
		}
		if err != nil {
			return fmt.Errorf("make the folder: %w", err)
		}
		for _, segment := range segments {
			if err := exportSegment(cmd.Context(), client, arguments[0], segment.Name); err != nil {
				return err
			}
		}
		return exported(cmd, arguments[0])
	}
	return cmd
}

// exported follows the files that were written, and keeps what the last is known by beside them.
func exported(cmd *cobra.Command, folder string) error {
	walk, err := chain.Check(folder)
	if err != nil {
		return fmt.Errorf("what was written to %s is what the agent has, and not whole: %w", folder, err)
	}
	last, stderr := walk.Last(), cmd.ErrOrStderr()
	if last.Name == "" {
		fmt.Fprintln(stderr, "redoubt: the agent has kept nothing of the log yet")
		return nil
	}
	err = os.WriteFile(filepath.Join(folder, chain.Head), []byte(last.String()+"\n"), 0o600)
	if err != nil {
		return fmt.Errorf("write what the last file is known by: %w", err)
	}
	fmt.Fprintf(stderr, "redoubt: the log is in %s, up to %s\nredoubt: note that line elsewhere to "+
		"show later that nothing was changed; redoubt replay %s --scenario FILE runs what they hold\n",
		folder, last, folder)
	return nil
}

// exportSegment writes one file of a log. One that comes cut short stays away.
func exportSegment(ctx context.Context, client *api.Client, folder, name string) error {
	if name != filepath.Base(name) {
		return fmt.Errorf("the agent names a file %q, which is elsewhere", name)
	}
	path := filepath.Join(folder, name)
	file, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	err = client.Segment(ctx, name, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}
