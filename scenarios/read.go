package scenarios

import (
	"reflect"

	"redoubt/model"
)

// SchemaVersion is the version of the format that this package reads.
const SchemaVersion = 1

// Read reads a scenario from the bytes of a file. The name is only for messages. The error, if
// there is one, is Problems: everything that is wrong, with its place.
func Read(name string, data []byte) (*model.Scenario, error) {
	scenario, problems := read(data)
	if len(problems) == 0 {
		for i := range scenario.Timeline {
			scenario.Timeline[i].Place.File = name
		}
		return scenario, nil
	}
	problems = problems.sorted()
	for i := range problems {
		problems[i].File = name
	}
	return nil, problems
}

func read(data []byte) (*model.Scenario, Problems) {
	root, syntax := parseTree(data)
	d := &decoder{lenient: len(syntax) > 0, problems: syntax}
	var f file
	d.table(root, reflect.ValueOf(&f).Elem(), "")
	if v := root.find("schema"); v != nil && !d.isBroken("schema") && f.Schema != SchemaVersion {
		d.problem("schema", v.value.at, "this program reads schema = 1",
			"schema %d is not known", int(f.Schema))
	}
	if len(syntax) > 0 {
		return nil, d.problems // What could not be read might be what a rule would miss.
	}
	b := &builder{d: d, root: root, file: &f, alias: map[string]string{}}
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
