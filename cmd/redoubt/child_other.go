//go:build !linux

package main

import "syscall"

// childAttributes are the usual ones: only Linux ends a process together with the one that has
// started it.
func childAttributes() *syscall.SysProcAttr { return nil }
