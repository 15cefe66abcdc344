package scenarios

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// place is where something stands in a file; line and column count from 1.
type place struct{ line, column int }

// nodeKind says what a node holds.
type nodeKind uint8

const (
	tableNode nodeKind = iota + 1
	arrayNode
	stringNode
	integerNode
	floatNode
	boolNode
	dateNode
)

// String gives the kind as a sentence names it.
func (k nodeKind) String() string {
	switch k {
	case tableNode:
		return "a table"
	case arrayNode:
		return "a list"
	case stringNode:
		return "a string"
	case integerNode, floatNode:
		return "a bare number"
	case boolNode:
		return "true or false"
	case dateNode:
		return "a date"
	}
	return "nothing"
}

// origin says what made a table or a list, which decides whether more may be added to it.
type origin uint8

const (
	implied  origin = iota // By a longer header: [a.b] makes a.
	headed                 // By its own header.
	dotted                 // By a dotted key: a.b = 1 makes a.
	finished               // By an inline value, which is complete.
)

// node is a value with its place.
type node struct {
	kind    nodeKind
	origin  origin
	at      place
	start   int // Byte offset of the value, for scalars.
	end     int
	text    string // The scalar as text, with escapes resolved.
	entries []entry
	index   map[string]int // Of the entries, by key.
	items   []*node
}

// add appends an entry to a table.
func (n *node) add(e entry) {
	if n.index == nil {
		n.index = map[string]int{}
	}
	n.index[e.key] = len(n.entries)
	n.entries = append(n.entries, e)
}

// entry is one key of a table.
type entry struct {
	key   string
	at    place
	value *node
}

// find returns the entry of this key, or nil.
func (n *node) find(key string) *entry {
	if i, ok := n.index[key]; ok {
		return &n.entries[i]
	}
	return nil
}

// locate finds the place of a path such as region[1].utilisation. Where the path leads to nothing,
// as for a key that is missing, it is the place of the nearest thing around it.
func (n *node) locate(path string) place {
	at, here := n.at, n
	for _, step := range strings.Split(path, ".") {
		key, indexes, _ := strings.Cut(step, "[")
		e := here.find(key)
		if e == nil {
			return at
		}
		at, here = e.at, e.value
		if here.origin == finished {
			at = here.at
		}
		for _, index := range strings.Split(strings.TrimSuffix(indexes, "]"), "][") {
			i, err := strconv.Atoi(index)
			if err != nil || i < 0 || i >= len(here.items) {
				break
			}
			here = here.items[i]
			at = here.at
		}
	}
	return at
}

// lines maps byte offsets of a file to places.
type lines struct {
	data   []byte
	starts []int
}

func newLines(data []byte) lines {
	starts := []int{0}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return lines{data: data, starts: starts}
}

// place returns where the byte at offset stands; an offset past the end is moved to it.
func (l lines) place(offset int) place {
	offset = min(max(offset, 0), len(l.data))
	low, high := 0, len(l.starts)
	for high-low > 1 {
		middle := (low + high) / 2
		if l.starts[middle] <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	return place{line: low + 1, column: utf8.RuneCount(l.data[l.starts[low]:offset]) + 1}
}
