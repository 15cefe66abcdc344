package daemon

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// A service manager is told what sd_notify(3) says, over a socket in a folder or of a name alone,
// and as often as it wants; without one nobody is told, and nothing fails.
func TestTheServiceManagerIsTold(t *testing.T) {
	for name, path := range map[string]string{
		"a folder": filepath.Join(t.TempDir(), "notify"), "a name": "@redoubt-" + t.Name(),
	} {
		listens := path
		if path[0] == '@' {
			listens = "\x00" + path[1:]
		}
		manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: listens, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("NOTIFY_SOCKET", path)
		t.Setenv("WATCHDOG_USEC", "30000000")
		tell, every := notifier()
		if every != 15*time.Second {
			t.Errorf("%s: it is told every %v, want half of what it waits", name, every)
		}
		for _, state := range []string{"READY=1", "WATCHDOG=1", "STOPPING=1"} {
			tell(state)
			heard := make([]byte, 100)
			_ = manager.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, err := manager.Read(heard)
			if err != nil || string(heard[:n]) != state {
				t.Errorf("%s: the manager hears %q, %v, want %q", name, heard[:n], err, state)
			}
		}
		_ = manager.Close()
		tell("WATCHDOG=1") // It is gone.
	}
	t.Setenv("NOTIFY_SOCKET", "")
	if tell, every := notifier(); every != 0 {
		t.Errorf("nobody is told every %v", every)
	} else {
		tell("READY=1")
	}
	t.Setenv("NOTIFY_SOCKET", "/nowhere")
	t.Setenv("WATCHDOG_USEC", "never")
	if _, every := notifier(); every != 0 {
		t.Errorf("who wants to hear nothing is told every %v", every)
	}
}
