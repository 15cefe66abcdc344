package canvas

import "strings"

// Style says what a cell means. How that looks is the theme's.
type Style uint8

// The styles. First and Second are the two sides of a comparison; Good, Warn and Bad a judgement,
// which is never told by them alone.
const (
	Plain Style = iota
	Dim
	Strong
	Title
	Bar
	BarStrong
	Selected
	// BarSelected is what is selected on a bar.
	BarSelected
	// BarBad is what is wrong on a bar.
	BarBad
	Key
	First
	Second
	Good
	Warn
	Bad
	Input
	styleCount
)

// Theme is how each style looks.
type Theme struct {
	Name  string
	codes [styleCount]string
}

const reset = "\x1b[0m"

// turn writes what leads from one style to another.
func (t *Theme) turn(b *strings.Builder, from, to Style) {
	if t.codes[from] == t.codes[to] {
		return
	}
	if t.codes[from] != "" {
		b.WriteString(reset)
	}
	if code := t.codes[to]; code != "" {
		b.WriteString("\x1b[" + code + "m")
	}
}

// The themes: for a dark ground, a light one, and a terminal that is to have no color (NO_COLOR,
// no-color.org), where bold, faint and reversed letters are left. Plain has not even these. Letters
// stand out from the ground by 4.5 to 1, as WCAG 2.2 asks of text
// (w3.org/TR/WCAG22/#contrast-minimum).
var (
	Dark = Theme{Name: "dark", codes: [styleCount]string{
		Dim: "38;5;246", Strong: "1", Title: "1;38;5;153", Bar: "48;5;236;38;5;252",
		BarStrong: "1;48;5;236;38;5;231", Selected: "48;5;24;38;5;231",
		BarSelected: "48;5;24;38;5;231", BarBad: "1;48;5;236;38;5;210", Key: "1;38;5;153",
		First: "38;5;80", Second: "38;5;215", Good: "38;5;114", Warn: "38;5;221", Bad: "38;5;210",
		Input: "4",
	}}
	Light = Theme{Name: "light", codes: [styleCount]string{
		Dim: "38;5;242", Strong: "1", Title: "1;38;5;24", Bar: "48;5;254;38;5;236",
		BarStrong: "1;48;5;254;38;5;16", Selected: "48;5;153;38;5;16",
		BarSelected: "48;5;153;38;5;16", BarBad: "1;48;5;254;38;5;124", Key: "1;38;5;24",
		First: "38;5;25", Second: "38;5;130", Good: "38;5;28", Warn: "38;5;94", Bad: "38;5;124",
		Input: "4",
	}}
	NoColor = Theme{Name: "none", codes: [styleCount]string{
		Dim: "2", Strong: "1", Title: "1", Bar: "7", BarStrong: "1;7", Selected: "7",
		BarSelected: "1", // A bar is reversed: what is selected there is a hole in it.
		BarBad:      "1;7", Key: "1", Bad: "1", Input: "4",
	}}
	Bare = Theme{Name: "bare"}
)

// Next is the theme after this one, around; Bare is never next.
func (t *Theme) Next() *Theme {
	switch t {
	case &Dark:
		return &Light
	case &Light:
		return &NoColor
	}
	return &Dark
}
