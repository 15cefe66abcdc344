package main

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// narrowestShort is the least width of a column once what it says is short.
const narrowestShort = 11

// checked is what an agent's check came to: which of how many in a row, and what it then says.
var checked = regexp.MustCompile(`^(failed|good) check (\d+/\d+) (.+) of (\S+?)(: it says)?( |$)`)

// shortCheck is the text of a check in a few characters: "api uw2 bad 1/3" of "failed check 1/3 api
// of uw2".
func shortCheck(text string) string {
	m := checked.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	rest := m[6] + text[len(m[0]):]
	if m[5] != "" {
		rest = ":" + rest
	}
	word := m[1]
	if word == "failed" {
		word = "bad"
	}
	return m[3] + " " + m[4] + " " + word + " " + m[2] + rest
}

// short is the timeline with short names of its regions and short words for their checks, in all
// that is told, and narrower columns: what many regions need. A legend says what is short for what.
func (t *timeline) short() *timeline {
	regions := t.columns[:len(t.columns)-1]
	to := shortNames(regions)
	less := &timeline{
		list: t.list, width: t.width, narrowest: narrowestShort,
		columns: append(append([]string{}, to...), t.columns[len(t.columns)-1]),
	}
	for i, name := range regions {
		if to[i] != name {
			less.legend = append(less.legend, to[i]+" is "+name)
		}
	}
	for _, row := range t.rows {
		shorter := timelineRow{at: row.at}
		for _, cell := range row.cells {
			var entries []string
			for _, entry := range cell {
				said := shortCheck(entry)
				less.checks = less.checks || said != entry
				entries = append(entries, renamed(said, regions, to))
			}
			shorter.cells = append(shorter.cells, entries)
		}
		less.rows = append(less.rows, shorter)
	}
	return less
}

// shortNames takes the first letter of each part of a name, and its number: uw2 of us-west-2. Where
// two regions would be called the same, all are r1, r2 and so on.
func shortNames(names []string) []string {
	short, taken := make([]string, len(names)), map[string]bool{}
	for i, name := range names {
		for part := range strings.FieldsFuncSeq(name, notInAName) {
			first, size := utf8.DecodeRuneInString(part)
			if unicode.IsDigit(first) {
				short[i] += part
			} else {
				short[i] += part[:size]
			}
		}
		if short[i] == "" || taken[short[i]] {
			return numbered(names)
		}
		taken[short[i]] = true
	}
	return short
}

func numbered(names []string) []string {
	short := make([]string, len(names))
	for i := range names {
		short[i] = "r" + strconv.Itoa(i+1)
	}
	return short
}

// notInAName ends a part of a name.
func notInAName(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// renamed writes a text with other names in place of some, where they are words of their own.
func renamed(text string, names, to []string) string {
	var b strings.Builder
	for text != "" {
		end := strings.IndexFunc(text, inAWord)
		if end < 0 {
			end = len(text)
		}
		b.WriteString(text[:end])
		text = text[end:]
		end = strings.IndexFunc(text, func(r rune) bool { return !inAWord(r) })
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		for i, name := range names {
			if word == name {
				word = to[i]
				break
			}
		}
		b.WriteString(word)
		text = text[end:]
	}
	return b.String()
}

// inAWord is what the name of a region is made of.
func inAWord(r rune) bool { return r == '-' || r == '_' || !notInAName(r) }
