package exports

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/flate"
)

// aside is a file of an archive that is packed beside the others, in a temporary file: an archive
// is written one file after the other. What is written is packed while its writer goes on.
type aside struct {
	file   *os.File
	hash   hash.Hash
	crc    hash.Hash32
	bytes  int64
	filled []byte
	chunks chan []byte
	free   chan []byte
	packed chan error
}

// asideChunk is how much is handed over to be packed at once; asideChunks, how much may wait.
const (
	asideChunk  = 1 << 16
	asideChunks = 4
)

func newAside() (*aside, error) {
	file, err := os.CreateTemp("", "plumbline-export-")
	if err != nil {
		return nil, fmt.Errorf("gather records: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil { // it goes when it is closed
		file.Close()
		return nil, fmt.Errorf("gather records: %w", err)
	}
	a := &aside{file: file, hash: sha256.New(), crc: crc32.NewIEEE(), chunks: make(chan []byte, asideChunks), free: make(chan []byte, asideChunks+2), packed: make(chan error, 1)}
	for range cap(a.free) {
		a.free <- make([]byte, 0, asideChunk)
	}
	a.filled = <-a.free
	chunks := a.chunks // close may take it away before the packing begins
	go func() { a.packed <- a.pack(chunks) }()
	return a, nil
}

// Write never fails: what goes wrong is told by close.
func (a *aside) Write(text []byte) (int, error) {
	written := len(text)
	for len(text) > 0 {
		n := min(len(text), asideChunk-len(a.filled))
		a.filled, text = append(a.filled, text[:n]...), text[n:]
		if len(a.filled) == asideChunk {
			a.chunks <- a.filled
			a.filled = <-a.free
		}
	}
	return written, nil
}

// pack packs what comes until there is no more. After a fault it takes the rest and drops it.
func (a *aside) pack(chunks <-chan []byte) error {
	out, err := flate.NewWriter(a.file, flate.BestSpeed)
	for chunk := range chunks {
		if err == nil {
			a.hash.Write(chunk) // never fails
			a.crc.Write(chunk)  // never fails
			a.bytes += int64(len(chunk))
			_, err = out.Write(chunk)
		}
		a.free <- chunk[:0]
	}
	if err != nil {
		return err
	}
	return out.Close()
}

// close ends what is written, and waits until it is packed.
func (a *aside) close() error {
	a.chunks <- a.filled
	close(a.chunks)
	a.chunks = nil
	if err := <-a.packed; err != nil {
		return fmt.Errorf("gather records: %w", err)
	}
	return nil
}

// abandon lets go of the temporary file, whether or not it was closed.
func (a *aside) abandon() {
	if a.chunks != nil {
		close(a.chunks)
		<-a.packed
	}
	a.file.Close() // what it holds is copied, or not wanted
}

// copyTo adds the file, which is closed, to an archive.
func (a *aside) copyTo(archive *zip.Writer, name string, modified time.Time) error {
	size, err := a.file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = a.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("read back %s: %w", name, err)
	}
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: a.crc.Sum32(), CompressedSize64: uint64(size), UncompressedSize64: uint64(a.bytes)}
	header.SetModTime(modified.UTC()) //lint:ignore SA1019 Modified is not written for files that are packed already
	out, err := archive.CreateRaw(header)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, a.file); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
