package redoubt_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestREADMENamesTheLibraries holds the README's table against what go.mod requires directly.
func TestREADMENamesTheLibraries(t *testing.T) {
	rows := func(path, row string) (found []string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(row).FindAllStringSubmatch(string(text), -1) {
			found = append(found, m[1]+" "+m[2])
		}
		slices.Sort(found)
		return found
	}
	required := rows("go.mod", `(?m)^\t(\S+) (v\d\S*)$`)
	named := rows("README.md", `(?m)^\| (\S+) \| (v\d\S*) \| \S.* \|$`)
	if len(required) == 0 || !slices.Equal(named, required) {
		t.Errorf("README.md names\n%q\ngo.mod requires directly\n%q", named, required)
	}
}
