package canvas

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// cell is one column of a row. A character that is two columns wide leaves the second one empty.
type cell struct {
	text  string
	style Style
}

// space is a cell with nothing in it.
const space = " "

// Canvas is a grid of cells.
type Canvas struct {
	// ASCII has all be drawn with characters of ASCII.
	ASCII         bool
	width, height int
	cells         []cell
}

// New returns an empty canvas of so many columns and rows, at least one of each.
func New(width, height int) *Canvas {
	c := &Canvas{}
	c.Reset(width, height)
	return c
}

// Reset empties the canvas and gives it a size.
func (c *Canvas) Reset(width, height int) {
	c.width, c.height = max(width, 1), max(height, 1)
	if size := c.width * c.height; cap(c.cells) < size {
		c.cells = make([]cell, size)
	} else {
		c.cells = c.cells[:size]
	}
	for i := range c.cells {
		c.cells[i] = cell{text: space}
	}
}

// All is the area of the whole canvas.
func (c *Canvas) All() Area { return Area{canvas: c, Width: c.width, Height: c.height} }

// Area is a rectangle of a canvas, with columns and rows counted from 0 at its upper left corner.
// What lies outside of it is not drawn.
type Area struct {
	canvas        *Canvas
	left, top     int
	Width, Height int
}

// Holds reports whether a cell of the whole canvas lies in an area.
func (a Area) Holds(x, y int) bool {
	return x >= a.left && x < a.left+a.Width && y >= a.top && y < a.top+a.Height
}

// Inner is a part of an area, as much of it as lies inside.
func (a Area) Inner(x, y, width, height int) Area {
	right, bottom := min(x+width, a.Width), min(y+height, a.Height)
	x, y = min(max(x, 0), a.Width), min(max(y, 0), a.Height)
	return Area{
		canvas: a.canvas, left: a.left + x, top: a.top + y,
		Width: max(right-x, 0), Height: max(bottom-y, 0),
	}
}

// Left and Right are what lies on one side of a column, Above and Below of a row.
func (a Area) Left(columns int) Area { return a.Inner(0, 0, columns, a.Height) }

// Right is what lies from a column on.
func (a Area) Right(from int) Area { return a.Inner(from, 0, a.Width-from, a.Height) }

// Above is what lies above a row.
func (a Area) Above(row int) Area { return a.Inner(0, 0, a.Width, row) }

// Below is what lies from a row on.
func (a Area) Below(row int) Area { return a.Inner(0, row, a.Width, a.Height-row) }

// set puts a character into a cell.
func (a Area) set(x, y int, style Style, text string) {
	if x >= 0 && x < a.Width && y >= 0 && y < a.Height {
		a.canvas.cells[(a.top+y)*a.canvas.width+a.left+x] = cell{text: text, style: style}
	}
}

// Fill gives every cell of an area a style and nothing else.
func (a Area) Fill(style Style) {
	for y := range a.Height {
		for x := range a.Width {
			a.set(x, y, style, space)
		}
	}
}

// Text writes a line from a cell on and returns the column after it. What does not fit is left out;
// characters that a terminal would obey, such as an escape, are not written.
func (a Area) Text(x, y int, style Style, text string) int {
	if a.canvas.ASCII {
		text = inASCII(text)
	}
	for len(text) > 0 {
		char, width := first(text)
		text = text[len(char):]
		if width == 0 {
			continue
		}
		if x+width > a.Width {
			return a.Width
		}
		a.set(x, y, style, char)
		if width == 2 {
			a.set(x+1, y, style, "")
		}
		x += width
	}
	return x
}

// first is the first character of a text and how wide it is, 0 of one that is not to be written.
func first(text string) (char string, width int) {
	if b := text[0]; b < 0x80 && (len(text) == 1 || text[1] < 0x80) {
		if b < 0x20 || b == 0x7f {
			return text[:1], 0
		}
		return text[:1], 1
	}
	char, width = ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	for _, r := range char {
		if unicode.IsControl(r) {
			return char, 0
		}
	}
	return char, min(width, 2)
}

// Ends writes a line that ends at a column of an area: what is wider loses its beginning.
func (a Area) Ends(x, y int, style Style, text string) {
	a.Left(x).Text(x-Width(text), y, style, text)
}

// Width is how many columns a text takes.
func Width(text string) (columns int) {
	for len(text) > 0 {
		char, width := first(text)
		text = text[len(char):]
		columns += width
	}
	return columns
}

// Fit cuts a text to so many columns, with an ellipsis where something is left out.
func Fit(text string, columns int) string {
	if Width(text) <= columns {
		return text
	}
	used := 0
	for rest := text; len(rest) > 0; {
		char, width := first(rest)
		if used+width > columns-1 {
			return text[:len(text)-len(rest)] + "…"[:min(max(columns, 0), 1)*len("…")]
		}
		rest, used = rest[len(char):], used+width
	}
	return text
}

// Wrap breaks a text into lines of at most so many columns, between words where there are any.
func Wrap(text string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		for Width(word) > max(columns, 1) {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			head := head(word, columns)
			lines, word = append(lines, head), word[len(head):]
		}
		switch {
		case line == "":
			line = word
		case Width(line)+1+Width(word) <= columns:
			line += space + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// WrapFit breaks a text as Wrap does into so many lines at most, the last of which ends with an
// ellipsis where something is left out.
func WrapFit(text string, columns, most int) []string {
	lines := Wrap(text, columns)
	if len(lines) <= most {
		return lines
	}
	if most < 1 {
		return nil
	}
	return append(lines[:most-1], Fit(strings.Join(lines[most-1:], space), columns))
}

// head is the beginning of a word that fits into so many columns, and one character at least.
func head(word string, columns int) string {
	used := 0
	for i := 0; i < len(word); {
		char, width := first(word[i:])
		if used += width; used > columns && i > 0 {
			return word[:i]
		}
		i += len(char)
	}
	return word
}

// Paragraph writes a text over several lines from a row on, and returns the row after it.
func (a Area) Paragraph(y int, style Style, text string) int {
	for _, line := range Wrap(text, a.Width) {
		a.Text(0, y, style, line)
		y++
	}
	return y
}

// Rule draws a line across an area, with a title in it if there is one.
func (a Area) Rule(y int, style Style, line, title string) {
	for x := range a.Width {
		a.Text(x, y, style, line)
	}
	if title != "" {
		a.Text(1, y, style, space+Fit(title, a.Width-4)+space)
	}
}

// String writes the canvas as lines, each as wide as it is, with the escapes of a theme.
func (c *Canvas) String(theme *Theme) string {
	var b strings.Builder
	b.Grow(2 * len(c.cells))
	for y := range c.height {
		if y > 0 {
			b.WriteByte('\n')
		}
		now := Plain
		for _, cell := range c.cells[y*c.width : (y+1)*c.width] {
			if cell.style != now && theme.codes[cell.style] != theme.codes[now] {
				theme.turn(&b, now, cell.style)
			}
			now = cell.style
			b.WriteString(cell.text)
		}
		theme.turn(&b, now, Plain)
	}
	return b.String()
}
