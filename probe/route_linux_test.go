package probe_test

import (
	"errors"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"

	"redoubt/model"
	"redoubt/probe"
)

// TestWithoutANetworkNothingIsTold looks from where no interface is up.
func TestWithoutANetworkNothingIsTold(t *testing.T) {
	if os.Geteuid() != 0 {
		needed(t, errors.New("a network of its own is root's to make"))
	}
	up := listening(t, func(conn net.Conn) {})
	for _, p := range []model.Probe{
		{Kind: model.TCPProbe, Target: "{at}"},
		{Kind: model.DNSProbe, Target: "{at}", Name: "shop.example."},
	} {
		done := make(chan probe.Result)
		missing := make(chan error, 1)
		go func() {
			defer close(done)
			runtime.LockOSThread() // And never unlocked: the thread ends with this.
			if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
				missing <- err
				return
			}
			done <- looker{}.look(t, p, up)
		}()
		result, looked := <-done
		if !looked {
			needed(t, <-missing)
		}
		want(t, result, probe.Untold, "network is unreachable")
	}
}
