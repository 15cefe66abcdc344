package chain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ReadHead reads the head in a folder. It has no name where nobody has kept one. One that says
// nothing is a Fault.
func ReadHead(dir string) (File, error) {
	text, err := os.ReadFile(filepath.Join(dir, Head))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return File{}, nil
	}
	if err != nil {
		return File{}, err
	}
	head, err := ParseFile(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		return File{}, &Fault{What: fmt.Sprintf("the file %s is not what an agent has written", Head)}
	}
	return head, nil
}

// CheckHead holds the files in a folder against its head: the last of them is there, and as it was.
func CheckHead(dir string) error {
	head, err := ReadHead(dir)
	if err != nil || head.Name == "" {
		return err
	}
	data, err := os.ReadFile(filepath.Join(dir, head.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return head.Lacks()
	}
	if err != nil {
		return err
	}
	return head.Holds(data)
}

// Check follows all files in a folder, and holds them against its head. The error is a Fault, or
// says what cannot be read.
func Check(dir string) (walk Walk, _ error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return walk, err
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err == nil {
			err = walk.Next(filepath.Base(name), data)
		}
		if err != nil {
			return walk, err
		}
	}
	return walk, CheckHead(dir)
}
