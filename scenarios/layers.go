package scenarios

// ownKeys are the top-level keys that a scenario never takes from its base: what it is called, and
// what it plays.
var ownKeys = []string{
	"schema", "base", "name", "title", "description", "fault", "outage_trace", "rollout",
	"expect",
}

// layOver adds to a file what it leaves out and its base has. Tables are joined key by key, at any
// depth; a value, an inline table and a list of tables are the file's or the base's as a whole. The
// place of what comes from the base is that of the word which names it. It reports whether the base
// is known; where it is not, nobody can say what the file lacks.
func (n *node) layOver() bool {
	named := n.find("base")
	if named == nil {
		return true
	}
	source, known := estateSource(named.value.text)
	if !known || named.value.kind != stringNode {
		return false // The word is no choice, which is reported where it is read.
	}
	below, problems := parseTree(source)
	if len(problems) > 0 {
		panic("scenarios: the embedded scenario " + named.value.text + " cannot be read")
	}
	for _, e := range below.entries {
		if indexOf(ownKeys, e.key) < 0 {
			n.under(e, named.value.at)
		}
	}
	return true
}

// under adds an entry of the base below what the file says.
func (n *node) under(e entry, at place) {
	mine := n.find(e.key)
	switch {
	case mine == nil:
		e.at, e.value = at, e.value.movedTo(at)
		n.add(e)
	case mine.value.kind == tableNode && e.value.kind == tableNode &&
		mine.value.origin != finished && e.value.origin != finished:
		for _, inner := range e.value.entries {
			mine.value.under(inner, at)
		}
	}
}

// movedTo copies a node to a place.
func (n *node) movedTo(at place) *node {
	moved := *n
	moved.at, moved.entries, moved.index, moved.items = at, nil, nil, nil
	for _, e := range n.entries {
		moved.add(entry{key: e.key, at: at, value: e.value.movedTo(at)})
	}
	for _, item := range n.items {
		moved.items = append(moved.items, item.movedTo(at))
	}
	return &moved
}
