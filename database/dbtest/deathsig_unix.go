//go:build unix && !linux

package dbtest

import "syscall"

// dieWithParent leaves it to the watcher, since only Linux can do it.
func dieWithParent(*syscall.SysProcAttr) {}
