package session

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// patience is how long a screen may take to show what is waited for.
const patience = time.Minute

// Terminal is a window with the command in it.
type Terminal struct {
	t       testing.TB
	command *exec.Cmd
	// window is the side of a person.
	window *os.File
	// began is when the command was started.
	began time.Time
	// ended gives what became of the command, once.
	ended chan error

	mutex  sync.Mutex
	screen *vt.Emulator
	// writes is how often the command wrote, and last when it did.
	writes int
	last   time.Time
	// wrote wakes who waits for that.
	wrote chan struct{}
}

// Start runs a program in a window of so many columns and lines, until the test is over. A test
// without pseudo-terminals is skipped. The settings of whoever runs the test, as the keys that they
// have bound, are none of the program's (os.UserConfigDir).
func Start(
	t testing.TB, program string, width, height int, arguments ...string,
) *Terminal {
	t.Helper()
	w := &Terminal{
		t: t, command: exec.Command(program, arguments...), ended: make(chan error, 1),
		screen: vt.NewEmulator(width, height), wrote: make(chan struct{}, 1),
	}
	home := t.TempDir()
	w.command.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=", "NO_COLOR=",
		"HOME="+home, "XDG_CONFIG_HOME="+home)
	w.began = time.Now()
	var err error
	w.window, err = pty.StartWithSize(w.command, &pty.Winsize{
		Cols: uint16(width), Rows: uint16(height),
	})
	if errors.Is(err, pty.ErrUnsupported) && os.Getenv("REDOUBT_TOOLS") != "required" {
		t.Skip("there are no pseudo-terminals here")
	}
	if err != nil {
		t.Fatal(err)
	}
	var following sync.WaitGroup
	following.Go(w.follow)
	answering := make(chan struct{})
	go func() { // What the terminal is asked, as which colors it has, it answers as if it were typed.
		_, _ = io.Copy(w.window, w.screen) // It ends with the window.
		close(answering)
	}()
	go func() {
		following.Wait() // All that was written stands on the screen before it is said that it ended.
		w.ended <- w.command.Wait()
	}()
	t.Cleanup(func() {
		_ = w.command.Process.Kill() // It has ended, unless the test failed.
		following.Wait()
		_ = w.window.Close()
		_ = w.screen.InputPipe().(io.Closer).Close()
		<-answering
	})
	return w
}

// Resize has the window be of another size, as a person drags it.
func (w *Terminal) Resize(width, height int) {
	w.t.Helper()
	w.mutex.Lock()
	w.screen.Resize(width, height)
	w.mutex.Unlock()
	err := pty.Setsize(w.window, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	if err != nil {
		w.t.Fatal(err)
	}
}

// follow puts what the command writes onto the screen, until it ends.
func (w *Terminal) follow() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := w.window.Read(buffer)
		if err != nil {
			return // On Linux the last one to close the other side makes this an error.
		}
		now := time.Now()
		w.mutex.Lock()
		_, _ = w.screen.Write(buffer[:n]) // It never fails while it is open.
		w.writes++
		w.last = now
		w.mutex.Unlock()
		select {
		case w.wrote <- struct{}{}:
		default: // Who waits has not looked yet, and will see this too.
		}
	}
}

// text is what the screen shows, and how often it was written to.
func (w *Terminal) text() (text string, writes int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.screen.String(), w.writes
}

// named are the keys that are no letters.
var named = strings.NewReplacer(
	"<enter>", "\r", "<esc>", "\x1b", "<tab>", "\t", "<ctrl+u>", "\x15", "<ctrl+c>", "\x03",
)

// Press types keys: letters, and others by their names in angle brackets.
func (w *Terminal) Press(keys string) {
	w.t.Helper()
	if _, err := io.WriteString(w.window, named.Replace(keys)); err != nil {
		w.t.Fatalf("pressing %s: %v", keys, err)
	}
}

// Until waits for a screen of which something is true.
func (w *Terminal) Until(what string, is func(screen string) bool) string {
	w.t.Helper()
	late := time.After(patience)
	for {
		text, _ := w.text()
		if is(text) {
			return text
		}
		select {
		case <-w.wrote:
		case err := <-w.ended:
			if text, _ = w.text(); is(text) {
				w.ended <- err
				return text
			}
			w.t.Fatalf("%s: the command has ended (%v) with\n%s", what, err, text)
		case <-late:
			w.t.Fatalf("%s: not seen in %s, but\n%s", what, patience, text)
		}
	}
}

// Shows waits for a text on the screen.
func (w *Terminal) Shows(text string) string {
	w.t.Helper()
	return w.Until(fmt.Sprintf("%q", text), func(screen string) bool {
		return strings.Contains(screen, text)
	})
}

// Quits leaves by a key, and has the command end well and the window be as it was.
func (w *Terminal) Quits(key string) {
	w.t.Helper()
	w.Press(key)
	select {
	case err := <-w.ended:
		w.ended <- err
		if err != nil {
			w.t.Errorf("after %s the command ended with %v", key, err)
		}
	case <-time.After(patience):
		w.t.Fatalf("%s does not quit", key)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.screen.IsAltScreen() {
		w.t.Error("the window still shows the interface after it has ended")
	}
}
