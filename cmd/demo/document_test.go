package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentsAreWrittenFromResults has two runs be told, and the rest of a document be left
// alone.
func TestDocumentsAreWrittenFromResults(t *testing.T) {
	folder := t.TempDir()
	for run, rto := range map[int]float64{1: 8.4, 2: 12} {
		r := result{Measured: measured{RTO: rto, Phases: phases{Fence: rto / 4}}}
		r.predict(predictedOf(fewest))
		r.Rows = looked{Acknowledged: 100 * run, Lost: run}
		r.Diverged.Orders, r.Diverged.Heartbeats, r.Diverged.Archive.Transactions = run, 1, run+1
		o := options{results: folder}
		if err := r.write(o.resultFile(run, "json")); err != nil {
			t.Fatal(err)
		}
		said := []byte("run " + strings.Repeat("I", run) + "\n")
		if err := os.WriteFile(o.resultFile(run, "txt"), said, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "README.md")
	before := "above\n<!-- demo run asynchronous -->\nold\n<!-- end -->\nbetween\n" +
		"<!-- demo spread asynchronous -->\n<!-- end -->\nbelow\n"
	if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	code := run(t.Context(), []string{"--results", folder, "--document", path}, &out, &complaints)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, &complaints)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"above\n<!-- demo run asynchronous -->\n```\nrun II\n```\n<!-- end -->\nbetween\n",
		"\n| RTO | 8.40 s | 10.20 s | 12.00 s | 8.10 to 11.90 s | 1 of 2 |\n",
		"\n| fence | 2.10 s | 2.55 s | 3.00 s |",
		"\n| rows lost of them | 1 | 2 | 3 |\n",
		"\n| transactions archived beyond those and heartbeats | 0 | 0 | 0 |\n",
		"<!-- end -->\nbelow\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document lacks %q:\n%s", want, text)
		}
	}
}

// TestNoDocumentShowsABandOfTooFewRuns leaves a document as it was.
func TestNoDocumentShowsABandOfTooFewRuns(t *testing.T) {
	folder := t.TempDir()
	var r result
	r.predict(predictedOf(fewest - 1))
	if err := r.write((&options{results: folder}).resultFile(1, "json")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "README.md")
	before := []byte("<!-- demo spread asynchronous -->\n<!-- end -->\n")
	if err := os.WriteFile(path, before, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := document(path, folder); !errors.Is(err, errUnjudged) {
		t.Errorf("got %v, want %v", err, errUnjudged)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("got %q and %v, want it left as it was", after, err)
	}
}

// TestOptionsAreHeld has the demo be told what it cannot do.
func TestOptionsAreHeld(t *testing.T) {
	lost := filepath.Join(t.TempDir(), "README.md")
	text := []byte("<!-- demo run synchronous -->\n<!-- end -->\n")
	if err := os.WriteFile(lost, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]int{
		"west": exitMisused, "--seeds 0": exitMisused, "--runs 0": exitMisused, "--no": exitMisused,
		"--document " + lost: exitMisused,
		"--results " + filepath.Dir(lost) + " --document " + lost: exitFailed,
	} {
		var out, complaints bytes.Buffer
		got := run(t.Context(), strings.Fields(line), &out, &complaints)
		if got != want || complaints.Len() == 0 {
			t.Errorf("%s: got %d and %q, want %d", line, got, &complaints, want)
		}
	}
	if after, err := os.ReadFile(lost); err != nil || !bytes.Equal(after, text) {
		t.Errorf("got %q and %v, want it left as it was", after, err)
	}
}
