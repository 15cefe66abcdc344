package scenarios

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Edit is one change to a scenario file.
type Edit struct {
	// Path leads to the value through tables and lists, as in the messages of Read:
	// business.revenue_per_year, region[0].utilisation. What has a name may be named instead of
	// counted: region[us-east-1].utilisation.
	Path string
	// Value is what is to stand there. Quotes may be left out: whether they belong follows from what
	// stands there now.
	Value string
}

// EditError says why a change could not be made: which path leads nowhere, or which value is none.
type EditError struct {
	Edit    Edit
	Problem error
}

// Error gives the change, and what is wrong with it.
func (e *EditError) Error() string { return fmt.Sprintf("%s: %s", e.Edit.Path, e.Problem) }

// Unwrap gives what is wrong.
func (e *EditError) Unwrap() error { return e.Problem }

// Apply makes changes to the bytes of a file, one after the other, and leaves all else as it is:
// comments, order and spaces. Of a list that the file leaves to its base all is written into it
// first, since a list is the file's or the base's as a whole; and so of a table in braces. It looks
// at the syntax alone; whether the result is a scenario is for Read to say. The error is an
// *EditError.
func Apply(data []byte, edits ...Edit) ([]byte, error) {
	for _, edit := range edits {
		next, err := edit.apply(data)
		if err != nil {
			return nil, &EditError{Edit: edit, Problem: err}
		}
		data = next
	}
	return data, nil
}

func (e Edit) apply(data []byte) ([]byte, error) {
	root, problems := parseTree(data)
	if len(problems) > 0 {
		return nil, problems
	}
	steps, err := pathSteps(e.Path)
	if err != nil {
		return nil, err
	}
	if next, was := owned(data, root, steps); was {
		return e.apply(next)
	}
	here := root
	for i, step := range steps {
		found := here.find(step.key)
		switch {
		case found == nil && !step.listed:
			return e.written(insert(data, root, here, steps[:i], steps[i:], e.Value))
		case found == nil:
			return nil, fmt.Errorf("the file has no %s", step.key)
		}
		if here = found.value; step.listed {
			if here, err = here.item(step); err != nil {
				return nil, err
			}
		}
		if i < len(steps)-1 && here.kind != tableNode {
			return nil, fmt.Errorf("%s is %s, which has no keys", step, here.kind)
		}
	}
	if here.origin != finished {
		return nil, fmt.Errorf("this is a whole table or list: name a value in it")
	}
	end := max(here.end, closing(data, here.start))
	return e.written(splice(data, here.start, end, literal(e.Value, here.kind)))
}

// written is the changed file, if the value could be written into it.
func (e Edit) written(data []byte) ([]byte, error) {
	root, problems := parseTree(data)
	if len(problems) > 0 || !isValue(literal(e.Value, 0)) {
		return nil, fmt.Errorf("%s cannot be written there: it is no value", clip(e.Value))
	}
	if steps, err := pathSteps(e.Path); err != nil || !root.leads(steps) {
		return nil, fmt.Errorf("%s cannot be written there", clip(e.Value))
	}
	return data, nil
}

// isValue reports whether a text is one value of TOML, and nothing beside it.
func isValue(text string) bool {
	line := []byte("value = " + text)
	root, problems := parseTree(line)
	if len(problems) > 0 || len(root.entries) != 1 {
		return false
	}
	value := root.entries[0].value
	return max(value.end, closing(line, value.start)) == len(line)
}

// Has reports whether something stands at a path in a file, or in what it takes from its base.
func Has(data []byte, path string) bool {
	root, problems := parseTree(data)
	steps, err := pathSteps(path)
	if len(problems) > 0 || err != nil {
		return false
	}
	root.layOver()
	return root.leads(steps)
}

// leads reports whether steps lead to something.
func (n *node) leads(steps []pathStep) bool { return n.follow(steps) != nil }

// A pathStep is a key and, where it leads into a list, which item of it.
type pathStep struct {
	key, item string
	listed    bool
}

// String gives the step as a path has it.
func (s pathStep) String() string {
	if s.listed {
		return s.key + "[" + s.item + "]"
	}
	return s.key
}

// pathSteps takes a path apart. A dot within brackets belongs to a name.
func pathSteps(path string) (steps []pathStep, err error) {
	for rest := path; ; {
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		step := pathStep{key: rest[:end]}
		if rest = rest[end:]; strings.HasPrefix(rest, "[") {
			inner, after, closed := strings.Cut(rest[1:], "]")
			if !closed || inner == "" {
				return nil, fmt.Errorf("a bracket has to name an item, as in region[0].utilisation")
			}
			step.item, step.listed, rest = inner, true, after
		}
		if !isKey(step.key) {
			return nil, fmt.Errorf("a path is made of keys with dots between them, " +
				"as in business.revenue_per_year")
		}
		steps = append(steps, step)
		if rest == "" {
			return steps, nil
		}
		if rest[0] != '.' {
			return nil, fmt.Errorf("after a bracket comes a dot, or nothing")
		}
		rest = rest[1:]
	}
}

// isKey reports whether a word can stand as a key without quotes.
func isKey(word string) bool {
	return word != "" && strings.Trim(word,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// item is an item of a list: that of a number, or of a name.
func (n *node) item(step pathStep) (*node, error) {
	if n.kind != arrayNode {
		return nil, fmt.Errorf("%s is %s, and no list", step.key, n.kind)
	}
	var known []string
	for i, item := range n.items {
		name := item.find("name")
		if step.item == strconv.Itoa(i) || name != nil && name.value.text == step.item {
			return item, nil
		}
		if name != nil {
			known = append(known, name.value.text)
		}
	}
	if len(known) > 0 && unicode.IsLetter(rune(step.item[0])) {
		return nil, fmt.Errorf("no %s is called %s (%s)", step.key, clip(step.item),
			didYouMean(step.item, known))
	}
	return nil, fmt.Errorf("there is no %s: the file has %d of them, counted from 0", step,
		len(n.items))
}

// literal writes a value as TOML, where one of a kind stands now: quoted unless that, or the value
// itself, is none that has quotes.
func literal(value string, now nodeKind) string {
	trimmed := strings.TrimSpace(value)
	_, wrong := strconv.ParseFloat(strings.ReplaceAll(trimmed, "_", ""), 64)
	truth := trimmed == "true" || trimmed == "false"
	bare := now != stringNode && now != dateNode && (wrong == nil || truth)
	if inner := strings.TrimLeft(trimmed, `{["'`); bare || len(inner) < len(trimmed) {
		return trimmed
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// insert writes a key that is missing, whose first steps lead to a table: into it if the file has
// that as a table of its own, or in braces, and else under a new header at the end.
func insert(data []byte, root, table *node, above, missing []pathStep, value string) []byte {
	key := missing[len(missing)-1].key
	line := key + " = " + literal(value, 0)
	inner := missing[:len(missing)-1]
	switch {
	case table.origin == finished && len(inner) == 0:
		end := closing(data, table.start) - 1
		before := bytes.TrimRight(data[:end], " ")
		if len(table.entries) > 0 {
			line = ", " + line
		} else {
			line = " " + line
		}
		return splice(data, len(before), end, line+" ")
	case table.origin == headed && len(inner) == 0:
		at, begun := table.lastLine(data)
		if table == root && !begun {
			return splice(data, 0, 0, line+"\n")
		}
		if at > 0 && data[at-1] != '\n' {
			line = "\n" + line
		}
		return splice(data, at, at, line+"\n")
	}
	names := make([]string, 0, len(above)+len(inner))
	for _, step := range slices.Concat(above, inner) {
		names = append(names, step.key)
	}
	text := "\n[" + strings.Join(names, ".") + "]\n" + line + "\n"
	if len(data) > 0 && data[len(data)-1] != '\n' {
		text = "\n" + text
	}
	return splice(data, len(data), len(data), text)
}

// lastLine is the offset after the line of the last value that stands in a table itself, or after
// its header where there is none.
func (n *node) lastLine(data []byte) (offset int, begun bool) {
	places := newLines(data)
	offset = places.starts[n.at.line-1]
	for _, e := range n.entries {
		if e.value.origin == finished {
			offset, begun = max(offset, e.value.end, closing(data, e.value.start)), true
		}
	}
	if next := bytes.IndexByte(data[offset:], '\n'); next >= 0 {
		return offset + next + 1, begun
	}
	return len(data), begun
}

// closing is the offset after the bracket that closes what opens at an offset, or the offset itself
// where nothing does.
func closing(data []byte, start int) int {
	depth := 0
	for i := start; i < len(data); i++ {
		switch c := data[i]; c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '#':
			for i < len(data) && data[i] != '\n' {
				i++
			}
		case '"', '\'':
			i = quoteEnd(data, i)
		}
		if depth == 0 {
			if i == start && data[i] != '"' && data[i] != '\'' {
				return start
			}
			return min(i+1, len(data))
		}
	}
	return start
}

// quoteEnd is the offset of the quote that ends a string, which begins at an offset.
func quoteEnd(data []byte, start int) int {
	quote := data[start : start+1]
	if triple := bytes.Repeat(quote, 3); bytes.HasPrefix(data[start:], triple) {
		if end := bytes.Index(data[start+3:], triple); end >= 0 {
			return start + 3 + end + 2
		}
		return len(data)
	}
	for i := start + 1; i < len(data); i++ {
		switch {
		case data[i] == '\\' && quote[0] == '"':
			i++
		case data[i] == quote[0]:
			return i
		}
	}
	return len(data)
}

func splice(data []byte, start, end int, text string) []byte {
	return slices.Concat(data[:start], []byte(text), data[end:])
}
