package scenarios

import (
	"bytes"
	"slices"
	"strings"
)

// owned is a file with what a path leads into and the file leaves to its base as a whole, a list or
// a table in braces, written into it as it stands there: who changes one value of it says all of
// it. It reports whether there was such a thing.
func owned(data []byte, root *node, steps []pathStep) (next []byte, was bool) {
	named := root.find("base")
	if named == nil || indexOf(ownKeys, steps[0].key) >= 0 {
		return nil, false
	}
	source, known := estateSource(named.value.text)
	if !known {
		return nil, false
	}
	all, problems := parseTree(source)
	if len(problems) > 0 {
		return nil, false // Read says so of the base.
	}
	mine, depth, below := root, 0, all
	for i, step := range steps {
		theirs := below.find(step.key)
		if theirs == nil {
			return nil, false
		}
		var own *entry
		if depth == i {
			own = mine.find(step.key)
		}
		value, last := theirs.value, i == len(steps)-1
		switch {
		case own != nil && (own.value.kind != tableNode || own.value.origin == finished):
			return nil, false // It is the file's.
		case own == nil && value.kind == arrayNode && value.origin == headed && step.listed:
			return appended(data, named.value.text, steps[:i+1], value.blocks(source, all)), true
		case own == nil && value.origin == finished && (step.listed || !last):
			text := string(source[value.start:max(value.end, closing(source, value.start))])
			return insert(data, root, mine, steps[:depth], steps[depth:i+1], text), true
		case value.kind != tableNode || value.origin == finished:
			return nil, false
		}
		if below = value; own != nil {
			mine, depth = own.value, i+1
		}
	}
	return nil, false
}

// appended is a file with a list of its base at its end.
func appended(data []byte, base string, path []pathStep, blocks []byte) []byte {
	var keys []string
	for _, step := range path {
		keys = append(keys, step.key)
	}
	data = append(bytes.TrimRight(slices.Clone(data), "\n"), "\n\n# All [["+strings.Join(keys, ".")+
		"]] of "+base+", since one of them differs.\n\n"...)
	return append(data, blocks...)
}

// blocks are the bytes of a list of tables with headers, and of what lies within them, each with
// the comment right above its header.
func (n *node) blocks(data []byte, root *node) (blocks []byte) {
	headers := root.headers(nil)
	slices.Sort(headers)
	starts := newLines(data).starts
	for _, line := range slices.Sorted(slices.Values(n.headers(nil))) {
		end := len(data)
		if i, _ := slices.BinarySearch(headers, line+1); i < len(headers) {
			end = starts[headers[i]-1]
		}
		begin := starts[line-1]
		for above := line - 2; above >= 0 && data[starts[above]] == '#'; above-- {
			begin = starts[above]
		}
		text := bytes.TrimRight(data[begin:end], "\n")
		for { // What stands above the next header is about that.
			at := bytes.LastIndexByte(text, '\n')
			if at < 0 || text[at+1] != '#' {
				break
			}
			text = bytes.TrimRight(text[:at], "\n")
		}
		if len(blocks) > 0 {
			blocks = append(blocks, '\n')
		}
		blocks = append(append(blocks, text...), '\n')
	}
	return blocks
}

// headers are the lines of the headers in a node, in any order.
func (n *node) headers(lines []int) []int {
	if n.kind == tableNode && n.origin == headed {
		lines = append(lines, n.at.line)
	}
	for _, e := range n.entries {
		lines = e.value.headers(lines)
	}
	for _, item := range n.items {
		lines = item.headers(lines)
	}
	return lines
}
