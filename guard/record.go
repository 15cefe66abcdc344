package guard

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"redoubt/failover"
)

// Record is what outlives a guard: how often it has booted, and the highest epoch that was fenced.
type Record struct {
	Boots  uint32
	Fenced failover.Epoch
}

// recordName is the file in a guard's directory that holds its record, and lockName the one that a
// guard keeps locked while it runs.
const (
	recordName = "guard.record"
	lockName   = "guard.lock"
)

// recordMagic begins a record's file.
const recordMagic = "redoubt guard 1\n"

// recordSize is the length of a record's file.
const recordSize = len(recordMagic) + 8 + sha256.Size

// errNoRecord says that a directory holds no record yet.
var errNoRecord = errors.New("there is no record")

// readRecord reads the record in a directory. One that is damaged is an error that no guard goes on
// after: which epochs were fenced would be lost with it.
func readRecord(dir string) (Record, error) {
	path := filepath.Join(dir, recordName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, errNoRecord
	}
	if err != nil {
		return Record{}, fmt.Errorf("read the guard's record: %w", err)
	}
	body := len(recordMagic) + 8
	sum := sha256.Sum256(data[:min(body, len(data))])
	whole := len(data) == recordSize && string(data[:len(recordMagic)]) == recordMagic &&
		string(data[body:]) == string(sum[:])
	if !whole {
		return Record{}, fmt.Errorf("%s is damaged: which epochs were fenced is not known. Restore it, "+
			"or make sure that no other region may write, remove it, and boot the guard with --first",
			path)
	}
	fields := data[len(recordMagic):]
	return Record{
		Boots:  binary.LittleEndian.Uint32(fields),
		Fenced: failover.Epoch(binary.LittleEndian.Uint32(fields[4:])),
	}, nil
}

// write makes a record durable in a directory: a power cut leaves this one or the one before.
func (r Record) write(dir string) error {
	data := []byte(recordMagic)
	data = binary.LittleEndian.AppendUint32(data, r.Boots)
	data = binary.LittleEndian.AppendUint32(data, uint32(r.Fenced))
	sum := sha256.Sum256(data)
	if err := replaceFile(filepath.Join(dir, recordName), append(data, sum[:]...)); err != nil {
		return fmt.Errorf("keep the guard's record: %w", err)
	}
	return nil
}

// replaceFile puts a file in the place of one, durably.
func replaceFile(path string, data []byte) error {
	next := path + ".next"
	if err := writeFile(next, data); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeFile writes a file and waits until it is on the disk.
func writeFile(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncDir makes what was renamed in a directory durable.
func syncDir(dir string) error {
	opened, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}
