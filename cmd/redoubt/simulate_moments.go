package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redoubt"
)

// eachChange is the value of --explain when it is given without one.
const eachChange = "changes"

// moments is the flag --explain: the times of a run that are to be explained. Its value may be left
// out, so that one that follows after a space arrives among the arguments of the command.
type moments struct {
	given bool
	at    []time.Duration
	// others are the arguments that do not belong to the flag.
	others []string
}

func addMoments(cmd *cobra.Command, flag *moments) {
	cmd.Flags().Var(flag, "explain",
		"tell why the policy acted or not, at these times or at each change of a gate")
	cmd.Flags().Lookup("explain").NoOptDefVal = eachChange
}

func (m *moments) String() string { return "" }
func (m *moments) Type() string   { return "AT,..." }

// Set takes a list of times, or the word for each change.
func (m *moments) Set(list string) error {
	m.given = true
	if list == eachChange {
		return nil
	}
	for word := range strings.SplitSeq(list, ",") {
		at, err := momentOf(strings.TrimSpace(word))
		if err != nil {
			return err
		}
		m.at = append(m.at, at)
	}
	return nil
}

// momentOf reads a time of a run, as the flag takes it or as a run prints it: 2m30s, T+2m30s.
func momentOf(word string) (time.Duration, error) {
	at, err := time.ParseDuration(strings.TrimPrefix(word, "T+"))
	if err != nil || at < 0 {
		return 0, &wrongWord{
			word: word, what: "time of a run", hint: "write it as 90s, 2m30s or 1h; several with commas",
		}
	}
	return at, nil
}

// take parts the arguments into times, which belong to the flag, and others. What is no time and
// comes after the scenario was meant to be one.
func (m *moments) take(arguments []string) error {
	m.others = nil
	for _, argument := range arguments {
		first, _, _ := strings.Cut(argument, ",")
		_, err := momentOf(strings.TrimSpace(first))
		switch {
		case !m.given, err != nil && len(m.others) == 0:
			m.others = append(m.others, argument)
		default:
			if err := m.Set(argument); err != nil {
				return err
			}
		}
	}
	return nil
}

// wish is what the simulation is asked for.
func (m *moments) wish() redoubt.Explain {
	return redoubt.Explain{At: m.at, Changes: m.given && len(m.at) == 0}
}

// outside turns the complaint that a run does not have a time into a misuse of the flag that gave
// it.
func outside(err error, flag string) error {
	var beyond *redoubt.OutsideRun
	if !errors.As(err, &beyond) {
		return err
	}
	return misused(fmt.Sprintf("the run ends at %s", clock(beyond.End)),
		"%s %s is after the end of the run", flag, clock(beyond.At))
}
