package guard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Now is the time by the clock of guards and cages, which goes on while the machine sleeps.
func Now() Instant {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		panic(fmt.Sprintf("CLOCK_BOOTTIME: %v", err)) // Linux has had it since 2.6.39.
	}
	return Instant(now.Nano())
}

// cage is a namespace of processes in which a store runs. Its first process is this program, as
// RunCage makes it. When that ends, the kernel ends all others, wherever they are, before anybody
// learns that it has ended.
type cage struct {
	first *os.Process
	tell  *os.File
	// ended is closed once nothing runs in it any more; err says how that came.
	ended chan struct{}
	err   error
}

// startCage starts a process in a cage of its own. It has no deadline yet: what begins is fenced.
func startCage(p Process) (*cage, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	cmd := exec.Command("/proc/self/exe", append([]string{p.Path}, p.Arguments...)...)
	environment := p.Environment
	if environment == nil {
		environment = os.Environ()
	}
	cmd.Env = append(withoutCage(environment), cageVariable+"="+p.ownership())
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Dir, read, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL, Setpgid: true,
	}
	if os.Geteuid() != 0 { // Only in a namespace of users of its own may others make one of processes.
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = same(os.Geteuid())
		cmd.SysProcAttr.GidMappings = same(os.Getegid())
	}
	c, started := &cage{tell: write, ended: make(chan struct{})}, make(chan error)
	go func() {
		// The signal over a parent's death is about the thread that started the child, which has to
		// last as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		c.first = cmd.Process
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("make a namespace of processes: %w", err), write.Close())
	}
	return c, nil
}

func same(id int) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{{ContainerID: id, HostID: id, Size: 1}}
}

// until tells the cage until when it may last; 0 is for as long as its guard.
func (c *cage) until(deadline Instant) error { return c.say("until", int64(deadline)) }

// signal has the cage send the store a signal: its number among processes is known in there alone.
func (c *cage) signal(number syscall.Signal) error { return c.say("signal", int64(number)) }

// patience is how long a cage may take to hear something. One that was stopped hears nothing, and
// whoever waited for it would not see the deadline come.
const patience = 100 * time.Millisecond

func (c *cage) say(what string, number int64) error {
	if err := c.tell.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.tell, what, number)
	return err
}

// kill ends all that runs in the cage, and returns when nothing does.
func (c *cage) kill() {
	_ = c.first.Kill() // It may have ended already.
	<-c.ended
	_ = c.tell.Close()
}

// ownership is whose a process is, as a cage is told: its user, its group and its other groups.
func (p Process) ownership() string {
	told := fmt.Sprintf("%d:%d", p.User, p.Group)
	for _, group := range p.Groups {
		told += fmt.Sprintf(":%d", group)
	}
	return told
}

// credential reads an ownership; nil leaves it as it is.
func credential(owner string) (*syscall.Credential, error) {
	var numbers []uint32
	for field := range strings.SplitSeq(owner, ":") {
		number, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, uint32(number))
	}
	if len(numbers) < 2 {
		return nil, errors.New("a user and a group are missing")
	}
	if numbers[0] == 0 {
		return nil, nil
	}
	return &syscall.Credential{Uid: numbers[0], Gid: numbers[1], Groups: numbers[2:]}, nil
}

// holdCage is what the first process of a cage does: it starts the store, and ends when that ends,
// when its deadline comes, or when nobody is left to tell it another one.
func holdCage(owner string, arguments []string) int {
	if len(arguments) < 2 || os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "redoubt: error: a cage is started by a guard")
		return 2
	}
	whose, err := credential(owner)
	if err != nil {
		fmt.Fprintf(os.Stderr, "redoubt: error: a cage for whom: %q: %v\n", owner, err)
		return 2
	}
	// What ends the store ends the cage; what a terminal sends to all of them does not.
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGPIPE)
	alarm, err := unix.TimerfdCreate(unix.CLOCK_BOOTTIME, unix.TFD_CLOEXEC)
	if err != nil {
		fmt.Fprintf(os.Stderr, "redoubt: error: a cage without a clock: %v\n", err)
		return 1
	}
	store, err := startStore(whose, arguments)
	if err != nil {
		fmt.Fprintf(os.Stderr, "redoubt: error: start the store: %v\n", err)
		return 1
	}
	ends := make(chan int, 3)
	go func() { ends <- listen(os.Stdin, alarm, store) }()
	go func() { ends <- ring(alarm) }()
	go func() { ends <- reap(store) }()
	return <-ends
}

// startStore starts the store itself, as its owner.
func startStore(whose *syscall.Credential, arguments []string) (int, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	attributes := &syscall.SysProcAttr{Setsid: true, Credential: whose}
	return syscall.ForkExec(arguments[0], arguments[1:], &syscall.ProcAttr{
		Env: withoutCage(os.Environ()), Files: []uintptr{null.Fd(), 1, 2}, Sys: attributes,
	})
}

// listen does what the guard tells, line by line, and returns when the guard is gone. A deadline
// that is over rings at once.
func listen(guard io.Reader, alarm, store int) int {
	for lines := bufio.NewScanner(guard); lines.Scan(); {
		var what string
		var number int64
		if _, err := fmt.Sscan(lines.Text(), &what, &number); err != nil {
			return 2
		}
		switch what {
		case "until":
			setting := unix.ItimerSpec{Value: unix.NsecToTimespec(number)}
			if err := unix.TimerfdSettime(alarm, unix.TFD_TIMER_ABSTIME, &setting, nil); err != nil {
				return 1
			}
		case "signal":
			if err := unix.Kill(store, unix.Signal(number)); err != nil {
				return 1
			}
		default:
			return 2
		}
	}
	return 0
}

// ring returns at the deadline.
func ring(alarm int) int {
	var times [8]byte
	for {
		if _, err := unix.Read(alarm, times[:]); !errors.Is(err, unix.EINTR) {
			return 3
		}
	}
}

// reap buries whoever ends in the cage, as its first process has to, and returns when the store
// has.
func reap(store int) int {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 1
		case pid == store && status.Exited():
			return status.ExitStatus()
		case pid == store:
			return 128 + int(status.Signal())
		}
	}
}

// lockFile locks a file for this process alone, or fails at once.
func lockFile(file *os.File) error {
	return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
