package tui

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/units"
)

// A study is a scenario and what was changed in it, as it is and as it was before.
type study struct {
	version
	// before are the versions before each change, the last one last. Saving leaves them as they are:
	// what led to the file can be taken back.
	before []version
	// sliding is what the last change has moved, "" where something else came since: the presses of a
	// key that move one slider are taken back at once.
	sliding string
	// saved is the file that was written last, "" while none was, and written what went into it.
	saved   string
	written []byte
}

// A version is a scenario and what was changed in it. It goes by the text of the file, so that what
// is saved has the comments of what was opened.
type version struct {
	// name is a name of the library or a file, as a command takes it.
	name     string
	scenario *model.Scenario
	edits    []scenarios.Edit
	// opened are the edits that it was opened with.
	opened []scenarios.Edit
	source []byte
	// known is what has was asked.
	known map[string]bool
}

// open reads a scenario, with some changes.
func open(name string, edits []scenarios.Edit) (*study, error) {
	scenario, err := scenarios.Load(name, edits...)
	if err != nil {
		return nil, err
	}
	source, err := scenarios.Text(name)
	if err != nil {
		return nil, err
	}
	return &study{version: version{
		name: name, scenario: scenario, edits: edits, opened: edits, source: source,
		known: map[string]bool{},
	}}, nil
}

// has reports whether something stands in the file that was opened, or in its base. It reads both
// once for each path: a key has no time for more.
func (s *study) has(path string) bool {
	has, known := s.known[path]
	if !known {
		has = scenarios.Has(s.source, path)
		s.known[path] = has
	}
	return has
}

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

// slide makes edits that move a slider of a name: one change with those before that moved it.
func (s *study) slide(name string, edits ...scenarios.Edit) error {
	goes := s.sliding == name
	if err := s.change(edits...); err != nil {
		return err
	}
	if s.sliding = name; goes {
		s.before = s.before[:len(s.before)-1]
	}
	return nil
}

// errUnchanged says that a change is none.
var errUnchanged = errors.New("nothing is changed")

// become has the study have these edits, and remembers what it was before.
func (s *study) become(edits []scenarios.Edit) error {
	if slices.Equal(edits, s.edits) {
		return errUnchanged
	}
	scenario, err := scenarios.Load(s.name, edits...)
	if err != nil {
		return err
	}
	s.before, s.sliding = append(s.before, s.version), ""
	s.edits, s.scenario = edits, scenario
	return nil
}

// undo takes the last change back, and reports whether there was one.
func (s *study) undo() bool {
	last := len(s.before) - 1
	if last < 0 {
		return false
	}
	s.version, s.before, s.sliding = s.before[last], s.before[:last], ""
	return true
}

// unsaved is how many values differ from what was opened.
func (s *study) unsaved() (count int) {
	for _, edit := range s.edits {
		if !slices.Contains(s.opened, edit) {
			count++
		}
	}
	return count
}

// changed reports whether a value differs from what was opened.
func (s *study) changed(path string) bool {
	return editOf(s.edits, path) != editOf(s.opened, path)
}

// editOf is what some edits make of a path; an edit of nothing where they leave it.
func editOf(edits []scenarios.Edit, path string) scenarios.Edit {
	for _, edit := range edits {
		if edit.Path == path {
			return edit
		}
	}
	return scenarios.Edit{}
}

// without takes some values back to what they were opened with, which --set may have said.
func (s *study) without(paths ...string) error {
	var next []scenarios.Edit
	for _, edit := range s.edits {
		if slices.Contains(paths, edit.Path) {
			edit = editOf(s.opened, edit.Path)
		}
		if edit != (scenarios.Edit{}) {
			next = append(next, edit)
		}
	}
	return s.become(next)
}

// save writes the changed file, reads it again and goes on with it. A file that is there is written
// over only where that was said, or where it is what was saved before, and nobody changed it since.
func (s *study) save(path string, over bool) error {
	if !strings.HasSuffix(path, ".toml") {
		path += ".toml"
	}
	if !strings.ContainsAny(path, `/\`) {
		path = "./" + path // A bare word names a scenario of the library.
	}
	data, err := scenarios.ApplyNoted(s.source, "redoubt tui", s.edits...)
	if err != nil {
		return err
	}
	data = s.withoutDeadSchema(data, filepath.Dir(path))
	records, err := s.records(filepath.Dir(path), data)
	if err != nil {
		return err
	}
	how := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if over || s.own(path) {
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
	err = errors.Join(err, file.Close())
	for to, record := range records {
		err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, record, 0o644))
	}
	if err != nil {
		return fmt.Errorf("saving: %w", err)
	}
	saved, err := open(path, nil)
	if err != nil {
		return fmt.Errorf("%s was written and cannot be read: %w", path, err)
	}
	s.version, s.saved, s.written, s.sliding = saved.version, path, data, ""
	return nil
}

// withoutDeadSchema is a file without the line that tells editors where its schema is, where that
// leads nowhere from the folder that it goes to. What it was made of stands there then: all else
// stays on the line that it was on.
func (s *study) withoutDeadSchema(data []byte, folder string) []byte {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	where, is := strings.CutPrefix(string(line), "#:schema ")
	if where = strings.TrimSpace(where); !is || strings.Contains(where, "://") {
		return data
	}
	if !filepath.IsAbs(where) {
		where = filepath.Join(folder, where)
	}
	if _, err := os.Stat(where); err == nil {
		return data
	}
	return slices.Concat([]byte("# Saved by redoubt tui from "+s.name+".\n"), rest)
}

// changedName is the end of the name of a file that was changed, with which of several it is.
var changedName = regexp.MustCompile(`-changed(-\d+)?$`)

// proposed is where a changed scenario may be saved: in the file that was saved before, or beside
// the one that was opened and called after it, where nothing is yet.
func (s *study) proposed() string {
	if s.saved != "" {
		return strings.TrimPrefix(s.saved, "./")
	}
	name := s.scenario.Name
	if _, library := scenarios.Source(s.name); !library {
		name = strings.TrimSuffix(s.name, ".toml")
	}
	name = changedName.ReplaceAllString(name, "") + "-changed"
	const most = 100 // Whoever has as many names one.
	for n := 1; n < most; n++ {
		path := name + ".toml"
		if n > 1 {
			path = fmt.Sprintf("%s-%d.toml", name, n)
		}
		bare := strings.TrimSuffix(path, ".toml")
		if _, err := os.Stat(path); err != nil && !slices.Contains(scenarios.Names(), bare) {
			return path
		}
	}
	return name + ".toml"
}

// own reports whether a file is as it was saved last.
func (s *study) own(path string) bool {
	there, err := os.ReadFile(path)
	return err == nil && s.saved == path && bytes.Equal(there, s.written)
}

// records are those that the file plays and that are not yet in a folder, by where they go. Another
// file of such a name stays.
func (s *study) records(folder string, data []byte) (map[string][]byte, error) {
	named, err := scenarios.Records(s.name, data)
	if err != nil {
		return nil, err
	}
	missing := map[string][]byte{}
	for name, record := range named {
		to := filepath.Join(folder, name)
		switch there, err := os.ReadFile(to); {
		case errors.Is(err, fs.ErrNotExist):
			missing[to] = record
		case err != nil:
			return nil, fmt.Errorf("saving: %w", err)
		case !bytes.Equal(there, record):
			return nil, fmt.Errorf("%s is there already, and is not the record that is played", to)
		}
	}
	return missing, nil
}

// words are what names the study on a command line.
func (s *study) words() string {
	text := units.ShellWord(s.name)
	for _, edit := range s.edits {
		text += " --set " + units.ShellWord(edit.Path+"="+edit.Value)
	}
	return text
}
