package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"
	"github.com/google/uuid"

	"plumbline/services"
)

// Revision is one version of one record.
type Revision struct {
	Position   int64           `json:"position" doc:"Log position, from 0."`
	Record     uuid.UUID       `json:"record" format:"uuid"`
	Type       string          `json:"type" doc:"Record type."`
	Version    int64           `json:"version"`
	Op         string          `json:"op"`
	Edit       string          `json:"edit,omitempty" doc:"world_changed, or corrected: the record was wrong."`
	State      string          `json:"state"`
	MergedInto *uuid.UUID      `json:"merged_into,omitempty" format:"uuid"`
	At         time.Time       `json:"at"`
	Changeset  uuid.UUID       `json:"changeset" format:"uuid"`
	Summary    string          `json:"summary,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	Author     string          `json:"author,omitempty"`
	Data       json.RawMessage `json:"data" doc:"The whole document after the write; redacted fields are null."`
	Redacted   []string        `json:"redacted,omitempty" doc:"Fields that were redacted."`
	Withheld   bool            `json:"withheld,omitempty" doc:"The record is on hold: nothing of what it says is shown."`
}

func revisionOf(r services.RevisionView) Revision {
	return Revision{Position: r.Position, Record: r.Record, Type: string(r.Type), Version: r.Version, Op: string(r.Op), Edit: string(r.Edit),
		State: string(r.State), MergedInto: r.MergedInto, At: r.At, Changeset: r.Changeset, Summary: r.Summary, Reason: r.Reason,
		Author: r.Author, Data: r.Document, Redacted: r.Redacted, Withheld: r.Withheld}
}

// RevisionList is a run of revisions.
type RevisionList struct {
	Data []Revision `json:"data"`
	// Next is always there, so that a reader can come back later for what is new.
	Next    int64 `json:"next" doc:"Ask for since=next to go on, now or later; nothing is missed or repeated."`
	LogSize int64 `json:"log_size"`
}

func (a *API) registerRevisions() {
	op := huma.Operation{Method: http.MethodGet, Path: "/revisions", OperationID: "list-revisions", Summary: "Everything that was published, in order", Tags: []string{"log"}, Parameters: revisionParameters()}
	huma.Register(a.huma, op, func(ctx context.Context, in *struct{ request }) (*answer[RevisionList], error) {
		return a.listRevisions(ctx, in.request, nil)
	})
}

func (a *API) listRevisions(ctx context.Context, in request, record *uuid.UUID) (*answer[RevisionList], error) {
	if err := in.allow("since", "limit"); err != nil {
		return nil, err
	}
	since, err := in.number("since", 0)
	if err != nil {
		return nil, err
	}
	limit, err := in.number("limit", 100)
	if err != nil {
		return nil, err
	}
	if limit == 0 || limit > 500 {
		limit = 501 // the services say what is possible
	}
	size, err := a.services.Size(ctx)
	if err != nil {
		return nil, a.failed(err)
	}
	list, err := a.services.Revisions(ctx, actorOf(ctx), services.RevisionQuery{Since: since, Record: record, Limit: int(max(limit, -1))})
	if err != nil {
		return nil, a.failed(err)
	}

	out := &answer[RevisionList]{CacheControl: caching(ctx), Body: RevisionList{Data: make([]Revision, len(list)), Next: since, LogSize: size}}
	for i, r := range list {
		out.Body.Data[i] = revisionOf(r)
		out.Body.Next = r.Position + 1
	}
	return out, nil
}

// Checkpoint is the signed head of the log.
type Checkpoint struct {
	Size int64     `json:"size"`
	Root string    `json:"root" doc:"Root hash of the tree, base64."`
	At   time.Time `json:"at"`
	Note string    `json:"note" doc:"The signed checkpoint (C2SP tlog-checkpoint); keep it, and check later that the log still begins with it."`
	Key  string    `json:"key" doc:"Public key that checks the signature (golang.org/x/mod/sumdb/note): the one that signed at this size."`
}

// LogKey is one of the keys that sign the log.
type LogKey struct {
	Key       string    `json:"key" doc:"Public key that checks signatures (golang.org/x/mod/sumdb/note); of a key that was lost early perhaps its name and hash alone."`
	FromSize  int64     `json:"from_size" doc:"The log's size when it took over: it signs the checkpoints of larger sizes, until the next key takes over."`
	At        time.Time `json:"at"`
	How       string    `json:"how" doc:"first, handed_over by the key before, or lost: the key before was declared lost, and nothing but the word of who runs the site ties this one to it."`
	Reason    string    `json:"reason,omitempty"`
	Statement string    `json:"statement,omitempty" doc:"A signed note that says all of this, with the root of the log at that size: of the key before and of this one where it was handed over, of this one otherwise."`
}

// LogKeys are all of them, in their order.
type LogKeys struct {
	Data []LogKey `json:"data"`
}

// LogEntry is one leaf of the log.
type LogEntry struct {
	Position int64     `json:"position"`
	At       time.Time `json:"at"`
	Leaf     string    `json:"leaf" doc:"The exact text that the tree hashes, with salted commitments of the fields."`
}

// LogEntries is a run of leaves.
type LogEntries struct {
	Data []LogEntry `json:"data"`
}

// Proof is a proof of RFC 6962.
type Proof struct {
	From   int64    `json:"from" doc:"The position, or the earlier size."`
	Size   int64    `json:"size" doc:"The size of the tree that it proves against."`
	Hashes []string `json:"hashes" doc:"Base64."`
}

func (a *API) registerLog() {
	operation := func(path, id, summary string, parameters ...*huma.Param) huma.Operation {
		return huma.Operation{Method: http.MethodGet, Path: "/log/" + path, OperationID: id, Summary: summary, Tags: []string{"log"}, Parameters: parameters}
	}
	checkpoint := operation("checkpoint", "log-checkpoint", "The latest signed checkpoint: the note itself as text, or JSON where Accept asks for it")
	checkpoint.Responses = map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{
		"text/plain":       {Schema: &huma.Schema{Type: "string"}},
		"application/json": a.jsonOf(reflect.TypeFor[Checkpoint]())["application/json"]}}}
	huma.Register(a.huma, checkpoint, func(ctx context.Context, in *struct{ request }) (*raw, error) {
		head, err := a.checkpoint(ctx, in.request)
		if err != nil {
			return nil, err
		}
		if negotiation.SelectQValue(in.header("Accept"), []string{"text/plain", "application/json"}) == "application/json" {
			text, err := json.Marshal(head)
			if err != nil {
				return nil, a.failed(err)
			}
			return &raw{ContentType: "application/json", CacheControl: caching(ctx), Body: text}, nil
		}
		return plain(ctx, head.Note), nil
	})
	huma.Register(a.huma, operation("checkpoint.json", "log-checkpoint-json", "The latest signed checkpoint, as JSON"), func(ctx context.Context, in *struct{ request }) (*answer[Checkpoint], error) {
		head, err := a.checkpoint(ctx, in.request)
		if err != nil {
			return nil, err
		}
		return &answer[Checkpoint]{CacheControl: caching(ctx), Body: head}, nil
	})
	key := operation("key", "log-key", "The public key that signed the latest checkpoint, or that signs the first; see keys for all of them")
	key.Responses = map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: "string"}}}}}
	huma.Register(a.huma, key, func(ctx context.Context, in *struct{ request }) (*raw, error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		public, err := a.headKey(ctx)
		if err != nil {
			return nil, a.failed(err)
		}
		return plain(ctx, public+"\n"), nil
	})
	huma.Register(a.huma, operation("keys", "log-keys", "The public keys that sign the log, one after the other, each with the statement by which it took over"), func(ctx context.Context, in *struct{ request }) (*answer[LogKeys], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		keys, err := a.services.LogKeys(ctx)
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[LogKeys]{CacheControl: caching(ctx), Body: LogKeys{Data: make([]LogKey, len(keys))}}
		for i, k := range keys {
			out.Body.Data[i] = LogKey{k.PublicKey, k.FromSize, k.At.UTC(), string(k.How), k.Reason, k.Statement}
		}
		return out, nil
	})

	entries := operation("entries", "log-entries", "Leaves of the log", numberParameter("start", "First position."), numberParameter("limit", "Most leaves, 1 to 1000; 100 when left out."))
	huma.Register(a.huma, entries, func(ctx context.Context, in *struct{ request }) (*answer[LogEntries], error) {
		start, limit, err := in.two("start", "limit")
		if err != nil {
			return nil, err
		}
		list, err := a.services.LogEntries(ctx, start, int(max(min(limit, 1001), -1)))
		if err != nil {
			return nil, a.badParameters(err)
		}
		out := &answer[LogEntries]{CacheControl: caching(ctx), Body: LogEntries{Data: make([]LogEntry, len(list))}}
		for i, e := range list {
			out.Body.Data[i] = LogEntry{e.Position, e.At.UTC(), e.Leaf}
		}
		return out, nil
	})

	inclusion := operation("proof/inclusion", "log-inclusion", "Proof that a leaf is in the log", numberParameter("position", "The leaf's position."), numberParameter("size", "Size of the tree; the present one when left out."))
	a.registerProof(inclusion, "position", "size", a.services.InclusionProof)
	consistency := operation("proof/consistency", "log-consistency", "Proof that the log only grew", numberParameter("from", "The earlier size."), numberParameter("to", "The later size; the present one when left out."))
	a.registerProof(consistency, "from", "to", a.services.ConsistencyProof)
}

// raw is an output that is not made of JSON.
type raw struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func plain(ctx context.Context, text string) *raw {
	return &raw{ContentType: "text/plain; charset=utf-8", CacheControl: caching(ctx), Body: []byte(text)}
}

func (a *API) checkpoint(ctx context.Context, in request) (Checkpoint, error) {
	if err := in.allow(); err != nil {
		return Checkpoint{}, err
	}
	head, err := a.services.Checkpoint(ctx)
	if err != nil {
		return Checkpoint{}, a.failed(err)
	}
	key, err := a.services.PublicKey(ctx, head.Size)
	if err != nil {
		return Checkpoint{}, a.failed(err)
	}
	return Checkpoint{head.Size, base64.StdEncoding.EncodeToString(head.Root), head.At.UTC(), head.Note, key}, nil
}

// headKey is the key of the latest checkpoint; of an empty log the one that signs the first.
func (a *API) headKey(ctx context.Context) (string, error) {
	size, err := a.services.Size(ctx)
	if err != nil {
		return "", err
	}
	return a.services.PublicKey(ctx, size)
}

func (a *API) registerProof(op huma.Operation, first, second string, prove func(context.Context, int64, int64) ([][]byte, int64, error)) {
	huma.Register(a.huma, op, func(ctx context.Context, in *struct{ request }) (*answer[Proof], error) {
		from, size, err := in.two(first, second)
		if err != nil {
			return nil, err
		}
		hashes, size, err := prove(ctx, from, size)
		if err != nil {
			return nil, a.badParameters(err)
		}
		out := &answer[Proof]{CacheControl: caching(ctx), Body: Proof{From: from, Size: size, Hashes: make([]string, len(hashes))}}
		for i, hash := range hashes {
			out.Body.Hashes[i] = base64.StdEncoding.EncodeToString(hash)
		}
		return out, nil
	})
}

// two reads two numbers of the query, and refuses others.
func (r *request) two(first, second string) (int64, int64, error) {
	if err := r.allow(first, second); err != nil {
		return 0, 0, err
	}
	a, err := r.number(first, 0)
	if err != nil {
		return 0, 0, err
	}
	b, err := r.number(second, 0)
	return a, b, err
}

// badParameters answers 400 where an invalid value came in the query.
func (a *API) badParameters(err error) error {
	problem := a.failed(err)
	if p, ok := problem.(*Problem); ok && p.Status == http.StatusUnprocessableEntity {
		p.Status, p.Title = http.StatusBadRequest, http.StatusText(http.StatusBadRequest)
	}
	return problem
}
