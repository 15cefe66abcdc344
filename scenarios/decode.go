package scenarios

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// leaf is a value of a file that is read as a whole, with its unit.
type leaf interface {
	// read sets the leaf from a node and reports what is wrong with it under the path.
	read(d *decoder, n *node, path string)
	// schema describes what may be written, as JSON Schema.
	schema() object
}

// keyedTable is a table whose keys are names that the file chooses.
type keyedTable interface {
	// add makes room for one more key and returns a pointer to its value.
	add(key string) any
	// element returns a pointer to a zero value, for the schema.
	element() any
}

// named is one key of a keyed table with its value.
type named[T any] struct {
	key   string
	value T
}

// keyed is a table whose keys are names, in the order of the file.
type keyed[T any] []named[T]

func (k *keyed[T]) add(key string) any {
	*k = append(*k, named[T]{key: key})
	return &(*k)[len(*k)-1].value
}

func (k *keyed[T]) element() any { return new(T) }

// field is one key that a table of a file may have, as the tags of its Go type say:
//
//	toml     the key
//	default  what an absent key means, as TOML, or a string without its quotes
//	optional "true" for a key that may be absent without a default
//	choice   the name of the list of words that it takes, or that a keyed table has as its keys
type field struct {
	index          []int
	key            string
	fallback       string
	hasFallback    bool
	optional       bool
	choice         string
	table          string // The name of the Go type, under which the key is described.
	reflectedField reflect.Type
}

// maxListItems bounds every list of a file, so that no rule that compares all with all takes long.
const maxListItems = 1000

// fieldsOf lists the keys of a table's Go type, with those of what is embedded in it.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		key, ok := f.Tag.Lookup("toml")
		if !ok {
			continue
		}
		fallback, hasFallback := f.Tag.Lookup("default")
		fields = append(fields, field{
			index: f.Index, key: key, fallback: fallback, hasFallback: hasFallback,
			optional: f.Tag.Get("optional") == "true", choice: f.Tag.Get("choice"),
			table: t.Name(), reflectedField: f.Type,
		})
	}
	return fields
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// decoder fills Go values from a tree and collects every problem on the way.
type decoder struct {
	problems Problems
	// broken are the paths that have a problem, so that no rule is applied to what they say.
	broken []string
	// lenient leaves out missing keys: after a syntax error they may just not have been read.
	lenient bool
}

func (d *decoder) problem(path string, at place, hint, format string, args ...any) {
	d.broken = append(d.broken, path)
	d.problems = append(d.problems, Problem{
		Line: at.line, Column: at.column, Text: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// isBroken reports whether a problem is known at the path, within it or around it.
func (d *decoder) isBroken(path string) bool {
	for _, broken := range d.broken {
		if within(path, broken) || within(broken, path) {
			return true
		}
	}
	return false
}

// within reports whether path is outer or a part of it.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// table fills a struct from a table.
func (d *decoder) table(n *node, target reflect.Value, path string) {
	fields := fieldsOf(target.Type())
	misspelt := d.unknownKeys(n, fields, path)
	for _, f := range fields {
		value := target.FieldByIndex(f.index)
		if e := n.find(f.key); e != nil {
			d.value(e.value, value, f, join(path, f.key))
			continue
		}
		d.absent(n, value, f, path, misspelt)
	}
}

// unknownKeys reports keys that nothing reads, and returns the known ones that they look like.
func (d *decoder) unknownKeys(n *node, fields []field, path string) map[string]bool {
	keys := keysOf(fields)
	misspelt := map[string]bool{}
	for _, e := range n.entries {
		if indexOf(keys, e.key) >= 0 {
			continue
		}
		if word, ok := nearest(e.key, keys); ok && n.find(word) == nil {
			misspelt[word] = true
		}
		where := "at the top level"
		if path != "" {
			where = "in " + path
		}
		d.problem(join(path, e.key), e.at, didYouMean(e.key, keys), "nothing reads the key %s %s",
			quote(e.key), where)
	}
	return misspelt
}

// absent applies the default of a key that the file leaves out, or reports that it must be there.
func (d *decoder) absent(
	n *node, value reflect.Value, f field, path string, misspelt map[string]bool,
) {
	full := join(path, f.key)
	switch {
	case f.hasFallback:
		silent := decoder{}
		silent.value(defaultNode(f.fallback), value, f, full)
		if len(silent.problems) > 0 {
			panic("scenarios: the default of " + full + " cannot be read: " + silent.problems.Error())
		}
	case value.Kind() == reflect.Struct:
		d.table(&node{kind: tableNode, at: n.at}, value, full)
	case f.optional && !misspelt[f.key]:
	case misspelt[f.key] || d.lenient:
		d.broken = append(d.broken, full)
	default:
		where := "the file"
		if path != "" {
			where = path
		}
		d.problem(full, n.at, "", "%s needs the key %s", where, quote(f.key))
	}
}

// defaultNode is the node of a default: TOML where it is a number, a truth value or in brackets,
// else a string.
func defaultNode(fallback string) *node {
	text := fallback
	_, err := strconv.ParseFloat(fallback, 64)
	if err != nil && fallback != "true" && fallback != "false" && !strings.HasPrefix(fallback, "{") {
		text = strconv.Quote(fallback)
	}
	root, problems := parseTree([]byte("value = " + text))
	if len(problems) > 0 {
		panic("scenarios: the default " + text + " is not TOML")
	}
	return root.find("value").value
}

// value fills any Go value from a node.
func (d *decoder) value(n *node, target reflect.Value, f field, path string) {
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	switch into := target.Addr().Interface().(type) {
	case leaf:
		before := len(d.problems)
		into.read(d, n, path)
		if f.choice != "" && len(d.problems) == before {
			d.choice(n, fmt.Sprint(target.Interface()), f.choice, path)
		}
		return
	case keyedTable:
		d.keyed(n, into, f, path)
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		if d.want(n, tableNode, path) {
			d.table(n, target, path)
		}
	case reflect.Slice:
		d.list(n, target, f, path)
	default:
		panic("scenarios: no way to read " + path)
	}
}

// want reports a node of another kind than the key takes.
func (d *decoder) want(n *node, kind nodeKind, path string) bool {
	if n.kind != kind {
		d.problem(path, n.at, "", "%s must be %s, not %s", path, kind, n.kind)
		return false
	}
	return true
}

func (d *decoder) choice(n *node, word, list, path string) {
	if known := choices(list); indexOf(known, word) < 0 {
		d.problem(path, n.at, didYouMean(word, known), "%s is no %s", quote(word), list)
	}
}

func (d *decoder) list(n *node, target reflect.Value, f field, path string) {
	if !d.want(n, arrayNode, path) {
		return
	}
	if len(n.items) > maxListItems {
		d.problem(path, n.at, "", "%s has %d entries, at most %d are possible", path, len(n.items),
			maxListItems)
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, target.Index(i), f, fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *decoder) keyed(n *node, into keyedTable, f field, path string) {
	if !d.want(n, tableNode, path) {
		return
	}
	for _, e := range n.entries {
		full := join(path, e.key)
		if f.choice != "" {
			if known := choices(f.choice); indexOf(known, e.key) < 0 {
				d.problem(full, e.at, didYouMean(e.key, known), "%s is no %s", quote(e.key), f.choice)
				continue
			}
		}
		inner := f
		inner.choice = ""
		d.value(e.value, reflect.ValueOf(into.add(e.key)).Elem(), inner, full)
	}
}

func indexOf(list []string, word string) int {
	for i, candidate := range list {
		if candidate == word {
			return i
		}
	}
	return -1
}
