package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table has a row for each thing that is compared. A column whose header starts with "<" holds
// words and is aligned to the left; the others hold numbers. A header may have two lines. Where the
// table would be wider than a line, the words of its columns are wrapped, those of the last one
// first, and where that is not enough, its columns stand in several tables below each other, each
// with the first column.
type table struct {
	headers []string
	rows    [][]string
	// rules are the rows before which a line is drawn, for totals.
	rules map[int]bool
}

// newTable makes a table with these headers.
func newTable(headers ...string) *table { return &table{headers: headers, rules: map[int]bool{}} }

// row adds a row.
func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// rule draws a line before the next row.
func (t *table) rule() { t.rules[len(t.rows)] = true }

func (t *table) text(w io.Writer, l lines) {
	widths := t.widths()
	for i, columns := range t.parts(widths, l.table) {
		if i > 0 {
			fmt.Fprintln(w)
		}
		part := t.part(columns)
		narrowed := part.widths()
		part.narrow(narrowed, l.table)
		part.write(w, narrowed)
	}
}

// write writes the table in columns of these widths.
func (t *table) write(w io.Writer, widths []int) {
	for _, line := range t.headerLines() {
		t.textRow(w, line, widths)
	}
	t.textRule(w, widths)
	for i, row := range t.rows {
		if t.rules[i] {
			t.textRule(w, widths)
		}
		t.textRow(w, row, widths)
	}
}

// parts are the columns of each table that this one has to be written as: as many as fit beside
// the first one, which begins all of them.
func (t *table) parts(widths []int, width int) (all [][]int) {
	columns, total := []int{0}, t.least(0, widths[0])
	for i := 1; i < len(widths); i++ {
		needs := columnSpace + t.least(i, widths[i])
		if total+needs > width && len(columns) > 1 {
			all = append(all, columns)
			columns, total = []int{0}, t.least(0, widths[0])
		}
		columns, total = append(columns, i), total+needs
	}
	return append(all, columns)
}

// least is how narrow a column of this width can be made.
func (t *table) least(column, width int) int {
	if t.isWords(column) {
		return min(width, narrowestWords)
	}
	return width
}

// part is the table of some of the columns.
func (t *table) part(columns []int) *table {
	pick := func(cells []string) (some []string) {
		for _, i := range columns {
			some = append(some, cells[i])
		}
		return some
	}
	part := &table{headers: pick(t.headers), rules: t.rules}
	for _, row := range t.rows {
		part.rows = append(part.rows, pick(row))
	}
	return part
}

// headerLines splits the headers into lines, the shorter headers at the bottom.
func (t *table) headerLines() [][]string {
	upper, lower := make([]string, len(t.headers)), make([]string, len(t.headers))
	split := false
	for i, header := range t.headers {
		first, second, found := strings.Cut(strings.TrimPrefix(header, "<"), "\n")
		if !found {
			first, second = "", first
		}
		upper[i], lower[i] = first, second
		split = split || found
	}
	if split {
		return [][]string{upper, lower}
	}
	return [][]string{lower}
}

func (t *table) isWords(column int) bool { return strings.HasPrefix(t.headers[column], "<") }

func (t *table) widths() []int {
	widths := make([]int, len(t.headers))
	for _, row := range append(t.headerLines(), t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// columnSpace is between two columns, and narrowestWords the least width of wrapped words: a
// sentence in fewer characters is hard to read.
const columnSpace, narrowestWords = 2, 20

// narrow makes columns of words narrower where the table is too wide: the last one first, then
// whichever is widest.
func (t *table) narrow(widths []int, width int) {
	last, excess := len(widths)-1, -columnSpace-width
	for _, w := range widths {
		excess += w + columnSpace
	}
	for ; excess > 0; excess-- {
		widest := last
		if widths[last] == t.least(last, widths[last]) {
			for i := range widths {
				if widths[i]-t.least(i, widths[i]) > widths[widest]-t.least(widest, widths[widest]) {
					widest = i
				}
			}
		}
		if widths[widest] == t.least(widest, widths[widest]) {
			return
		}
		widths[widest]--
	}
}

// textRow writes a row, and below it what of its cells did not fit.
func (t *table) textRow(w io.Writer, cells []string, widths []int) {
	wrapped, most := make([][]string, len(cells)), 0
	for i, cell := range cells {
		wrapped[i] = wrap(cell, widths[i])
		most = max(most, len(wrapped[i]))
	}
	for n := range most {
		line := make([]string, len(cells))
		for i := range cells {
			if n < len(wrapped[i]) {
				line[i] = wrapped[i][n]
			}
		}
		t.textLine(w, line, widths)
	}
}

func (t *table) textLine(w io.Writer, cells []string, widths []int) {
	var b strings.Builder
	for i, cell := range cells {
		gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.isWords(i) {
			b.WriteString(cell + gap + "  ")
		} else {
			b.WriteString(gap + cell + "  ")
		}
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

func (t *table) textRule(w io.Writer, widths []int) {
	var lines []string
	for _, width := range widths {
		lines = append(lines, strings.Repeat("-", width))
	}
	fmt.Fprintln(w, strings.Join(lines, "  "))
}

func (t *table) markdown(w io.Writer) {
	var names, alignment []string
	for i, header := range t.headers {
		names = append(names, strings.ReplaceAll(strings.TrimPrefix(header, "<"), "\n", " "))
		if t.isWords(i) {
			alignment = append(alignment, ":---")
		} else {
			alignment = append(alignment, "---:")
		}
	}
	t.markdownRow(w, names)
	fmt.Fprintf(w, "| %s |\n", strings.Join(alignment, " | "))
	for _, row := range t.rows {
		t.markdownRow(w, row)
	}
}

func (t *table) markdownRow(w io.Writer, cells []string) {
	var escaped []string
	for _, cell := range cells {
		escaped = append(escaped, escape(strings.TrimLeft(cell, " ")))
	}
	fmt.Fprintf(w, "| %s |\n", strings.Join(escaped, " | "))
}
