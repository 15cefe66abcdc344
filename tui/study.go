package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/units"
)

// A study is a scenario and what was changed in it. It goes by the text of the file, so that what
// is saved has the comments of what was opened.
type study struct {
	// name is a name of the library or a file, as a command takes it.
	name     string
	scenario *model.Scenario
	edits    []scenarios.Edit
	// before are the edits as they were before each change, the last one last.
	before [][]scenarios.Edit
	source []byte
}

// open reads a scenario, with some changes.
func open(name string, edits []scenarios.Edit) (*study, error) {
	scenario, err := scenarios.Load(name, edits...)
	if err != nil {
		return nil, err
	}
	source, embedded := scenarios.Source(name)
	if !embedded {
		if source, err = os.ReadFile(name); err != nil {
			return nil, fmt.Errorf("reading a scenario: %w", err)
		}
	}
	return &study{name: name, scenario: scenario, edits: edits, source: source}, nil
}

// has reports whether something stands in the file that was opened.
func (s *study) has(path string) bool { return scenarios.Has(s.source, path) }

// change makes edits, all or none. An edit of what was changed before takes its place.
func (s *study) change(edits ...scenarios.Edit) error {
	next := slices.Clone(s.edits)
	for _, edit := range edits {
		same := func(e scenarios.Edit) bool { return e.Path == edit.Path }
		if i := slices.IndexFunc(next, same); i >= 0 {
			next[i] = edit
		} else {
			next = append(next, edit)
		}
	}
	return s.become(next)
}

// become has the study have these edits, and remembers those before.
func (s *study) become(edits []scenarios.Edit) error {
	scenario, err := scenarios.Load(s.name, edits...)
	if err != nil {
		return err
	}
	s.before = append(s.before, s.edits)
	s.edits, s.scenario = edits, scenario
	return nil
}

// undo takes the last change back, and reports whether there was one.
func (s *study) undo() (bool, error) {
	if len(s.before) == 0 {
		return false, nil
	}
	last := s.before[len(s.before)-1]
	if err := s.become(last); err != nil {
		return false, err
	}
	s.before = s.before[:len(s.before)-2] // Its own entry too.
	return true, nil
}

// edited is what a path was changed to, if it was.
func (s *study) edited(path string) (value string, is bool) {
	for _, edit := range s.edits {
		if edit.Path == path {
			return edit.Value, true
		}
	}
	return "", false
}

// without takes some edits back.
func (s *study) without(paths ...string) error {
	drop := func(e scenarios.Edit) bool { return slices.Contains(paths, e.Path) }
	return s.become(slices.DeleteFunc(slices.Clone(s.edits), drop))
}

// save writes the changed file, reads it again and goes on with it. A file that is there is written
// over only where that was said.
func (s *study) save(path string, over bool) error {
	if !strings.HasSuffix(path, ".toml") {
		path += ".toml"
	}
	if !strings.ContainsAny(path, `/\`) {
		path = "./" + path // A bare word names a scenario of the library.
	}
	data, err := scenarios.Apply(s.source, s.edits...)
	if err != nil {
		return err
	}
	how := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if over {
		how = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(path, how, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already: ':save! %s' writes over it", path, path)
	case err != nil:
		return fmt.Errorf("saving: %w", err)
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("saving: %w", err)
	}
	saved, err := open(path, nil)
	if err != nil {
		return fmt.Errorf("%s was written and cannot be read: %w", path, err)
	}
	*s = *saved
	return nil
}

// words are what names the study on a command line.
func (s *study) words() string {
	text := units.ShellWord(s.name)
	for _, edit := range s.edits {
		text += " --set " + units.ShellWord(edit.Path+"="+edit.Value)
	}
	return text
}
