//go:build linux

package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// spaces are a network in which each region has a namespace of its own, with one link to another
// namespace in the middle, which forwards. A direction that is cut is dropped there: nobody is
// refused, connections stay half open, and the kernels send again and give up as they do.
//
// Nothing of this has a name. A namespace lives as long as this process has it open, or something
// runs in it that ends with this process; what is in it ends with it.
type spaces struct {
	middle *os.File
	region [most]*os.File
	doors  [most]*relays // To what listens on a region's loopback.
	port   atomic.Int32
}

// firstPort is below those that a kernel gives to whoever asks for any.
const firstPort = 7400

// lacksTools says which program is missing that namespaces are linked by.
func lacksTools() error {
	_, first := exec.LookPath("ip")
	_, second := exec.LookPath("nft")
	return errors.Join(first, second)
}

// newSpaces makes them, or says why it cannot.
func newSpaces() (made *spaces, err error) {
	if err := lacksTools(); err != nil {
		return nil, err
	}
	s := &spaces{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.port.Store(firstPort)
	if s.middle, err = newSpace(); err != nil {
		return nil, err
	}
	for r := range regions {
		if s.region[r], err = newSpace(); err != nil {
			return nil, err
		}
		s.doors[r] = &relays{dial: func(target string) (net.Conn, error) {
			ctx, end := context.WithTimeout(context.Background(), time.Second)
			defer end()
			return dialer(s, r)(ctx, "tcp", target)
		}}
	}
	return s, s.join()
}

// join links the regions with the middle.
func (s *spaces) join() error {
	lines := "link set lo up\n"
	for r := range regions {
		lines += fmt.Sprintf("link add name region%d type veth peer name wan netns /proc/self/fd/%d\n"+
			"address add %s.1/24 dev region%d\nlink set region%d up\n", r, 3+r, prefix(r), r, r)
	}
	err := inside(s.middle, func() error {
		const forwards = "/proc/sys/net/ipv4/ip_forward"
		if err := os.WriteFile(forwards, []byte("1"), 0); err != nil {
			if now, _ := os.ReadFile(forwards); strings.TrimSpace(string(now)) != "1" {
				return err
			}
		}
		return errors.Join(fed(lines, s.region[:regions], "ip", "-batch", "-"),
			fed(dropping, nil, "nft", "-f", "-"))
	})
	for r := range regions {
		err = errors.Join(err, inside(s.region[r], func() error {
			return fed(fmt.Sprintf("link set lo up\naddress add %s.2/24 dev wan\nlink set wan up\n"+
				"route add default via %s.1\n", prefix(r), prefix(r)), nil, "ip", "-batch", "-")
		}))
	}
	return err
}

// dropping are the rules in the middle: what is in the set is dropped, from its first address to
// its second.
const dropping = `table inet chaos {
	set cut { type ipv4_addr . ipv4_addr; }
	chain forward {
		type filter hook forward priority 0;
		ip saddr . ip daddr @cut drop
	}
}
`

// become has both in one transaction: no packet meets half of it.
func (s *spaces) become(cuts matrix) error {
	lines := "flush set inet chaos cut\n"
	for from := range regions {
		for to := range regions {
			if cuts[from][to] {
				lines += fmt.Sprintf("add element inet chaos cut { %s.2 . %s.2 }\n", prefix(from), prefix(to))
			}
		}
	}
	return inside(s.middle, func() error { return fed(lines, nil, "nft", "-f", "-") })
}

// prefix begins the addresses of a region.
func prefix(region int) string { return fmt.Sprintf("10.77.%d", region) }

func (s *spaces) address(region int, private bool) (string, error) {
	port := s.port.Add(1)
	if private {
		return fmt.Sprintf("127.0.0.1:%d", port), nil
	}
	return fmt.Sprintf("%s.2:%d", prefix(region), port), nil
}

// way is the address itself. To what is on loopback alone a door leads in its own region, as the
// proxy does that many put before what speaks without TLS.
func (s *spaces) way(_, to int, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host != "127.0.0.1" {
		return address, err
	}
	public := net.JoinHostPort(prefix(to)+".2", port)
	var listener net.Listener
	err = s.within(to, func() (problem error) {
		listener, problem = net.Listen("tcp", public)
		return problem
	})
	if errors.Is(err, unix.EADDRINUSE) {
		return public, nil // Somebody else has asked for the same door.
	}
	if err != nil {
		return "", err
	}
	return public, s.doors[to].serve(listener, to, to, address)
}

func (s *spaces) gossip(places [most]string) ([most]string, error) { return places, nil }

func (s *spaces) within(region int, do func() error) error { return inside(s.region[region], do) }

func (s *spaces) String() string { return "namespaces" }

func (s *spaces) close() {
	for r := range regions {
		if s.doors[r] != nil {
			s.doors[r].close()
		}
	}
	for _, space := range append(s.region[:regions], s.middle) {
		_ = space.Close() // It was only looked at.
	}
}

// newSpace makes a namespace.
func newSpace() (space *os.File, err error) {
	err = aside(func() (problem error) {
		if problem = unix.Unshare(unix.CLONE_NEWNET); problem != nil {
			return fmt.Errorf("a namespace: %w", problem)
		}
		space, problem = os.Open(ownSpace)
		return problem
	})
	return space, err
}

// inside does something in a namespace.
func inside(space *os.File, do func() error) error {
	return aside(func() error {
		if err := unix.Setns(int(space.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter a namespace: %w", err)
		}
		return do()
	})
}

const ownSpace = "/proc/thread-self/ns/net"

// aside does something on a thread that may leave its namespace, and comes back to it. The thread
// must not end: what it has started would be told to end with it.
func aside(do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := os.Open(ownSpace)
	if err != nil {
		return err
	}
	defer own.Close()
	defer func() {
		if err := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err) // What runs on this thread next would be in the wrong region.
		}
	}()
	return do()
}

// fed runs a program of the system that reads lines, and has files open from number 3 on.
func fed(lines string, files []*os.File, name string, arguments ...string) error {
	cmd := exec.Command(name, arguments...)
	cmd.Stdin, cmd.ExtraFiles = bytes.NewReader([]byte(lines)), files
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// holding has a test's process make namespaces, and wait to be killed.
const holding = "CHAOS_HOLD_NAMESPACES"

// TestNothingOutlivesATest kills a test that has namespaces, and something that runs in them.
func TestNothingOutlivesATest(t *testing.T) {
	if err := lacksTools(); err != nil {
		needed(t, err)
	}
	s, err := newSpaces()
	if err != nil {
		t.Skip(err) // No tool helps where the kernel makes none.
	}
	if os.Getenv(holding) != "" {
		held := &process{
			log: os.DevNull, line: func() []string { return []string{"sleep", "300"} },
			within: func(do func() error) error { return s.within(0, do) },
		}
		held.start()
		for held.pid.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		fmt.Printf("holds %d\n", held.pid.Load())
		select {}
	}
	s.close()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), holding+"=yes")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	pid := 0
	_, err = fmt.Fscanf(out, "holds %d\n", &pid)
	space, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	if own, _ := os.Readlink(ownSpace); err != nil || space == "" || space == own {
		t.Errorf("got process %d in %q, want one in a namespace of its own: %v", pid, space, err)
	}
	_, _ = cmd.Process.Kill(), cmd.Wait() // It says that it was killed.
	var left []string
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
		left = nil
		all, _ := filepath.Glob("/proc/[0-9]*/ns/net")
		for _, one := range all {
			if got, _ := os.Readlink(one); space != "" && got == space {
				left = append(left, one)
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("%s is left to %v", space, left)
}
