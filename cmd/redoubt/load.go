package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"redoubt/model"
	"redoubt/scenarios"
)

// loadScenario reads a scenario by name or from a file, with some values changed. What is wrong
// with it is the caller's to mend, so every error is a misuse.
func loadScenario(name string, edits ...scenarios.Edit) (*model.Scenario, error) {
	isFile := strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".toml")
	if !isFile && !slices.Contains(scenarios.Names(), name) {
		return nil, noScenario(name)
	}
	scenario, err := scenarios.Load(name, edits...)
	var problems scenarios.Problems
	var edit *scenarios.EditError
	switch {
	case err == nil:
		return scenario, nil
	case errors.As(err, &edit):
		return nil, badChange(edit)
	case errors.As(err, &problems):
		return nil, &misuse{problem: err}
	case isFolder(name):
		return nil, misused(filesHint(name), "%s is a folder, not a scenario", name)
	case errors.Is(err, fs.ErrNotExist):
		return nil, misused(missingHint(name), "there is no file %s", name)
	}
	return nil, &misuse{problem: err}
}

// noScenario refuses a word that names no embedded scenario, and looks for a file that was meant.
func noScenario(name string) error {
	hint := scenarioNear(name)
	switch {
	case name == "":
	case isFolder(name):
		return misused(filesHint(name), "%s is a folder, not a scenario", name)
	case isRegular(name + ".toml"):
		hint = fmt.Sprintf("did you mean %s.toml?", name)
	case isRegular(name):
		hint = fmt.Sprintf("to read the file of that name, write ./%s", name)
	}
	return misused(hint, "no scenario is named %q", name)
}

// scenarioNear is suggest for the names of the library, which are too many for a line.
func scenarioNear(name string) string {
	if hint := suggest(name, scenarios.Names()); strings.HasPrefix(hint, "did you mean") {
		return hint
	}
	return allNames
}

const allNames = "'redoubt scenarios list' has all names"

// missingHint finds what was meant by a file that is not there: one of the library's scenarios, or
// a file beside it, or else says how to come by one.
func missingHint(path string) string {
	folder, base := filepath.Split(path)
	stem := strings.TrimSuffix(base, ".toml")
	if slices.Contains(scenarios.Names(), stem) {
		return fmt.Sprintf("%s is embedded: write it without a folder and without .toml", stem)
	}
	for _, file := range scenarioFiles(folder) {
		if near := suggest(stem, []string{strings.TrimSuffix(file, ".toml")}); strings.HasPrefix(
			near, "did you mean ") {
			return fmt.Sprintf("did you mean %s?", folder+file)
		}
	}
	return "'redoubt scenarios show NAME > FILE' writes one to begin with, " +
		"'redoubt scenarios list' names them"
}

// filesHint names the scenario files of a folder.
func filesHint(folder string) string {
	files := scenarioFiles(folder)
	const few = 8
	if len(files) == 0 || len(files) > few {
		return "name a file: " + filepath.Join(folder, "FILE.toml")
	}
	for i := range files {
		files[i] = filepath.Join(folder, files[i])
	}
	return "did you mean " + strings.Join(files, " or ") + "?"
}

// scenarioFiles are the names of the files in a folder that could be scenarios, sorted; none where
// the folder cannot be read, because it is only looked at for a hint.
func scenarioFiles(folder string) []string {
	if folder == "" {
		folder = "."
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var files []string
	for _, entry := range entries {
		if !entry.IsDir() && strings.HasSuffix(entry.Name(), ".toml") {
			files = append(files, entry.Name())
		}
	}
	return files
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
