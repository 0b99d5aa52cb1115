package outbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"plumbline/models"
	"plumbline/services"
)

// eachVault runs a test with a folder and with a small server that speaks S3.
func eachVault(t *testing.T, test func(t *testing.T, vault services.Vault)) {
	t.Run("folder", func(t *testing.T) { test(t, NewFolder(filepath.Join(t.TempDir(), "evidence"))) })
	t.Run("bucket", func(t *testing.T) {
		backend := s3mem.New()
		if err := backend.CreateBucket("evidence"); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(gofakes3.New(backend).Server())
		t.Cleanup(server.Close)
		bucket, err := NewBucket("s3://"+strings.TrimPrefix(server.URL, "http://")+"/evidence/kept?insecure=1", "key", "secret")
		if err != nil {
			t.Fatal(err)
		}
		test(t, bucket)
	})
}

func TestVault_keepsGivesAndForgets(t *testing.T) {
	eachVault(t, func(t *testing.T, vault services.Vault) {
		ctx, content := context.Background(), strings.Repeat("seen ", 1<<20)
		sum := sha256.Sum256([]byte(content))
		hash := hex.EncodeToString(sum[:])
		for range 2 { // the second time it is there already
			if err := vault.Keep(ctx, hash, strings.NewReader(content), int64(len(content))); err != nil {
				t.Fatal(err)
			}
		}
		file, err := vault.Open(ctx, hash)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(file)
		if err != nil || string(got) != content || file.Close() != nil {
			t.Errorf("%d bytes came back, %v", len(got), err)
		}
		for range 2 {
			if err := vault.Forget(ctx, hash); err != nil {
				t.Errorf("forget: %v", err)
			}
		}
		for _, unknown := range []string{hash, "../../etc/passwd", "", strings.ToUpper(hash)} {
			var forPeople *models.Error
			if _, err := vault.Open(ctx, unknown); !errors.As(err, &forPeople) || forPeople.Kind != models.ErrNotFound {
				t.Errorf("%q: %v", unknown, err)
			}
		}
		if err := vault.Keep(ctx, "../../tmp/x", strings.NewReader("x"), 1); err == nil {
			t.Error("a file was put elsewhere")
		}
	})
}

func TestFolder_isForTheProgramAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence")
	hash := strings.Repeat("ab", 32)
	if err := NewFolder(path).Keep(context.Background(), hash, strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o700, filepath.Join(path, "ab"): 0o700, filepath.Join(path, "ab", hash): 0o600} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestNewBucket_saysWhatIsWrong(t *testing.T) {
	for _, address := range []string{"s3://", "s3://host", "s3://host/", "s3://key:secret@host/bucket", "http://host/bucket"} {
		var forPeople *models.Error
		if _, err := NewBucket(address, "", ""); !errors.As(err, &forPeople) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
