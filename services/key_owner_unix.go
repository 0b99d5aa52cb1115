//go:build unix

package services

import (
	"os"
	"syscall"
)

// likeKeyFile gives a key file the owner of the one that it follows, where the operator may: a
// handover by root must not lock out the user who runs the server.
func likeKeyFile(path, like string) {
	info, err := os.Stat(like)
	if err != nil {
		return
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = os.Chown(path, int(owner.Uid), int(owner.Gid)) // only root may give files away
	}
}
