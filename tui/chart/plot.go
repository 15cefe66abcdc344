package chart

import (
	"math"

	"redoubt/tui/canvas"
)

// Plot is a field of dots, finer than the cells of its area: two by four in a cell of braille, one
// by two of blocks, one of ASCII.
type Plot struct {
	area          canvas.Area
	symbols       Symbols
	X, Y          Scale
	width, height int
	bits          []uint8
	styles        []canvas.Style
	letters       []string
}

// stroke is what tells a side where there is no color: the letters of its lines and bands where
// there are no dots, and of how many cells of a line the last one is left out; 0 leaves out none.
type stroke struct {
	line, band string
	gap        int
}

// strokeOf is the stroke of a style: the second side of a comparison is dashed.
func strokeOf(style canvas.Style) stroke {
	if style == canvas.Second {
		return stroke{line: "o", band: ":", gap: 3}
	}
	return stroke{line: "*", band: "."}
}

// dots is how many a cell has across and down.
func (s Symbols) dots() (across, down int) {
	switch s {
	case Braille:
		return 2, 4
	case Block:
		return 1, 2
	case ASCII, symbolsCount:
	}
	return 1, 1
}

// NewPlot returns an empty plot over an area.
func NewPlot(a canvas.Area, symbols Symbols, x, y Scale) *Plot {
	across, down := symbols.dots()
	return &Plot{
		area: a, symbols: symbols, X: x, Y: y, width: a.Width * across, height: a.Height * down,
		bits: make([]uint8, a.Width*a.Height), styles: make([]canvas.Style, a.Width*a.Height),
		letters: make([]string, a.Width*a.Height),
	}
}

// Line draws a function of the plot's X, by dashes in the style of the second side. Between two
// columns it is joined.
func (p *Plot) Line(style canvas.Style, at func(x float64) float64) {
	across, _ := p.symbols.dots()
	stroke, before := strokeOf(style), -1
	for column := range p.width {
		value := at(p.value(column))
		if math.IsNaN(value) || stroke.gap > 0 && column/across%stroke.gap == stroke.gap-1 {
			before = -1
			continue
		}
		row := p.row(value)
		from := row
		if before >= 0 && before < row {
			from = before + 1
		} else if before > row {
			for y := row; y < before; y++ {
				p.dot(column, y, style, stroke.line)
			}
		}
		for y := from; y <= row; y++ {
			p.dot(column, y, style, stroke.line)
		}
		before = row
	}
}

// Band draws every second dot between two functions of X.
func (p *Plot) Band(style canvas.Style, low, high func(x float64) float64) {
	for column := range p.width {
		x := p.value(column)
		from, to := p.row(high(x)), p.row(low(x))
		for y := from; y <= to; y++ {
			if (column+y)%3 == 0 {
				p.dot(column, y, style, strokeOf(style).band)
			}
		}
	}
}

// Mark writes a text of one column over a function, so many columns from the right, once the dots
// are drawn.
func (p *Plot) Mark(
	style canvas.Style, fromRight int, text string, at func(x float64) float64,
) {
	across, down := p.symbols.dots()
	column := p.area.Width - 1 - fromRight
	p.area.Text(column, p.row(at(p.value(column*across)))/down, style, text)
}

// row is the row of dots of a value.
func (p *Plot) row(value float64) int { return p.height - 1 - p.Y.step(value, p.height) }

// value is the X of a column.
func (p *Plot) value(column int) float64 {
	return p.X.Low + (p.X.High-p.X.Low)*(float64(column)+0.5)/float64(p.width)
}

// brailleDots are the bits of a cell of braille by row and column.
var brailleDots = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

func (p *Plot) dot(x, y int, style canvas.Style, letter string) {
	if x < 0 || y < 0 || x >= p.width || y >= p.height {
		return
	}
	across, down := p.symbols.dots()
	i := y/down*p.area.Width + x/across
	bit := uint8(1) << (y % down)
	if p.symbols == Braille {
		bit = brailleDots[y%down][x%across]
	}
	p.bits[i] |= bit
	p.styles[i], p.letters[i] = style, letter
}

// Draw writes the dots.
func (p *Plot) Draw() {
	blocks := [...]string{" ", "▀", "▄", "█"}
	for i, bits := range p.bits {
		if bits == 0 {
			continue
		}
		text := p.letters[i]
		switch p.symbols {
		case Braille:
			text = string(rune(0x2800 + int(bits)))
		case Block:
			text = blocks[bits&3]
		case ASCII, symbolsCount:
		}
		p.area.Text(i%p.area.Width, i/p.area.Width, p.styles[i], text)
	}
}
