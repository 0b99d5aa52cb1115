package services

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// leaf is what the log's tree hashes of one revision: who did what to which record, and a
// salted commitment of each field. It holds no value, so a value can be erased together with
// its salt and the log still verifies.
type leaf struct {
	Format     int                `json:"plumbline"`
	Position   int64              `json:"position"`
	Record     uuid.UUID          `json:"record"`
	Type       models.RecordType  `json:"type"`
	Version    int64              `json:"version"`
	Changeset  uuid.UUID          `json:"changeset"`
	Author     uuid.UUID          `json:"author"`
	Op         models.Op          `json:"op"`
	Edit       models.EditKind    `json:"edit,omitempty"`
	State      models.RecordState `json:"state"`
	MergedInto *uuid.UUID         `json:"merged_into,omitempty"`
	At         string             `json:"at"`
	// Fields maps each field to the SHA-256 of its salt, its name, a zero byte and its JSON
	// value, in base64.
	Fields map[string]string `json:"fields"`
}

// saltSize is 128 bits, so that a short value cannot be guessed from its commitment.
const saltSize = 16

// seal salts the fields of a revision, commits to them and writes the leaf.
func seal(r *models.Revision, fields map[string]json.RawMessage, author uuid.UUID) error {
	random := make([]byte, saltSize*len(fields))
	if _, err := rand.Read(random); err != nil {
		return fmt.Errorf("make salts: %w", err)
	}

	salts := make(map[string]string, len(fields))
	commitments := make(map[string]string, len(fields))
	for name, value := range fields {
		salt := random[:saltSize]
		random = random[saltSize:]
		salts[name] = base64.RawStdEncoding.EncodeToString(salt)
		commitments[name] = commit(salt, name, value)
	}
	return sealAs(r, fields, salts, commitments, author)
}

func sealAs(r *models.Revision, fields map[string]json.RawMessage, salts, commitments map[string]string, author uuid.UUID) error {
	texts := []*string{&r.Document, &r.Salts, &r.Leaf}
	for i, value := range []any{fields, salts, leafOf(*r, author, commitments)} {
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("write revision of %s: %w", r.RecordID, err)
		}
		*texts[i] = string(text)
	}
	return nil
}

func leafOf(r models.Revision, author uuid.UUID, commitments map[string]string) leaf {
	return leaf{Format: 1, Position: r.Position, Record: r.RecordID, Type: r.Type, Version: r.Version, Changeset: r.ChangesetID,
		Author: author, Op: r.Op, Edit: r.Edit, State: r.State, MergedInto: r.MergedInto,
		At: r.At.UTC().Format(time.RFC3339Nano), Fields: commitments}
}

// commit is the salted commitment of one field.
func commit(salt []byte, name string, value json.RawMessage) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(name))
	h.Write([]byte{0})
	h.Write(value)
	return base64.RawStdEncoding.EncodeToString(h.Sum(nil))
}

// documentFields is a document as JSON, field by field; empty optional fields are left out.
func documentFields(document models.Document) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", document.RecordType(), err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("split %s: %w", document.RecordType(), err)
	}
	return fields, nil
}

// readDocument reads the document of a stored revision. Members beginning with "@" belong to
// the revision and are passed over; redacted ones are null and get a tombstone.
func readDocument(t models.RecordType, text string) (models.Document, error) {
	document := models.NewDocument(t)
	if document == nil {
		return nil, fmt.Errorf("unknown record type %q", t)
	}
	if err := readJSON(text, document); err != nil {
		return nil, fmt.Errorf("read %s: %w", t, err)
	}
	return document, setTombstones(document, text)
}

// checkSeal names what is wrong with a revision: a field that does not match its commitment, a
// column that does not match the leaf. "" when nothing is.
func checkSeal(r models.Revision) string {
	var (
		l      leaf
		fields map[string]json.RawMessage
		salts  map[string]*string
	)
	if json.Unmarshal([]byte(r.Leaf), &l) != nil || json.Unmarshal([]byte(r.Document), &fields) != nil ||
		json.Unmarshal([]byte(r.Salts), &salts) != nil {
		return "its leaf, document or salts are no JSON"
	}
	if want, _ := json.Marshal(leafOf(r, l.Author, l.Fields)); string(want) != r.Leaf {
		return "its columns do not match its leaf"
	}
	if len(fields) != len(l.Fields) || len(salts) != len(l.Fields) {
		return "it has other fields than its leaf"
	}

	var wrong []string
	for name, commitment := range l.Fields {
		if !fieldMatches(name, fields[name], salts[name], commitment) {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) > 0 {
		return "it does not match its commitment: " + strings.Join(sorted(wrong), ", ")
	}
	return ""
}

// fieldMatches reports whether a value matches its commitment, or was redacted together with
// its salt.
func fieldMatches(name string, value json.RawMessage, salt *string, commitment string) bool {
	if salt == nil {
		return string(value) == "null"
	}
	raw, err := base64.RawStdEncoding.DecodeString(*salt)
	return err == nil && commit(raw, name, value) == commitment
}
