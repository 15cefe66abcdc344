package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A look is how a letter is written. Colors are those of a terminal with 256, and none is that of
// the ground.
type look struct {
	letters, ground                 paint
	bold, faint, underlined, turned bool
}

// A paint is one of 256 colors, and 1 more than its number: 0 is none.
type paint uint16

// A cell is a letter with its look.
type cell struct {
	letter rune
	look   look
}

// parse makes cells of a text with escapes, as a terminal of so many columns and lines has them.
// It knows those that say how letters look, and no other.
func parse(text string, columns, lines int) ([][]cell, error) {
	var screen [][]cell
	var now look
	for _, line := range strings.Split(text, "\n") {
		row := make([]cell, 0, columns)
		for line != "" {
			if rest, is := strings.CutPrefix(line, "\x1b["); is {
				codes, after, ends := strings.Cut(rest, "m")
				next, err := now.turn(codes)
				if !ends || err != nil {
					return nil, fmt.Errorf("line %d: an escape that says nothing of looks: %w",
						len(screen)+1, err)
				}
				now, line = next, after
				continue
			}
			letter, size := utf8.DecodeRuneInString(line)
			c := cell{letter, now}
			if letter == ' ' { // It has no color but its ground's.
				c.look = look{ground: now.ground, underlined: now.underlined, turned: now.turned}
			}
			row = append(row, c)
			line = line[size:]
		}
		if len(row) > columns {
			return nil, fmt.Errorf("line %d has %d columns, %d at most", len(screen)+1, len(row), columns)
		}
		for len(row) < columns {
			row = append(row, cell{letter: ' '})
		}
		screen = append(screen, row)
	}
	if len(screen) != lines {
		return nil, fmt.Errorf("there are %d lines, want %d", len(screen), lines)
	}
	return screen, nil
}

// turn is the look after some codes, as 1;38;5;80.
func (l look) turn(codes string) (look, error) {
	words := strings.Split(codes, ";")
	for i := 0; i < len(words); i++ {
		code, err := strconv.Atoi("0" + words[i])
		if err != nil {
			return l, fmt.Errorf("%q: %w", codes, err)
		}
		switch {
		case code == 0:
			l = look{}
		case code == 1:
			l.bold = true
		case code == 2:
			l.faint = true
		case code == 4:
			l.underlined = true
		case code == 7:
			l.turned = true
		case code == 22:
			l.bold, l.faint = false, false
		case code == 24:
			l.underlined = false
		case code == 27:
			l.turned = false
		case code == 39:
			l.letters = 0
		case code == 49:
			l.ground = 0
		case (code == 38 || code == 48) && i+2 < len(words) && words[i+1] == "5":
			number, err := strconv.ParseUint(words[i+2], 10, 8)
			if err != nil {
				return l, fmt.Errorf("%q: %w", codes, err)
			}
			if i += 2; code == 38 {
				l.letters = paint(number) + 1
			} else {
				l.ground = paint(number) + 1
			}
		default:
			return l, fmt.Errorf("%q: %d is not known", codes, code)
		}
	}
	return l, nil
}

// plain is a screen as text, without the spaces at the ends of lines.
func plain(screen [][]cell) string {
	var b strings.Builder
	for _, row := range screen {
		var line strings.Builder
		for _, c := range row {
			line.WriteRune(c.letter)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// hex is a color as a page has it.
func (c paint) hex() string {
	number := int(c) - 1
	const cube, grays = 16, 232
	switch {
	case number < cube:
		return [cube]string{
			"#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5",
			"#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff",
		}[max(number, 0)]
	case number < grays:
		steps := [6]int{0, 95, 135, 175, 215, 255}
		number -= cube
		return fmt.Sprintf("#%02x%02x%02x", steps[number/36], steps[number/6%6], steps[number%6])
	}
	gray := 8 + 10*(number-grays)
	return fmt.Sprintf("#%02x%02x%02x", gray, gray, gray)
}
