package tui

import (
	"strings"
	"testing"
)

// bound is a keymap of bindings as a command line has them.
func bound(texts ...string) (Keymap, error) {
	var all []Binding
	for _, text := range texts {
		all = append(all, Bind(text))
	}
	return NewKeymap(all...)
}

// TestKeysCanBeBound has quit be other keys, and a key go from one action to another that has had
// another one bound; and says what cannot be bound, whose key it is, and what helps.
func TestKeysCanBeBound(t *testing.T) {
	m, err := bound("quit=ctrl+q", "quit=Q", "quit=Q")
	if err != nil || m["ctrl+q"] != quit || m["Q"] != quit || m["q"] != "" || m["?"] != help {
		t.Errorf("got %v, %v", m, err)
	}
	m, err = bound("quit=j", "down=down", "find==", "undo=shift+f5")
	if err != nil || m["j"] != quit || m["down"] != down || m["="] != find || m["/"] != "" ||
		m["shift+f5"] != undo {
		t.Errorf("got %v, %v", m, err)
	}
	for _, test := range []struct{ bindings, want string }{
		{"quit", `--bind quit: quit is given no key: write it as quit=ctrl+q`},
		{"fly", `--bind fly: "fly" is no binding: write it as quit=ctrl+q`},
		{"fly=x", `--bind fly=x: there is no action "fly": the help (?) names them`},
		{"quit=?", `--bind quit=?: "?" is the key of help: give help another one too, as help=KEY`},
		{"quit=j", `--bind quit=j: "j" is the key of down: give down another one too, as down=down`},
		{"quit=3", `--bind quit=3: 3 leads to a view, and does nothing else`},
		{"quit=ctrl-q", `--bind quit=ctrl-q: there is no key "ctrl-q": write a letter, ctrl+q, alt+q, ` +
			`f5, enter, space or shift+tab`},
		{"quit=z undo=z", `--bind undo=z: "z" is bound twice, to quit and to undo`},
		{"quit=z undo=q fly=x", "--bind fly=x: there is no action \"fly\": the help (?) names them"},
		{"fly=x undo=q", "--bind fly=x: there is no action \"fly\": the help (?) names them\n" +
			`--bind undo=q: "q" is the key of quit: give quit another one too, as quit=KEY`},
	} {
		_, err := bound(strings.Fields(test.bindings)...)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.bindings, err, test.want)
		}
	}
	for _, key := range []string{"ctrl+alt+x", "é", "alt+enter", "f12", "+", "ctrl++"} {
		if _, err := bound("quit=" + key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, key := range []string{"ctrl+", "f13", "Enter", "\x1b", "qq"} {
		if _, err := bound("quit=" + key); err == nil {
			t.Errorf("%q is taken for a key", key)
		}
	}
}

// TestKeysAreReadFromAFile with their places; what is bound at the command line counts before it.
func TestKeysAreReadFromAFile(t *testing.T) {
	const file = "# mine\n\n  quit = Q ctrl+q\r\nundo=U\nfind = #\n"
	all := ReadBindings("keys", file)
	m, err := NewKeymap(all...)
	if err != nil || m["Q"] != quit || m["ctrl+q"] != quit || m["U"] != undo || m["#"] != find ||
		m["q"] != "" || m["u"] != "" {
		t.Errorf("got %v, %v", m, err)
	}
	over := []Binding{Bind("quit=X")}
	m, err = NewKeymap(append(Without(all, over), over...)...)
	if err != nil || m["X"] != quit || m["Q"] != "" || m["U"] != undo {
		t.Errorf("got %v, %v", m, err)
	}
	const mistaken = "quit = Q  j\n fly=x\nundo\n=\nsave = Q\nswap =\né\t=  ctrl-q"
	const want = `keys:2:2: there is no action "fly": the help (?) names them
keys:3:5: undo is given no key: write it as quit=ctrl+q
keys:4:1: "" is no binding: write it as quit=ctrl+q
keys:5:8: "Q" is bound twice, to quit and to save
keys:6:7: swap is given no key: write it as quit=ctrl+q
keys:7:1: there is no action "é": the help (?) names them
keys:1:11: "j" is the key of down: give down another one too, as down=down`
	if _, err = NewKeymap(ReadBindings("keys", mistaken)...); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
