package main

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// A page has cells of this size, in its pixels, and so much room around them. The font is as wide
// as that: its letters have 0.602 of its size.
const (
	cellWidth  = 9
	cellHeight = 17
	fontSize   = cellWidth / 0.60205
	around     = 12
)

// pageWidth and pageHeight are those of the whole page.
const (
	pageWidth  = width*cellWidth + 2*around
	pageHeight = height*cellHeight + 2*around
)

// inks are the colors of what has none: of letters and of the ground.
type inks struct{ letters, ground string }

var (
	dark  = inks{"#d5d8de", "#15171c"}
	light = inks{"#22252b", "#fdfdfb"}
)

// page is a screen as a page of HTML. Every run of letters begins in its own column, and each
// letter beyond ASCII is a run of its own: one that another font has to draw moves nothing.
func page(screen [][]cell, on inks) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>redoubt tui</title>
<style>
html, body { margin: 0; background: %s; }
body { position: relative; width: %dpx; height: %dpx; overflow: hidden; color: %s;
  font: %.4fpx/%dpx "DejaVu Sans Mono", "DejaVu Sans", monospace; font-variant-ligatures: none; }
i { position: absolute; height: %dpx; font-style: normal; white-space: pre; overflow: hidden; }
svg { display: block; }
</style>
`, on.ground, pageWidth, pageHeight, on.letters, fontSize, cellHeight, cellHeight)
	for y, row := range screen {
		for x := 0; x < len(row); {
			end := x + 1
			for row[x].letter < 0x80 && end < len(row) && row[end].look == row[x].look &&
				row[end].letter < 0x80 {
				end++
			}
			writeRun(&b, row[x:end], x, y, on)
			x = end
		}
	}
	b.WriteString("</html>\n")
	return b.String()
}

// writeRun writes some letters of one look, unless nothing is to be seen of them.
func writeRun(b *strings.Builder, run []cell, x, y int, on inks) {
	var letters strings.Builder
	for _, c := range run {
		letters.WriteRune(c.letter)
	}
	style := run[0].look.style(on)
	if style == "" && strings.TrimSpace(letters.String()) == "" {
		return
	}
	fmt.Fprintf(b, `<i style="left:%dpx;top:%dpx;width:%dpx;%s">%s</i>`+"\n", around+x*cellWidth,
		around+y*cellHeight, len(run)*cellWidth, style, drawn(letters.String()))
}

// style is a look as a page has it.
func (l look) style(on inks) (style string) {
	letters, ground := "", ""
	if l.letters != 0 {
		letters = l.letters.hex()
	}
	if l.ground != 0 {
		ground = l.ground.hex()
	}
	if l.turned {
		letters, ground = ground, letters
		if letters == "" {
			letters = on.ground
		}
		if ground == "" {
			ground = on.letters
		}
	}
	for _, part := range []struct {
		is   bool
		text string
	}{
		{letters != "", "color:" + letters}, {ground != "", "background:" + ground},
		{l.bold, "font-weight:bold"}, {l.faint, "opacity:.7"},
		{l.underlined, "text-decoration:underline"},
	} {
		if part.is {
			style += part.text + ";"
		}
	}
	return style
}

// drawn is a text as a page has it. Dots and blocks are drawn, since few fonts have them in the
// size of a cell.
func drawn(text string) string {
	const braille, blocks, full = '\u2800', '\u2580', '\u2588'
	letter, _ := utf8.DecodeRuneInString(text)
	var shape string
	switch {
	case letter >= braille && letter < braille+0x100:
		shape = dots(byte(letter - braille))
	case letter > blocks && letter <= full: // So many eighths from below.
		tall := cellHeight * float64(letter-blocks) / 8
		shape = fmt.Sprintf(`<rect y="%.3g" width="%d" height="%.4g"/>`, cellHeight-tall, cellWidth, tall)
	default:
		return html.EscapeString(text)
	}
	return fmt.Sprintf(`<svg width="%d" height="%d" fill="currentColor">%s</svg>`, cellWidth,
		cellHeight, shape)
}

// dots draws a letter of braille: bits of which the first three are the left column from above, the
// next three the right one, and the last two the lowest row.
func dots(which byte) string {
	var b strings.Builder
	for bit := range 8 {
		column, row := bit/3, bit%3
		if bit >= 6 {
			column, row = bit-6, 3
		}
		if which&(1<<bit) != 0 {
			fmt.Fprintf(&b, `<circle cx="%.4g" cy="%.4g" r="1.1"/>`, cellWidth*(float64(column)+0.5)/2,
				cellHeight*(float64(row)+0.5)/4)
		}
	}
	return b.String()
}
