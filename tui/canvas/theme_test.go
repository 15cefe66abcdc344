package canvas_test

import (
	"math"
	"regexp"
	"strconv"
	"testing"

	"redoubt/tui/canvas"
)

// color is red, green and blue, from 0 to 255.
type color [3]float64

// colorOf is a color of xterm's palette of 256 from 16 on: a cube of six steps, and grays. Those
// below are every terminal's own, so that nobody knows how they stand out.
func colorOf(t *testing.T, number int) color {
	t.Helper()
	if number < 16 {
		t.Fatalf("color %d is the terminal's own", number)
	}
	if number >= 232 {
		gray := float64(8 + 10*(number-232))
		return color{gray, gray, gray}
	}
	steps := [6]float64{0, 95, 135, 175, 215, 255}
	number -= 16
	return color{steps[number/36], steps[number/6%6], steps[number%6]}
}

// luminance is the relative luminance of WCAG 2.2 (w3.org/TR/WCAG22/#dfn-relative-luminance).
func (c color) luminance() (sum float64) {
	for i, share := range [3]float64{0.2126, 0.7152, 0.0722} {
		x := c[i] / 255
		if x <= 0.04045 {
			x /= 12.92
		} else {
			x = math.Pow((x+0.055)/1.055, 2.4)
		}
		sum += share * x
	}
	return sum
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b color) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// looks are the letters and the ground that a style has in a theme: nil where it is the terminal's.
func looks(t *testing.T, theme *canvas.Theme, style canvas.Style) (letters, ground *color) {
	t.Helper()
	c := canvas.New(1, 1)
	c.All().Text(0, 0, style, "x")
	for _, found := range regexp.MustCompile(`([34])8;5;(\d+)`).
		FindAllStringSubmatch(c.String(theme), -1) {
		number, err := strconv.Atoi(found[2])
		if err != nil {
			t.Fatal(err)
		}
		is := colorOf(t, number)
		if found[1] == "3" {
			letters = &is
		} else {
			ground = &is
		}
	}
	return letters, ground
}

// TestTheMeasureIsThatOfTheStandard measures what the standard says of black on white, and the gray
// #767676 that is known to be the lightest on white.
func TestTheMeasureIsThatOfTheStandard(t *testing.T) {
	white := color{255, 255, 255}
	for gray, want := range map[color]float64{{}: 21, {118, 118, 118}: 4.54, white: 1} {
		if got := contrast(gray, white); math.Abs(got-want) > 0.005 {
			t.Errorf("%v on white: got %.3f, want %.2f", gray, got, want)
		}
	}
}

// TestLettersStandOut holds every style of both themes against what WCAG 2.2 asks of text, 4.5 to
// 1: on its own ground, or on those that terminals have where it has none. What charts are drawn
// with are the same styles, of which 3 to 1 is asked. On Solarized's light ground brown and green
// have less, and the palette has none between them and the next darker ones: there 4 to 1 is held.
func TestLettersStandOut(t *testing.T) {
	const text, less = 4.5, 4.0
	for _, test := range []struct {
		theme   *canvas.Theme
		grounds map[color]float64
	}{
		{&canvas.Light, map[color]float64{
			{255, 255, 255}: text, {250, 250, 250}: text, {253, 253, 251}: text, {253, 246, 227}: less,
		}},
		{&canvas.Dark, map[color]float64{
			{}: text, {21, 23, 28}: text, {30, 30, 30}: text, {40, 42, 54}: text, {40, 44, 52}: text,
			{0, 43, 54}: text,
		}},
	} {
		seen := 0
		for style := canvas.Plain; style <= canvas.Input; style++ {
			letters, own := looks(t, test.theme, style)
			if letters == nil {
				continue // They are the terminal's own, which stand out there.
			}
			seen++
			grounds := test.grounds
			if own != nil {
				grounds = map[color]float64{*own: text}
			}
			for ground, least := range grounds {
				if got := contrast(*letters, ground); got < least {
					t.Errorf("%s, style %d, %v on %v: %.2f to 1, want %.1f", test.theme.Name, style,
						*letters, ground, got, least)
				}
			}
		}
		if seen < 10 {
			t.Errorf("%s: %d styles have a color", test.theme.Name, seen)
		}
	}
}
