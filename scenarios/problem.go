package scenarios

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is one thing that is wrong with a scenario file.
type Problem struct {
	// File is the name that Read was given, or that of a trace beside it.
	File string
	// Line and Column count from 1; a column is a character, not a byte.
	Line, Column int
	// Text says what is wrong, Hint what to write instead (or is empty).
	Text, Hint string
}

// String gives the problem as compilers do: file:line:column: text (hint).
func (p Problem) String() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	if p.Hint != "" {
		text += " (" + p.Hint + ")"
	}
	return text
}

// Problems is everything that is wrong with a file, in the order of the file. It is the error of
// Read.
type Problems []Problem

// Error gives one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// sorted puts the problems in the order of their places, then of their texts, without repetitions.
func (p Problems) sorted() Problems {
	sort.SliceStable(p, func(i, j int) bool {
		a, b := p[i], p[j]
		switch {
		case a.File != b.File: // That of the scenario itself has no name yet.
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		case a.Column != b.Column:
			return a.Column < b.Column
		}
		return a.Text < b.Text
	})
	var unique Problems
	for i, problem := range p {
		if i == 0 || problem != p[i-1] {
			unique = append(unique, problem)
		}
	}
	return unique
}
