package dbtest

import (
	"os"
	"syscall"
)

// freeInMemory tells how much one may write to a folder that is kept in memory; 0 for any other.
func freeInMemory(folder string) uint64 {
	const tmpfs = 0x01021994 // statfs(2)
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil || s.Type != tmpfs {
		return 0
	}
	if probe, err := os.MkdirTemp(folder, "plumbline-"); err != nil || os.Remove(probe) != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize)
}
