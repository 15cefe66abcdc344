package guard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// restName is the file in a guard's directory that says that its store is not to run: somebody
// works on its files.
const restName = "guard.rest"

// rests reports whether the store of a directory was resting when its guard ended.
func rests(dir string) (bool, error) {
	_, err := os.Lstat(filepath.Join(dir, restName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Rest stops a store that takes no writes, in good order, and keeps it down until Boot, over
// restarts of the guard and of the machine: somebody is to work on its files. It returns when
// nothing of the store runs. A store that takes writes, or is about to, has to be fenced first.
func (g *Guard) Rest(ctx context.Context) error {
	quiet, err := g.beginRest()
	if err != nil {
		return err
	}
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the store has not stopped: %w", ctx.Err())
	}
}

// beginRest records that the store rests, has it end, and returns what is closed when nothing of it
// runs any more.
func (g *Guard) beginRest() (<-chan struct{}, error) {
	g.recording.Lock()
	defer g.recording.Unlock()
	if err := g.mayRest(); err != nil {
		return nil, err
	}
	err := writeFile(filepath.Join(g.dir, restName), nil)
	if err = errors.Join(err, syncDir(g.dir)); err != nil {
		return nil, fmt.Errorf("keep that the store rests: %w", err)
	}
	quiet, err := g.lieDown()
	if err != nil {
		return nil, errors.Join(err, g.forgetRest())
	}
	return quiet, nil
}

// mayRest is an error when the store may take writes.
func (g *Guard) mayRest() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.keeper.phase != Fenced {
		return fmt.Errorf("the store is %s: fence it before it rests", g.keeper.phase)
	}
	return nil
}

// lieDown has the store end, and returns what is closed when nothing of it runs any more.
func (g *Guard) lieDown() (<-chan struct{}, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.keeper.phase != Fenced { // It was opened while the disk took its time.
		return nil, fmt.Errorf("the store is %s: fence it before it rests", g.keeper.phase)
	}
	if !g.resting {
		g.log.Info("the store rests")
	}
	// Nobody opens what no longer answers.
	g.resting, g.booted = true, false
	if !g.lives {
		quiet := make(chan struct{})
		close(quiet)
		return quiet, nil
	}
	nudge(g.rest)
	return g.quiet, nil
}

// Boot has a store that rests boot again, as a standby and fenced, as ever. It is nothing to one
// that does not rest.
func (g *Guard) Boot() error {
	g.recording.Lock()
	defer g.recording.Unlock()
	if err := g.forgetRest(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.resting {
		g.log.Info("the store rests no more")
		g.resting = false
		nudge(g.wake)
	}
	return nil
}

func (g *Guard) forgetRest() error {
	err := os.Remove(filepath.Join(g.dir, restName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep that the store rests no more: %w", err)
	}
	return syncDir(g.dir)
}

// awake waits until the store does not rest, and reports whether that came before the context was
// over. A life of the store has begun then: who has it rest from now on waits for its end.
func (g *Guard) awake(ctx context.Context) bool {
	for ctx.Err() == nil {
		if g.mayLive() {
			return true
		}
		select {
		case <-g.wake:
		case <-ctx.Done():
		}
	}
	return false
}

func (g *Guard) mayLive() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lives = !g.resting
	return g.lives
}

// Resting reports whether the store is kept down.
func (g *Guard) Resting() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.resting
}
