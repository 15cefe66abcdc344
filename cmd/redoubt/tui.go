package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui"
	"redoubt/tui/canvas"
	"redoubt/tui/chart"
)

// themes are the looks by name; auto goes by the terminal's ground, and by NO_COLOR.
var themes = map[string]*canvas.Theme{
	"dark": &canvas.Dark, "light": &canvas.Light, "none": &canvas.NoColor,
}

func tuiCommand() *cobra.Command {
	theme := &choice{value: "auto", words: []string{"auto", "dark", "light", "none"}, what: "theme"}
	drawn := &choice{
		value: chart.Braille.String(), what: "kind of symbols",
		words: []string{chart.Braille.String(), chart.Block.String(), chart.ASCII.String()},
	}
	var bindings []string
	var keysIn string
	var mouse bool
	strategies := strategiesFlag()
	cmd := &cobra.Command{
		Use:   "tui [SCENARIO] [--connect ADDRESS]",
		Short: "Compare two strategies in the terminal, and ask what would change the answer",
		Long: "tui shows two strategies side by side, simulates again as you move what the answer\n" +
			"hangs on, and saves the result as a scenario file. Without SCENARIO it opens\n" +
			defaultScenario + ". Press ? for its keys.\n\n" +
			"All that it shows is printed by a command, which y copies: redoubt compare, with --set\n" +
			"for each value that was changed.\n\n" +
			"With --connect it shows what agents say, and takes orders to them: each has to be confirmed\n" +
			"by typing what it is. Of several addresses the next one is asked when one does not answer,\n" +
			"or is cut off from the others.\n" +
			"With a SCENARIO too, that can be simulated beside.",
		Args:              atMostOneScenario,
		ValidArgsFunction: completeScenarios,
	}
	addChoices(cmd, strategies, "strategies", "show these two first")
	addChoice(cmd, theme, "theme", "", "colors")
	addChoice(cmd, drawn, "symbols", "", "draw with")
	cmd.Flags().BoolVar(&mouse, "mouse", false,
		"take the mouse: clicks choose, and the wheel scrolls and moves values")
	cmd.Flags().StringArrayVar(&bindings, "bind", nil, "give an action another key, as quit=ctrl+q")
	cmd.Flags().StringVar(&keysIn, "bindings", "",
		"read keys from a file, as quit = ctrl+q on a line (unless given, redoubt/keys in the "+
			"folder for settings)")
	changes := addChanges(cmd)
	var addresses []string
	cmd.Flags().StringSliceVar(&addresses, "connect", nil,
		"watch the agents with an API at these addresses, as "+defaultAddress)
	asker := addAsker(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		for i, address := range addresses {
			addresses[i] = strings.TrimSpace(address)
		}
		none := cmd.Flags().Changed("connect") && len(addresses) == 0
		if none || slices.Contains(addresses, "") {
			return misused("name agents, as --connect "+defaultAddress, "--connect has an empty address")
		}
		options, err := tuiOptions(arguments, addresses, changes.edits, asker)
		if err != nil {
			return err
		}
		if options.Keys, err = keymap(keysIn, bindings); err != nil {
			return err
		}
		if count := len(strategies.values); count > 2 {
			return misused("name two; redoubt compare --strategies "+strategies.String()+" has all of them",
				"redoubt tui shows two strategies beside each other, not %d", count)
		}
		options.Mouse = mouse
		options.Left, options.Right = sidesOf(strategies)
		options.Symbols, _ = chart.Parse(drawn.value)
		return runTUI(cmd, options, theme.value, changes.edits)
	}
	return cmd
}

// tuiOptions are what is to be shown: a scenario, or agents, or both.
func tuiOptions(
	arguments, addresses []string, edits []scenarios.Edit, asker *connection,
) (o tui.Options, err error) {
	o.Edits = edits
	switch {
	case len(arguments) > 0:
		o.Scenario = arguments[0]
	case len(addresses) == 0 || len(edits) > 0:
		o.Scenario = defaultScenario
	}
	if len(addresses) > 0 {
		o.Asker = asker.words()
		o.Feed, err = asker.feed(addresses)
	}
	return o, err
}

// sidesOf are the strategies to show, as far as they were named.
func sidesOf(named *choices) (left, right model.StrategyKind) {
	for i, word := range named.values {
		kind, _ := model.ParseStrategy(word)
		if i == 0 {
			left = kind
		} else if right == 0 {
			right = kind
		}
	}
	return left, right
}

// runTUI shows the interface where there is a terminal, and says elsewhere what prints the same.
func runTUI(
	cmd *cobra.Command, options tui.Options, theme string, edits []scenarios.Edit,
) error {
	chosen := theme != "auto"
	switch {
	case chosen:
		options.Theme = themes[theme]
	case os.Getenv("NO_COLOR") != "":
		options.Theme, chosen = &canvas.NoColor, true
	}
	options.DrawFirst = true
	app, err := openTUI(options, edits)
	if err != nil {
		return err
	}
	out, isFile := cmd.OutOrStdout().(*os.File)
	asked := source{options.Scenario, edits}
	if !isFile || !term.IsTerminal(int(out.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) ||
		os.Getenv("TERM") == "dumb" {
		var hints []string
		if options.Feed != nil {
			hints = append(hints,
				"'redoubt status', 'redoubt explain', 'redoubt history --follow', 'redoubt history --plans' "+
					"and 'redoubt topology --address' print what it shows")
		}
		if options.Scenario != "" {
			hints = append(hints, "'redoubt compare "+asked.words()+"' prints what it shows first, "+
				"and its --pair, 'redoubt simulate', 'redoubt topology', 'redoubt scenarios list' and "+
				"'redoubt incidents' the rest")
		}
		hint := strings.Join(hints, "; ")
		return misused(hint, "redoubt tui needs a terminal")
	}
	terminal := tui.Terminal{In: os.Stdin, Out: out, Chosen: chosen}
	terminal.Width, terminal.Height, _ = term.GetSize(int(out.Fd())) // It says so itself, later.
	err = tui.Run(cmd.Context(), app, terminal)
	if errors.Is(err, context.Canceled) {
		return context.Cause(cmd.Context())
	}
	return err
}

// openTUI opens what is to be shown. A scenario that cannot be read is read once more, for the
// words that every command has for that: the first screen has no time to read twice what can.
func openTUI(options tui.Options, edits []scenarios.Edit) (*tui.App, error) {
	app, err := tui.New(options)
	if err != nil && options.Scenario != "" {
		if _, why := loadScenario(options.Scenario, edits...); why != nil {
			return nil, why
		}
	}
	return app, err
}
