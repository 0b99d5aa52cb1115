package outbound

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"plumbline/models"
)

// Bucket keeps evidence in a store that speaks S3.
type Bucket struct {
	client *minio.Client
	bucket string
	prefix string
}

// NewBucket keeps evidence where an address such as s3://HOST/BUCKET/PREFIX?region=eu-central-1
// says, with a key and its secret. With insecure=1 it goes without TLS, for a store on the same
// machine or network. Who runs the server names it, so that any address may be reached.
func NewBucket(address, key, secret string) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil {
		return nil, models.Errorf(models.ErrInvalid, "A store of evidence is named by s3://HOST/BUCKET or s3://HOST/BUCKET/PREFIX; its key and secret come by settings of their own.")
	}
	bucket, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if bucket == "" {
		return nil, models.Errorf(models.ErrInvalid, "The address of the store of evidence names no bucket: write s3://%s/BUCKET.", u.Host)
	}
	if prefix != "" {
		prefix += "/"
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(key, secret, ""), Secure: u.Query().Get("insecure") == "",
		Region: u.Query().Get("region"), BucketLookup: minio.BucketLookupPath})
	if err != nil {
		return nil, models.Errorf(models.ErrInvalid, "The store of evidence cannot be used: %v.", err)
	}
	return &Bucket{client, bucket, prefix}, nil
}

func (b *Bucket) place(hash string) (string, error) {
	if !models.ValidHash(hash) {
		return "", noEvidence(hash)
	}
	return b.prefix + hash[:2] + "/" + hash, nil
}

// Keep stores a file; see services.Vault.
func (b *Bucket) Keep(ctx context.Context, hash string, file io.Reader, size int64) error {
	place, err := b.place(hash)
	if err != nil {
		return err
	}
	if info, err := b.client.StatObject(ctx, b.bucket, place, minio.StatObjectOptions{}); err == nil && info.Size == size {
		return nil
	}
	if _, err := b.client.PutObject(ctx, b.bucket, place, file, size, minio.PutObjectOptions{ContentType: "application/octet-stream"}); err != nil {
		return fmt.Errorf("store evidence: %w", err)
	}
	return nil
}

// Open gives a file; see services.Vault.
func (b *Bucket) Open(ctx context.Context, hash string) (io.ReadCloser, error) {
	place, err := b.place(hash)
	if err != nil {
		return nil, err
	}
	object, err := b.client.GetObject(ctx, b.bucket, place, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("ask the store of evidence: %w", err)
	}
	if _, err := object.Stat(); err != nil { // asks for the first time
		_ = object.Close() // nothing was read
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			return nil, noEvidence(hash)
		}
		return nil, fmt.Errorf("ask the store of evidence: %w", err)
	}
	return object, nil
}

// Forget erases a file; see services.Vault.
func (b *Bucket) Forget(ctx context.Context, hash string) error {
	place, err := b.place(hash)
	if err != nil {
		return err
	}
	if err := b.client.RemoveObject(ctx, b.bucket, place, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("erase evidence: %w", err)
	}
	return nil
}
