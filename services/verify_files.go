package services

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"plumbline/models"
)

// verifyFiles checks that every file that a version of a source lists is where evidence is kept,
// and has the content that the log commits to by its hash.
func (v *verification) verifyFiles(ctx context.Context, vault Vault, hashes []string) error {
	for _, hash := range hashes {
		file, err := vault.Open(ctx, hash)
		if errorKind(err) == models.ErrNotFound {
			v.problem("the file %s, which a source names as evidence, is missing", hash)
			continue
		}
		if err != nil {
			return fmt.Errorf("open file %s: %w", hash, err)
		}
		v.report.Files++
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		if closing := file.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return fmt.Errorf("read file %s: %w", hash, err)
		}
		if hex.EncodeToString(sum.Sum(nil)) != hash {
			v.problem("the file %s, which a source names as evidence, was changed: its content has another hash", hash)
		}
	}
	return nil
}

// listFiles finds every file that a version of a source lists.
func (v *verification) listFiles() (hashes []string, err error) {
	err = v.tx.Raw("SELECT DISTINCT sha256 FROM captures ORDER BY sha256").Scan(&hashes).Error
	return hashes, wrap(err, "list files")
}
