package tui

import (
	"strings"

	"redoubt/tui/canvas"
)

// A piece is a part of a line, of one style.
type piece struct {
	style canvas.Style
	text  string
}

// A line is what stands on one row.
type line []piece

// lines are rows that are written one after the other, and may be more than there is room for.
type lines []line

// add writes a row.
func (l *lines) add(parts ...piece) { *l = append(*l, parts) }

// say writes a text of one style, over several rows of so many columns where it takes them. It
// begins as far right as it says itself, and is indented by so many columns from the second row on.
func (l *lines) say(width, hang int, style canvas.Style, text string) {
	if canvas.Width(text) <= width {
		l.add(piece{style, text})
		return
	}
	indent := spaces(len(text) - len(strings.TrimLeft(text, " ")))
	for _, part := range canvas.Wrap(text, max(width-max(hang, len(indent)), 1)) {
		l.add(piece{style, indent + part})
		indent = spaces(hang)
	}
}

// title begins a part.
func (l *lines) title(text string) { l.add(piece{canvas.Title, text}) }

// stacked are parts below each other, with an empty row between two that have any.
func stacked(parts ...lines) (all lines) {
	for _, part := range parts {
		if len(all) > 0 && len(part) > 0 {
			all.add()
		}
		all = append(all, part...)
	}
	return all
}

// table writes rows of cells below each other: each column is as wide as its widest cell, and two
// columns lie between them. A row ends with its last cell that is not empty, so that no blanks are
// cut off behind it as if they were a text.
func (l *lines) table(rows ...[]piece) {
	const gap = 2
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], canvas.Width(cell.text))
		}
	}
	for _, row := range rows {
		for len(row) > 0 && row[len(row)-1].text == "" {
			row = row[:len(row)-1]
		}
		var made line
		for i, cell := range row {
			if made = append(made, cell); i < len(row)-1 {
				blanks := widths[i] + gap - canvas.Width(cell.text)
				made = append(made, piece{canvas.Plain, spaces(blanks)})
			}
		}
		l.add(made...)
	}
}

// width is that of the widest row.
func (l lines) width() (most int) {
	for _, row := range l {
		sum := 0
		for _, part := range row {
			sum += canvas.Width(part.text)
		}
		most = max(most, sum)
	}
	return most
}

// spaces are so many of them.
func spaces(count int) string {
	const some = "                                                                "
	text := ""
	for ; count > len(some); count -= len(some) {
		text += some
	}
	return text + some[:max(count, 0)]
}

// draw writes as many rows as there is room for, from one on, and returns the first that it may
// begin with so that no room stays empty. What is old is drawn faintly, whatever it means.
func (l lines) draw(area canvas.Area, from int, old bool) int {
	from = max(0, min(from, len(l)-area.Height))
	for y, row := range l[from:] {
		if y >= area.Height {
			break
		}
		x := 0
		for _, part := range row {
			style := part.style
			if old {
				style = canvas.Dim
			}
			x = area.Text(x, y, style, canvas.Fit(part.text, area.Width-x))
		}
	}
	return from
}
