package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sample finds what a document says a command prints: the command, and the block below it.
var sample = regexp.MustCompile("(?s)<!-- run redoubt ([^\n]*) -->\n```\n(.*?)```\n<!-- end -->")

// TestDocumentsShowWhatIsPrinted runs every command whose output a document shows, from the
// document's own folder, and compares. With -update it writes the document anew.
func TestDocumentsShowWhatIsPrinted(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	samples := 0
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		samples += checkDocument(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if samples < 6 {
		t.Errorf("got %d samples in all documents, want at least 6", samples)
	}
}

// checkDocument compares every sample and every figure of one document with what its command prints
// now.
func checkDocument(t *testing.T, path string) (samples int) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	current := sample.ReplaceAllStringFunc(string(content), func(block string) string {
		samples++
		command := sample.FindStringSubmatch(block)[1]
		printed := printedBy(t, path, command)
		return "<!-- run redoubt " + command + " -->\n```\n" + printed + "```\n<!-- end -->"
	})
	current = replaceFigures(t, path, current)
	switch {
	case current == string(content):
	case *update:
		if err := os.WriteFile(path, []byte(current), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not show what is printed now: run make golden, and review the change", path)
	}
	return samples
}

// printedBy runs a command from the folder of a document.
func printedBy(t *testing.T, path, command string) string {
	t.Helper()
	t.Chdir(filepath.Dir(path))
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), strings.Fields(command), &stdout, &stderr); code != 0 {
		t.Errorf("%s: redoubt %s: exit code %d: %s", path, command, code, stderr.String())
	}
	return stdout.String()
}
