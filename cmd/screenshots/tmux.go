package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/x/vt"
)

const (
	// patience is how long a scene may take to come about.
	patience = 2 * time.Minute
	// still is how long a screen has to stay as it is to be taken for the scene's.
	still = 700 * time.Millisecond
)

// A window is a session of a tmux of its own, with the command in it.
type window struct {
	ctx    context.Context
	folder string
	// written is all that the command writes, and screen what another terminal makes of it: tmux does
	// not say how cells look that were cleared.
	written *os.File
	screen  *vt.Emulator
	// settled reports of a screen whether all was found that is to be shown; nil is at any time.
	settled func(bare string) bool
	// agents are those that are watched, nil where none are.
	agents *replay
}

// shoot plays a session, and hands its screens on.
func (w *window) shoot(
	program string, arguments []string, scenes []scene, draw func(s scene, text string) error,
) (err error) {
	if err := os.Mkdir(w.folder, 0o700); err != nil {
		return err
	}
	if err := w.open(program, arguments); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for _, s := range scenes {
		text, err := w.play(s)
		if err == nil {
			err = draw(s, text)
		}
		if err != nil {
			return fmt.Errorf("the scene %s: %w", s.name, err)
		}
	}
	return nil
}

// open starts the command in a window.
func (w *window) open(program string, arguments []string) (err error) {
	w.screen = vt.NewEmulator(width, height)
	go func() { _, _ = io.Copy(io.Discard, w.screen) }() // What it is asked tmux has answered.
	const settings = "set -g status off\nset -g default-terminal tmux-256color\n" +
		"set -s escape-time 0\nset -g remain-on-exit on\n"
	conf := filepath.Join(w.folder, "tmux.conf")
	if err := os.WriteFile(conf, []byte(settings), 0o600); err != nil {
		return err
	}
	if w.written, err = os.Create(filepath.Join(w.folder, "written")); err != nil {
		return err
	}
	command := append([]string{
		"new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "env", "-u", "NO_COLOR",
		"-u", "COLORTERM",
		"HOME=" + w.folder, "XDG_CONFIG_HOME=" + w.folder, program, // Nobody's own keys.
	}, arguments...)
	command = append(command, "--theme", "dark", ";", "pipe-pane", "cat >> '"+w.written.Name()+"'")
	if _, err := w.tmux(command...); err != nil {
		return errors.Join(err, w.written.Close())
	}
	return nil
}

// tmux has the window's own server do something, and gives what it says.
func (w *window) tmux(words ...string) (string, error) {
	all := append([]string{
		"-u", "-S", filepath.Join(w.folder, "socket"), "-f", filepath.Join(w.folder, "tmux.conf"),
	}, words...)
	out, err := exec.CommandContext(w.ctx, "tmux", all...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", words[0], err, out)
	}
	return string(out), nil
}

// close ends the command, and tmux.
func (w *window) close() error {
	_, err := w.tmux("kill-server")
	return errors.Join(err, w.written.Close())
}

// play leads to a scene, and gives its screen.
func (w *window) play(s scene) (string, error) {
	if s.moment != "" {
		shows, err := w.agents.goTo(s.moment)
		if err != nil {
			return "", err
		}
		if _, err := w.until(shows); err != nil {
			return "", err
		}
	}
	for _, keys := range s.steps {
		if err := w.press(keys); err != nil {
			return "", err
		}
		if _, err := w.until(""); err != nil {
			return "", err
		}
	}
	return w.until(s.shows)
}

// press types keys.
func (w *window) press(keys string) error {
	for _, key := range keysOf(keys) {
		words := []string{"send-keys", "-l", key}
		if len(key) > 1 {
			if key == "esc" { // As tmux names it, and the others.
				key = "escape"
			}
			words = []string{"send-keys", strings.ToUpper(key[:1]) + key[1:]}
		}
		if _, err := w.tmux(words...); err != nil {
			return err
		}
	}
	return nil
}

// keysOf takes keys apart.
func keysOf(keys string) (all []string) {
	for keys != "" {
		key, rest := keys[:1], keys[1:]
		if end := strings.IndexByte(keys, '>'); keys[0] == '<' && end > 0 {
			key, rest = keys[1:end], keys[end+1:]
		}
		all, keys = append(all, key), rest
	}
	return all
}

// until waits for a screen that shows a text, has all that was simulated, and stays; of which both
// terminals say the same. It comes with its escapes.
func (w *window) until(shows string) (string, error) {
	var seen string
	var since time.Time
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		bare, err := w.tmux("capture-pane", "-p")
		if err != nil {
			return "", err
		}
		if _, err := io.Copy(w.screen, w.written); err != nil { // What is new of it.
			return "", err
		}
		text := w.screen.Render()
		screen, err := parse(text, width, height)
		if err != nil {
			return "", err
		}
		done := strings.Contains(bare, shows) && (w.settled == nil || w.settled(bare))
		switch {
		case !done || text != seen || plain(screen) != trimmed(bare):
			seen, since = text, time.Now()
		case time.Since(since) >= still:
			return text, nil
		}
		if time.Since(begun) > patience {
			return "", fmt.Errorf("%q was not seen in %s, but\n%s\nor, as another terminal has it,\n%s",
				shows, patience, bare, plain(screen))
		}
	}
}

// simulated reports of a screen of a scenario whether nothing is being simulated or read.
func simulated(bare string) bool {
	found := false
	for _, says := range []string{
		"\n done, ", "\n one run, ", "\n each value by ", " scenarios; open is ",
	} {
		found = found || strings.Contains(bare, says)
	}
	return found && !strings.Contains(bare, "refining") &&
		!strings.Contains(bare, "reading the library")
}

// trimmed is a text without the spaces at the ends of its lines.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}
