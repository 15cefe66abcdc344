//go:build !unix

package execute

import (
	"errors"
	"os"
	"os/exec"
)

// ownGroup does nothing where there are no groups of processes: only the program itself is killed.
func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func asOwner(*exec.Cmd, string) error { return nil }

func giveTo(string, string) error { return nil }

func lockFile(*os.File) error { return errors.New("files cannot be locked here") }
