package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// textWidth is where running text is wrapped: what a terminal and a review both show.
const textWidth = 100

// tableWidth is what the widest table may take, where it can be made to.
const tableWidth = 120

// document is a result for people, in the order in which it is read. It is written as aligned text
// or as Markdown; the views do not know which.
type document struct{ blocks []block }

// block is one part of a document.
type block interface {
	text(w io.Writer)
	markdown(w io.Writer)
}

func (d *document) heading(format string, arguments ...any) {
	d.blocks = append(d.blocks, heading(fmt.Sprintf(format, arguments...)))
}

func (d *document) paragraph(format string, arguments ...any) {
	d.blocks = append(d.blocks, paragraph(fmt.Sprintf(format, arguments...)))
}

func (d *document) list(items ...string) {
	if len(items) > 0 {
		d.blocks = append(d.blocks, list(items))
	}
}

// command shows a command line, which is never wrapped.
func (d *document) command(format string, arguments ...any) {
	d.blocks = append(d.blocks, command(fmt.Sprintf(format, arguments...)))
}

func (d *document) table(t *table) {
	if len(t.rows) > 0 {
		d.blocks = append(d.blocks, t)
	}
}

// story tells moments, if there are any.
func (d *document) story(s *story) {
	if len(s.moments) > 0 {
		d.blocks = append(d.blocks, s)
	}
}

// writeText writes the blocks with an empty line between them.
func (d *document) writeText(w io.Writer) {
	d.write(w, block.text)
}

// writeMarkdown does the same in Markdown.
func (d *document) writeMarkdown(w io.Writer) {
	d.write(w, block.markdown)
}

func (d *document) write(w io.Writer, write func(block, io.Writer)) {
	for i, b := range d.blocks {
		if i > 0 {
			fmt.Fprintln(w)
		}
		write(b, w)
	}
}

type heading string

func (h heading) text(w io.Writer) {
	fmt.Fprintf(w, "%s\n%s\n", h, strings.Repeat("-", utf8.RuneCountInString(string(h))))
}

func (h heading) markdown(w io.Writer) { fmt.Fprintf(w, "## %s\n", escape(string(h))) }

type paragraph string

func (p paragraph) text(w io.Writer)     { writeWrapped(w, string(p), "", "") }
func (p paragraph) markdown(w io.Writer) { fmt.Fprintf(w, "%s\n", escape(string(p))) }

type command string

func (c command) text(w io.Writer)     { fmt.Fprintf(w, "  %s\n", c) }
func (c command) markdown(w io.Writer) { fmt.Fprintf(w, "    %s\n", c) }

type list []string

func (l list) text(w io.Writer) {
	for _, item := range l {
		writeWrapped(w, item, "- ", "  ")
	}
}

func (l list) markdown(w io.Writer) {
	for _, item := range l {
		fmt.Fprintf(w, "- %s\n", escape(item))
	}
}

// table has a row for each thing that is compared. A column whose header starts with "<" holds
// words and is aligned to the left; the others hold numbers. A header may have two lines. Where the
// table would be wider than tableWidth, the words of its last column are wrapped.
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

func (t *table) text(w io.Writer) {
	widths := t.widths()
	t.narrow(widths)
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

// narrow makes the last column narrower, if it holds words and the table is too wide.
func (t *table) narrow(widths []int) {
	last, total := len(widths)-1, 0
	for _, width := range widths {
		total += width + 2
	}
	if excess := total - 2 - tableWidth; excess > 0 && t.isWords(last) {
		const narrowest = 20 // A sentence in fewer columns than this is hard to read.
		widths[last] = min(widths[last], max(narrowest, widths[last]-excess))
	}
}

// textRow writes a row, and below it what of its last cell did not fit.
func (t *table) textRow(w io.Writer, cells []string, widths []int) {
	last := len(cells) - 1
	lines := wrap(cells[last], widths[last])
	for i, line := range lines {
		if i > 0 {
			cells = make([]string, len(cells))
		}
		t.textLine(w, append(cells[:last:last], line), widths)
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

// story is a list of moments whose text is aligned; lines under a moment are details of it.
type story struct{ moments []moment }

type moment struct {
	at, where, what string
	details         []detail
}

// detail is a line under a moment: a label, and what there is to say about it.
type detail struct{ label, text string }

func (s *story) text(w io.Writer) { s.writeText(w, textWidth) }

// writeText writes it in lines of this many columns.
func (s *story) writeText(w io.Writer, width int) {
	atWidth, whereWidth := 0, 0
	for _, m := range s.moments {
		atWidth = max(atWidth, utf8.RuneCountInString(m.at))
		whereWidth = max(whereWidth, utf8.RuneCountInString(m.where))
	}
	indent := strings.Repeat(" ", atWidth+whereWidth+4)
	for _, m := range s.moments {
		first := fmt.Sprintf("%-*s  %-*s  ", atWidth, m.at, whereWidth, m.where)
		writeWithin(w, width, m.what, first, indent)
		labelWidth := 0
		for _, d := range m.details {
			labelWidth = max(labelWidth, utf8.RuneCountInString(d.label))
		}
		hanging := indent + strings.Repeat(" ", labelWidth+4)
		for _, d := range m.details {
			label := fmt.Sprintf("%s  %-*s  ", indent, labelWidth, d.label)
			writeWithin(w, width, d.text, label, hanging)
		}
	}
}

func (s *story) markdown(w io.Writer) {
	for _, m := range s.moments {
		where := ""
		if m.where != "" {
			where = escape(m.where) + ": "
		}
		fmt.Fprintf(w, "- **%s** %s%s\n", m.at, where, escape(m.what))
		for _, d := range m.details {
			fmt.Fprintf(w, "    - %s: %s\n", escape(strings.Join(strings.Fields(d.label), " ")),
				escape(d.text))
		}
	}
}

// escape keeps what Markdown would take for its own.
func escape(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", `\<`, "`", "\\`").Replace(text)
}

// wordsOf splits a text where a line may end: at spaces, but not between a number and its "%".
func wordsOf(text string) []string {
	var words []string
	for _, word := range strings.Fields(text) {
		if last := len(words) - 1; last >= 0 && strings.HasPrefix(word, "%") {
			words[last] += " " + word
			continue
		}
		words = append(words, word)
	}
	return words
}

// wrap splits a text into lines of at most this many columns, at least one. A word that is longer
// has a line to itself.
func wrap(text string, width int) []string {
	if utf8.RuneCountInString(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range wordsOf(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// writeWrapped writes a text in lines of at most textWidth columns, the first one after one prefix
// and the others after another of the same width.
func writeWrapped(w io.Writer, text, first, rest string) {
	writeWithin(w, textWidth, text, first, rest)
}

// writeWithin does the same in lines of another width.
func writeWithin(w io.Writer, width int, text, first, rest string) {
	prefix, text := first, strings.Join(strings.Fields(text), " ")
	for _, line := range wrap(text, width-utf8.RuneCountInString(first)) {
		fmt.Fprintln(w, strings.TrimRight(prefix+line, " "))
		prefix = rest
	}
}
