package calibrate

import (
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"redoubt/model"
)

var exchanges = flag.Int("wire", 0,
	"measure so many exchanges on each of 24 connections over a wire that loses packets (as root)")

// Where the wire ends, and how long a packet is on it.
const (
	nearEnd, farEnd = "10.97.0.1", "10.97.0.2"
	oneWay          = 40 * time.Millisecond
	connections     = 24
)

// wire is a link between two network namespaces of this machine: a device of the kernel at each end
// (Documentation/networking/tuntap.rst), between which this process carries the packets, late, and
// loses a share of them on either way.
type wire struct {
	ends [2]*os.File
	lost atomic.Uint64 // The bits of a float64.
}

// namespace is a network namespace: what its thread makes belongs there, whoever uses it.
type namespace struct {
	jobs chan func() error
	done chan error
}

// newNamespace makes one, which is there until the test is over.
func newNamespace(t *testing.T) *namespace {
	t.Helper()
	n := &namespace{make(chan func() error), make(chan error)}
	go func() {
		runtime.LockOSThread() // It ends with the goroutine, as it is not unlocked.
		for job := range n.jobs {
			n.done <- job()
		}
	}()
	t.Cleanup(func() { close(n.jobs) })
	n.do(t, func() error { return syscall.Unshare(syscall.CLONE_NEWNET) })
	return n
}

func (n *namespace) do(t *testing.T, job func() error) {
	t.Helper()
	n.jobs <- job
	if err := <-n.done; err != nil {
		t.Fatal(err)
	}
}

// device makes a device in the namespace, whose other end is another address.
func (n *namespace) device(t *testing.T, address, peer string) (device *os.File) {
	t.Helper()
	n.do(t, func() (err error) {
		if device, err = openDevice("wire"); err != nil {
			return err
		}
		for _, line := range []string{
			"link set lo up", "address add " + address + " peer " + peer + " dev wire", "link set wire up",
		} {
			if said, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %s: %w: %s", line, err, said)
			}
		}
		return nil
	})
	t.Cleanup(func() { _ = device.Close() })
	return device
}

// openDevice makes a device whose packets this process reads and writes.
func openDevice(name string) (*os.File, error) {
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	const set, plain = 0x400454ca, 0x1001 // TUNSETIFF, and IFF_TUN|IFF_NO_PI (linux/if_tun.h).
	request := struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}{flags: plain}
	copy(request.name[:15], name)
	_, _, no := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), set, uintptr(unsafe.Pointer(&request)))
	if no != 0 {
		return nil, fmt.Errorf("make a device: %w", no)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// carry brings what one end sends to the other one, until it is closed. Of all but IPv4 there is
// nothing to bring.
func (w *wire) carry(from int) {
	type packet struct {
		bytes []byte
		at    time.Time
	}
	under := make(chan packet, 1<<16)
	go func() {
		for p := range under {
			time.Sleep(time.Until(p.at))
			_, _ = w.ends[1-from].Write(p.bytes) // What a device does not take is lost.
		}
	}()
	defer close(under)
	for {
		buffer := make([]byte, 2048)
		n, err := w.ends[from].Read(buffer)
		if err != nil {
			return
		}
		if buffer[0]>>4 == 4 && rand.Float64() >= math.Float64frombits(w.lost.Load()) {
			under <- packet{buffer[:n], time.Now().Add(oneWay)}
		}
	}
}

// echo answers everything over each connection.
func echo(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(conn, conn) }() // Until the connection breaks.
	}
}

// newWire makes a wire that loses nothing yet, with connections over it whose far ends echo.
func newWire(t *testing.T) (w *wire, conns []net.Conn) {
	t.Helper()
	near, far := newNamespace(t), newNamespace(t)
	w = &wire{ends: [2]*os.File{near.device(t, nearEnd, farEnd), far.device(t, farEnd, nearEnd)}}
	go w.carry(0)
	go w.carry(1)
	far.do(t, func() error {
		listener, err := net.Listen("tcp4", farEnd+":7")
		if err == nil {
			t.Cleanup(func() { _ = listener.Close() })
			go echo(listener)
		}
		return err
	})
	near.do(t, func() error {
		for range connections {
			conn, err := net.DialTimeout("tcp4", farEnd+":7", 10*time.Second)
			if err != nil {
				return err
			}
			conns = append(conns, conn)
			t.Cleanup(func() { _ = conn.Close() })
		}
		return nil
	})
	return w, conns
}

// exchange is how long a question of 100 bytes and its answer take, in seconds.
func exchange(conn net.Conn) (float64, error) {
	var bytes [100]byte
	began := time.Now()
	if _, err := conn.Write(bytes[:]); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(conn, bytes[:]); err != nil {
		return 0, err
	}
	return time.Since(began).Seconds(), nil
}

// exchanged are exchanges over a wire that loses a share of the packets on either way, on each of
// its connections as many, with pauses between them. All are waited for.
func exchanged(t *testing.T, lost float64, each int) (seconds []float64) {
	t.Helper()
	w, conns := newWire(t)
	w.lost.Store(math.Float64bits(lost))
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, conn := range conns {
		all.Go(func() {
			for range each {
				time.Sleep(200*time.Millisecond + rand.N(200*time.Millisecond))
				took, err := exchange(conn)
				mu.Lock()
				if err != nil {
					t.Errorf("a connection breaks: %v", err)
				}
				seconds = append(seconds, took)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return seconds
}

// ruled is the share of the exchanges that take longer than a time by the rule that the simulator
// has, where a share of the packets is lost each way.
func ruled(lost, longer float64) (share float64) {
	const trip = 2 * oneWay
	for asked := range 40 {
		for answered := range 40 {
			late := math.Ldexp((trip+model.ResendWait).Seconds(), asked) +
				math.Ldexp((trip+model.ResendWait+model.AnswerWait).Seconds(), answered) -
				(trip + 2*model.ResendWait + model.AnswerWait).Seconds()
			if late > longer {
				share += (1 - lost) * (1 - lost) * math.Pow(lost, float64(asked+answered))
			}
		}
	}
	return share
}

// TestWire measures Linux itself beside the rule by which the simulator has TCP send again what was
// lost. It holds the wire alone: what is not lost takes a round trip, and as much is lost as is to
// be. What Linux does then is told, for docs/fidelity.md.
func TestWire(t *testing.T) {
	if *exchanges == 0 {
		t.Skip("make wire measures")
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil || os.Getuid() != 0 {
		t.Skip("it takes root, and /dev/net/tun")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("it takes ip of iproute2")
	}
	const busyMost = 0.05
	busy := 0.
	for _, lost := range []float64{0, 0.2, 0.4} {
		seconds := exchanged(t, lost, *exchanges)
		n := float64(len(seconds))
		beyond := func(bound float64) (share float64) {
			for _, s := range seconds {
				if s > bound {
					share += 1 / n
				}
			}
			return share
		}
		const trip, work = (2 * oneWay), 60 * time.Millisecond // What it takes to be scheduled.
		late := beyond((trip + work).Seconds())
		if lost == 0 {
			if busy = late; busy > busyMost {
				t.Fatalf("%.3f are late though nothing is lost: this machine is too busy for it", busy)
			}
		}
		want := 1 - (1-lost)*(1-lost)*(1-busy)
		if bound := 4.5 * math.Sqrt(2*want*(1-want)/n); math.Abs(late-want) > bound {
			t.Errorf("losing %g: %.3f of %v exchanges are late, want %.3f within %.3f", lost, late, n, want,
				bound)
		}
		if least := slices.Min(seconds); least < trip.Seconds() {
			t.Errorf("losing %g: one takes %.3f s over a wire of %v", lost, least, trip)
		}
		t.Logf("losing %2.0f %%: %.3f of %v exchanges are late, want %.3f", 100*lost, late, n, want)
		for _, bound := range []float64{0.5, 1, 2, 5, 10} {
			t.Logf("losing %2.0f %%: of %v exchanges %5.2f %% take more than %4.1f s, by the rule %5.2f %%",
				100*lost, n, 100*beyond(bound), bound, 100*ruled(lost, bound-trip.Seconds()))
		}
	}
}

// TestTheRuleOfTheWire holds ruled to a case that was worked out by hand: with 80 ms and a fifth
// lost, within a second come those of which nothing was lost, or a question up to twice, or an
// answer once and a question once at the most.
func TestTheRuleOfTheWire(t *testing.T) {
	if got, want := ruled(0.2, 0.92), 1-(0.8*0.96+0.16*0.96+0.032*0.8); math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
}
