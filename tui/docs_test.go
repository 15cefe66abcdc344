package tui

import (
	"os"
	"regexp"
	"testing"
)

// A screen in a document stands between these marks, and is one of testdata.
var screens = regexp.MustCompile("(?s)(<!-- screen ([a-z0-9-]+) -->\n```\n)(.*?)(```\n)")

// TestDocumentsShowScreens holds the screens in documents against those that were drawn.
func TestDocumentsShowScreens(t *testing.T) {
	const path = "../README.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	want := screens.ReplaceAllFunc(text, func(block []byte) []byte {
		parts := screens.FindSubmatch(block)
		screen, err := os.ReadFile("testdata/" + string(parts[2]) + ".txt")
		if err != nil {
			t.Error(err)
		}
		shown++
		return append(append(append([]byte{}, parts[1]...), screen...), parts[4]...)
	})
	switch {
	case shown == 0:
		t.Errorf("%s shows no screen", path)
	case string(want) == string(text):
	case *update:
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s shows other screens than are drawn: go test ./tui -update", path)
	}
}
