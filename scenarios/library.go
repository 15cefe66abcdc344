package scenarios

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"redoubt/model"
)

// libraryFiles are the scenarios that are part of the program.
//
//go:embed library/*.toml drills/*.toml drills/*.csv incidents/*.toml
var libraryFiles embed.FS

// Group says what an embedded scenario is for.
type Group string

// The groups, in the order of a list; each has a folder.
const (
	// EstateGroup has whole systems, which others are laid over.
	EstateGroup Group = "library"
	// DrillGroup has timelines of faults in those estates, with what is expected of them.
	DrillGroup Group = "drills"
	// IncidentGroup has published outages.
	IncidentGroup Group = "incidents"
)

var groups = []Group{EstateGroup, DrillGroup, IncidentGroup}

// Summary is what a list of scenarios shows of one.
type Summary struct {
	Name, Title, Description string
	Group                    Group
	// Base is the name of the estate that it is laid over, or empty.
	Base string
}

// Names returns the names of the embedded scenarios, sorted.
func Names() []string {
	var names []string
	for _, group := range groups {
		names = append(names, namesIn(group)...)
	}
	slices.Sort(names)
	return names
}

// Estates returns the names of the embedded estates, sorted: what a scenario can have as its base.
func Estates() []string { return namesIn(EstateGroup) }

func namesIn(group Group) []string {
	entries, err := libraryFiles.ReadDir(string(group))
	if err != nil {
		panic("scenarios: " + err.Error())
	}
	var names []string
	for _, e := range entries {
		if name, found := strings.CutSuffix(e.Name(), ".toml"); found {
			names = append(names, name)
		}
	}
	slices.Sort(names) // A folder sorts a-b.toml before a.toml.
	return names
}

// List returns the embedded scenarios by group, sorted by name in each.
func List() []Summary {
	var list []Summary
	for _, group := range groups {
		for _, name := range namesIn(group) {
			s, err := Load(name)
			if err != nil {
				panic("scenarios: the embedded scenario cannot be read:\n" + err.Error())
			}
			list = append(list, Summary{
				Name: s.Name, Title: s.Title, Description: s.Description, Group: group, Base: s.Base,
			})
		}
	}
	return list
}

// Source returns the file of an embedded scenario, comments and all.
func Source(name string) ([]byte, bool) {
	data, _, ok := embedded(name)
	return data, ok
}

// Text returns the file of a scenario as Load would find it by this name. Of one that is longer
// than MaxFileBytes it has the beginning, which is longer than that too, so that Read refuses it.
func Text(nameOrPath string) ([]byte, error) {
	if data, ok := Source(nameOrPath); ok {
		return data, nil
	}
	file, err := os.Open(nameOrPath)
	if err != nil {
		return nil, fmt.Errorf("reading a scenario: %w", err)
	}
	data, err := head(file, MaxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("reading a scenario: %w", err)
	}
	return data, nil
}

// embedded returns the file of an embedded scenario, and those beside it.
func embedded(name string) (data []byte, beside fs.FS, ok bool) {
	for _, group := range groups {
		beside, err := fs.Sub(libraryFiles, string(group))
		if err != nil {
			panic("scenarios: " + err.Error())
		}
		if data, err := fs.ReadFile(beside, name+".toml"); err == nil {
			return data, beside, true
		}
	}
	return nil, nil, false
}

// estateSource returns the file of an embedded estate.
func estateSource(name string) ([]byte, bool) {
	data, err := libraryFiles.ReadFile(string(EstateGroup) + "/" + name + ".toml")
	return data, err == nil
}

// Load reads a scenario by its embedded name, or from a file, with some changes made to it first.
// What contains a path separator or ends in .toml is a file. The error is Problems where the file
// could be opened but is not a valid scenario, and an *EditError where a change could not be made.
func Load(nameOrPath string, edits ...Edit) (*model.Scenario, error) {
	if data, beside, ok := embedded(nameOrPath); ok {
		return readEdited(beside, nameOrPath+".toml", data, edits)
	}
	if !strings.ContainsAny(nameOrPath, `/\`) && !strings.HasSuffix(nameOrPath, ".toml") {
		hint := didYouMean(nameOrPath, Names())
		if hint == "" {
			hint = "'redoubt scenarios list' has all names"
		}
		return nil, fmt.Errorf("no embedded scenario is named %s (%s)", clip(nameOrPath), hint)
	}
	data, err := Text(nameOrPath)
	if err != nil {
		return nil, err
	}
	return readEdited(os.DirFS(filepath.Dir(nameOrPath)), nameOrPath, data, edits)
}

// Records gives the files that a scenario names, which lie beside it: records of lag and outages,
// by their names as it has them. It goes by its embedded name or a file, and data says what that
// holds now.
func Records(nameOrPath string, data []byte) (map[string][]byte, error) {
	_, beside, ok := embedded(nameOrPath)
	if !ok {
		beside = os.DirFS(filepath.Dir(nameOrPath))
	}
	root, _ := parseTree(bytes.TrimPrefix(data, markUTF8))
	named := []*entry{root.find("outage_trace")}
	if stores := root.find("store"); stores != nil {
		for _, store := range stores.value.items {
			named = append(named, store.find("lag_trace"))
		}
	}
	records := map[string][]byte{}
	for _, e := range named {
		if e == nil {
			continue
		}
		record, err := headOf(beside, e.value.text, maxTraceBytes)
		if err != nil {
			return nil, fmt.Errorf("reading a record: %w", err)
		}
		records[e.value.text] = record
	}
	return records, nil
}

// readEdited reads a file with some changes.
func readEdited(beside fs.FS, name string, data []byte, edits []Edit) (*model.Scenario, error) {
	if len(edits) > 0 { // What is wrong with the file itself has its own places.
		if _, problems := parseTree(bytes.TrimPrefix(data, markUTF8)); len(problems) > 0 {
			return ReadBeside(beside, name, data)
		}
	}
	edited, err := Apply(bytes.TrimPrefix(data, markUTF8), edits...)
	if err != nil {
		return nil, err
	}
	return ReadBeside(beside, name, edited)
}
