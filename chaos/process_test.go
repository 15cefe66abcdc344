//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// process is one that is kept running, as a service manager does: when it has ended by itself it
// is started anew.
type process struct {
	name string
	// line is what it is started with, each time.
	line func() []string
	log  string
	// within has what is started belong to a region.
	within func(do func() error) error

	pid    atomic.Int64
	starts atomic.Int64
	mu     sync.Mutex
	stop   chan struct{}
	done   chan struct{}
}

// restartAfter is how long a service manager waits before it starts anew what has ended.
const restartAfter = 500 * time.Millisecond

// start has it run, unless it does.
func (p *process) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		return
	}
	p.stop, p.done = make(chan struct{}), make(chan struct{})
	go p.keep(p.stop, p.done)
}

// kill has it run no more, at once, and returns when it is gone.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop == nil {
		return
	}
	close(p.stop)
	<-p.done
	p.stop = nil
}

// crash kills it, and leaves it to be started anew.
func (p *process) crash() { p.signal(syscall.SIGKILL) }

// signal sends it a signal, if it runs.
func (p *process) signal(s syscall.Signal) {
	if pid := int(p.pid.Load()); pid > 1 {
		_ = syscall.Kill(pid, s) // It may have just ended.
	}
}

func (p *process) keep(stop, done chan struct{}) {
	defer close(done)
	for {
		ended, err := p.begin()
		if err != nil {
			p.note(err.Error())
			ended = make(chan struct{})
			close(ended)
		}
		select {
		case <-stop:
			p.signal(syscall.SIGKILL)
			<-ended
			return
		case <-ended:
		}
		select {
		case <-stop:
			return
		case <-time.After(restartAfter):
		}
	}
}

// begin starts it once.
func (p *process) begin() (chan struct{}, error) {
	file, err := os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	line := p.line()
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.within(cmd.Start); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	p.starts.Add(1)
	p.pid.Store(int64(cmd.Process.Pid))
	ended := make(chan struct{})
	go func() {
		err := cmd.Wait()
		p.pid.Store(0)
		p.note(fmt.Sprintf("ended: %v", err))
		_ = file.Close()
		close(ended)
	}()
	return ended, nil
}

// note writes a line into the log of the process.
func (p *process) note(text string) {
	file, err := os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	fmt.Fprintf(file, "---- %s %s\n", time.Now().UTC().Format("15:04:05.000"), text)
	_ = file.Close()
}

// children are the processes that a process has started.
func children(pid int) (found []int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	// Those of its other threads are not in there.
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		if task.Name() == strconv.Itoa(pid) {
			continue
		}
		more, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		text = append(append(text, ' '), more...)
	}
	for _, word := range strings.Fields(string(text)) {
		if number, err := strconv.Atoi(word); err == nil {
			found = append(found, number)
		}
	}
	return found
}
