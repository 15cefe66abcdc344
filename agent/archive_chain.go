package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"redoubt/chain"
)

// open holds the files against the archive's head, from the one on that was the last when it was
// written, and goes on with the last one. Where that is not what the head says, or is missing, the
// next entry begins a file whose link says what the head does: so it is found for good.
func (a *Archive) open(names []string) error {
	head, err := chain.ReadHead(a.dir)
	var fault *chain.Fault
	if errors.As(err, &fault) {
		a.doubt = err
	} else if err != nil {
		return err
	}
	from := len(names)
	for i, path := range names {
		if filepath.Base(path) == head.Name {
			from = i
		}
	}
	contradicted := from == len(names) && head.Name != ""
	if contradicted {
		a.doubt = errors.Join(a.doubt, head.Lacks())
	}
	var walk chain.Walk
	var data []byte
	for _, path := range names[min(from, max(0, len(names)-1)):] {
		if data, err = os.ReadFile(path); err != nil {
			return err
		}
		name := filepath.Base(path)
		a.doubt = errors.Join(a.doubt, walk.Next(name, data))
		if contradicted = contradicted && walk.Last().Number < head.Number; name == head.Name {
			err := head.Holds(data)
			contradicted, a.doubt = err != nil, errors.Join(a.doubt, err)
		}
	}
	if len(names) > 0 {
		number := max(walk.Last().Number, uint64(len(names)))
		if err := a.resume(names[len(names)-1], number, data); err != nil {
			return err
		}
	}
	if !contradicted {
		return nil
	}
	a.former = head
	return a.leave()
}

// leave has the next entry begin a file.
func (a *Archive) leave() error {
	if a.file == nil {
		return nil
	}
	err := a.file.Close()
	a.file = nil
	return err
}

// Doubt says what was found wrong with the files as the archive was opened, or is nil. The agent
// acts as before.
func (a *Archive) Doubt() error { return a.doubt }

// writeHead keeps what the last file is known by, once it is on disk.
func (a *Archive) writeHead() error {
	path := filepath.Join(a.dir, chain.Head)
	if err := writeWhole(path, []byte(a.tally.File().String()+"\n")); err != nil {
		return fmt.Errorf("write the archive's head: %w", err)
	}
	return nil
}
