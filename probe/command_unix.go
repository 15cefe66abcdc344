//go:build unix

package probe

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// cannotTell is what a command exits with that learnt nothing: EX_TEMPFAIL of sysexits.h.
const cannotTell = 75

// commandProbe runs a program, in a group of processes that ends with it. What it writes goes
// nowhere: there may be secrets in it, and no end to it.
type commandProbe struct {
	arguments   []string
	environment []string
}

func newCommandProbe(arguments, environment []string) (Prober, error) {
	if len(arguments) == 0 || !filepath.IsAbs(arguments[0]) {
		return nil, errors.New("is no whole path of a program")
	}
	return &commandProbe{arguments, environment}, nil
}

func (p *commandProbe) Probe(ctx context.Context) Result {
	began := time.Now()
	cmd := exec.CommandContext(ctx, p.arguments[0], p.arguments[1:]...)
	cmd.Env, cmd.Dir = p.environment, "/"
	if cmd.Env == nil {
		cmd.Env = []string{} // None is not the agent's own.
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return judge(ctx, began, err)
		}
		return untold("the command does not start: %s", cause(err))
	}
	err := cmd.Wait()
	// What it has left behind ends too. Where nothing is left nobody has its number of a group yet.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return untold("the probe was called off")
	case err == nil:
		return good()
	case ctx.Err() != nil && !cmd.ProcessState.Exited():
		return late(ctx, began)
	}
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case !ok:
		return untold("nobody knows how the command ended")
	case status.Signaled():
		return untold("the command was ended by a signal: %s", status.Signal())
	case status.ExitStatus() == cannotTell:
		return untold("the command cannot tell: it exits with %d", cannotTell)
	}
	return silent("the command exits with %d", status.ExitStatus())
}
