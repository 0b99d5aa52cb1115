package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Capture is a file that shows what a source said on a day.
type Capture struct {
	SHA256     string  `json:"sha256" doc:"The hash of the file's content; the log commits to it."`
	Format     string  `json:"format" doc:"page, text, pdf, png, jpeg or webp."`
	MediaType  string  `json:"media_type"`
	Bytes      int64   `json:"bytes"`
	CapturedOn *string `json:"captured_on" doc:"The day on which the source looked like this."`
	URL        string  `json:"url,omitempty" doc:"Where it was fetched."`
	Note       string  `json:"note,omitempty"`
	Public     bool    `json:"public" doc:"Whether every reader may have the file; otherwise members alone."`
	File       string  `json:"file" doc:"Where the file is to be had."`
}

// CaptureList are the captures of a source.
type CaptureList struct {
	Data []Capture `json:"data"`
}

func captureOf(c models.Capture) Capture {
	return Capture{SHA256: c.SHA256, Format: string(c.Format), MediaType: c.Format.MediaType(), Bytes: c.Bytes, CapturedOn: dayOf(c.CapturedOn), URL: c.URL, Note: c.Note,
		Public: c.Public, File: Prefix + "/evidence/" + c.SHA256}
}

func capturesOf(list []models.Capture) []Capture {
	captures := make([]Capture, len(list))
	for i, c := range list {
		captures[i] = captureOf(c)
	}
	return captures
}

func (a *API) registerEvidence() {
	tags := []string{"evidence"}
	list := huma.Operation{Method: http.MethodGet, Path: "/sources/{id}/captures", OperationID: "list-captures", Summary: "The files that show what a source said", Tags: tags,
		Parameters: momentParameters()}
	huma.Register(a.huma, list, func(ctx context.Context, in *one) (*answer[CaptureList], error) {
		m, err := services.ParseMoment(in.values)
		if err != nil {
			return nil, a.failed(err)
		}
		page, err := a.services.Get(ctx, actorOf(ctx), models.TypeSource, in.ID, m)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[CaptureList]{CacheControl: caching(ctx), Body: CaptureList{capturesOf(page.Records[0].Document.(*models.Source).Captures)}}, nil
	})

	add := secured(huma.Operation{Method: http.MethodPost, Path: "/sources/{id}/captures", OperationID: "add-capture", Summary: "Keep a file that shows what a source said", Tags: tags,
		Description: "The body is the file: PDF, PNG, JPEG, WebP, text in UTF-8 or HTML, recognised by its content. It is kept once, by its SHA-256; the source names it from then on.",
		Parameters: []*huma.Param{parameter("name", "The file's name; what it ends in must agree with the content."), dayParameter("captured_on", "The day on which the source looked like this; today when left out."),
			parameter("note", "What one sees in it."), {Name: "public", In: "query", Description: "Whether every reader may have the file.", Schema: &huma.Schema{Type: "boolean"}}},
		DefaultStatus: http.StatusCreated}, services.ActionIntake, services.MostEvidence)
	a.writes[add.OperationID] = writing{answer: reflect.TypeFor[Capture](), body: &huma.RequestBody{Required: true,
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	huma.Register(a.huma, add, a.addCapture)

	fetch := secured(huma.Operation{Method: http.MethodPost, Path: "/sources/{id}/captures/fetch", OperationID: "fetch-capture", Summary: "Fetch a source's page, and keep it as it is", Tags: tags,
		DefaultStatus: http.StatusCreated}, services.ActionIntake, mostBody)
	a.writes[fetch.OperationID] = writing{answer: reflect.TypeFor[Capture](), body: objectBody(false, map[string]string{"archived": "The address of an archived copy that ends in the source's own, such as https://web.archive.org/web/2025/…; the page itself when left out."})}
	huma.Register(a.huma, fetch, func(ctx context.Context, in *oneBody) (*answer[any], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		archived, err := archivedIn(&in.request, in.raw)
		if err != nil {
			return nil, err
		}
		out, capture, err := a.services.CapturePage(ctx, actorOf(ctx), id, archived)
		return a.keptCapture(id, out, capture, err)
	})

	a.registerLinks(tags)

	kinds := map[string]*huma.MediaType{}
	for _, format := range models.CaptureFormats().Values() {
		kinds[models.CaptureFormat(format).MediaType()] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	get := huma.Operation{Method: http.MethodGet, Path: "/evidence/{sha256}", OperationID: "get-evidence", Summary: "A kept file, as an attachment", Tags: tags,
		Description: "Members may have every file; others those that a source lists as public.",
		Responses:   map[string]*huma.Response{"200": {Description: "The file.", Content: kinds}}}
	huma.Register(a.huma, get, a.sendEvidence)
}

// archivedIn reads the address of an archived copy from a body; "" where there is none.
func archivedIn(in *request, raw []byte) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	if err := in.jsonBody(); err != nil {
		return "", err
	}
	m, err := readMembers(raw)
	if err != nil {
		return "", err
	}
	var r bodyReader
	archived := r.text(m, "", "archived")
	r.only(m, "", "archived")
	return archived, r.failed()
}

// LinkState is what the last look at a source's address found.
type LinkState struct {
	Outcome   *string    `json:"outcome" doc:"ok, changed, gone or unreachable; null when nobody looked yet."`
	Since     *time.Time `json:"since" doc:"When that was first found."`
	CheckedAt *time.Time `json:"checked_at"`
	DueAt     *time.Time `json:"due_at" doc:"When it is looked at next."`
	Reason    string     `json:"reason,omitempty" doc:"status, no_server, front_page, says_missing, text, no_answer or no_text."`
	Detail    string     `json:"detail,omitempty" doc:"Why, in words."`
	SettledAt *time.Time `json:"settled_at" doc:"When a member saw to it."`
}

func linkStateOf(look models.LinkCheck) LinkState {
	outcome := string(look.Outcome)
	return LinkState{Outcome: &outcome, Since: utc(&look.Since), CheckedAt: utc(&look.CheckedAt), DueAt: utc(&look.DueAt), Reason: string(look.Reason), Detail: look.Detail, SettledAt: utc(look.SettledAt)}
}

// registerLinks registers how the addresses of sources are found.
func (a *API) registerLinks(tags []string) {
	get := huma.Operation{Method: http.MethodGet, Path: "/sources/{id}/link", OperationID: "get-link", Summary: "Whether a source's page is still there, as it was", Tags: tags}
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[LinkState], error) {
		id, err := in.uuid(in.ID)
		if err == nil {
			_, err = a.services.Get(ctx, actorOf(ctx), models.TypeSource, in.ID, services.Moment{})
		}
		if err != nil {
			return nil, a.failed(err)
		}
		looks, err := a.services.LinkChecks(ctx, id)
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[LinkState]{CacheControl: "no-store"} // it is no part of the log, by whose size answers are kept
		if look, ok := looks[id]; ok {
			out.Body = linkStateOf(look)
		}
		return out, nil
	})

	check := secured(huma.Operation{Method: http.MethodPost, Path: "/sources/{id}/link/check", OperationID: "check-link", Summary: "Have a source's address looked at soon", Tags: tags,
		DefaultStatus: http.StatusAccepted}, services.ActionPropose, mostBody)
	a.writes[check.OperationID] = writing{answer: reflect.TypeFor[LinkState]()}
	huma.Register(a.huma, check, func(ctx context.Context, in *one) (*answer[LinkState], error) {
		err := services.Require(actorOf(ctx), services.ActionPropose)
		if err == nil {
			_, err = a.services.Get(ctx, actorOf(ctx), models.TypeSource, in.ID, services.Moment{})
		}
		id, unreadable := in.uuid(in.ID)
		if err == nil {
			err = unreadable
		}
		if err == nil {
			err = a.services.CheckLinks(ctx, actorOf(ctx), id)
		}
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[LinkState]{Status: http.StatusAccepted, CacheControl: "no-store"}, nil
	})

	settle := secured(huma.Operation{Method: http.MethodPost, Path: "/sources/{id}/link/settle", OperationID: "settle-link", Summary: "Say that what was found at a source's address was seen to", Tags: tags},
		services.ActionPropose, mostBody)
	a.writes[settle.OperationID] = writing{answer: reflect.TypeFor[LinkState]()}
	huma.Register(a.huma, settle, func(ctx context.Context, in *one) (*answer[LinkState], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		look, err := a.services.SettleLink(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[LinkState]{CacheControl: "no-store", Body: linkStateOf(look)}, nil
	})
}

func dayParameter(name, description string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: "string", Format: "date"}}
}

// fileInput is the input of an operation that takes a file, which is read as it comes.
type fileInput struct {
	request
	ID   string `path:"id" maxLength:"200" doc:"Id of the source."`
	file io.Reader
}

// Resolve reads the request, for huma, and leaves the file to who keeps it.
func (f *fileInput) Resolve(ctx huma.Context) []error {
	if err := permitted(ctx); err != nil {
		return []error{err}
	}
	f.file = ctx.BodyReader()
	return append(f.request.Resolve(ctx), checkID(f.ID)...)
}

func (a *API) addCapture(ctx context.Context, in *fileInput) (*answer[any], error) {
	id, err := in.uuid(in.ID, "name", "captured_on", "note", "public")
	if err != nil {
		return nil, err
	}
	r := services.CaptureRequest{Name: in.values.Get("name"), Note: in.values.Get("note")}
	if public := in.values.Get("public"); public != "" {
		if !slices.Contains([]string{"true", "false"}, public) {
			return nil, wrongParameter("public", "Write true or false.")
		}
		r.Public = public == "true"
	}
	if day := in.values.Get("captured_on"); day != "" {
		if r.CapturedOn, err = models.ParseDay(day); err != nil {
			return nil, wrongParameter("captured_on", err.Error())
		}
	}
	out, capture, err := a.services.AddCapture(ctx, actorOf(ctx), id, r, in.file)
	return a.keptCapture(id, out, capture, err)
}

func wrongParameter(name, message string) error {
	return newProblem(http.StatusBadRequest, message, ProblemField{Parameter: name, Detail: message})
}

// keptCapture answers 201 with the capture, or 202 where adding it waits for review.
func (a *API) keptCapture(source uuid.UUID, out services.Outcome, capture models.Capture, err error) (*answer[any], error) {
	if err != nil {
		return nil, a.failed(err)
	}
	answered := &answer[any]{Status: http.StatusCreated, CacheControl: "no-store", Location: Prefix + "/sources/" + source.String() + "/captures", Body: captureOf(capture)}
	if out.Status != models.ChangesetPublished {
		answered.Status, answered.Location = http.StatusAccepted, Prefix+"/changesets/"+out.Changeset.String()
	}
	return answered, nil
}

func (a *API) sendEvidence(ctx context.Context, in *struct {
	request
	SHA256 string `path:"sha256" maxLength:"200" doc:"The hash of its content."`
}) (*huma.StreamResponse, error) {
	if err := in.allow(); err != nil {
		return nil, err
	}
	file, err := a.services.Evidence(ctx, actorOf(ctx), in.SHA256)
	if err != nil {
		return nil, a.failed(err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer file.Content.Close()
		ctx.SetHeader("Content-Type", file.Format.MediaType())
		ctx.SetHeader("Content-Length", strconv.FormatInt(file.Bytes, 10))
		ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name()}))
		ctx.SetHeader("Content-Security-Policy", "default-src 'none'; sandbox")
		ctx.SetHeader("Cache-Control", "no-store")
		_, _ = io.Copy(ctx.BodyWriter(), file.Content) // a client that went away
	}}, nil
}
