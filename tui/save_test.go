package tui

import (
	"os"
	"strings"
	"testing"

	"redoubt/scenarios"
)

// TestASavedFileIsCalledAfterTheOpened and lies beside it: two variants have two names, and that of
// a variant is called after what that was of.
func TestASavedFileIsCalledAfterTheOpened(t *testing.T) {
	t.Chdir(t.TempDir())
	text, _ := scenarios.Source("business-case-50m")
	for _, path := range []string{"est.toml", "theirs/est.toml"} {
		if err := os.MkdirAll("theirs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ opened, want string }{
		{"./est.toml", "./est-changed.toml"}, {"./est.toml", "./est-changed-2.toml"},
		{"./est-changed.toml", "./est-changed-3.toml"},
		{"theirs/est.toml", "theirs/est-changed.toml"},
		{"business-case-50m", "business-case-50m-changed.toml"},
		{"business-case-50m", "business-case-50m-changed-2.toml"},
	} {
		a := opening(t, test.opened, quick...)
		press(a, "2ls")
		if a.prompt == nil || a.prompt.text != test.want {
			t.Errorf("%s: got %+v, want %s", test.opened, a.prompt, test.want)
		}
		press(a, "<enter>")
		if _, err := os.Stat(test.want); err != nil {
			t.Error(err)
		}
	}
}

// TestASavedFileSaysWhatWasChanged on the line that was: what its comments say is of what stood
// there. A schema that is not where the file goes is not named, one that is stays.
func TestASavedFileSaysWhatWasChanged(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, there := range []bool{false, true} {
		if there {
			for _, folder := range []string{"sub", "sub/deep"} {
				if err := os.Mkdir(folder, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile("sub/schema.json", []byte("{}"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		path := map[bool]string{false: "mine.toml", true: "sub/deep/mine.toml"}[there]
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, "2<enter>80M<enter>s<ctrl+u>"+path+"<enter>")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const want = "\nrevenue_per_year = \"$80M\"  # Changed in redoubt tui; was $75M.\n"
		if !strings.Contains(string(text), want) {
			t.Errorf("got\n%.1500s\nwant %q", text, want)
		}
		const from = "# Saved by redoubt tui from ecommerce-three-region.\n"
		if named := strings.HasPrefix(string(text), "#:schema ../schema.json\n"); named != there ||
			!there && !strings.HasPrefix(string(text), from) {
			t.Errorf("a schema is there: %v, and named: %v\n%.200s", there, named, text)
		}
	}
}
