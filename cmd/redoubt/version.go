package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is, and of what it was built",
	}
	cmd.Args = noArguments
	output := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return writeResult(cmd.OutOrStdout(), output.value, readVersion())
	}
	return cmd
}

// noArguments refuses arguments as a misuse.
func noArguments(cmd *cobra.Command, arguments []string) error {
	if len(arguments) > 0 {
		return misused("", "%s takes no arguments, not %q", cmd.CommandPath(), arguments[0])
	}
	return nil
}

// version is what the Go linker recorded about this binary.
type version struct {
	SchemaVersion int    `json:"schema_version"`
	Version       string `json:"version"`
	Revision      string `json:"revision"`
	Modified      bool   `json:"modified"`
	Go            string `json:"go"`
	Platform      string `json:"platform"`
}

func readVersion() version {
	v := version{
		SchemaVersion: schemaVersion, Version: "(devel)", Revision: "unknown",
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}

// line says all of it in one line.
func (v version) line() string {
	revision := v.Revision
	if v.Modified {
		revision += ", with changes"
	}
	return fmt.Sprintf("redoubt %s (revision %s, %s, %s)", v.Version, revision, v.Go, v.Platform)
}

func (v version) document() *document {
	d := &document{}
	d.paragraph("%s", v.line())
	return d
}

func (v version) structure() any { return v }

func (v version) records() [][]string {
	return [][]string{
		{"version", "revision", "modified", "go", "platform"},
		{v.Version, v.Revision, fmt.Sprint(v.Modified), v.Go, v.Platform},
	}
}
