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
type document struct {
	blocks []block
	// columns is how many characters a line may have, 0 where no terminal and nobody says.
	columns int
}

// lines are how many characters a line of running text, and one of a table, may have, and one of
// what takes all that there is, 0 where nobody says.
type lines struct{ text, table, whole int }

// linesOf are those in so many columns; 0 is as many as there have to be.
func linesOf(columns int) lines {
	if columns == 0 {
		return lines{textWidth, tableWidth, 0}
	}
	columns = max(columns, narrowestLine)
	return lines{min(columns, textWidth), min(columns, tableWidth), columns}
}

// block is one part of a document.
type block interface {
	text(w io.Writer, l lines)
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
	l := linesOf(d.columns)
	d.write(w, func(b block, w io.Writer) { b.text(w, l) })
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

func (h heading) text(w io.Writer, l lines) {
	longest := 0
	for _, line := range wrap(string(h), l.text) {
		fmt.Fprintln(w, line)
		longest = max(longest, utf8.RuneCountInString(line))
	}
	fmt.Fprintln(w, strings.Repeat("-", longest))
}

func (h heading) markdown(w io.Writer) { fmt.Fprintf(w, "## %s\n", escape(string(h))) }

type paragraph string

func (p paragraph) text(w io.Writer, l lines) { writeWithin(w, l.text, string(p), "", "") }
func (p paragraph) markdown(w io.Writer)      { fmt.Fprintf(w, "%s\n", escape(string(p))) }

type command string

func (c command) text(w io.Writer, _ lines) { fmt.Fprintf(w, "  %s\n", c) }
func (c command) markdown(w io.Writer)      { fmt.Fprintf(w, "    %s\n", c) }

type list []string

func (l list) text(w io.Writer, in lines) {
	for _, item := range l {
		writeWithin(w, in.text, item, "- ", "  ")
	}
}

func (l list) markdown(w io.Writer) {
	for _, item := range l {
		fmt.Fprintf(w, "- %s\n", escape(item))
	}
}

// story is a list of moments whose text is aligned; lines under a moment are details of it.
type story struct{ moments []moment }

type moment struct {
	at, where, what string
	details         []detail
}

// detail is a line under a moment: a label, and what there is to say about it.
type detail struct{ label, text string }

func (s *story) text(w io.Writer, l lines) { s.writeText(w, l.text) }

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
		under := indent
		if width-len(indent)-labelWidth-4 < narrowestWords {
			under = ""
		}
		hanging := under + strings.Repeat(" ", labelWidth+4)
		for _, d := range m.details {
			label := fmt.Sprintf("%s  %-*s  ", under, labelWidth, d.label)
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

// wrap splits a text into lines of at most this many columns, at least one. A word that is longer,
// such as an address, is broken.
func wrap(text string, width int) []string {
	if utf8.RuneCountInString(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range shortened(wordsOf(text), width) {
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

// longestWord is how long a word may be on any line: nothing that is said is longer but an address.
const longestWord = 30

// shortened breaks the words that are longer than a line, after a mark where there is one.
func shortened(words []string, width int) (all []string) {
	width = max(width, longestWord)
	for _, word := range words {
		rest := []rune(word)
		for len(rest) > width {
			end := width
			for i := width - 1; i > 0; i-- {
				if strings.ContainsRune("/-_.", rest[i]) {
					end = i + 1
					break
				}
			}
			all, rest = append(all, string(rest[:end])), rest[end:]
		}
		all = append(all, string(rest))
	}
	return all
}

// writeWithin writes a text in lines of at most this many columns, the first one after one prefix
// and the others after another of the same width.
func writeWithin(w io.Writer, width int, text, first, rest string) {
	prefix, text := first, strings.Join(strings.Fields(text), " ")
	for _, line := range wrap(text, width-utf8.RuneCountInString(first)) {
		fmt.Fprintln(w, strings.TrimRight(prefix+line, " "))
		prefix = rest
	}
}
