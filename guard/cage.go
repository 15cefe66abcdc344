package guard

import (
	"os"
	"strings"
	"syscall"
)

// Process is how a store is run.
type Process struct {
	// Path is the program, Arguments what it is started with, its own name first.
	Path      string
	Arguments []string
	// Environment is all that it sees of one; nil is the guard's own.
	Environment []string
	// Dir is where it starts.
	Dir string
	// Ends asks it to end in good order, when its guard does; 0 is for what can only be killed.
	Ends syscall.Signal
	// User and Group are whose it is; 0 leaves them as they are. Groups are those that the user is
	// in beside Group.
	User, Group uint32
	Groups      []uint32
}

// cageVariable tells a program that it was started as a cage: its value is the user and the groups
// of the store, and its arguments are the store's.
const cageVariable = "REDOUBT_CAGE"

// RunCage runs a cage if the program was started as one, and does not return then. Every program
// that runs a guard calls it before anything else, since the guard starts it anew as the cage of
// its store.
func RunCage() {
	if owner, caged := os.LookupEnv(cageVariable); caged {
		os.Exit(holdCage(owner, os.Args[1:]))
	}
}

// withoutCage is an environment that starts no cage.
func withoutCage(environment []string) []string {
	kept := make([]string, 0, len(environment))
	for _, entry := range environment {
		if !strings.HasPrefix(entry, cageVariable+"=") {
			kept = append(kept, entry)
		}
	}
	return kept
}
