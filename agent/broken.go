package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// What keeps in the archive's folder that a safety rule has failed. A person who has looked into it
// renames the first to the second; steps up to the entry that it names are judged no more then.
const (
	brokenFile  = "broken"
	settledFile = "broken.settled"
)

// readBroken reads whether a safety rule has failed before, and up to which entry that is settled.
func (a *Archive) readBroken() (settled uint64, broken error) {
	text, err := os.ReadFile(filepath.Join(a.dir, settledFile))
	if err == nil {
		_, err = fmt.Sscanf(string(text), "entry %d", &settled)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("read what was settled of a safety rule that failed: %w", err)
	}
	text, err = os.ReadFile(filepath.Join(a.dir, brokenFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return settled, nil
	case err != nil:
		return settled, fmt.Errorf("read whether a safety rule has failed: %w", err)
	}
	return settled, a.howToSettle(string(text))
}

// keepBroken keeps that a safety rule has failed at an entry.
func (a *Archive) keepBroken(index uint64, why error) error {
	text := fmt.Sprintf("entry %d of the log: %v", index, why)
	err := writeWhole(filepath.Join(a.dir, brokenFile), []byte(text))
	if err != nil {
		return errors.Join(errors.New(text), fmt.Errorf("keep that a safety rule has failed: %w", err))
	}
	return a.howToSettle(text)
}

// howToSettle is what a person reads of a safety rule that has failed.
func (a *Archive) howToSettle(text string) error {
	return fmt.Errorf("%s (until somebody has looked into it, the agent does nothing: then rename %s "+
		"to %s, and start it anew)", text, filepath.Join(a.dir, brokenFile), settledFile)
}
