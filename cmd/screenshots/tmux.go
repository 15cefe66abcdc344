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
}

// open starts the command in a window.
func open(ctx context.Context, folder, program string) (w *window, err error) {
	w = &window{ctx: ctx, folder: folder, screen: vt.NewEmulator(width, height)}
	go func() { _, _ = io.Copy(io.Discard, w.screen) }() // What it is asked tmux has answered.
	const settings = "set -g status off\nset -g default-terminal tmux-256color\n" +
		"set -s escape-time 0\nset -g remain-on-exit on\n"
	if err := os.WriteFile(filepath.Join(folder, "tmux.conf"), []byte(settings), 0o600); err != nil {
		return nil, err
	}
	if w.written, err = os.Create(filepath.Join(folder, "written")); err != nil {
		return nil, err
	}
	command := append([]string{
		"new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "env", "-u", "NO_COLOR",
		"-u", "COLORTERM", program,
	}, arguments...)
	command = append(command, "--theme", "dark", ";", "pipe-pane", "cat >> '"+w.written.Name()+"'")
	if _, err := w.tmux(command...); err != nil {
		return nil, errors.Join(err, w.written.Close())
	}
	return w, nil
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
			words = []string{"send-keys", strings.ToUpper(key[:1]) + key[1:]} // As tmux names them.
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
		done := strings.Contains(bare, "\n done, ") && !strings.Contains(bare, "refining") &&
			!strings.Contains(bare, "reading the library") && strings.Contains(bare, shows)
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

// trimmed is a text without the spaces at the ends of its lines.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}
