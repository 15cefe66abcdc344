package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"redoubt/api"
	"redoubt/chain"
)

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
