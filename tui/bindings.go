package tui

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Binding gives an action a key in place of those that it has by itself.
type Binding struct {
	// Action and Key are as they are written, which may be wrong.
	Action, Key string
	// at and keyAt say where they are written, before what is wrong with them.
	at, keyAt string
}

// Bind reads a binding of a command line, as quit=ctrl+q.
func Bind(text string) Binding {
	action, key, _ := strings.Cut(text, "=")
	at := "--bind " + text
	return Binding{action, key, at, at}
}

// ReadBindings reads a file of bindings: on each line an action, an equals sign and its keys with
// spaces between them, as in "quit = q ctrl+q". A line that begins with # says nothing. What is
// wrong with any of it NewKeymap says, with its line and column; name is that of the file.
func ReadBindings(name, text string) (all []Binding) {
	for i, line := range strings.Split(text, "\n") {
		place := func(before string) string {
			return fmt.Sprintf("%s:%d:%d", name, i+1, utf8.RuneCountInString(before)+1)
		}
		indented := strings.TrimLeft(line, " \t\r")
		if indented == "" || indented[0] == '#' {
			continue
		}
		written, rest, _ := strings.Cut(line, "=")
		b := Binding{
			Action: strings.TrimSpace(written), at: place(line[:len(line)-len(indented)]),
			keyAt: place(line),
		}
		keys := strings.Fields(rest)
		if len(keys) == 0 {
			all = append(all, b)
		}
		from := len(line) - len(rest)
		for _, key := range keys {
			from += strings.Index(line[from:], key)
			b.Key, b.keyAt = key, place(line[:from])
			all = append(all, b)
			from += len(key)
		}
	}
	return all
}

// Without leaves out what others bind too: what is said at the command line counts before a file.
func Without(bindings, others []Binding) []Binding {
	return slices.DeleteFunc(slices.Clone(bindings), func(b Binding) bool {
		return slices.ContainsFunc(others, func(o Binding) bool { return o.Action == b.Action })
	})
}

// wrong says what is wrong with a binding by itself, and where; "" if nothing is.
func (b Binding) wrong() string {
	known := slices.Contains(allActions(), action(b.Action))
	switch {
	case b.Key == "" && known:
		return b.keyAt + ": " + b.Action + " is given no key: write it as quit=ctrl+q"
	case b.Key == "":
		return fmt.Sprintf("%s: %q is no binding: write it as quit=ctrl+q", b.at, b.Action)
	case !known:
		return fmt.Sprintf("%s: there is no action %q: the help (?) names them", b.at, b.Action)
	case len(b.Key) == 1 && b.Key[0] >= '1' && b.Key[0] <= '9':
		return b.keyAt + ": " + b.Key + " leads to a view, and does nothing else"
	case !isKey(b.Key):
		return fmt.Sprintf("%s: there is no key %q: write a letter, ctrl+q, alt+q, f5, enter, space or "+
			"shift+tab", b.keyAt, b.Key)
	}
	return ""
}

// namedKeys are the keys that have no letter, as terminals tell them.
var namedKeys = []string{
	"enter", "esc", "tab", "space", "backspace", "delete", "insert", "home", "end", "pgup", "pgdown",
	"up", "down", "left", "right", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11",
	"f12",
}

// isKey reports whether a terminal can tell of such a key: a letter, or a named key, some of ctrl,
// alt and shift before it.
func isKey(key string) bool {
	base := key
	for _, held := range []string{"ctrl+", "alt+", "shift+"} {
		base = strings.TrimPrefix(base, held)
	}
	if letter, size := utf8.DecodeRuneInString(base); size > 0 && size == len(base) {
		return unicode.IsGraphic(letter) && letter != ' '
	}
	return slices.Contains(namedKeys, base)
}
