package exports

import (
	"archive/zip"
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAside_packsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	a, err := newAside()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; text.Len() < 20*asideChunk; i++ {
		piece := strings.Repeat(string(rune('a'+i%26)), i%9000)
		text.WriteString(piece)
		if n, err := io.WriteString(a, piece); n != len(piece) || err != nil {
			t.Fatalf("%d of %d bytes were taken: %v", n, len(piece), err)
		}
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	at := time.Date(2025, 12, 1, 12, 30, 0, 0, time.UTC)
	if err := a.copyTo(archive, "all.txt", at); err != nil {
		t.Fatal(err)
	}
	a.abandon()
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	read, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	in, err := read.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(in) // checks length and CRC
	if err != nil || string(got) != text.String() || !read.File[0].Modified.Equal(at) {
		t.Errorf("%v; %d bytes became %d, of %s", err, text.Len(), len(got), read.File[0].Modified)
	}
}

// A file that cannot be written is told of at the end, however much came before and after; and what
// is abandoned half-way waits for nobody.
func TestAside_tellsWhatFailed(t *testing.T) {
	t.Parallel()
	a, err := newAside()
	if err != nil {
		t.Fatal(err)
	}
	a.file.Close()
	for i := range 40 {
		chunk := make([]byte, asideChunk)
		for j := range chunk {
			chunk[j] = byte(i*j*j>>3 ^ j)
		}
		if _, err := a.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.close(); err == nil || !strings.Contains(err.Error(), "gather records") {
		t.Errorf("close gives %v", err)
	}
	half, err := newAside()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := half.Write(make([]byte, 3*asideChunk)); err != nil {
		t.Fatal(err)
	}
	half.abandon()
}

// A file is closed also where it was written before its packing began, as short ones are.
func TestAside_endsWhenItIsClosedAtOnce(t *testing.T) {
	t.Parallel()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // nothing else runs before close waits
	for _, end := range []func(*aside) error{(*aside).close, func(a *aside) error { a.abandon(); return nil }} {
		ended := make(chan error, 1)
		go func() {
			a, err := newAside()
			if err == nil {
				_, _ = io.WriteString(a, "short") // never fails
				err = end(a)
			}
			ended <- err
		}()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it waits for ever")
		}
	}
}
