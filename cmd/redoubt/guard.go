package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"redoubt/guard"
)

// guardLong is the help of guard.
const guardLong = "guard runs a PostgreSQL cluster, and lets it take writes only while its\n" +
	"region holds the write lease. The cluster boots as a standby. It is promoted once an agent\n" +
	"shows the ticket that the log has granted last, and stopped when that ticket's time is\n" +
	"over, or when it is fenced; then it boots as a standby again. Nobody but root, or the user\n" +
	"who runs the guard, may ask it: it listens on a socket in its directory and nowhere else.\n\n" +
	"The agent may be killed, paused or cut off, and so may the guard: no write is taken after\n" +
	"the lease. What runs in the cluster ends with the guard. Let nothing else start the server.\n\n" +
	"The guard keeps in its directory how often it has booted and which epochs were fenced. The\n" +
	"first time there is nothing to keep: say so with --first. It needs Linux, and root or\n" +
	"namespaces of users.\n\n" +
	"What follows -- goes to the server, such as -p 5433."

func guardCommand() *cobra.Command {
	var scenario, dir, data, program, socket string
	var first bool
	cmd := &cobra.Command{
		Use:   "guard --scenario SCENARIO --dir DIR --postgres DATA [-- SERVER OPTIONS]",
		Short: "Run a database, and stop its writes at the lease's deadline",
		Long:  guardLong,
		Example: "  redoubt guard --scenario estate.toml --dir /var/lib/redoubt \\\n" +
			"    --postgres /var/lib/postgresql/15/main",
		Args: cobra.ArbitraryArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&scenario, "scenario", "", "the scenario whose lease and stop time count")
	flags.StringVar(&dir, "dir", "", "where the guard keeps its record; it has to outlast restarts")
	flags.StringVar(&data, "postgres", "", "the directory of the cluster")
	flags.StringVar(&program, "program", "", "the server's program (default: that of its version)")
	flags.StringVar(&socket, "socket", "", "where agents ask (default: guard.sock in --dir)")
	flags.BoolVar(&first, "first", false, "there is no record yet: this store has never had a guard")
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		var missing []string
		for _, name := range []string{"scenario", "dir", "postgres"} {
			if cmd.Flag(name).Value.String() == "" {
				missing = append(missing, "--"+name)
			}
		}
		if len(missing) > 0 {
			return misused("run 'redoubt guard --help'", "guard needs %s", strings.Join(missing, " and "))
		}
		if socket == "" {
			socket = filepath.Join(dir, "guard.sock")
		}
		read, err := loadScenario(scenario)
		if err != nil {
			return err
		}
		g, err := guard.New(guard.Config{
			Dir:   dir,
			Terms: guard.Terms{Lease: read.Settings.Lease, Stop: read.Settings.StopTime},
			Store: guard.PostgreSQL{Data: data, Program: program, Options: arguments},
			First: first, Log: slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)),
		})
		if err != nil {
			return fmt.Errorf("start the guard: %w", err)
		}
		listener, err := guard.Listen(socket)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", socket, err)
		}
		defer os.Remove(socket)
		group, ctx := errgroup.WithContext(cmd.Context())
		group.Go(func() error { return g.Run(ctx) })
		group.Go(func() error { return g.Serve(ctx, listener) })
		return group.Wait()
	}
	return cmd
}
