package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"redoubt"
)

// toStdout is the file that stands for standard output.
const toStdout = "-"

// checkTrace refuses a file that no trace should be written to: standard output where a result is
// to be written there too, and the scenario itself.
func checkTrace(cmd *cobra.Command, file, scenario string) error {
	if !cmd.Flags().Changed("trace") {
		return nil
	}
	if file == "" {
		return misused("write it as --trace run.json", "--trace needs the name of a file")
	}
	for _, other := range []string{"output", "explain"} {
		if file == toStdout && cmd.Flags().Changed(other) {
			return misused("write the trace to a file",
				"--trace - and --%s would both write to standard output", other)
		}
	}
	target, err := os.Stat(file)
	source, failed := os.Stat(scenario)
	if err == nil && failed == nil && os.SameFile(target, source) {
		return misused("name another file", "--trace %s would overwrite the scenario", file)
	}
	return nil
}

// writeTrace writes the trace of a run to a file, over what was in it, or to standard output.
func writeTrace(stdout io.Writer, file string, run *redoubt.Simulation) error {
	content, err := newTrace(run).encode()
	if err != nil {
		return err
	}
	if file == toStdout {
		_, err = stdout.Write(content)
		return err
	}
	err = os.WriteFile(file, content, 0o666)
	folder := filepath.Dir(file)
	switch {
	case err == nil:
		return nil
	case isFolder(file):
		return misused("name a file in it: "+filepath.Join(file, "run.json"),
			"cannot write the trace to %s: it is a folder", file)
	case errors.Is(err, fs.ErrNotExist):
		return misused("make the folder first, or name a file in another one",
			"cannot write the trace to %s: there is no folder %s", file, folder)
	case errors.Is(err, fs.ErrPermission):
		return misused("name a file that you may write",
			"cannot write the trace to %s: permission denied", file)
	}
	return fmt.Errorf("cannot write the trace: %w", err)
}
