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
	}
}

// Line draws a function of the plot's X. Between two columns it is joined.
func (p *Plot) Line(style canvas.Style, at func(x float64) float64) {
	before := -1
	for column := range p.width {
		value := at(p.value(column))
		if math.IsNaN(value) {
			before = -1
			continue
		}
		row := p.height - 1 - p.Y.step(value, p.height)
		from := row
		if before >= 0 && before < row {
			from = before + 1
		} else if before > row {
			for y := row; y < before; y++ {
				p.dot(column, y, style)
			}
		}
		for y := from; y <= row; y++ {
			p.dot(column, y, style)
		}
		before = row
	}
}

// Band draws every second dot between two functions of X.
func (p *Plot) Band(style canvas.Style, low, high func(x float64) float64) {
	for column := range p.width {
		x := p.value(column)
		from := p.height - 1 - p.Y.step(high(x), p.height)
		to := p.height - 1 - p.Y.step(low(x), p.height)
		for y := from; y <= to; y++ {
			if (column+y)%3 == 0 {
				p.dot(column, y, style)
			}
		}
	}
}

// value is the X of a column.
func (p *Plot) value(column int) float64 {
	return p.X.Low + (p.X.High-p.X.Low)*(float64(column)+0.5)/float64(p.width)
}

// brailleDots are the bits of a cell of braille by row and column.
var brailleDots = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

func (p *Plot) dot(x, y int, style canvas.Style) {
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
	p.styles[i] = style
}

// Draw writes the dots.
func (p *Plot) Draw() {
	blocks := [...]string{" ", "▀", "▄", "█"}
	for i, bits := range p.bits {
		if bits == 0 {
			continue
		}
		text := "*"
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
