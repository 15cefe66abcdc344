package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
)

// What raft repeats is said once a minute, of each agent that it is about, and all of it as detail.
func TestRaftRepeatsItselfInDetailOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo}))
		w := RaftLog(log)
		for i := range 600 { // Five minutes.
			for _, peer := range []string{"us-east-1", "eu-west-1"} {
				fmt.Fprintf(w, "08:59:55Z [ERROR] raft: failed to heartbeat to: peer=%s backoff time=%d\n",
					peer, i)
			}
			time.Sleep(500 * time.Millisecond)
		}
		for _, peer := range []string{"us-east-1", "eu-west-1"} {
			if got := strings.Count(out.String(), peer); got != 5 {
				t.Errorf("got %d lines about %s, want one a minute", got, peer)
			}
		}
		out.Reset()
		for range 3 {
			fmt.Fprintln(w, "2026-11-22T08:59:55Z [INFO] raft: election won")
		}
		if got := strings.Count(out.String(), "election won"); got != 3 {
			t.Errorf("got %d lines of what is no trouble, want all 3", got)
		}
	})
}

// downGuard is a guard that cannot be reached for a while.
type downGuard struct {
	Guard
	down  *atomic.Bool
	asked *atomic.Int32
}

func (d *downGuard) fails() error {
	if !d.down.Load() {
		return nil
	}
	return fmt.Errorf("try %d: no such socket", d.asked.Add(1))
}

func (d *downGuard) Ticket(ctx context.Context) (guard.Ticket, error) {
	if err := d.fails(); err != nil {
		return 0, err
	}
	return d.Guard.Ticket(ctx)
}

func (d *downGuard) Show(ctx context.Context, g guard.Grant) (guard.Word, error) {
	if err := d.fails(); err != nil {
		return guard.Word{}, err
	}
	return d.Guard.Show(ctx, g)
}

func (d *downGuard) Standing(ctx context.Context) (guard.Word, error) {
	if err := d.fails(); err != nil {
		return guard.Word{}, err
	}
	return d.Guard.Standing(ctx)
}

// lines are what is logged, from many goroutines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), what)
}

// An agent whose guard is away tries again and again, and says so once a minute.
func TestGuardThatIsAwayIsSaidOnceAMinute(t *testing.T) {
	var out lines
	var down atomic.Bool
	var asked atomic.Int32
	p := smallPolicy()
	p.Mode = model.Advise // People decide: nothing takes the lease away.
	playGroup(t, p, func(g *group) {
		g.before = func(c *Config) {
			if c.Region == 0 {
				c.Guards[0] = &downGuard{c.Guards[0], &down, &asked}
				c.Log = slog.New(slog.NewTextHandler(&out, nil))
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		down.Store(true)
		time.Sleep(5 * time.Minute)
		if asked.Load() < 20 {
			t.Errorf("the guard was asked %d times", asked.Load())
		}
		if said := out.count("no such socket"); said < 5 || said > 15 {
			t.Errorf("said %d times in 5 minutes, asked %d times", said, asked.Load())
		}
	})
}

// What is said often is said at once where it is about something else.
func TestNewsIsSaidAtOnce(t *testing.T) {
	var out lines
	n := Node{config: Config{Log: slog.New(slog.NewTextHandler(&out, nil))}}
	for i := range 10 {
		n.often(slog.LevelWarn, "refused", "region", "us-east-1", "error", fmt.Errorf("after %d s", i))
		n.often(slog.LevelWarn, "refused", "region", "us-east-2", "error", errors.New("after"))
		n.often(slog.LevelWarn, "refused", "region", "us-east-2", "epoch", failover.Epoch(i/5))
	}
	if said := out.count("refused"); said != 4 {
		t.Errorf("said %d times, want 4", said)
	}
}
