package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// MaxFileBytes bounds a scenario file: ten times what the largest estate needs, and little enough
// that no file takes more than a second or two to refuse.
const MaxFileBytes = 256 << 10

// maxSyntaxProblems bounds how many syntax errors are reported; past it a file is not a scenario at
// all.
const maxSyntaxProblems = 20

// parser builds a tree from TOML. It uses go-toml's own expression parser, which gives the place of
// each key and value, and adds the rules about what may be defined twice.
type parser struct {
	data     []byte
	lines    lines
	root     *node
	current  *node // The table that keys go to.
	problems Problems
}

// parseTree reads a file into a tree. After a syntax error it goes on at the next line that looks
// like the start of an expression, so that one slip does not hide another.
func parseTree(data []byte) (*node, Problems) {
	data = slices.Clip(slices.Clone(data)) // Offsets are computed from capacities.
	p := &parser{data: data, lines: newLines(data)}
	p.root = &node{kind: tableNode, origin: headed, at: place{1, 1}}
	p.current = p.root
	if len(data) > MaxFileBytes {
		p.problem(0, "", "the file has more than %d bytes", MaxFileBytes)
		return p.root, p.problems
	}
	for start := 0; start < len(data) && len(p.problems) < maxSyntaxProblems; {
		failed := p.expressions(start)
		if failed < 0 {
			break
		}
		start = p.resume(max(failed, start))
	}
	return p.root, p.problems
}

func (p *parser) problem(offset int, hint, format string, args ...any) {
	at := p.lines.place(offset)
	p.problems = append(p.problems, Problem{
		Line: at.line, Column: at.column, Text: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// expressions parses from an offset to the end, or to the first syntax error, whose offset it
// returns.
func (p *parser) expressions(start int) int {
	var toml unstable.Parser
	rest := p.data[start:]
	toml.Reset(rest)
	for toml.NextExpression() {
		p.expression(&toml, start, toml.Expression())
	}
	err := toml.Error()
	if err == nil {
		return -1
	}
	offset := len(p.data)
	var syntax *unstable.ParserError
	if errors.As(err, &syntax) {
		offset = len(p.data) - cap(syntax.Highlight)
	}
	if line := p.lines.starts[p.lines.place(offset).line-1]; p.data[line] == '[' {
		p.current = p.table(line, headed) // Its keys must not land in the table before.
	}
	p.problem(offset, "", "%s", err)
	return offset
}

// resume finds the start of the next line that begins an expression: a letter or a bracket in
// column one.
func (p *parser) resume(offset int) int {
	for offset < len(p.data) {
		next := bytes.IndexByte(p.data[offset:], '\n')
		if next < 0 {
			return len(p.data)
		}
		offset += next + 1
		if offset < len(p.data) {
			if c := p.data[offset]; c == '[' || c >= 'a' && c <= 'z' {
				return offset
			}
		}
	}
	return offset
}

func (p *parser) expression(toml *unstable.Parser, start int, e *unstable.Node) {
	switch e.Kind {
	case unstable.Table:
		p.current = p.header(start, e, false)
	case unstable.ArrayTable:
		p.current = p.header(start, e, true)
	case unstable.KeyValue:
		p.keyValue(toml, start, p.current, e)
	}
}

// header opens the table of a [header] or the next one of a [[header]]. A header that cannot be
// opened yields a table that belongs to nothing, so that its keys do not land elsewhere.
func (p *parser) header(start int, e *unstable.Node, list bool) *node {
	here := p.root
	keys := e.Key()
	for keys.Next() {
		key := keys.Node()
		offset := start + int(key.Raw.Offset)
		last := keys.IsLast()
		existing := here.find(string(key.Data))
		if existing == nil {
			here = p.open(here, string(key.Data), offset, last, list)
			continue
		}
		value := existing.value
		switch {
		case last && list && value.kind == arrayNode && value.origin == headed:
			value.items = append(value.items, p.table(offset, headed))
			here = value.items[len(value.items)-1]
		case last && !list && value.kind == tableNode && value.origin == implied:
			value.origin, value.at, existing.at = headed, p.lines.place(offset), p.lines.place(offset)
			here = value
		case !last && value.kind == tableNode && value.origin != finished:
			here = value
		case !last && value.kind == arrayNode && value.origin == headed:
			here = value.items[len(value.items)-1]
		default:
			p.twice(offset, string(key.Data), existing.at)
			return p.table(offset, headed)
		}
	}
	return here
}

// open adds a new table, or a list with its first table, under a key.
func (p *parser) open(parent *node, key string, offset int, last, list bool) *node {
	made := p.table(offset, implied)
	value := made
	if last {
		made.origin = headed
		if list {
			value = &node{kind: arrayNode, origin: headed, at: made.at, items: []*node{made}}
		}
	}
	parent.add(entry{key: key, at: made.at, value: value})
	return made
}

func (p *parser) table(offset int, by origin) *node {
	return &node{kind: tableNode, origin: by, at: p.lines.place(offset)}
}

func (p *parser) twice(offset int, key string, first place) {
	p.problem(offset, "", "%s is defined twice, first on line %d", quote(key), first.line)
}

// keyValue adds key = value to a table, making tables on the way for a dotted key.
func (p *parser) keyValue(toml *unstable.Parser, start int, table *node, e *unstable.Node) {
	keys := e.Key()
	for keys.Next() {
		key := keys.Node()
		offset := start + int(key.Raw.Offset)
		existing := table.find(string(key.Data))
		if keys.IsLast() {
			value := p.value(toml, start, e.Value(), offset+int(key.Raw.Length))
			if existing != nil {
				p.twice(offset, string(key.Data), existing.at)
				return
			}
			table.add(entry{key: string(key.Data), at: p.lines.place(offset), value: value})
			return
		}
		switch {
		case existing == nil:
			next := p.table(offset, dotted)
			table.add(entry{key: string(key.Data), at: next.at, value: next})
			table = next
		case existing.value.kind == tableNode && existing.value.origin == dotted:
			table = existing.value
		default:
			p.twice(offset, string(key.Data), existing.at)
			return
		}
	}
}

// value converts a value; near is an offset before it, for values that carry no place of their own.
func (p *parser) value(toml *unstable.Parser, start int, v *unstable.Node, near int) *node {
	n := &node{origin: finished, text: string(v.Data)}
	n.start, n.end = start+int(v.Raw.Offset), start+int(v.Raw.Offset+v.Raw.Length)
	switch v.Kind {
	case unstable.String:
		n.kind = stringNode
	case unstable.Integer:
		n.kind = integerNode
	case unstable.Float:
		n.kind = floatNode
	case unstable.Bool:
		n.kind = boolNode
	case unstable.InlineTable:
		n.kind = tableNode
		children := v.Children()
		for children.Next() {
			p.keyValue(toml, start, n, children.Node())
		}
	case unstable.Array:
		n.kind = arrayNode
		n.start = p.skip(near)
		near = n.start + 1
		children := v.Children()
		for children.Next() {
			item := p.value(toml, start, children.Node(), near)
			n.items = append(n.items, item)
			near = max(near, item.end)
		}
		n.end = near
	default:
		n.kind = dateNode
	}
	n.at = p.lines.place(n.start)
	return n
}

// skip moves past what may stand between a key or an item and the bracket that opens a list.
func (p *parser) skip(offset int) int {
	for offset < len(p.data) && bytes.IndexByte([]byte(" \t\r\n=,]"), p.data[offset]) >= 0 {
		offset++
	}
	return offset
}
