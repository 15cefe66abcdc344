package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"redoubt/scenarios"
	"redoubt/tui"
)

// bindingsFile is where a person's keys are kept unless --bindings names another file: redoubt/keys
// in the folder that the system has for settings, "" where it has none.
func bindingsFile() string {
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "redoubt", "keys")
}

// keymap are the keys of the terminal: as a file has them, and over that as the command line has
// them. A file that was not named need not be there.
func keymap(named string, bindings []string) (tui.Keymap, error) {
	path := named
	if path == "" {
		path = bindingsFile()
	}
	text, err := scenarios.ReadFile(path, scenarios.MaxFileBytes)
	if err != nil && (named != "" || path != "" && !errors.Is(err, fs.ErrNotExist)) {
		return nil, &misuse{problem: fmt.Errorf("read the keys: %w", err)}
	}
	var given []tui.Binding
	for _, binding := range bindings {
		given = append(given, tui.Bind(binding))
	}
	kept := tui.Without(tui.ReadBindings(path, string(text)), given)
	keys, err := tui.NewKeymap(append(kept, given...)...)
	if err != nil {
		return nil, misused("redoubt tui shows the actions and their keys on ?",
			"the keys cannot be bound like this:\n%w", err)
	}
	return keys, nil
}
