package scenarios

import (
	"bytes"
	"io/fs"
	"reflect"

	"redoubt/model"
)

// SchemaVersion is the version of the format that this package reads.
const SchemaVersion = 1

// The marks that some editors put at the beginning of a file: that of UTF-8, which says nothing,
// and those of the two UTF-16, which TOML is not written in.
var (
	markUTF8        = []byte{0xef, 0xbb, 0xbf}
	markLittleUTF16 = []byte{0xff, 0xfe}
	markBigUTF16    = []byte{0xfe, 0xff}
)

// Read reads a scenario from the bytes of a file, which are UTF-8 with or without its mark at the
// beginning. The name is only for messages. The error, if there is one, is Problems: everything
// that is wrong, with its place. A scenario that names a trace is read by ReadBeside.
func Read(name string, data []byte) (*model.Scenario, error) { return ReadBeside(nil, name, data) }

// ReadBeside is Read where the traces that a scenario names are looked for among some files.
func ReadBeside(files fs.FS, name string, data []byte) (*model.Scenario, error) {
	if bytes.HasPrefix(data, markLittleUTF16) || bytes.HasPrefix(data, markBigUTF16) {
		return nil, Problems{{
			File: name, Line: 1, Column: 1, Text: "the file is in UTF-16", Hint: "save it in UTF-8",
		}}
	}
	scenario, problems := read(files, bytes.TrimPrefix(data, markUTF8))
	if len(problems) == 0 {
		for i := range scenario.Timeline {
			if place := &scenario.Timeline[i].Place; place.File == "" {
				place.File = name
			}
		}
		for i := range scenario.Rollouts {
			scenario.Rollouts[i].Place.File = name
		}
		return scenario, nil
	}
	problems = problems.sorted()
	for i := range problems {
		if problems[i].File == "" {
			problems[i].File = name
		}
	}
	return nil, problems
}

func read(files fs.FS, data []byte) (*model.Scenario, Problems) {
	root, syntax := parseTree(data)
	based := root.layOver()
	d := &decoder{lenient: len(syntax) > 0 || !based, problems: syntax}
	var f file
	d.table(root, reflect.ValueOf(&f).Elem(), "")
	if v := root.find("schema"); v != nil && !d.isBroken("schema") && f.Schema != SchemaVersion {
		d.problem("schema", v.value.at, "this program reads schema = 1",
			"schema %d is not known", int(f.Schema))
	}
	if d.lenient {
		return nil, d.problems // What could not be read might be what a rule would miss.
	}
	b := &builder{d: d, root: root, file: &f, alias: map[string]string{}, files: files}
	scenario := b.build()
	b.check(scenario)
	return scenario, d.problems
}

// check applies the model's own rules and reports each violation where the file says what it is
// about. A rule about something that could not be read says nothing.
func (b *builder) check(s *model.Scenario) {
	known := b.d.broken
	for _, v := range s.Validate() {
		skip := false
		for _, path := range append([]string{v.Path}, v.Related...) {
			probe := decoder{broken: known}
			skip = skip || probe.isBroken(b.filePath(path))
		}
		if !skip {
			b.problem(v.Path, v.Hint, "%s", v.Text)
		}
	}
}
