package scenarios_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"redoubt/scenarios"
)

// A file that a person names by mistake, such as a disk's image or a device, is refused after its
// beginning: none of it is read that is not needed to say so.
func TestAFileThatIsTooLongIsNotReadWhole(t *testing.T) {
	const size, most = 256 << 20, 32 << 20
	folder := t.TempDir()
	huge := sparse(t, filepath.Join(folder, "huge.toml"), size)
	for _, record := range []string{"lag.csv", "outages.csv"} {
		sparse(t, filepath.Join(folder, record), size)
	}
	scenario, err := os.ReadFile("testdata/good/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() error{
		"a scenario": func() error { _, err := scenarios.Load(huge); return err },
		"any file":   func() error { _, err := scenarios.ReadFile(huge, 1000); return err },
		"a record": func() error {
			_, err := scenarios.ReadBeside(os.DirFS(folder), "f", scenario)
			return err
		},
		"a copy of a record": func() error {
			records, err := scenarios.Records(filepath.Join(folder, "f.toml"), scenario)
			if len(records["lag.csv"]) <= 4<<20 {
				t.Errorf("a record that is too long is cut to %d bytes", len(records["lag.csv"]))
			}
			return errors.Join(err, errors.New("has more than"))
		},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := read()
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "has more than") {
			t.Errorf("%s: got the error %v, want that it is too long", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%s took %d MiB to refuse", name, took>>20)
		}
	}
}

// sparse makes a file of so many zeros, which take no room on the disk.
func sparse(t *testing.T, path string, size int64) string {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return path
}

// The limit is of what a file says: the mark of UTF-8 before it does not count, nor hide its end.
func TestAFileUpToTheLimitIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.toml")
	small, err := os.ReadFile("testdata/good/minimal.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		size int
		mark string
		ok   bool
	}{
		{scenarios.MaxFileBytes, "", true}, {scenarios.MaxFileBytes, "\ufeff", true},
		{scenarios.MaxFileBytes + 1, "", false}, {scenarios.MaxFileBytes + 1, "\ufeff", false},
	} {
		text := c.mark + string(small) + strings.Repeat("#\n", c.size)[:c.size-len(small)]
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := scenarios.Load(path)
		if (err == nil) != c.ok {
			t.Errorf("%d bytes, mark %q: got the error %v", c.size, c.mark, err)
		}
	}
	_, err = scenarios.ReadFile(path+"-gone", 1)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v for a file that is not there", err)
	}
}
