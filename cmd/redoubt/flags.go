package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"redoubt/model"
	"redoubt/scenarios"
)

// defaultScenario is the estate that compare looks at when it is given none.
const defaultScenario = "ecommerce-three-region"

// choice is a flag whose value is one of a few words.
type choice struct {
	value string
	words []string
	what  string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return c.what }

// Set takes a word that the flag knows.
func (c *choice) Set(word string) error {
	if slices.Contains(c.words, word) {
		c.value = word
		return nil
	}
	return &wrongWord{word: word, what: c.what, hint: suggest(word, c.words)}
}

// share is a flag whose value is a percentage, 0 while it was not given.
type share float64

// String gives nothing while there is none, so that help shows no default.
func (s *share) String() string {
	if *s == 0 {
		return ""
	}
	return percent(float64(*s), -1) + "%"
}

// Type is what help calls the value.
func (s *share) Type() string { return "N%" }

// Set takes a percentage from a tenth of a percent, which already takes a hundred million trials of
// what is rare, to 100 %.
func (s *share) Set(word string) error {
	number, isPercent := strings.CutSuffix(word, "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !isPercent || err != nil || !(value >= 0.1 && value <= 100) {
		return &wrongWord{word: word, what: "share from 0.1% to 100%", hint: "write it as 5%"}
	}
	*s = share(value / 100)
	return nil
}

// wrongWord is a value that a flag does not know.
type wrongWord struct{ word, what, hint string }

func (w *wrongWord) Error() string { return fmt.Sprintf("%q is no %s", w.word, w.what) }

// choices is a flag whose value is a list of words, separated by commas or given again.
type choices struct {
	values []string
	words  []string
	what   string
}

func (c *choices) String() string { return strings.Join(c.values, ",") }
func (c *choices) Type() string   { return c.what + ",..." }

// Set adds words that the flag knows, each once.
func (c *choices) Set(list string) error {
	for word := range strings.SplitSeq(list, ",") {
		one := choice{words: c.words, what: c.what}
		if err := one.Set(strings.TrimSpace(word)); err != nil {
			return err
		}
		if !slices.Contains(c.values, one.value) {
			c.values = append(c.values, one.value)
		}
	}
	return nil
}

// addChoice defines a flag of one word, with the completion of its value.
func addChoice(cmd *cobra.Command, flag *choice, name, short, usage string) {
	cmd.Flags().VarP(flag, name, short, usage+": "+strings.Join(flag.words, ", "))
	complete(cmd, name, flag.words)
}

// addChoices defines a flag of several words, with the completion of its value.
func addChoices(cmd *cobra.Command, flag *choices, name, usage string) {
	cmd.Flags().Var(flag, name, usage+": "+strings.Join(flag.words, ", "))
	complete(cmd, name, flag.words)
}

func complete(cmd *cobra.Command, name string, words []string) {
	values := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(name, values); err != nil {
		panic("redoubt: " + err.Error()) // The flag was defined on the line before.
	}
}

// strategyWords are the names of strategies on the command line.
func strategyWords() []string {
	var words []string
	for _, kind := range model.StrategyKinds() {
		words = append(words, kind.String())
	}
	return words
}

// strategyFlag is a choice of one strategy; "hot-warm" is understood too.
func strategyFlag() *choice {
	return &choice{words: append(strategyWords(), "hot-warm"), what: "strategy"}
}

// strategiesFlag is a choice of several of them.
func strategiesFlag() *choices { return &choices{words: strategyFlag().words, what: "strategy"} }

// kind gives the strategy that a flag names, if it was given.
func (c *choice) kind() (model.StrategyKind, bool) { return model.ParseStrategy(c.value) }

// flagNames lists the flags of a command as they are written, for hints.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, "--"+flag.Name) })
	return names
}

// oneScenario checks that exactly one scenario was named.
func oneScenario(cmd *cobra.Command, arguments []string) error {
	switch len(arguments) {
	case 0:
		return misused(allNames, "%s needs a scenario: the name of one, or a file", cmd.CommandPath())
	case 1:
		return nil
	}
	return misused("", "%s takes one scenario, not %d", cmd.CommandPath(), len(arguments))
}

// atMostOneScenario checks that not more than one scenario was named.
func atMostOneScenario(cmd *cobra.Command, arguments []string) error {
	if len(arguments) > 1 {
		return oneScenario(cmd, arguments)
	}
	return nil
}

// completeScenarios completes the name of an embedded scenario, and lets the shell add its files.
func completeScenarios(
	_ *cobra.Command, arguments []string, _ string,
) ([]string, cobra.ShellCompDirective) {
	if len(arguments) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return scenarios.Names(), cobra.ShellCompDirectiveDefault
}
