package agent

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"redoubt/chain"
	"redoubt/failover"
)

// Past shows what the archive holds of the entries after one index and before another, the oldest
// first and at most so many: each with the states around it, which the log leads to anew. The
// oldest files may have been moved away. The error says which file cannot be read, or does not
// follow the one before it, and comes after all that could be.
func (a *Archive) Past(after, before uint64, most int, show func(*failover.Replayed)) error {
	all, err := a.Segments()
	if err != nil {
		return err
	}
	var walk chain.Walk
	for i := range all {
		if most <= 0 || firstIn(all[i].Name) >= before {
			return nil
		}
		if i+1 < len(all) && firstIn(all[i+1].Name) <= after+1 {
			continue // What is asked for begins in a later one.
		}
		data, err := a.readSegment(&all[i])
		if err == nil {
			err = walk.Next(all[i].Name, data)
		}
		var fault *chain.Fault
		if errors.As(err, &fault) {
			return fmt.Errorf("the archive: %w", err)
		}
		if err == nil {
			err = pastIn(data, after, before, most, func(r *failover.Replayed) { most--; show(r) })
		}
		if err != nil {
			return fmt.Errorf("the file %s of the archive: %w", all[i].Name, err)
		}
	}
	return nil
}

// firstIn is the index of the first entry that a file can hold, by its name.
func firstIn(name string) uint64 {
	index, err := strconv.ParseUint(strings.TrimSuffix(name, archiveSuffix), 10, 64)
	if err != nil {
		return 0 // It is none of the archive's own, and is found out as it is read.
	}
	return index
}

// readSegment reads a file.
func (a *Archive) readSegment(s *Segment) ([]byte, error) {
	file, err := os.Open(filepath.Join(a.dir, s.Name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, s.Size))
}

// pastIn is Past in one file.
func pastIn(data []byte, after, before uint64, most int, show func(*failover.Replayed)) error {
	data = data[:endOf(data, after, before, most)]
	_, err := failover.ReplayEach(data, func(r *failover.Replayed) {
		if r.Note != nil && r.Note.Index > after {
			show(r)
		}
	})
	return err
}

// endOf is where those entries of a log end that come before an index, and are not too many after
// another, so that no others are applied. Where the log is damaged it is the end: whoever reads it
// finds that.
func endOf(data []byte, after, before uint64, most int) int {
	link, linked := chain.LinkOf(data)
	for record, err := range failover.ReadLog(data) {
		if err != nil {
			break
		}
		if record.Kind != failover.NoteRecord || record.Note.Index <= after {
			continue
		}
		if linked && record.Note.Index == link.Index {
			continue // That entry is in the file before, as a base comes after it.
		}
		if record.Note.Index >= before || most == 0 {
			return record.Offset
		}
		most--
	}
	return len(data)
}
