package scenarios

import (
	"embed"
	"fmt"
	"os"
	"strings"

	"redoubt/model"
)

// libraryFiles are the scenarios that are part of the program.
//
//go:embed library/*.toml
var libraryFiles embed.FS

// Summary is what a list of scenarios shows of one.
type Summary struct{ Name, Title, Description string }

// Names returns the names of the embedded scenarios, sorted.
func Names() []string {
	entries, err := libraryFiles.ReadDir("library")
	if err != nil {
		panic("scenarios: " + err.Error())
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".toml"))
	}
	return names
}

// List returns the embedded scenarios, sorted by name.
func List() []Summary {
	var list []Summary
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			panic("scenarios: the embedded scenario cannot be read:\n" + err.Error())
		}
		list = append(list, Summary{Name: s.Name, Title: s.Title, Description: s.Description})
	}
	return list
}

// Source returns the file of an embedded scenario, comments and all.
func Source(name string) ([]byte, bool) {
	data, err := libraryFiles.ReadFile("library/" + name + ".toml")
	return data, err == nil
}

// Load reads a scenario by its embedded name, or from a file. What contains a path separator or
// ends in .toml is a file. The error is Problems where the file could be opened but is not a valid
// scenario.
func Load(nameOrPath string) (*model.Scenario, error) {
	if data, ok := Source(nameOrPath); ok {
		return Read(nameOrPath+".toml", data)
	}
	if !strings.ContainsAny(nameOrPath, `/\`) && !strings.HasSuffix(nameOrPath, ".toml") {
		hint := didYouMean(nameOrPath, Names())
		return nil, fmt.Errorf("no embedded scenario is named %s (%s)", clip(nameOrPath), hint)
	}
	data, err := os.ReadFile(nameOrPath)
	if err != nil {
		return nil, fmt.Errorf("reading a scenario: %w", err)
	}
	return Read(nameOrPath, data)
}
