package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// options are what a run is told.
type options struct {
	// program is redoubt, folder where the pictures go.
	program, folder string
	// all has every picture be drawn anew, and record the answers of agents be recorded anew, while
	// demo runs.
	all, record bool
	demo        string
}

// Exit codes. That of a skip is automake's.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMisused = 2
	exitSkipped = 77
)

// errMissing says that there is nothing to make pictures with.
var errMissing = errors.New("no pictures are made here")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run records the session, and gives its exit code.
func run(ctx context.Context, arguments []string, out, complain io.Writer) int {
	var o options
	flags := flag.NewFlagSet("screenshots", flag.ContinueOnError)
	flags.SetOutput(complain)
	flags.StringVar(&o.program, "redoubt", "bin/redoubt", "the program that is shown")
	flags.StringVar(&o.folder, "folder", "docs/screenshots", "where the pictures go")
	flags.BoolVar(&o.all, "all", false, "draw pictures anew whose screens have not changed, too")
	flags.BoolVar(&o.record, "record", false,
		"record anew what agents answer while the demo loses a region, from the repository's root")
	flags.StringVar(&o.demo, "demo", "bin/demo", "the demo, for --record")
	if err := flags.Parse(arguments); err != nil || flags.NArg() > 0 {
		fmt.Fprintln(complain, "screenshots: error: it takes flags alone")
		return exitMisused
	}
	err := o.do(ctx, out)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errMissing) && os.Getenv("REDOUBT_TOOLS") != "required":
		fmt.Fprintf(out, "screenshots: %v\n", err)
		return exitSkipped
	}
	fmt.Fprintf(complain, "screenshots: error: %v\n", err)
	return exitFailed
}

// browsers are what Chromium is called.
var browsers = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell",
}

// tools looks for all that is needed, and says what of it is missing.
func tools(look func(name string) (string, error), font func() bool) (chromium string, err error) {
	var missing []string
	if _, err := look("tmux"); err != nil {
		missing = append(missing, "tmux")
	}
	for _, name := range browsers {
		if path, err := look(name); err == nil && chromium == "" {
			chromium = path
		}
	}
	if chromium == "" {
		missing = append(missing, "Chromium (as "+strings.Join(browsers, ", ")+")")
	}
	if !font() {
		missing = append(missing, "font DejaVu Sans Mono (or no fc-match, which knows whether it is "+
			"there)")
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("%w: there is no %s", errMissing, strings.Join(missing, ", and no "))
	}
	return chromium, nil
}

// hasFont reports whether the font of the pictures is there: another one has other widths.
func hasFont() bool {
	out, err := exec.Command("fc-match", "-f", "%{family}", "DejaVu Sans Mono").Output()
	return err == nil && string(out) == "DejaVu Sans Mono"
}

// do plays the sessions, and writes what they show.
func (o options) do(ctx context.Context, out io.Writer) (err error) {
	chromium, err := tools(exec.LookPath, hasFont)
	if err != nil {
		return err
	}
	program, err := filepath.Abs(o.program)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "redoubt-screenshots")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.MkdirAll(o.folder, 0o755); err != nil {
		return err
	}
	if o.record {
		if err := recordAgents(ctx, o.demo, program, out); err != nil {
			return err
		}
	}
	answers, err := readRecording(recorded)
	if err != nil {
		return err
	}
	agents := &replay{recording: answers}
	if err := agents.serve(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, agents.close()) }()
	token := filepath.Join(folder, "token") // The replay asks nobody for one.
	if err := os.WriteFile(token, []byte("none\n"), 0o600); err != nil {
		return err
	}
	watches := []string{
		"tui", "--connect", strings.Join(agents.addresses(), ","), "--token-file", token,
	}
	draw := func(s scene, text string) error {
		what, err := o.keep(ctx, s, text, chromium, folder)
		if err == nil {
			fmt.Fprintf(out, "%-12s %s\n", s.name, what)
		}
		return err
	}
	study := &window{ctx: ctx, folder: filepath.Join(folder, "study"), settled: simulated}
	live := &window{ctx: ctx, folder: filepath.Join(folder, "live"), agents: agents}
	return errors.Join(study.shoot(program, arguments, scenes, draw),
		live.shoot(program, watches, liveScenes, draw))
}

// shows reports whether a picture has a screen inside.
func shows(shot []byte, screen [][]cell) bool {
	text, err := textOf(shot)
	if err != nil {
		return false
	}
	shown, err := parse(text, width, height)
	return err == nil && slices.EqualFunc(shown, screen, slices.Equal[[]cell])
}

// keep writes a scene as text, and as a picture unless there is one of the same screen. It says
// which.
func (o options) keep(
	ctx context.Context, s scene, text, chromium, folder string,
) (what string, err error) {
	screen, err := parse(text, width, height)
	if err != nil {
		return "", err
	}
	path := filepath.Join(o.folder, s.name)
	if err := os.WriteFile(path+".txt", []byte(plain(screen)), 0o644); err != nil {
		return "", err
	}
	if before, err := os.ReadFile(path + ".png"); err == nil && !o.all {
		if shows(before, screen) {
			return "as it was", nil
		}
	}
	on := dark
	if s.light {
		on = light
	}
	shot, err := picture(ctx, chromium, folder, page(screen, on), text)
	if err != nil {
		return "", err
	}
	return "drawn", os.WriteFile(path+".png", shot, 0o644)
}
