package dbtest

import (
	"os"
	"sync"
	"testing"
)

// enough is how much room the databases of some test processes may take.
const enough = 2 << 30

// memory is a folder in memory that has room, or "" for the usual place of temporary files.
var memory = sync.OnceValue(func() string {
	const folder = "/dev/shm"
	if freeInMemory(folder) < enough {
		return ""
	}
	return folder
})

var (
	theFolder  = sync.OnceValues(makeFolder)
	usesFolder bool
)

// makeFolder makes the folder of this process's SQLite files, which is removed after it.
func makeFolder() (string, error) {
	folder, err := os.MkdirTemp(memory(), "plumbline-sqlite-")
	if err != nil {
		return "", err
	}
	usesFolder = true
	return folder, afterwards(`rm -rf "$1"`, folder)
}

// tidyMemory removes the folder at once.
func tidyMemory() {
	if usesFolder {
		folder, _ := theFolder() // it was used, so it is there
		os.RemoveAll(folder)
	}
}

// memoryFolder gives a folder that goes with the test, in memory where there is room.
func memoryFolder(t testing.TB) string {
	t.Helper()
	all, err := theFolder()
	if err != nil {
		t.Fatalf("make a folder for databases: %v", err)
	}
	folder, err := os.MkdirTemp(all, "")
	if err != nil {
		t.Fatalf("make a folder for a database: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Errorf("remove the folder of a database: %v", err)
		}
	})
	return folder
}
