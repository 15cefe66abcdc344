package daemon

import (
	"net"
	"os"
	"strconv"
	"time"
)

// notifier tells a service manager how the process is, as sd_notify(3) has it, and says how often
// it wants to hear that it is alive: half the time after which it takes it for dead, or 0. Without
// a manager it tells nobody.
func notifier() (tell func(string), every time.Duration) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return func(string) {}, 0
	}
	if path[0] == '@' {
		path = "\x00" + path[1:] // A name of Linux that is in no folder.
	}
	if limit, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil && limit > 0 {
		every = time.Duration(limit) * time.Microsecond / 2
	}
	return func(state string) {
		conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
		if err != nil {
			return // The manager may have gone.
		}
		defer conn.Close()
		_, _ = conn.Write([]byte(state))
	}, every
}
