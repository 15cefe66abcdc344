//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A held process asks a test about all that it writes into files, before the kernel does it: the
// test lets it be done, or late, or lets it wait, or has it fail for want of room. Nobody has to be
// root for that. The kernel asks by seccomp_unotify(2); what runs then is the command as it is.
//
// A real disk that stands still keeps a process from ending, too; this one does not.

// held are the calls that are asked about.
var held = [...]uint32{
	unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE,
	unix.SYS_FALLOCATE,
}

// heldWord has a test's program be held, and then be another one.
const heldWord = "held"

// beHeld has this process be asked about, by whoever listens on a socket, and be another program.
// It returns only if it cannot.
func beHeld(socket string, line []string) error {
	runtime.LockOSThread() // What is held is a thread, and what it becomes.
	door, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return err
	}
	listener, err := hold()
	if err != nil {
		return err
	}
	if _, _, err := door.WriteMsgUnix([]byte{1}, unix.UnixRights(listener), nil); err != nil {
		return err
	}
	return syscall.Exec(line[0], line, os.Environ())
}

// hold has the kernel ask about this thread's calls, at the file that it returns.
func hold() (int, error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	code := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}} // The call's number.
	for i, call := range held {
		code = append(code, unix.SockFilter{
			Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jt: uint8(len(held) - i),
		})
	}
	code = append(code,
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF})
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	// Where the kernel has it, a signal breaks off no call that is being asked about.
	for _, more := range [...]uintptr{unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0} {
		file, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags|more,
			uintptr(unsafe.Pointer(&program)))
		if errno == 0 {
			return int(file), nil
		}
		if more == 0 {
			return 0, fmt.Errorf("no process can be held here: %w", errno)
		}
	}
	return 0, nil
}

// question is what the kernel asks, and verdict what it is answered.
type question struct {
	id         uint64
	thread     uint32
	_          uint32
	call, arch int32
	_          uint64
	arguments  [6]uint64
}

type verdict struct {
	id    uint64
	_     int64
	errno int32
	flags uint32
}

// The ways in which a disk takes what it is given.
const (
	well int32 = iota
	slow
	full
	still
)

// slowness is how long a slow disk takes over each call.
const slowness = 150 * time.Millisecond

// disk is what held processes write to in one folder.
type disk struct {
	folder, socket string
	listener       *net.UnixListener
	// does is how it takes what it is given; asked counts the calls that were not let by at once.
	does  atomic.Int32
	asked atomic.Int64
	mu    sync.Mutex
	mends chan struct{} // closed when it is well again
}

// newDisk listens for processes that are to be held.
func newDisk(folder, socket string) (*disk, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	d := &disk{folder: folder, socket: socket, listener: listener, mends: make(chan struct{})}
	go func() {
		for {
			door, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			go d.receive(door)
		}
	}()
	return d, nil
}

// line is what starts a program that is held.
func (d *disk) line(line []string) []string {
	return append([]string{"/proc/self/exe", heldWord, d.socket}, line...)
}

// close lets everything by that waits, and holds nobody new.
func (d *disk) close() {
	d.be(well)
	_ = d.listener.Close()
}

// be has the disk take things in another way from now on.
func (d *disk) be(does int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.does.Store(does)
	close(d.mends)
	d.mends = make(chan struct{})
}

// receive gets at which file the kernel asks about a process, and answers there.
func (d *disk) receive(door *net.UnixConn) {
	defer door.Close()
	rest := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := door.ReadMsgUnix(make([]byte, 1), rest)
	if err != nil {
		return // It has ended before it was held, and its log says why.
	}
	messages, err := unix.ParseSocketControlMessage(rest[:n])
	if err != nil || len(messages) != 1 {
		return
	}
	files, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(files) != 1 {
		return
	}
	defer unix.Close(files[0])
	d.answer(files[0])
}

// answer answers until nobody is held any more.
func (d *disk) answer(file int) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	for {
		look := []unix.PollFd{{Fd: int32(file), Events: unix.POLLIN}}
		if _, err := unix.Poll(look, -1); err != nil {
			continue // A signal has come.
		}
		if look[0].Revents&unix.POLLIN == 0 {
			return // All of them have ended.
		}
		var q question
		if ioctl(file, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&q)) != 0 {
			continue // Whoever it is about has ended meanwhile.
		}
		if d.does.Load() == well || !d.has(&q) {
			reply(file, &q, 0)
			continue
		}
		d.asked.Add(1)
		waiting.Go(func() { reply(file, &q, d.judge(&q)) })
	}
}

// reply lets a call be done, or has it fail. Whoever it is about may have ended.
func reply(file int, q *question, errno syscall.Errno) {
	v := verdict{id: q.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if errno != 0 {
		v.errno, v.flags = -int32(errno), 0
	}
	_ = ioctl(file, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&v))
}

func ioctl(file int, what uintptr, about unsafe.Pointer) syscall.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(file), what, uintptr(about))
	return errno
}

// path is the file that a call is about, as its process has it.
func (q *question) path() string {
	return fmt.Sprintf("/proc/%d/fd/%d", q.thread, int32(q.arguments[0]))
}

// has reports whether a call is about a file on the disk.
func (d *disk) has(q *question) bool {
	at, err := os.Readlink(q.path())
	return err == nil && strings.HasPrefix(at, d.folder+"/")
}

// judge waits for as long as the disk takes over a call, and says what comes of it.
func (d *disk) judge(q *question) syscall.Errno {
	for {
		d.mu.Lock()
		does, mends := d.does.Load(), d.mends
		d.mu.Unlock()
		switch does {
		case slow:
			time.Sleep(slowness)
			return 0
		case full:
			if q.grows() {
				return syscall.ENOSPC
			}
			return 0
		case still:
			<-mends
			continue
		}
		return 0
	}
}

// grows reports whether a call needs room that its file does not have yet.
func (q *question) grows() bool {
	info, err := os.Stat(q.path())
	if err != nil {
		return false
	}
	end := uint64(0)
	switch uint32(q.call) {
	case unix.SYS_FALLOCATE:
		return true
	case unix.SYS_FTRUNCATE:
		end = q.arguments[1]
	case unix.SYS_PWRITE64:
		end = q.arguments[3] + q.arguments[2]
	case unix.SYS_WRITE:
		end = q.position() + q.arguments[2]
	}
	return end > uint64(info.Size())
}

// position is where in its file a process writes next.
func (q *question) position() (at uint64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", q.thread, int32(q.arguments[0])))
	_, _ = fmt.Sscanf(string(text), "pos: %d", &at) // Of a file that is gone nothing is asked.
	return at
}

// lacksHold says why no process can be held here.
var lacksHold = sync.OnceValue(func() error {
	folder, err := os.MkdirTemp("", "held-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	d, err := newDisk(folder, filepath.Join(folder, "socket"))
	if err != nil {
		return err
	}
	defer d.close()
	if said, err := writes(d, filepath.Join(folder, "file")); err != nil {
		return fmt.Errorf("no process can be held here: %w: %s", err, said)
	}
	d.be(full)
	if _, err := writes(d, filepath.Join(folder, "file")); err == nil || d.asked.Load() == 0 {
		return errors.New("no process can be held here: the kernel does not ask")
	}
	return nil
})

// writes has a held program write a file, and returns what it said.
func writes(d *disk, path string) (string, error) {
	line := d.line([]string{"/bin/sh", "-c", `echo all of it >"$0"`, path})
	out, err := exec.Command(line[0], line[1:]...).CombinedOutput()
	return string(out), err
}

// TestDisksThatAreHeld has a program write to a disk that is well, slow, full and stands still, and
// beside it.
func TestDisksThatAreHeld(t *testing.T) {
	if err := lacksHold(); err != nil {
		needed(t, err)
	}
	folder := t.TempDir()
	d, err := newDisk(folder, filepath.Join(folder, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	beside := filepath.Join(t.TempDir(), "beside")
	for _, c := range []struct {
		name  string
		does  int32
		least time.Duration
		fails bool
	}{{"well", well, 0, false}, {"slow", slow, slowness, false}, {"full", full, 0, true}} {
		d.be(c.does)
		began := time.Now()
		said, err := writes(d, filepath.Join(folder, c.name))
		if took := time.Since(began); (err != nil) != c.fails || took < c.least {
			t.Errorf("%s: %v after %v: %s", c.name, err, took, said)
		}
		if said, err := writes(d, beside); err != nil {
			t.Errorf("%s: beside it: %v: %s", c.name, err, said)
		}
	}
	d.be(still)
	done := make(chan error, 1)
	go func() { _, err := writes(d, filepath.Join(folder, "still")); done <- err }()
	select {
	case err := <-done:
		t.Errorf("what is written to a disk that stands still is over: %v", err)
	case <-time.After(500 * time.Millisecond):
	}
	d.be(well)
	if err := <-done; err != nil {
		t.Errorf("once it is well again: %v", err)
	}
}
