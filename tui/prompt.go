package tui

import (
	"strings"
	"unicode/utf8"

	"redoubt/tui/canvas"
)

// A prompt is a line that is being typed. While there is one, keys are letters.
type prompt struct {
	label, text string
	// short is the label where there is no room for that and for what is typed.
	short string
	// at is the byte before which the next letter goes.
	at int
	// proposed says that the first letter typed takes the place of the text: no other key came yet.
	proposed bool
	// whole says that what was refused is more often given up than mended.
	whole bool
	// done takes the text when it is entered; typed, if there is one, whenever it changes.
	done  func(text string)
	typed func(text string)
	// esc is what becomes of it when it is given up, if there is anything to be done then.
	esc func()
	// complete gives what a text could become.
	complete func(text string) []string
	// problem is what is wrong with what was entered.
	problem string
}

func (p *prompt) set(text string) {
	p.text, p.at, p.problem = text, len(text), ""
	if p.typed != nil {
		p.typed(text)
	}
}

// propose sets a text that the first letter typed takes the place of, if there is any.
func (p *prompt) propose(text string) {
	p.set(text)
	p.proposed = text != ""
}

// key takes a key, and reports whether the prompt is at its end, entered or not.
func (p *prompt) key(key string) (over, entered bool) {
	before, after, proposed := p.text[:p.at], p.text[p.at:], p.proposed
	p.proposed = false
	if key == "space" {
		key = " "
	}
	switch key {
	case "esc", "ctrl+c":
		return true, false
	case "enter":
		return true, true
	case "left", "ctrl+b":
		p.at -= lastRune(before)
	case "right", "ctrl+f":
		_, size := utf8.DecodeRuneInString(after)
		p.at += size
	case "home", "ctrl+a":
		p.at = 0
	case "end", "ctrl+e":
		p.at = len(p.text)
	case "backspace", "ctrl+h":
		p.edit(before[:len(before)-lastRune(before)], after)
	case "delete", "ctrl+d":
		_, size := utf8.DecodeRuneInString(after)
		p.edit(before, after[size:])
	case "ctrl+u":
		p.edit("", after)
	case "ctrl+w":
		p.edit(before[:strings.LastIndex(strings.TrimRight(before, " "), " ")+1], after)
	case "tab":
		p.completed()
	default:
		switch {
		case utf8.RuneCountInString(key) != 1:
		case proposed:
			p.edit(key, "")
		default:
			p.edit(before+key, after)
		}
	}
	return false, false
}

// lastRune is how many bytes the last letter of a text has.
func lastRune(text string) int {
	_, size := utf8.DecodeLastRuneInString(text)
	return size
}

func (p *prompt) edit(before, after string) {
	p.set(before + after)
	p.at = len(before)
}

// completed takes what all that the text could become have in common.
func (p *prompt) completed() {
	if p.complete == nil {
		return
	}
	var common string
	found := 0
	for _, candidate := range p.complete(p.text) {
		if !strings.HasPrefix(candidate, p.text) {
			continue
		}
		if found++; found == 1 {
			common = candidate
		}
		for !strings.HasPrefix(candidate, common) {
			common = common[:len(common)-lastRune(common)]
		}
	}
	if found > 0 && common != p.text {
		p.set(common)
	}
}

// hints are what the text could become.
func (p *prompt) hints() (hints []string) {
	if p.complete == nil {
		return nil
	}
	for _, candidate := range p.complete(p.text) {
		if strings.HasPrefix(candidate, p.text) && candidate != p.text {
			hints = append(hints, candidate)
		}
	}
	return hints
}

// draw writes the prompt on a line.
func (p *prompt) draw(a canvas.Area) {
	a.Fill(canvas.Bar)
	label := p.label
	if p.short != "" && canvas.Width(label) > a.Width/2 {
		label = p.short
	}
	x := a.Text(0, 0, canvas.BarStrong, " "+label)
	room := max(a.Width-x-2, 1)
	text, at := p.text, p.at
	for canvas.Width(text[:at]) > room { // What is typed stays in sight.
		_, size := utf8.DecodeRuneInString(text)
		text, at = text[size:], at-size
	}
	here, rest := " ", text[at:]
	if rest != "" {
		_, size := utf8.DecodeRuneInString(rest)
		here, rest = rest[:size], rest[size:]
	}
	style := canvas.Bar
	if p.proposed { // As a text is marked that the next letter takes the place of.
		style = canvas.BarSelected
	}
	x = a.Text(x, 0, style, text[:at])
	x = a.Text(x, 0, canvas.BarSelected, here)
	x = a.Text(x, 0, canvas.Bar, rest)
	if hints := p.hints(); len(hints) > 0 && p.problem == "" {
		a.Text(x+1, 0, canvas.Bar, canvas.Fit("tab: "+strings.Join(hints, "  "), a.Width-x-2))
	}
}
