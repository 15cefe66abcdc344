package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"redoubt/daemon"
	"redoubt/model"
	"redoubt/scenarios"
)

// agentLong is the help of agent.
const agentLong = "agent runs the agent of one region: it looks at the other regions, tells the\n" +
	"other agents what it sees, and does its region's part of what they decide. The scenario is\n" +
	"the file that was simulated, and the same for all agents; the configuration has this\n" +
	"machine's addresses, paths and keys, which redoubt keys makes.\n\n" +
	"With --dev it starts three regions on loopback, each in a process of its own, with keys and\n" +
	"configurations in a new folder, and says how to ask them. Nothing real is moved there."

func agentCommand() *cobra.Command {
	var scenario, region, config string
	var dev, verbose, leaveShadow bool
	var port int
	cmd := &cobra.Command{
		Use:   "agent --scenario FILE --region NAME --config FILE | --dev",
		Short: "Run the agent of one region, or three of them to try",
		Long:  agentLong,
		Example: "  redoubt agent --scenario estate.toml --region us-east-1 --config agent.toml\n" +
			"  redoubt agent --dev",
		Args: noArguments,
	}
	flags := cmd.Flags()
	flags.StringVar(&scenario, "scenario", "", "the scenario that all agents have")
	flags.StringVar(&region, "region", "", "whose agent it is")
	flags.StringVar(&config, "config", "", "the agent's own file")
	flags.BoolVar(&dev, "dev", false, "start three regions on loopback, from nothing")
	flags.IntVar(&port, "port", devPort, "the first of the ports that --dev uses, 10 for each region")
	flags.BoolVar(&leaveShadow, "leave-shadow", false, "set the log aside that the agent has kept as "+
		"a shadow, and act")
	flags.BoolVar(&verbose, "verbose", false, "say in the log what changes nothing, too")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if dev {
			if scenario+region+config != "" {
				return misused("", "--dev takes no scenario, region or configuration: it makes its own")
			}
			if port < 1 || port > devPortMax {
				return misused("", "--port must be from 1 to %d, is %d", devPortMax, port)
			}
			return runDev(cmd.Context(), port, cmd.OutOrStdout(), cmd.ErrOrStderr())
		}
		var missing []string
		for _, name := range []string{"scenario", "region", "config"} {
			if cmd.Flag(name).Value.String() == "" {
				missing = append(missing, "--"+name)
			}
		}
		if len(missing) > 0 {
			return misused("run 'redoubt agent --help', or try redoubt agent --dev", "agent needs %s",
				strings.Join(missing, " and "))
		}
		c, err := agentConfig(scenario, region, config)
		if err != nil {
			return err
		}
		c.LeaveShadow = leaveShadow
		level := slog.LevelInfo
		if verbose {
			level = slog.LevelDebug
		}
		c.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
		return daemon.Run(cmd.Context(), c)
	}
	return cmd
}

// agentConfig reads the files of an agent.
func agentConfig(scenario, region, config string) (daemon.Config, error) {
	read, err := loadScenario(scenario)
	if err != nil {
		return daemon.Config{}, err
	}
	self := model.NoRegion
	var known []string
	for r, each := range read.Regions {
		if known = append(known, each.Name); each.Name == region {
			self = model.RegionID(r)
		}
	}
	if !self.Valid() {
		return daemon.Config{}, misused(suggest(region, known), "the scenario %s has no region %q",
			read.Name, region)
	}
	data, err := scenarios.ReadFile(config, scenarios.MaxFileBytes)
	if err != nil {
		return daemon.Config{}, fmt.Errorf("read the agent's file: %w", err)
	}
	file, err := scenarios.ReadAgent(config, data, read, self)
	var problems scenarios.Problems
	if errors.As(err, &problems) {
		return daemon.Config{}, &misuse{problem: err, file: "the agent's file"}
	}
	return daemon.Config{
		Scenario: read, Agent: file, Region: self, Version: readVersion().Version,
	}, err
}
