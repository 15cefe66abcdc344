package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"redoubt/guard"
)

func main() {
	guard.RunCage()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the default applies again, so that a second one ends what hangs.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(arguments)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = context.Cause(ctx) // What was interrupted after its last check is not done.
	}
	report(stderr, err)
	return exitCode(err)
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "redoubt",
		Short: "Compare multi-region strategies: what happens, what it is worth",
		Long: "redoubt plays the loss of a region against every way to run a system in more than one\n" +
			"region, prices each, and says which one to choose and why. Results go to standard output;\n" +
			"the same scenario and seed give the same bytes.",
		Example: "  redoubt compare\n" +
			"  redoubt simulate warm-standby-two-region --strategy warm-standby\n" +
			"  redoubt roi business-case-50m --output json",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          runRoot,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.Version = readVersion().line()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetHelpCommand(helpCommand())
	root.SetFlagErrorFunc(flagError)
	group(root, "planning", "Planning:", compareCommand(), tuiCommand(), simulateCommand(),
		topologyCommand(), policiesCommand(), incidentsCommand(), costCommand(), roiCommand(),
		scenariosCommand())
	members := membersCommand()
	group(root, "agents", "Agents:", append([]*cobra.Command{
		agentCommand(), guardCommand(), keysCommand(), statusCommand(), explainCommand(), members,
		historyCommand(), replayCommand(),
	}, orderCommands(members)...)...)
	root.AddCommand(versionCommand())
	return root
}

// group adds commands that the help shows under one heading.
func group(root *cobra.Command, id, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: id, Title: title})
	for _, cmd := range commands {
		cmd.GroupID = id
	}
	root.AddCommand(commands...)
}

// runRoot helps a person who gave no subcommand, and refuses one that does not exist.
func runRoot(cmd *cobra.Command, arguments []string) error {
	if len(arguments) == 0 {
		return cmd.Help()
	}
	return unknownSubcommand(cmd, arguments[0])
}

// helpCommand shows what a command does, and refuses one that does not exist.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show what a command does",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, arguments []string) error {
			found, rest, err := cmd.Root().Find(arguments)
			if err != nil {
				return &misuse{problem: err}
			}
			if len(rest) > 0 {
				return unknownSubcommand(found, rest[0])
			}
			return found.Help()
		},
	}
}
