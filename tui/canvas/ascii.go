package canvas

import "strings"

// ascii is how each character that views draw is written where there are none but those of ASCII.
// What keeps its width stays in its column; the others are written where there is room after them.
var ascii = map[string]string{
	"◀": "<", "▶": ">", "★": "@", "✓": "v", "✗": "x", "‖": "=", "›": ">", "↓": "v", "…": "~",
	"≤": "<=", "≥": ">=", "·": ".", "●": "o", "▲": "+", "▼": "-", "“": `"`, "”": `"`,
	"─": "-", "━": "=", "┄": ".", "│": "|", "├": "|", "┤": "|", "┴": "+", "└": "+", "┘": "+",
	"┌": "+", "┐": "+", "█": "#", "▒": "%", "░": ":", "–": "-", "—": "-", "×": "x", "µ": "u", "±": "~",
}

// inASCII is a text in ASCII. A character that views do not draw, as in a name, is a question mark
// in each of its columns.
func inASCII(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		char, width := first(text)
		text = text[len(char):]
		switch written, known := ascii[char]; {
		case known:
			b.WriteString(written)
		case char[0] < 0x80 && len(char) == 1:
			b.WriteString(char)
		default:
			b.WriteString(strings.Repeat("?", width))
		}
	}
	return b.String()
}
