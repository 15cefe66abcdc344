package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redoubt/api"
	"redoubt/scenarios"
	"redoubt/tui"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
)

// kept is where the documents have their pictures.
const kept = "../../docs/screenshots"

// hint is what to do about a picture that shows something else.
const hint = "the interface has changed: run 'make screenshots', and look at the pictures"

// TestPicturesAreCurrent plays the session without a terminal, and holds the texts and what stands
// inside of the pictures against it: letter by letter, with how each looks.
func TestPicturesAreCurrent(t *testing.T) {
	app := begin(t)
	for _, s := range scenes {
		for _, keys := range s.steps {
			for _, key := range keysOf(keys) {
				app.Key(key)
			}
			for app.Busy() {
				app.Take(app.Next())
			}
		}
		current(t, s, app.View(width, height))
	}
}

// TestPicturesOfAgentsAreCurrent has agents answer as those of the recording did, and holds what is
// drawn of that against the texts and the pictures.
func TestPicturesOfAgentsAreCurrent(t *testing.T) {
	app, agents := watching(t)
	for _, s := range liveScenes {
		shows, err := agents.goTo(s.moment)
		if err != nil {
			t.Fatal(err)
		}
		for tries := 0; !strings.Contains(app.View(width, height), shows); tries++ {
			const most = 20 // Readings: there is one in a second.
			if app.Take(app.Next()); tries > most {
				t.Fatalf("%s: %q is not shown\n%s", s.name, shows, app.View(width, height))
			}
		}
		for _, keys := range s.steps {
			for _, key := range keysOf(keys) {
				app.Key(key)
			}
		}
		current(t, s, app.View(width, height))
	}
}

// watching opens the interface as the session's command does that watches agents.
func watching(t *testing.T) (*tui.App, *replay) {
	t.Helper()
	answers, err := readRecording(recorded)
	if err != nil {
		t.Fatal(err)
	}
	agents := &replay{recording: answers}
	var sources []feed.Source
	for i, region := range agents.Agents {
		web := httptest.NewServer(agents.agent(region))
		t.Cleanup(web.Close)
		client, err := api.NewClient(web.URL, "none", nil)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, feed.Source{Address: addressOf(i), Client: client})
	}
	app, err := tui.New(tui.Options{Theme: &canvas.Dark, Feed: feed.New(sources...)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		app.Follow(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return app, agents
}

// current holds a screen against what is kept of a scene.
func current(t *testing.T, s scene, screen string) {
	t.Helper()
	want, err := parse(screen, width, height)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plain(want), s.shows) {
		t.Errorf("%s: the scene does not show %q\n%s", s.name, s.shows, plain(want))
	}
	text, err := os.ReadFile(filepath.Join(kept, s.name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != plain(want) {
		t.Errorf("%s.txt: %s; it has\n%s\nand is now\n%s", s.name, hint, text, plain(want))
		return
	}
	if err := pictured(filepath.Join(kept, s.name+".png"), want); err != nil {
		t.Errorf("%s.png: %v: %s", s.name, err, hint)
	}
}

// begin opens the interface as the session's command does.
func begin(t *testing.T) *tui.App {
	t.Helper()
	o := tui.Options{Scenario: arguments[1], Theme: &canvas.Dark}
	for i := 2; i+1 < len(arguments); i += 2 {
		path, value, _ := strings.Cut(arguments[i+1], "=")
		o.Edits = append(o.Edits, scenarios.Edit{Path: path, Value: value})
	}
	app, err := tui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Key("q") })
	for app.Busy() {
		app.Take(app.Next())
	}
	return app
}

// pictured holds what stands in a picture against a screen.
func pictured(path string, want [][]cell) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := textOf(data)
	if err != nil {
		return err
	}
	got, err := parse(text, width, height)
	if err != nil {
		return err
	}
	for y, row := range want {
		for x, c := range row {
			if got[y][x] != c {
				return fmt.Errorf("line %d, column %d: it shows %q as %+v, want %q as %+v", y+1, x+1,
					got[y][x].letter, got[y][x].look, c.letter, c.look)
			}
		}
	}
	shot, err := png.DecodeConfig(strings.NewReader(string(data)))
	if err == nil && (shot.Width != pageWidth || shot.Height != pageHeight) {
		err = fmt.Errorf("it is %d x %d", shot.Width, shot.Height)
	}
	return err
}

// TestEachPictureIsShown holds that the README shows each picture, and that none is left over.
func TestEachPictureIsShown(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range slices.Concat(scenes, liveScenes) {
		names = append(names, s.name+".png", s.name+".txt")
		shown := "[" + s.says + "](docs/screenshots/" + s.name + ".png)"
		if !strings.Contains(string(readme), shown) {
			t.Errorf("the README does not show %s", shown)
		}
	}
	files, err := os.ReadDir(kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(names, file.Name()) {
			t.Errorf("%s is of no scene", file.Name())
		}
	}
}

// TestTheRecordingIsWhatAgentsAnswer reads it as strictly as it can be, and finds all of it in what
// is made of it again: a key that goes, comes or is renamed needs another recording.
func TestTheRecordingIsWhatAgentsAnswer(t *testing.T) {
	r, err := readRecording(recorded)
	if err != nil {
		t.Fatalf("%v: make screenshots SCREENSHOTS=--record", err)
	}
	again, err := json.MarshalIndent(r, "", " ")
	if err != nil || string(again)+"\n" != string(recorded) {
		t.Errorf("it is written otherwise than it is read (%v): make screenshots SCREENSHOTS=--record",
			err)
	}
	before := uint64(0)
	for i, m := range r.Moments {
		if m.Name != story[i].name || m.Status.Index <= before || len(r.between(before,
			m.Status.Index)) == 0 {
			t.Errorf("moment %d is %q, entry %d after %d", i, m.Name, m.Status.Index, before)
		}
		before = m.Status.Index
	}
	for _, broken := range []string{`{"agent": 1}`, `{"moments": [{"name": "old"}]}`, "nothing"} {
		if _, err := readRecording([]byte(broken)); err == nil {
			t.Errorf("%s is read", broken)
		}
	}
}

// TestLooksAreRead reads escapes as terminals write them, and refuses others.
func TestLooksAreRead(t *testing.T) {
	screen, err := parse("a\x1b[1;38;5;80mb\x1b[m c\x1b[2;4;7;48;5;236md\x1b[22;24;27;39;49me\x1b[0m",
		8, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []cell{
		{'a', look{}}, {'b', look{letters: 81, bold: true}}, {' ', look{}}, {'c', look{}},
		{'d', look{ground: 237, faint: true, underlined: true, turned: true}}, {'e', look{}},
		{' ', look{}}, {' ', look{}},
	}
	if !slices.Equal(screen[0], want) || plain(screen) != "ab cde\n" {
		t.Errorf("got %+v, want %+v", screen[0], want)
	}
	for _, text := range []string{
		"\x1b[2J", "\x1b[38;5;256mx", "\x1b[38;2;1;2;3mx", "\x1b[1", "abcdefghi", "a\nb",
	} {
		if screen, err := parse(text, 8, 1); err == nil {
			t.Errorf("%q is read as %+v", text, screen)
		}
	}
	for number, want := range map[paint]string{
		1: "#000000", 16: "#ffffff", 17: "#000000", 81: "#5fd7d7", 232: "#ffffff", 233: "#080808",
		256: "#eeeeee",
	} {
		if got := number.hex(); got != want {
			t.Errorf("color %d is %s, want %s", number-1, got, want)
		}
	}
}

// TestAPageHasEachLetterInItsCell draws letters, dots and blocks.
func TestAPageHasEachLetterInItsCell(t *testing.T) {
	screen, err := parse("a<\x1b[7mb \x1b[m★⡁▂", 8, 1)
	if err != nil {
		t.Fatal(err)
	}
	html := page(screen, dark)
	for _, want := range []string{
		`left:12px;top:12px;width:18px;">a&lt;<`,
		`left:30px;top:12px;width:18px;color:#15171c;background:#d5d8de;">b <`,
		`left:48px;top:12px;width:9px;">★<`,
		`left:57px;top:12px;width:9px;"><svg width="9" height="17" fill="currentColor">` +
			`<circle cx="2.25" cy="2.125" r="1.1"/><circle cx="2.25" cy="14.88" r="1.1"/></svg>`,
		`left:66px;top:12px;width:9px;"><svg width="9" height="17" fill="currentColor">` +
			`<rect y="12.8" width="9" height="4.25"/></svg>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("got\n%s\nwant %s in it", html, want)
		}
	}
}

// TestWhatIsMissingIsSaid looks for tools where there are some, or none.
func TestWhatIsMissingIsSaid(t *testing.T) {
	there := func(names ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			if slices.Contains(names, name) {
				return "/bin/" + name, nil
			}
			return "", errors.New("not found")
		}
	}
	got, err := tools(there("tmux", "google-chrome", "chromium"), func() bool { return true })
	if err != nil || got != "/bin/chromium" {
		t.Errorf("got %q, %v, want Chromium", got, err)
	}
	_, err = tools(there(), func() bool { return false })
	if !errors.Is(err, errMissing) {
		t.Fatalf("got %v, want that all is missing", err)
	}
	for _, want := range []string{"no tmux", "no Chromium", "no font"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

// TestColorsOfLettersStay gives a picture of many shades fewer colors: those that it has most of
// are what they were, also one of few letters.
func TestColorsOfLettersStay(t *testing.T) {
	shades := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for x := range 40 {
		for y := range 40 {
			shades.Set(x, y, color.RGBA{uint8(6 * x), uint8(6 * y), 99, 255})
		}
	}
	red := color.RGBA{215, 0, 3, 255}
	shades.Set(0, 0, red)
	shades.Set(0, 1, red)
	colors := palette(shades, shades.Bounds())
	has := slices.Contains(colors, color.Color(red))
	if len(colors) > 256 || len(colors) < 100 || !has {
		t.Errorf("%d colors, with %v: %v", len(colors), red, has)
	}
	if few := palette(shades, image.Rect(0, 0, 4, 4)); len(few) != 15 {
		t.Errorf("of 15 colors %d are left", len(few))
	}
}

// TestATextStandsInAPicture reads what was written, and finds none where there is none.
func TestATextStandsInAPicture(t *testing.T) {
	bare := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), make([]byte, 17)...)
	if text, err := textOf(bare); err == nil {
		t.Errorf("got %q of a picture without a text", text)
	}
	const want = "█ \x1b[1mα\x1b[m"
	if got, err := textOf(withText(bare, want)); err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if text, err := textOf(withText(bare, want)[:60]); err == nil {
		t.Errorf("got %q of half a picture", text)
	}
}
