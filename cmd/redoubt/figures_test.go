package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"redoubt/model"
)

// inlineFigure finds a number in the prose of a document that follows from a command: the command,
// what of its JSON it is, how it is written, and the text. Lists are entered by an item's name.
//
//	<!-- figure compare ; strategies.read-local.cost_per_year_usd ; dollars -->$1<!-- end -->
var inlineFigure = regexp.MustCompile(
	`<!-- figure ([^;\n]+) ; ([^;\n]+) ; ([a-z]+) -->([^\n]*?)<!-- end -->`)

// replaceFigures writes every figure of a document anew.
func replaceFigures(t *testing.T, path, content string) string {
	t.Helper()
	printed := map[string]any{}
	return inlineFigure.ReplaceAllStringFunc(content, func(block string) string {
		match := inlineFigure.FindStringSubmatch(block)
		command, what, form := match[1], match[2], match[3]
		if _, known := printed[command]; !known {
			var data any
			text := printedBy(t, path, command+" --output json")
			if err := json.Unmarshal([]byte(text), &data); err != nil {
				t.Fatalf("%s: redoubt %s: %v", path, command, err)
			}
			printed[command] = data
		}
		value, err := evaluate(printed[command], what)
		if err != nil {
			t.Errorf("%s: redoubt %s: %v", path, command, err)
			return block
		}
		text, err := formatted(value, form)
		if err != nil {
			t.Errorf("%s: %s: %v", path, what, err)
			return block
		}
		return fmt.Sprintf("<!-- figure %s ; %s ; %s -->%s<!-- end -->", command, what, form, text)
	})
}

// evaluate computes a number, a path into the data, or a difference or quotient of two of them.
func evaluate(data any, what string) (float64, error) {
	words := strings.Fields(what)
	first, err := operand(data, words[0])
	if err != nil || len(words) == 1 {
		return first, err
	}
	if len(words) != 3 {
		return 0, fmt.Errorf("%q is no difference or quotient of two", what)
	}
	second, err := operand(data, words[2])
	switch {
	case err != nil:
		return 0, err
	case words[1] == "-":
		return first - second, nil
	case words[1] == "/":
		return first / second, nil
	}
	return 0, fmt.Errorf("%q is no operator", words[1])
}

func operand(data any, word string) (float64, error) {
	if number, err := strconv.ParseFloat(word, 64); err == nil {
		return number, nil
	}
	for key := range strings.SplitSeq(word, ".") {
		switch at := data.(type) {
		case map[string]any:
			data = at[key]
		case []any:
			named := slices.IndexFunc(at, func(item any) bool {
				fields, _ := item.(map[string]any)
				return fields["name"] == key
			})
			if position, err := strconv.Atoi(key); err == nil {
				named = position
			}
			if named < 0 || named >= len(at) {
				return 0, fmt.Errorf("%s: nothing is named %s", word, key)
			}
			data = at[named]
		default:
			return 0, fmt.Errorf("%s: there is no %s", word, key)
		}
	}
	number, ok := data.(float64)
	if !ok {
		return 0, fmt.Errorf("%s is %v, no number", word, data)
	}
	return number, nil
}

// formatted writes a number as the commands do.
func formatted(value float64, form string) (string, error) {
	switch form {
	case "dollars":
		return wholeDollars(model.Dollars(value)), nil
	case "short":
		return usd(value), nil
	case "percent":
		return part(value) + " %", nil
	case "times":
		return figures(value, 2) + " times", nil
	case "number":
		return figures(value, 2), nil
	case "length":
		return length(secondsLong(value)), nil
	}
	return "", fmt.Errorf("%q is no form of a figure", form)
}

func TestFiguresOfDocuments(t *testing.T) {
	var data any
	text := `{"list": [{"name": "a", "x": 3}, {"name": "b", "x": 12}], "share": 0.976}`
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ what, form, want string }{
		{"list.b.x", "number", "12"},
		{"list.1.x", "dollars", "$12"},
		{"list.b.x / list.a.x", "times", "4.0 times"},
		{"list.b.x - list.a.x", "length", "9s"},
		{"600 / list.a.x", "length", "3m20s"},
		{"share", "percent", "98 %"},
		{"list.c.x", "number", "nothing is named c"},
		{"list.a", "number", "no number"},
		{"share.x", "number", "there is no x"},
		{"share * share", "number", "no operator"},
		{"share share", "number", "no difference or quotient"},
		{"share", "words", "no form"},
	} {
		value, err := evaluate(data, row.what)
		got := ""
		if err == nil {
			got, err = formatted(value, row.form)
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, row.want) {
			t.Errorf("%s as %s: got %q, want %q", row.what, row.form, got, row.want)
		}
	}
}

// TestReadmeConcludesInThreeLines counts what a reader sees of the lines that promise to be three.
func TestReadmeConcludesInThreeLines(t *testing.T) {
	content, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(content), "in three lines:\n\n")
	if !found {
		t.Fatal("the README promises no three lines")
	}
	conclusion, _, _ := strings.Cut(after, "\n\n")
	lines := strings.Split(conclusion, "\n")
	if len(lines) != 3 {
		t.Errorf("got %d lines, want 3:\n%s", len(lines), conclusion)
	}
	for _, line := range lines {
		seen := inlineFigure.ReplaceAllString(line, "$4")
		if width := utf8.RuneCountInString(seen); width > tableWidth {
			t.Errorf("got a line of %d columns, want at most %d:\n%s", width, tableWidth, seen)
		}
	}
}
