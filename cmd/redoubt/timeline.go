package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// timeline is a story with a column for each place, so that what happens at the same time stands
// side by side. Where that is too narrow for their names, the regions get short ones; where that
// would be too narrow to read as well, and in Markdown, it is the list.
type timeline struct {
	list *story
	// columns are the places; the last one has what happens nowhere in particular.
	columns []string
	rows    []timelineRow
	// width is what the lines may take, narrowest the least of a column.
	width, narrowest int
	// legend says which names are short for which, checks whether those of the agents are short too.
	legend []string
	checks bool
}

// timelineRow is an instant, as far as it is written out.
type timelineRow struct {
	at string
	// cells are what happened in each column, in its order.
	cells [][]string
}

// narrowest is the least width of a column: a sentence in fewer characters is hard to read.
const narrowest = 14

// columnGap separates two columns.
const columnGap = "  "

// add tells what happened in a column, beside what did at the same time.
func (t *timeline) add(at string, column int, text string) {
	if last := len(t.rows) - 1; last < 0 || t.rows[last].at != at {
		t.rows = append(t.rows, timelineRow{at: at, cells: make([][]string, len(t.columns))})
	}
	cells := t.rows[len(t.rows)-1].cells
	cells[column] = append(cells[column], text)
}

func (t *timeline) markdown(w io.Writer) { t.list.markdown(w) }

func (t *timeline) text(w io.Writer, l lines) {
	if l.whole > 0 {
		fitted := *t
		fitted.width = l.whole
		t = &fitted
	}
	t, widths := t.fit()
	if widths == nil {
		t.list.writeText(w, t.width)
		return
	}
	line := func(cells []string) {
		var b strings.Builder
		for i, cell := range cells {
			gap := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell)))
			b.WriteString(cell + gap + columnGap)
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	t.explain(w)
	line(append([]string{""}, t.columns...))
	rules := make([]string, len(widths))
	for i, width := range widths {
		rules[i] = strings.Repeat("-", width)
	}
	line(rules)
	for _, row := range t.rows {
		for _, cells := range row.lines(widths) {
			line(cells)
		}
	}
	t.details(w)
}

// explain says what is short for what.
func (t *timeline) explain(w io.Writer) {
	var said []string
	if len(t.legend) > 0 {
		said = append(said, strings.Join(t.legend, ", ")+".")
	}
	if t.checks {
		said = append(said, "Bad 2/3: a failed check, the second in a row of the three after which it "+
			"says down. Good: one that did not fail.")
	}
	if len(said) == 0 {
		return
	}
	for _, part := range wrap(strings.Join(said, " "), t.width) {
		fmt.Fprintln(w, part)
	}
	fmt.Fprintln(w)
}

// fit finds the first form that there is room for, with the widths of its columns: without those in
// which nothing happens, or with short names, or both. There are no widths where none fits.
func (t *timeline) fit() (*timeline, []int) {
	for _, form := range []func() *timeline{
		func() *timeline { return t }, t.busy, t.short, func() *timeline { return t.short().busy() },
	} {
		fitted := form()
		if widths := fitted.layout(fitted.columns); widths != nil {
			return fitted, widths
		}
	}
	return t, nil
}

// lines writes a row: the entries of each cell below each other, each wrapped, what follows of an
// entry a little to the right.
func (r *timelineRow) lines(widths []int) (lines [][]string) {
	put := func(n, column int, text string) {
		for len(lines) <= n {
			lines = append(lines, make([]string, len(widths)))
		}
		lines[n][column] = text
	}
	put(0, 0, r.at)
	for i, cell := range r.cells {
		n := 0
		for _, entry := range cell {
			for j, part := range wrap(entry, widths[i+1]-1) {
				if j > 0 {
					part = " " + part
				}
				put(n, i+1, part)
				n++
			}
		}
	}
	return lines
}

// layout gives the width of each column, the times first, or nil where there is no room. Each gets
// what its longest word takes, and what is left goes, one by one, to whichever wraps the most.
func (t *timeline) layout(columns []string) []int {
	widths, entries := make([]int, len(columns)+1), make([][]int, len(columns)+1)
	for i, name := range columns {
		widths[i+1] = max(t.narrowest, utf8.RuneCountInString(name))
	}
	for _, row := range t.rows {
		widths[0] = max(widths[0], utf8.RuneCountInString(row.at))
		for i, cell := range row.cells {
			for _, entry := range cell {
				entries[i+1] = append(entries[i+1], utf8.RuneCountInString(entry))
				for _, word := range wordsOf(entry) {
					widths[i+1] = max(widths[i+1], utf8.RuneCountInString(word)+1)
				}
			}
		}
	}
	left := t.width - len(columns)*len(columnGap)
	for _, width := range widths {
		left -= width
	}
	if left < 0 {
		return nil
	}
	for ; left > 0; left-- {
		most, lines := 0, 0
		for i := range widths {
			if n := wrapped(entries[i], widths[i]); n > lines {
				most, lines = i, n
			}
		}
		if lines == 0 {
			break // Every entry fits on a line.
		}
		widths[most]++
	}
	return widths
}

// wrapped is about how many lines more than one each the entries of these lengths take.
func wrapped(entries []int, width int) (lines int) {
	for _, length := range entries {
		lines += length / width
	}
	return lines
}

// busy is the timeline without the columns in which nothing happens.
func (t *timeline) busy() *timeline {
	less := &timeline{list: t.list, width: t.width, narrowest: t.narrowest, legend: t.legend,
		checks: t.checks}
	var kept []int
	for i, name := range t.columns {
		if slices.ContainsFunc(t.rows, func(r timelineRow) bool { return len(r.cells[i]) > 0 }) {
			kept, less.columns = append(kept, i), append(less.columns, name)
		}
	}
	for _, row := range t.rows {
		shorter := timelineRow{at: row.at}
		for _, i := range kept {
			shorter.cells = append(shorter.cells, row.cells[i])
		}
		less.rows = append(less.rows, shorter)
	}
	return less
}

// details has what the list has below its moments.
func (t *timeline) details(w io.Writer) {
	for _, m := range t.list.moments {
		if len(m.details) == 0 {
			continue
		}
		fmt.Fprintln(w)
		alone := &story{moments: []moment{{
			at: m.at, where: "decided", what: m.what, details: m.details,
		}}}
		alone.writeText(w, t.width)
	}
}

// widthOf is how many characters a line of a terminal has, 0 elsewhere.
func widthOf(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 0
}
