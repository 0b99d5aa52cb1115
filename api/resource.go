package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// resource is a record type with its path and its wire type.
type resource[W any] struct {
	kind models.RecordType
	path string
	wire func(view, services.Record) W
}

// List is a page of records.
type List[W any] struct {
	Data []W     `json:"data"`
	Next *string `json:"next" doc:"Cursor of the next page; null on the last."`
	// Facets are those asked for.
	Facets map[string][]FacetCount `json:"facets,omitempty" doc:"With facets=: by filter, how many records each value would show."`
	View
}

// View says what was looked at.
type View struct {
	AsOf    string     `json:"as_of" doc:"The day whose status is shown."`
	KnownAt *time.Time `json:"known_at,omitempty" doc:"The instant whose knowledge is shown, where one was asked for."`
	LogSize int64      `json:"log_size" doc:"Size of the log that was read."`
}

func viewed(m services.Moment, r services.Resolved) View {
	v := View{AsOf: r.AsOf.String(), LogSize: r.Size}
	if r.Past {
		v.KnownAt = &m.KnownAt
	}
	return v
}

// Bounds of request bodies, in bytes.
const (
	mostBody      = 1 << 20
	mostChangeset = 32 << 20
)

// register mounts the operations of a record type.
func register[W any](a *API, r resource[W]) {
	singular := strings.ReplaceAll(string(r.kind), "_", " ")
	article := "a "
	if strings.ContainsRune("aeio", rune(singular[0])) {
		article = "an "
	}
	tag := strings.ReplaceAll(r.path, "-", " ")
	operation := func(method, path, id, summary string) huma.Operation {
		return huma.Operation{Method: method, Path: "/" + r.path + path, OperationID: id + "-" + r.path, Summary: summary, Tags: []string{tag}}
	}
	write := func(op huma.Operation, w writing) huma.Operation {
		op = secured(op, services.ActionPropose, mostBody)
		w.answer, w.proposes = reflect.TypeFor[W](), true
		a.writes[op.OperationID] = w
		return op
	}

	list := operation(http.MethodGet, "", "list", "List "+tag)
	list.Parameters = append(pageOf(r.kind), parameter("facets", "Filters by whose values the list is to be counted.", services.FacetNames(r.kind)...))
	huma.Register(a.huma, list, func(ctx context.Context, in *struct{ request }) (*answer[List[W]], error) {
		out, err := listRecords(ctx, a, r, in.request, func(q services.Query) (services.Page, error) {
			return a.services.List(ctx, actorOf(ctx), r.kind, q)
		}, "facets")
		if err != nil || !in.values.Has("facets") {
			return out, err
		}
		out.Body.Facets, err = a.facets(ctx, r.kind, in.request)
		return out, err
	})

	get := operation(http.MethodGet, "/{id}", "get", "Get one "+singular)
	get.Parameters = momentParameters(includable[r.kind]...)
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[W], error) {
		return getRecord(ctx, a, r, in)
	})

	post := write(operation(http.MethodPost, "", "create", "Create "+article+singular), writing{body: recordBody(r.kind, false)})
	post.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, post, func(ctx context.Context, in *body) (*answer[any], error) {
		return createRecord(ctx, a, r, in)
	})

	patch := write(operation(http.MethodPatch, "/{id}", "edit", "Edit "+article+singular+" (JSON Merge Patch, RFC 7396)"), writing{body: recordBody(r.kind, true), guarded: true})
	huma.Register(a.huma, patch, func(ctx context.Context, in *oneBody) (*answer[any], error) {
		return editRecord(ctx, a, r, in)
	})

	for verb, op := range map[string]models.Op{"": models.OpRetract, "/restore": models.OpRestore} {
		method, id, summary := http.MethodDelete, "retract", "Retract "+article+singular+"; it is kept, with the reason"
		if verb != "" {
			method, id, summary = http.MethodPost, "restore", "Take the retraction of "+article+singular+" back"
		}
		about := writing{body: objectBody(false, map[string]string{"reason": "Why; the history shows it."}), guarded: true}
		route := write(operation(method, "/{id}"+verb, id, summary), about)
		route.Parameters = []*huma.Param{{Name: "reason", In: "query", Description: "Why, for clients that cannot send a body.", Schema: &huma.Schema{Type: "string"}}}
		huma.Register(a.huma, route, func(ctx context.Context, in *oneBody) (*answer[any], error) {
			return moveRecord(ctx, a, r, op, in)
		})
	}

	history := operation(http.MethodGet, "/{id}/revisions", "history", "Every revision of "+article+singular)
	history.Parameters = revisionParameters()
	huma.Register(a.huma, history, func(ctx context.Context, in *one) (*answer[RevisionList], error) {
		id, found, err := a.services.Find(ctx, actorOf(ctx), in.ID)
		if err == nil && found != r.kind {
			err = models.Errorf(models.ErrNotFound, "There is no %s with this id.", singular)
		}
		if err != nil {
			return nil, a.failed(err)
		}
		return a.listRevisions(ctx, in.request, &id)
	})
}

// involved mounts the records of a type that involve an entity.
func involved[W any](a *API, r resource[W]) {
	op := huma.Operation{Method: http.MethodGet, Path: "/entities/{id}/" + r.path, OperationID: "entity-" + r.path, Tags: []string{"entities"},
		Summary: "The " + strings.ReplaceAll(r.path, "-", " ") + " of an entity and of its services", Parameters: pageOf(r.kind)}
	huma.Register(a.huma, op, func(ctx context.Context, in *one) (*answer[List[W]], error) {
		return listRecords(ctx, a, r, in.request, func(q services.Query) (services.Page, error) {
			return a.services.Involved(ctx, actorOf(ctx), in.ID, r.kind, q)
		})
	})
}

// one is the input of an operation on one record.
type one struct {
	request
	ID string `path:"id" maxLength:"200" doc:"Id, or slug of an entity."`
}

// Resolve reads the request, for huma. What cannot be an id or slug leads nowhere.
func (o *one) Resolve(ctx huma.Context) []error {
	return append(o.request.Resolve(ctx), checkID(o.ID)...)
}

func checkID(text string) []error {
	if clean, problem := models.CleanText(text); problem != "" || clean != text {
		return []error{newProblem(http.StatusNotFound, "There is nothing with such an id or slug.")}
	}
	return nil
}

// body is the input of an operation that writes.
type body struct {
	request
	payload
}

// payload is the body of a request as it came.
type payload struct {
	raw []byte
}

// read reads it, up to the operation's bound; once, since huma may ask twice. From who has no
// account nothing is read, so that nobody fills the memory without one.
func (b *payload) read(ctx huma.Context) []error {
	if b.raw != nil {
		return nil
	}
	if err := permitted(ctx); err != nil {
		return []error{err}
	}
	limit := ctx.Operation().MaxBodyBytes
	raw, err := io.ReadAll(io.LimitReader(ctx.BodyReader(), limit+1))
	switch {
	case err != nil:
		return []error{newProblem(http.StatusBadRequest, "The body broke off; send it again.")}
	case int64(len(raw)) > limit:
		return []error{newProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body has more than %s. Split it into several requests.", models.SizeWords(limit)))}
	}
	b.raw = raw
	return nil
}

// permitted refuses who may not do what an operation does, before anything of it is looked at.
func permitted(ctx huma.Context) error {
	action, ok := ctx.Operation().Metadata[actionMetadata].(services.Action)
	if !ok {
		action = services.ActionPropose // nobody writes anything who may not even propose
	}
	if action == anyone {
		return nil
	}
	var refused *models.Error
	if !errors.As(services.Require(actorOf(ctx.Context()), action), &refused) {
		return nil
	}
	if refused.Kind == models.ErrUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	return newProblem(statuses[refused.Kind], refused.Message)
}

// Resolve reads request and body, for huma.
func (b *body) Resolve(ctx huma.Context) []error {
	return append(b.request.Resolve(ctx), b.read(ctx)...)
}

// Resolve reads request and body, for huma.
func (b *oneBody) Resolve(ctx huma.Context) []error {
	return slices.Concat(b.request.Resolve(ctx), checkID(b.ID), b.read(ctx))
}

// oneBody is the input of an operation that writes to one record.
type oneBody struct {
	request
	payload
	ID string `path:"id" maxLength:"200" doc:"Id, or slug of an entity."`
}

// members is the JSON object that the body must be, where no query is taken.
func (b *body) members() (members, error) {
	if err := b.allow(); err != nil {
		return nil, err
	}
	return b.object(b.raw)
}

// target is the id of the record that is written to, and the JSON object that the body must be.
func (b *oneBody) target() (uuid.UUID, members, error) {
	id, err := b.uuid(b.ID)
	if err != nil {
		return uuid.Nil, nil, err
	}
	m, err := b.object(b.raw)
	return id, m, err
}

// listRecords answers a list: from the client's own copy when nothing was published since.
func listRecords[W any](ctx context.Context, a *API, r resource[W], in request, list func(services.Query) (services.Page, error), extra ...string) (*answer[List[W]], error) {
	if len(listable[r.kind]) > 0 {
		extra = append(extra, "include")
	}
	q, err := services.ParseQuery(r.kind, in.values, extra...)
	if err != nil {
		return nil, a.failed(err)
	}
	includes, err := in.includes(listable[r.kind]...)
	if err != nil {
		return nil, err
	}
	size, err := a.services.Size(ctx)
	if err != nil {
		return nil, a.failed(err)
	}
	tag := in.listTag(size, a.services.Today())
	if in.fresh(tag) {
		return nil, notModified(ctx, tag)
	}
	page, err := list(q)
	if err != nil {
		return nil, a.failed(err)
	}

	v := viewOf(page)
	out := &answer[List[W]]{CacheControl: caching(ctx), ETag: in.listTag(sizeOf(page.Resolved, size), a.services.Today())}
	out.Body = List[W]{Data: make([]W, len(page.Records)), View: viewed(q.Moment, page.Resolved)}
	for i, record := range page.Records {
		out.Body.Data[i] = r.wire(v, record)
	}
	if len(includes) > 0 {
		records := make([]*Standing, len(out.Body.Data))
		for i := range records {
			records[i] = any(&out.Body.Data[i]).(standing).own()
		}
		if err := a.includeSources(ctx, records, q.Moment); err != nil {
			return nil, err
		}
	}
	out.Link, out.Body.Next = in.next(page.Next)
	return out, nil
}

// next gives the Link header and the cursor of a next page.
func (r *request) next(cursor string) (string, *string) {
	if cursor == "" {
		return "", nil
	}
	values := url.Values{}
	for name, list := range r.values {
		values[name] = list
	}
	values.Set("cursor", cursor)
	return fmt.Sprintf(`<%s?%s>; rel="next"`, r.url.Path, values.Encode()), &cursor
}

func getRecord[W any](ctx context.Context, a *API, r resource[W], in *one) (*answer[W], error) {
	extra := []string{}
	if len(includable[r.kind]) > 0 {
		extra = append(extra, "include")
	}
	moment, err := services.ParseMoment(in.values, extra...)
	if err != nil {
		return nil, a.failed(err)
	}
	includes, err := in.includes(includable[r.kind]...)
	if err != nil {
		return nil, err
	}
	size, err := a.sizeNow(ctx, moment)
	if err != nil {
		return nil, err
	}
	page, err := a.services.Get(ctx, actorOf(ctx), r.kind, in.ID, moment)
	if err != nil {
		return nil, a.failed(err)
	}
	record := page.Records[0]
	if moved(in.ID, record) {
		return nil, redirect(in.request, r.path, record)
	}

	tag := in.recordTag(record.Version, sizeOf(page.Resolved, size), a.services.Today())
	if in.fresh(tag) {
		return nil, notModified(ctx, tag)
	}
	out := &answer[W]{ETag: tag, CacheControl: caching(ctx), Body: r.wire(viewOf(page), record)}
	return out, a.include(ctx, &out.Body, includes, moment)
}

// sizeNow is the log's present size, where an earlier knowledge is asked for: a redaction
// reaches into that, so an ETag by the earlier size would let copies of the value live on. It is
// asked before the records are read, so that an ETag is at worst too old. 0 for the present.
func (a *API) sizeNow(ctx context.Context, m services.Moment) (int64, error) {
	if m.KnownAt.IsZero() {
		return 0, nil
	}
	size, err := a.services.Size(ctx)
	if err != nil {
		return 0, a.failed(err)
	}
	return size, nil
}

// sizeOf is the log size that an ETag names: the one that was read, or the present one where an
// earlier knowledge was read.
func sizeOf(r services.Resolved, now int64) int64 {
	if r.Past {
		return now
	}
	return r.Size
}

// moved reports whether an id or slug led to a record by another name.
func moved(asked string, record services.Record) bool {
	return asked != record.ID.String() && asked != record.Slug
}

func redirect(in request, path string, record services.Record) error {
	name := record.ID.String()
	if record.Slug != "" {
		name = record.Slug
	}
	location := Prefix + "/" + path + "/" + name
	if in.url.RawQuery != "" {
		location += "?" + in.url.RawQuery
	}
	problem := newProblem(http.StatusPermanentRedirect, "This record is at another address now: "+location)
	return huma.ErrorWithHeaders(problem, http.Header{"Location": {location}})
}

// createRecord publishes or proposes a new record.
func createRecord[W any](ctx context.Context, a *API, r resource[W], in *body) (*answer[any], error) {
	if err := in.allow(); err != nil {
		return nil, err
	}
	if err := in.jsonBody(); err != nil {
		return nil, err
	}
	data, extra, err := takeMembers(in.raw, "id")
	if err != nil {
		return nil, err
	}
	document, err := a.services.Decode(ctx, r.kind, data)
	if err != nil {
		return nil, a.failed(err)
	}
	op := models.Operation{Op: models.OpCreate, Type: r.kind, Data: document}
	if text := extra["id"]; text != "" {
		if op.ID, err = uuid.Parse(text); err != nil {
			const message = "A new record's id is a UUID of version 7; leave it out to be given one."
			return nil, newProblem(http.StatusUnprocessableEntity, "Nothing was written.", ProblemField{Pointer: "/id", Detail: message})
		}
	}
	return submitOne(ctx, a, r, in.request, in.raw, op)
}

// editRecord applies a merge patch to the record's document. The members "edit" and "reason"
// speak of the edit itself.
func editRecord[W any](ctx context.Context, a *API, r resource[W], in *oneBody) (*answer[any], error) {
	if err := in.allow(); err != nil {
		return nil, err
	}
	version, err := in.seen()
	if err != nil {
		return nil, err
	}
	if err := in.jsonBody("application/merge-patch+json"); err != nil {
		return nil, err
	}
	patch, extra, err := takeMembers(in.raw, "edit", editReason(r.kind))
	if err != nil {
		return nil, err
	}
	page, err := a.current(ctx, r.kind, in.ID)
	if err != nil {
		return nil, err
	}
	// A request that repeats itself by its key comes after its own effect; the services know.
	staleness := stale(page, version)
	if staleness != nil && in.header("Idempotency-Key") == "" {
		return nil, staleness
	}

	record := page.Records[0]
	document, err := a.patched(ctx, record, patch)
	if err != nil {
		return nil, err
	}
	op := models.Operation{Op: models.OpEdit, Type: r.kind, ID: record.ID, Version: version, Edit: models.EditKind(extra["edit"]),
		Reason: extra[editReason(r.kind)], Data: document}
	out, err := submitOne(ctx, a, r, in.request, in.raw, op)
	if err != nil && staleness != nil {
		return nil, staleness
	}
	return out, err
}

// editReason is the member that says why a record is edited. A status change has a field
// "reason" of its own, so there it is "edit_reason".
func editReason(kind models.RecordType) string {
	if kind == models.TypeStatusChange {
		return "edit_reason"
	}
	return "reason"
}

// current reads a record as it stands.
func (a *API) current(ctx context.Context, kind models.RecordType, id string) (services.Page, error) {
	page, err := a.services.Get(ctx, actorOf(ctx), kind, id, services.Moment{})
	if err != nil {
		return page, a.failed(err)
	}
	return page, nil
}

// stale refuses when a record's version is another than was seen.
func stale(page services.Page, version int64) error {
	record := page.Records[0]
	if record.Version == version {
		return nil
	}
	problem := newProblem(http.StatusPreconditionFailed, fmt.Sprintf("Somebody else changed this record meanwhile: it is at version %d, you saw version %d. Look at \"current\", then send your edit again with its version.", record.Version, version))
	problem.Current = viewOf(page).any(record)
	return problem
}

func (a *API) patched(ctx context.Context, record services.Record, patch []byte) (models.Document, error) {
	before, err := json.Marshal(record.Document)
	if err != nil {
		return nil, a.failed(err)
	}
	after, err := jsonpatch.MergePatch(before, patch)
	if err != nil {
		return nil, newProblem(http.StatusBadRequest, "The body is no JSON object of fields to change (RFC 7396).")
	}
	document, err := a.services.Decode(ctx, record.Type, after)
	if err != nil {
		return nil, a.failed(err)
	}
	return document, nil
}

// moveRecord retracts or restores a record.
func moveRecord[W any](ctx context.Context, a *API, r resource[W], op models.Op, in *oneBody) (*answer[any], error) {
	if err := in.allow("reason"); err != nil {
		return nil, err
	}
	version, err := in.seen()
	if err != nil {
		return nil, err
	}
	reason := in.values.Get("reason")
	if len(in.raw) > 0 {
		if err := in.jsonBody(); err != nil {
			return nil, err
		}
		said, err := onlyMembers(in.raw, "reason")
		if err != nil {
			return nil, err
		}
		reason = said["reason"]
	}
	page, err := a.current(ctx, r.kind, in.ID)
	if err != nil {
		return nil, err
	}
	// A request that repeats itself by its key comes after its own effect; the services know.
	staleness := stale(page, version)
	if staleness != nil && in.header("Idempotency-Key") == "" {
		return nil, staleness
	}
	operation := models.Operation{Op: op, Type: r.kind, ID: page.Records[0].ID, Version: version, Reason: reason}
	out, err := submitOne(ctx, a, r, in.request, in.raw, operation)
	if err != nil && staleness != nil {
		return nil, staleness
	}
	return out, err
}

// submitOne submits a changeset of one operation, and answers with the record as that changeset left
// it, or with the proposal.
func submitOne[W any](ctx context.Context, a *API, r resource[W], in request, raw []byte, op models.Operation) (*answer[any], error) {
	summary := op.Reason
	if summary == "" {
		summary = fmt.Sprintf("%s %s", models.Operations().Label(string(op.Op)), strings.ReplaceAll(string(r.kind), "_", " "))
	}
	out, err := a.submit(ctx, in, raw, models.Changeset{Summary: summary, Operations: []models.Operation{op}})
	if err != nil {
		return nil, a.failedWrite(ctx, err, op)
	}
	if out.Status != models.ChangesetPublished || len(out.Written) == 0 {
		return proposed(out), nil
	}

	page, err := a.services.Published(ctx, actorOf(ctx), out, 0)
	if err != nil {
		return nil, a.failed(err)
	}
	record := page.Records[0]
	name := record.ID.String()
	if record.Slug != "" {
		name = record.Slug
	}
	answer := &answer[any]{Status: http.StatusOK, Body: r.wire(viewOf(page), record), CacheControl: "no-store"}
	self := request{url: url.URL{Path: Prefix + "/" + r.path + "/" + name}}
	answer.ETag = self.recordTag(record.Version, page.Size, a.services.Today())
	if op.Op == models.OpCreate {
		answer.Status, answer.Location = http.StatusCreated, self.url.Path
	}
	return answer, nil
}

// failedWrite is failed for a write of one record: a version that went stale since the record was
// read comes back with the record, too.
func (a *API) failedWrite(ctx context.Context, err error, op models.Operation) error {
	var forPeople *models.Error
	if !errors.As(err, &forPeople) || forPeople.Kind != models.ErrStale {
		return a.failed(err)
	}
	page, failed := a.services.GetWritten(ctx, actorOf(ctx), op.ID)
	if failed != nil {
		return a.failed(failed)
	}
	if err := stale(page, op.Version); err != nil {
		return err
	}
	return a.failed(err)
}

// submit lets the services publish or propose; once, when the request has a key.
func (a *API) submit(ctx context.Context, in request, raw []byte, c models.Changeset) (services.Outcome, error) {
	key, err := in.idempotencyKey()
	if err != nil {
		return services.Outcome{}, err
	}
	if key == "" {
		return a.services.Submit(ctx, actorOf(ctx), c)
	}
	out, err := a.services.SubmitOnce(ctx, actorOf(ctx), c, key, in.digest(raw))
	var forPeople *models.Error
	if err == nil || errors.As(err, &forPeople) || ctx.Err() != nil {
		return out, err
	}
	// On PostgreSQL two requests with one key can pass each other's look-up, and the later then
	// fails as it stores the key. Asked again, it gets the outcome of the other.
	return a.services.SubmitOnce(ctx, actorOf(ctx), c, key, in.digest(raw))
}
