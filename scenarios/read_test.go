package scenarios_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/scenarios"
)

var update = flag.Bool("update", os.Getenv("UPDATE") != "", "rewrite the golden files")

func TestEveryEmbeddedScenarioLoads(t *testing.T) {
	for _, name := range scenarios.Names() {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Errorf("Load(%q):\n%v", name, err)
			continue
		}
		if s.Name != name {
			t.Errorf("Load(%q) has the name %q", name, s.Name)
		}
	}
	if got, want := len(scenarios.List()), len(scenarios.Names()); got != want || want < 4 {
		t.Errorf("List has %d scenarios, Names has %d, at least 4 are embedded", got, want)
	}
}

func TestEveryGoodFileLoads(t *testing.T) {
	for _, path := range glob(t, "testdata/good/*.toml") {
		if _, err := scenarios.Load(path); err != nil {
			t.Errorf("Load(%q):\n%v", path, err)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files match %s (%v)", pattern, err)
	}
	return paths
}

// wantMark begins the lines at the end of a bad file that say what must be reported about it.
const wantMark = "# want: "

// splitWants divides a bad file into what is read and what must be said about it.
func splitWants(data []byte) (source []byte, wants []string) {
	for line := range bytes.Lines(data) {
		if want, ok := strings.CutPrefix(string(line), wantMark); ok {
			wants = append(wants, strings.TrimRight(want, "\n"))
			continue
		}
		source = append(source, line...)
	}
	return source, wants
}

func TestEveryBadFileGivesItsErrors(t *testing.T) {
	paths := glob(t, "testdata/bad/*.toml")
	if len(paths) < 65 {
		t.Errorf("there are %d bad files, fewer than 65", len(paths))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".toml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			source, wants := splitWants(data)
			s, err := scenarios.ReadBeside(os.DirFS("testdata/bad"), "f", source)
			var problems scenarios.Problems
			if !errors.As(err, &problems) || s != nil {
				t.Fatalf("Read gave %v and the error %v, want Problems alone", s, err)
			}
			var gots []string
			for _, line := range strings.Split(err.Error(), "\n") {
				gots = append(gots, strings.TrimPrefix(line, "f:"))
			}
			if *update {
				writeWants(t, path, source, gots)
				return
			}
			if got, want := strings.Join(gots, "\n"), strings.Join(wants, "\n"); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func writeWants(t *testing.T, path string, source []byte, wants []string) {
	t.Helper()
	for _, want := range wants {
		source = append(source, wantMark+want+"\n"...)
	}
	if err := os.WriteFile(path, source, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoadSuggestsTheNearestName(t *testing.T) {
	for name, hint := range map[string]string{
		"ecommerce-tree-region": `did you mean "ecommerce-three-region"?`,
		"nope":                  "'redoubt scenarios list' has all names",
	} {
		_, err := scenarios.Load(name)
		want := fmt.Sprintf("no embedded scenario is named %q (%s)", name, hint)
		if err == nil || err.Error() != want {
			t.Errorf("Load gave the error %v, want %s", err, want)
		}
	}
}

func TestLoadTellsAFileFromAName(t *testing.T) {
	for _, path := range []string{"nowhere/ecommerce-three-region", "ecommerce-three-region.toml"} {
		if _, err := scenarios.Load(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Load(%q) gave the error %v, want a file that does not exist", path, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, pattern := range []string{
		"testdata/*/*.toml", "library/*.toml", "drills/*.toml", "incidents/*.toml",
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenarios.Read("fuzz", data)
		if (s == nil) == (err == nil) {
			t.Fatalf("Read gave the scenario %v and the error %v, want just one", s, err)
		}
		if s != nil {
			if violations := s.Validate(); len(violations) > 0 {
				t.Fatalf("Read let pass %v", violations)
			}
			return
		}
		checkPlaces(t, data, err)
	})
}

// checkPlaces checks that every problem stands within the file, and that they are in order.
func checkPlaces(t *testing.T, data []byte, err error) {
	t.Helper()
	var problems scenarios.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("the error is %v, want Problems", err)
	}
	lines, last := bytes.Count(data, []byte("\n"))+1, scenarios.Problem{Line: 1, Column: 1}
	for _, p := range problems {
		if p.Line < last.Line || p.Line == last.Line && p.Column < last.Column {
			t.Fatalf("%v comes after %v", p, last)
		}
		if p.Line > lines || p.Text == "" {
			t.Fatalf("%v is not in the %d lines of the file", p, lines)
		}
		last = p
	}
}

func TestAFileThatIsTooLongIsRefused(t *testing.T) {
	_, err := scenarios.Read("f", bytes.Repeat([]byte("#\n"), scenarios.MaxFileBytes))
	want := "f:1:1: the file has more than 262144 bytes"
	if err == nil || err.Error() != want {
		t.Errorf("Read gave the error %v, want %s", err, want)
	}
}

// Editors that mark a file as UTF-8 do no harm, and places are counted without the mark.
func TestTheMarkOfUTF8IsSkipped(t *testing.T) {
	data, err := os.ReadFile("testdata/good/minimal.toml")
	if err != nil {
		t.Fatal(err)
	}
	const mark = "\ufeff"
	if _, err := scenarios.Read("f", append([]byte(mark), data...)); err != nil {
		t.Errorf("Read gave the error %v, want none", err)
	}
	_, err = scenarios.Read("f", []byte(mark+"schema = = 1\n"))
	_, want := scenarios.Read("f", []byte("schema = = 1\n"))
	if err == nil || err.Error() != want.Error() || !strings.HasPrefix(err.Error(), "f:1:") {
		t.Errorf("Read gave the error %v, want %v", err, want)
	}
}

func TestUTF16IsRefused(t *testing.T) {
	for name, mark := range map[string]string{"little": "\xff\xfe", "big": "\xfe\xff"} {
		_, err := scenarios.Read("f", []byte(mark+"s\x00c\x00"))
		want := "f:1:1: the file is in UTF-16 (save it in UTF-8)"
		if err == nil || err.Error() != want {
			t.Errorf("%s: Read gave the error %v, want %s", name, err, want)
		}
	}
}

func TestAListThatIsTooLongIsRefused(t *testing.T) {
	_, err := scenarios.Read("f", bytes.Repeat([]byte("[[region]]\n"), 1001))
	want := "f:1:3: region has 1001 entries, at most 1000 are possible"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Read gave the error %v, want %s", err, want)
	}
}
