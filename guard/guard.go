package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"redoubt/failover"
)

// Store is a database, or whatever else takes writes, as a guard runs it.
type Store interface {
	// Process makes sure, on disk, that the store takes no writes when it starts, and says how it is
	// started. Nothing of it runs meanwhile.
	Process() (Process, error)
	// Booted waits until the store answers. It is an error if it takes writes.
	Booted(ctx context.Context) error
	// Open has the store take writes, and returns when it does. What it sends goes to the process.
	Open(ctx context.Context, send func(syscall.Signal) error) error
	// Writes reports whether the store, which has booted, takes writes.
	Writes(ctx context.Context) (bool, error)
}

// Config is what a guard is made of.
type Config struct {
	// Dir is where its record is kept. It has to outlast the machine's restarts.
	Dir   string
	Terms Terms
	Store Store
	// First says that this store has no record yet; without it a guard that finds none does not start.
	First bool
	Log   *slog.Logger
}

// Guard runs a store. Its methods may be called at the same time.
type Guard struct {
	store Store
	log   *slog.Logger
	dir   string
	lock  *os.File

	mu     sync.Mutex // for all below
	keeper Keeper
	record Record
	cage   *cage // nil while nothing runs
	booted bool  // the store answers, and takes no writes unless the keeper says so
	// open is sent to when the store is to be opened, and stop when it is to be stopped.
	open, stop chan struct{}
	// quiet is closed, and another one made, whenever nothing runs any more.
	quiet chan struct{}
	// resting says that the store is not to run, rest is sent to when it is to end in good order, and
	// wake when it is to boot again.
	resting    bool
	rest, wake chan struct{}
	// lives says that a life of the store has begun, be it that nothing runs yet, and has not ended.
	lives bool

	refusals refusals

	recording sync.Mutex // for the record's file: who waits for the disk keeps nobody from stopping
}

// ErrBooting says that a store cannot be opened yet.
var ErrBooting = errors.New("the store is booting: show the grant again")

// errNotStarted says that nothing of the store runs, and why.
var errNotStarted = errors.New("the store cannot be started")

// New makes a guard, records that it has booted, and starts nothing yet. It is an error when
// another guard runs on the directory, or what it has recorded cannot be read.
func New(c Config) (*Guard, error) {
	if err := c.Terms.Validate(); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(c.Dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the guard's directory: %w", err)
	}
	if err := lockFile(lock); err != nil {
		return nil, errors.Join(
			fmt.Errorf("another guard runs on %s, or it cannot be locked: %w", c.Dir, err), lock.Close(),
		)
	}
	record, err := boot(c)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	resting, err := rests(c.Dir)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Guard{
		store: c.Store, log: c.Log, dir: c.Dir, lock: lock, record: record,
		keeper: NewKeeper(c.Terms, record.Boots, record.Fenced),
		open:   make(chan struct{}, 1), stop: make(chan struct{}, 1), quiet: make(chan struct{}),
		resting: resting, rest: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}, nil
}

// boot counts a boot of the guard. The first number is drawn, so that the tickets of a store that
// was made anew in a directory are not those of the old one.
func boot(c Config) (Record, error) {
	record, err := readRecord(c.Dir)
	switch {
	case errors.Is(err, errNoRecord) && c.First:
		record = Record{Boots: rand.Uint32N(1 << 31)}
	case errors.Is(err, errNoRecord):
		return record, fmt.Errorf("%s has no guard's record: if this store has never had a guard, or no "+
			"other region may write, boot it with --first", c.Dir)
	case err != nil:
		return record, err
	}
	record.Boots++
	return record, record.write(c.Dir)
}

// Run runs the store until the context is over, and stops it then. One that ends is booted again;
// one that cannot be started at all, the first time, is an error.
func (g *Guard) Run(ctx context.Context) error {
	defer g.lock.Close()
	const pause = time.Second
	for first := true; ctx.Err() == nil; first = false {
		if !g.awake(ctx) {
			return nil
		}
		began := Now()
		err := g.live(ctx)
		switch {
		case first && errors.Is(err, errNotStarted):
			return err
		case err != nil:
			g.log.Error("the store has ended", "error", err)
		}
		if lived := Now().Sub(began); lived < pause {
			select {
			case <-ctx.Done():
			case <-time.After(pause - lived):
			}
		}
	}
	return nil
}

// live is one life of the store: it boots fenced, and when this returns nothing of it runs.
func (g *Guard) live(ctx context.Context) error {
	process, cage, err := g.starts()
	if err != nil {
		return err
	}
	life, end := context.WithCancel(ctx)
	g.begins(cage)
	var tasks sync.WaitGroup
	defer func() {
		end()
		cage.kill()
		tasks.Wait()
		g.ends()
	}()
	booted, opened := make(chan error, 1), make(chan error, 1)
	tasks.Go(func() { booted <- g.store.Booted(life) })
	for {
		select {
		case <-ctx.Done():
			g.ask(cage, process.Ends)
			return nil
		case <-cage.ended:
			return fmt.Errorf("it ended by itself: %v", cage.err)
		case <-g.stop:
			return nil
		case <-g.rest:
			g.ask(cage, process.Ends)
			return nil
		case err := <-booted:
			if err != nil {
				return fmt.Errorf("boot it: %w", err)
			}
			g.answers()
			tasks.Go(func() { g.watch(life) })
		case <-g.open:
			tasks.Go(func() { opened <- g.store.Open(life, cage.signal) })
		case err := <-opened:
			if err != nil {
				return fmt.Errorf("open it for writes: %w", err)
			}
			g.isOpen()
		case <-time.After(g.untilDeadline()):
			if g.expires() {
				return nil
			}
		}
	}
}

// starts starts the store.
func (g *Guard) starts() (Process, *cage, error) {
	process, err := g.store.Process()
	if err != nil {
		g.ends()
		return process, nil, fmt.Errorf("%w: %w", errNotStarted, err)
	}
	cage, err := startCage(process)
	if err != nil {
		g.ends()
		return process, nil, fmt.Errorf("%w: %w", errNotStarted, err)
	}
	return process, cage, nil
}

// watchEvery is how often a store that is to take no writes is looked at.
const watchEvery = time.Second

// watch looks at a store that is to take no writes, for as long as it lives: whoever rules a
// database can have it take writes, and ask no guard.
func (g *Guard) watch(life context.Context) {
	for life.Err() == nil {
		if err := g.look(life); err != nil && life.Err() == nil {
			g.log.Error("whether the store takes writes cannot be told", "error", err)
		}
		select {
		case <-life.Done():
		case <-time.After(watchEvery):
		}
	}
}

// look has a store be stopped that takes writes and was to take none. Nobody waits for it with the
// lock, since the store's disk may hang.
func (g *Guard) look(ctx context.Context) error {
	g.mu.Lock()
	looked := g.cage
	shut := g.booted && g.keeper.phase == Fenced
	g.mu.Unlock()
	if !shut {
		return nil
	}
	writes, err := g.store.Writes(ctx)
	if err != nil || !writes {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	// In one life a store that was opened is not Fenced again.
	if g.cage == looked && g.keeper.Strays() {
		g.log.Error("the store takes writes, and its guard has not opened it: it stops")
		nudge(g.stop)
	}
	return nil
}

// ask has the store end in good order, if it can, for as long as stopping may take, and not beyond
// its deadline.
func (g *Guard) ask(c *cage, ends syscall.Signal) {
	if ends == 0 || c.signal(ends) != nil {
		return
	}
	wait := g.keeper.terms.Stop
	if s := g.Standing(); s.Phase != Fenced {
		wait = min(wait, s.Deadline.Sub(Now()))
	}
	select {
	case <-c.ended:
	case <-time.After(wait):
	}
}

// begins and ends note what runs.
func (g *Guard) begins(c *cage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cage, g.booted = c, false
	g.open, g.stop = make(chan struct{}, 1), make(chan struct{}, 1)
	if g.rest = make(chan struct{}, 1); g.resting {
		nudge(g.rest) // It was said between the last look and this.
	}
}

func (g *Guard) ends() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keeper.Stopped()
	g.cage, g.booted, g.lives = nil, false, false
	close(g.quiet)
	g.quiet = make(chan struct{})
}

func (g *Guard) answers() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.booted = true
	g.log.Info("the store answers, and takes no writes")
}

func (g *Guard) isOpen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keeper.Opened()
	g.log.Info("the store takes writes", "epoch", g.keeper.epoch)
}

// glance is how long a guard sleeps at most: the runtime's timers stand still with the machine.
const glance = 50 * time.Millisecond

// untilDeadline is how long to sleep before the deadline is looked at.
func (g *Guard) untilDeadline() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.keeper.mayWrite() {
		return time.Hour
	}
	return max(0, min(g.keeper.deadline.Sub(Now()), glance))
}

func (g *Guard) expires() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.keeper.Expire(Now()) {
		return false
	}
	g.log.Warn("the lease is over: the store stops", "epoch", g.keeper.epoch)
	return true
}

// Ticket issues a ticket, for a renewal or a claim that is proposed to the log after this.
func (g *Guard) Ticket() Ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keeper.Issue(Now())
}

// Show opens the store against a grant, or keeps it open, and says how things are then. The cage
// has the deadline before anything is opened. ErrBooting is for now; any other error is about this
// grant.
func (g *Guard) Show(grant Grant) (Standing, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.booted || g.resting {
		return g.keeper.Standing(), ErrBooting
	}
	was := g.keeper.phase
	if _, err := g.keeper.Show(Now(), grant); err != nil {
		return g.keeper.Standing(), err
	}
	if err := g.cage.until(g.keeper.deadline); err != nil {
		g.halt()
		return g.keeper.Standing(), fmt.Errorf("tell the cage the deadline: %w", err)
	}
	if was == Fenced {
		g.log.Info("the store is to take writes", "epoch", grant.Epoch)
		nudge(g.open)
	}
	return g.keeper.Standing(), nil
}

// Fence records that no epoch up to one is opened again, stops the store if it is open in such a
// one, and returns, once nothing runs any more that might write, the highest epoch that is fenced.
func (g *Guard) Fence(ctx context.Context, epoch failover.Epoch) (failover.Epoch, error) {
	g.mu.Lock()
	if g.keeper.Fence(epoch) {
		g.log.Warn("the store was fenced: it stops", "epoch", epoch)
		nudge(g.stop)
	}
	g.mu.Unlock()
	if err := g.keep(epoch); err != nil {
		return 0, err
	}
	g.mu.Lock()
	g.keeper.Recorded(epoch)
	g.mu.Unlock()
	if err := g.look(ctx); err != nil {
		return 0, fmt.Errorf("see whether the store takes writes: %w", err)
	}
	for {
		g.mu.Lock()
		holds, fenced, quiet := g.keeper.Holds(epoch), g.keeper.held(), g.quiet
		g.mu.Unlock()
		if holds {
			return fenced, nil
		}
		select {
		case <-quiet:
		case <-ctx.Done():
			return 0, fmt.Errorf("the store has not stopped: %w", ctx.Err())
		}
	}
}

// keep makes a fence durable.
func (g *Guard) keep(epoch failover.Epoch) error {
	g.recording.Lock()
	defer g.recording.Unlock()
	next := g.record
	if next.Fenced = max(next.Fenced, epoch); next == g.record {
		return nil
	}
	if err := next.write(g.dir); err != nil {
		return err
	}
	g.record = next
	return nil
}

// Standing says how things are.
func (g *Guard) Standing() Standing {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keeper.Standing()
}

// halt has the store be stopped.
func (g *Guard) halt() {
	g.keeper.Stop()
	nudge(g.stop)
}

// nudge sends to a channel that is read once, however often it is sent to.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
