package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"redoubt/scenarios"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitMisused     = 2
	exitMissed      = 3
	exitInterrupted = 130 // 128 + SIGINT, as shells have it.
)

// misuse is a command line, or a scenario, that cannot be carried out as written.
type misuse struct {
	problem error
	hint    string
	// file is which file has the problems, where it is no scenario.
	file string
}

func (m *misuse) Error() string { return m.problem.Error() }
func (m *misuse) Unwrap() error { return m.problem }

// misused makes a misuse with a hint, which may be empty.
func misused(hint, format string, arguments ...any) error {
	return &misuse{problem: fmt.Errorf(format, arguments...), hint: hint}
}

// hinted is an error with what helps against it.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// missedGate is a result that the caller asked to be told of by the exit code. The result itself
// has been written.
type missedGate struct{ reason string }

func (m *missedGate) Error() string { return m.reason }

// exitCode gives the code that tells a script what became of its command.
func exitCode(err error) int {
	var wrong *misuse
	var missed *missedGate
	var problems scenarios.Problems
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &wrong), errors.As(err, &problems):
		return exitMisused
	case errors.As(err, &missed):
		return exitMissed
	}
	return exitFailed
}

// report writes an error for people, and a hint where there is one. The problems of a scenario file
// keep the form that editors follow, file:line:column.
func report(stderr io.Writer, err error) {
	if err == nil {
		return
	}
	var problems scenarios.Problems
	var wrong *misuse
	var helped *hinted
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "redoubt: error: interrupted")
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, problems.Error())
		file := "the scenario"
		if errors.As(err, &wrong) && wrong.file != "" {
			file = wrong.file
		}
		fmt.Fprintf(stderr, "redoubt: error: %s\n", countProblems(file, problems))
	default:
		fmt.Fprintf(stderr, "redoubt: error: %s\n", err)
	}
	if errors.As(err, &wrong) && wrong.hint != "" {
		fmt.Fprintf(stderr, "redoubt: hint: %s\n", wrong.hint)
	}
	if errors.As(err, &helped) {
		fmt.Fprintf(stderr, "redoubt: hint: %s\n", helped.hint)
	}
}

// countProblems says how many problems a file has.
func countProblems(file string, problems scenarios.Problems) string {
	if len(problems) == 1 {
		return file + " has a problem"
	}
	return fmt.Sprintf("%s has %d problems", file, len(problems))
}

// unknownSubcommand refuses a word that is no subcommand of cmd.
func unknownSubcommand(cmd *cobra.Command, word string) error {
	var known []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	hint := suggest(word, known)
	if hint == "" {
		hint = fmt.Sprintf("run '%s --help' for what there is", cmd.CommandPath())
	}
	return misused(hint, "%q is not a command of %s", word, cmd.CommandPath())
}

// flagError turns a complaint about a flag into a misuse, and finds the flag that was meant.
func flagError(cmd *cobra.Command, err error) error {
	var wrong *wrongWord
	if errors.As(err, &wrong) {
		return &misuse{problem: wrong, hint: wrong.hint}
	}
	hint := fmt.Sprintf("run '%s --help' for its flags", cmd.CommandPath())
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		err = notANumber(invalid)
	}
	if _, written, found := strings.Cut(err.Error(), "unknown flag: "); found {
		if meant := suggest(written, flagNames(cmd)); meant != "" {
			hint = meant
		}
	}
	return &misuse{problem: err, hint: hint}
}

// notANumber says what is wrong with the value of a flag that takes a number.
func notANumber(invalid *pflag.InvalidValueError) error {
	name, value := invalid.GetFlag().Name, invalid.GetValue()
	if errors.Is(invalid, strconv.ErrRange) {
		return fmt.Errorf("--%s is out of range: %s", name, value)
	}
	return fmt.Errorf("--%s takes a whole number from 1 on, not %q", name, value)
}

// suggest gives "did you mean ...?" for the known word nearest to what was written, the words
// themselves where none is near, or nothing where there are none. Cobra's rule says what is
// near: at most two letters apart, or a prefix.
func suggest(written string, known []string) string {
	if written == "" {
		return listed(known)
	}
	library := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, word := range known {
		library.AddCommand(&cobra.Command{Use: word, Run: func(*cobra.Command, []string) {}})
	}
	if near := library.SuggestionsFor(written); len(near) > 0 {
		return fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
	}
	return listed(known)
}

// listedMost is how many words a hint lists: nobody reads more of them in a line.
const listedMost = 20

func listed(known []string) string {
	if len(known) == 0 || len(known) > listedMost {
		return ""
	}
	return "there are " + strings.Join(known, ", ")
}
