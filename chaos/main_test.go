//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// TestMain gives tests that nobody runs as root a namespace of users, where that can be had: in
// there they may make those of networks. Run as what is to be held, it becomes that.
func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == heldWord {
		fmt.Fprintln(os.Stderr, beHeld(os.Args[2], os.Args[3:]))
		os.Exit(1)
	}
	if code, ran := asRoot(); ran {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// inOwn says to a test's process that it runs in a namespace of users already.
const inOwn = "CHAOS_OWN_NAMESPACE"

// asRoot runs the tests again in a namespace of users, where it is of use.
func asRoot() (code int, ran bool) {
	if os.Geteuid() == 0 || os.Getenv(inOwn) != "" || os.Getenv("NET") == "relays" {
		return 0, false
	}
	own := func(line ...string) *exec.Cmd {
		cmd := exec.Command(line[0], line[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), inOwn+"=yes")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
			// What has them may make namespaces and links, and enter them; files are as ever.
			AmbientCaps: []uintptr{capNetAdmin, capSysAdmin}, Pdeathsig: syscall.SIGKILL,
		}
		return cmd
	}
	if lacksTools() != nil || own("ip", "link", "set", "lo", "up").Run() != nil {
		return 0, false
	}
	// The namespace of networks is new, too: loopback is up in there before a test begins.
	all := append([]string{"sh", "-c", `ip link set lo up && exec "$0" "$@"`}, os.Args...)
	cmd := own(all...)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // It goes to all: the tests end by it.
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return 0, false
	}
	return cmd.ProcessState.ExitCode(), true
}

const (
	capNetAdmin = 12
	capSysAdmin = 21
)
