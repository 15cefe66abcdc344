package canvas_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"redoubt/tui/canvas"
)

// TestNothingLeavesTheGrid draws whatever there is anywhere: a screen has its size all the same.
func TestNothingLeavesTheGrid(t *testing.T) {
	texts := rapid.StringOf(rapid.SampledFrom([]rune("ab \t\n\x1b[31m\x00\x7f界é́👩‍🚀…█")))
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.IntRange(-3, 30)
		width, height := number.Draw(t, "width"), number.Draw(t, "height")
		c := canvas.New(width, height)
		for range rapid.IntRange(1, 8).Draw(t, "drawn") {
			a := c.All().Inner(number.Draw(t, "x"), number.Draw(t, "y"), number.Draw(t, "w"),
				number.Draw(t, "h"))
			text, style := texts.Draw(t, "text"), canvas.Style(rapid.IntRange(0, 13).Draw(t, "style"))
			switch rapid.IntRange(0, 4).Draw(t, "how") {
			case 0:
				a.Text(number.Draw(t, "at"), number.Draw(t, "row"), style, text)
			case 1:
				a.Ends(number.Draw(t, "at"), number.Draw(t, "row"), style, text)
			case 2:
				a.Paragraph(number.Draw(t, "row"), style, text)
			case 3:
				a.Rule(number.Draw(t, "row"), style, "-", text)
			case 4:
				a.Fill(style)
			}
		}
		for _, theme := range []*canvas.Theme{
			&canvas.Dark, &canvas.Light, &canvas.NoColor, &canvas.Bare,
		} {
			lines := strings.Split(c.String(theme), "\n")
			if len(lines) != max(height, 1) {
				t.Fatalf("%s: %d lines, want %d", theme.Name, len(lines), max(height, 1))
			}
			for _, line := range lines {
				if got := ansi.StringWidth(line); got > max(width, 1) || strings.Contains(line, "\x00") {
					t.Fatalf("%s: %q has %d columns, %d at most", theme.Name, line, got, width)
				}
			}
		}
	})
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"abcd", 1, "…"}, {"abcd", 0, ""}, {"", 0, ""},
		{"界界", 3, "界…"}, {"界界", 4, "界界"}, {"界", 1, "…"},
	} {
		if got := canvas.Fit(test.text, test.columns); got != test.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"", 5, ""}, {"one two three", 7, "one two/three"}, {"abcdefgh", 3, "abc/def/gh"},
		{"a bcdefg h", 3, "a/bcd/efg/h"}, {"a  b", 9, "a b"},
	} {
		if got := strings.Join(canvas.Wrap(test.text, test.columns), "/"); got != test.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

// TestWrapFit leaves out what has no room, and says so.
func TestWrapFit(t *testing.T) {
	for _, test := range []struct {
		most int
		want string
	}{{3, "one two/three/four"}, {2, "one two/three …"}, {1, "one tw…"}, {0, ""}, {-1, ""}} {
		got := strings.Join(canvas.WrapFit("one two three four", 7, test.most), "/")
		if got != test.want {
			t.Errorf("%d lines: got %q, want %q", test.most, got, test.want)
		}
	}
}

// TestAThemeColorsWhatItSays looks at the escapes of one line.
func TestAThemeColorsWhatItSays(t *testing.T) {
	c := canvas.New(4, 1)
	c.All().Text(1, 0, canvas.Strong, "ab")
	if got, want := c.String(&canvas.Dark), " \x1b[1mab\x1b[0m "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := c.String(&canvas.Bare), " ab "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestASCII draws what is none: what is known has a letter, two where one would say something else,
// and all else a question mark for each of its columns.
func TestASCII(t *testing.T) {
	c := canvas.New(14, 2)
	c.ASCII = true
	c.All().Text(0, 0, canvas.Plain, "◀ RTO ≤ 5m é日")
	c.All().Rule(1, canvas.Plain, "─", "…")
	if got, want := c.String(&canvas.Bare), "< RTO <= 5m ??\n- ~ ----------"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
