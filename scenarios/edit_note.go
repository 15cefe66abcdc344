package scenarios

import (
	"bytes"
	"strings"
)

// ApplyNoted makes changes as Apply does, and says at the end of each line that has another value
// by whom it was changed and what it was: the comments of the file are of what stood there.
func ApplyNoted(data []byte, by string, edits ...Edit) ([]byte, error) {
	next, err := Apply(data, edits...)
	if err != nil {
		return nil, err
	}
	before, _ := parseTree(data)
	before.layOver()
	for _, edit := range edits {
		next = edit.noted(next, before, by)
	}
	return next, nil
}

// noted is a changed file with a note at the value of an edit, unless that is what it was before,
// or was nowhere. A line that ends within a string has no room for one.
func (e Edit) noted(data []byte, before *node, by string) []byte {
	steps, err := pathSteps(e.Path)
	if err != nil {
		return data
	}
	root, _ := parseTree(data)
	was, now := before.follow(steps), root.follow(steps)
	if was == nil || now == nil || now.origin != finished ||
		was.text == now.text && was.text != "" {
		return data
	}
	at := max(now.end, closing(data, now.start))
	rest, _, _ := bytes.Cut(data[at:], []byte("\n"))
	if bytes.Contains(rest, []byte(`"""`)) || bytes.Contains(rest, []byte(`'''`)) {
		return data
	}
	note := "Changed in " + by
	if was.text != "" && !strings.Contains(was.text, "\n") {
		if above := root.follow(steps[:len(steps)-1]); above.origin == finished {
			note += "; " + steps[len(steps)-1].key // One of several values of the line.
		} else {
			note += ";"
		}
		note += " was " + was.text
	}
	trimmed := bytes.TrimRight(rest, " \t\r")
	mark := "  # "
	if commented(trimmed) {
		mark = " "
	}
	if bytes.Contains(trimmed, []byte(note+".")) {
		return data
	}
	return splice(data, at+len(trimmed), at+len(trimmed), mark+note+".")
}

// commented reports whether the rest of a line has a comment: a # in a string begins none.
func commented(rest []byte) bool {
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '#':
			return true
		case '"', '\'':
			i = quoteEnd(rest, i)
		}
	}
	return false
}

// follow is what steps lead to, nil where that is nothing.
func (n *node) follow(steps []pathStep) *node {
	for _, step := range steps {
		found := n.find(step.key)
		if found == nil {
			return nil
		}
		if n = found.value; step.listed {
			item, err := n.item(step)
			if err != nil {
				return nil
			}
			n = item
		}
	}
	return n
}
