package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// kinds are what the results of a run are filed under.
const (
	asynchronous = "asynchronous"
	synchronous  = "synchronous"
)

// kind is which one a run is of.
func (o *options) kind() string {
	if o.synchronous {
		return synchronous
	}
	return asynchronous
}

// resultFile is where one run, of several, leaves what it has measured and said.
func (o *options) resultFile(run int, ending string) string {
	return filepath.Join(o.results, fmt.Sprintf("%s-%02d.%s", o.kind(), run, ending))
}

// block is a part of a document that is written by what was measured.
var block = regexp.MustCompile("(?s)<!-- demo (run|spread) (" + asynchronous + "|" + synchronous +
	") -->\n.*?<!-- end -->")

// document writes the parts of a document anew, from the results in a folder. Nothing of what was
// measured is typed.
func document(path, results string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	var wrong []error
	written := block.ReplaceAllStringFunc(string(text), func(old string) string {
		words := block.FindStringSubmatch(old)
		part, err := partOf(words[1], words[2], results)
		if err != nil {
			wrong = append(wrong, err)
			return old
		}
		return "<!-- demo " + words[1] + " " + words[2] + " -->\n" + part + "<!-- end -->"
	})
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	if err := os.WriteFile(path, []byte(written), 0o644); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}

// partOf is one part: what the last run of a kind has said, or how far the runs lie apart.
func partOf(what, kind, folder string) (string, error) {
	paths, _ := filepath.Glob(filepath.Join(folder, kind+"-*.json"))
	if len(paths) == 0 {
		return "", fmt.Errorf("%s has no results of the kind %s", folder, kind)
	}
	slices.Sort(paths)
	if what == "run" {
		last := paths[len(paths)-1]
		text, err := os.ReadFile(strings.TrimSuffix(last, ".json") + ".txt")
		return "```\n" + string(text) + "```\n", err
	}
	runs := make([]result, len(paths))
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read a result: %w", err)
		}
		if err := json.Unmarshal(text, &runs[i]); err != nil {
			return "", fmt.Errorf("read %s: %w", path, err)
		}
		if !runs[i].Predicted.Judged {
			return "", fmt.Errorf("%s: %w", path, errUnjudged)
		}
	}
	return spread(runs), nil
}

// figure is one that every run has, measured as finely as it can be told from another one.
type figure struct {
	name string
	fine float64
	of   func(r *result) (measured float64, p *prediction)
}

// figures are those of a run, in the order in which they are told.
func figures() (all []figure) {
	for i, phase := range (&phases{}).each() {
		all = append(all, figure{phase.name, same, func(r *result) (float64, *prediction) {
			p := r.Predicted.Phases[phase.name]
			return r.Measured.Phases.each()[i].value, &p
		}})
	}
	return append(all,
		figure{"RTO", same, func(r *result) (float64, *prediction) {
			return r.Measured.RTO, &r.Predicted.RTO
		}},
		figure{"RPO", sameLoss, func(r *result) (float64, *prediction) {
			return r.Measured.RPO, &r.Predicted.RPO
		}},
	)
}

// spread tells how far several runs lie apart, and how many of them lie in what was predicted.
func spread(runs []result) string {
	var b strings.Builder
	b.WriteString("| | least | median | most | simulated: 95 of 100 runs | measured runs in that |\n" +
		"|---|---|---|---|---|---|\n")
	for _, f := range figures() {
		var values []float64
		within := 0
		var p *prediction
		for i := range runs {
			var value float64
			value, p = f.of(&runs[i])
			values = append(values, value)
			if value >= p.Low-f.fine && value <= p.High+f.fine {
				within++
			}
		}
		slices.Sort(values)
		const half = 0.5
		fmt.Fprintf(&b, "| %s | %.2f s | %.2f s | %.2f s | %.2f to %.2f s | %d of %d |\n", f.name,
			values[0], quantile(values, half), values[len(values)-1], p.Low, p.High, within, len(runs))
	}
	counted := []struct {
		name string
		of   func(r *result) int
	}{
		{"rows acknowledged", func(r *result) int { return r.Rows.Acknowledged }},
		{"rows lost of them", func(r *result) int { return r.Rows.Lost }},
		{"rows that the old primary held alone", func(r *result) int { return r.Diverged.Orders }},
		{"transactions archived beyond those and heartbeats", func(r *result) int {
			return r.Diverged.Archive.Transactions - r.Diverged.Orders - r.Diverged.Heartbeats
		}},
		{"instants at which two took writes", func(r *result) int {
			if r.Writable.Overlap {
				return 1
			}
			return 0
		}},
	}
	b.WriteString("\n| | least | most | all runs |\n|---|---|---|---|\n")
	for _, c := range counted {
		least, most, sum := c.of(&runs[0]), c.of(&runs[0]), 0
		for i := range runs {
			n := c.of(&runs[i])
			least, most, sum = min(least, n), max(most, n), sum+n
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", c.name, least, most, sum)
	}
	return b.String()
}
