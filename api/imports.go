package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
	"plumbline/services/imports"
)

// Import is a file on its way in.
type Import struct {
	ID     uuid.UUID `json:"id" format:"uuid"`
	Name   string    `json:"name"`
	Status string    `json:"status" enum:"checking,checked,loading,loaded,failed"`
	// Progress is how far the job has come.
	Progress  *ImportProgress `json:"progress,omitempty"`
	Problem   string          `json:"problem,omitempty" doc:"What is wrong with the file as a whole."`
	Options   imports.Options `json:"options"`
	Report    *imports.Report `json:"report,omitempty" doc:"What became, or would become, of the rows."`
	Changeset *uuid.UUID      `json:"changeset,omitempty" format:"uuid" doc:"What was published or proposed."`
	CreatedAt time.Time       `json:"created_at"`
	ChangedAt time.Time       `json:"changed_at"`
}

// ImportProgress is how far a job has come.
type ImportProgress struct {
	Stage string `json:"stage"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
}

// ImportList are imports, newest first.
type ImportList struct {
	Data []Import `json:"data"`
}

func importOf(row models.Import) (Import, error) {
	wire := Import{ID: row.ID, Name: row.Name, Status: string(row.Status), Problem: row.Problem, Changeset: row.ChangesetID,
		CreatedAt: row.CreatedAt.UTC(), ChangedAt: row.ChangedAt.UTC()}
	if row.Status.Running() {
		wire.Progress = &ImportProgress{row.Stage, row.Done, row.Total}
	}
	o, err := imports.StoredOptions(row.Options)
	if err != nil {
		return wire, err
	}
	wire.Options = o
	if row.Report != "" {
		wire.Report = &imports.Report{}
		return wire, json.Unmarshal([]byte(row.Report), wire.Report)
	}
	return wire, nil
}

func (a *API) registerImports() {
	token := []map[string][]string{{"token": {}}}
	tags := []string{"imports"}
	post := huma.Operation{Method: http.MethodPost, Path: "/imports", OperationID: "create-import", Summary: "Send a file to be checked: a dry run", Tags: tags, Security: token,
		Description: "The body is the file: CSV, XLSX, OCDS, FollowTheMoney, BODS, Plumbline records or an SQLite export, recognised by its content. A job checks it; look at the import until its status is \"checked\", then load it.",
		Parameters: []*huma.Param{parameter("name", "The file's name, by which what it enters is called. It is no source: name that in the rows, or as the option source."),
			parameter("options", "What is chosen, as a JSON object: see the options of an import.")},
		MaxBodyBytes: services.MostImport, DefaultStatus: http.StatusAccepted}
	a.writes[post.OperationID] = writing{answer: reflect.TypeFor[Import](), body: &huma.RequestBody{Required: true,
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	huma.Register(a.huma, post, a.createImport)

	list := huma.Operation{Method: http.MethodGet, Path: "/imports", OperationID: "list-imports", Summary: "Your own imports, newest first", Tags: tags, Security: token}
	huma.Register(a.huma, list, func(ctx context.Context, in *struct{ request }) (*answer[ImportList], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		rows, err := a.services.Imports(ctx, actorOf(ctx))
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[ImportList]{CacheControl: "no-store", Body: ImportList{Data: []Import{}}}
		for _, row := range rows {
			wire, err := importOf(row)
			if err != nil {
				return nil, a.failed(err)
			}
			out.Body.Data = append(out.Body.Data, wire)
		}
		return out, nil
	})

	get := huma.Operation{Method: http.MethodGet, Path: "/imports/{id}", OperationID: "get-import", Summary: "How far an import has come, and what it found", Tags: tags, Security: token}
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[Import], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		row, err := a.services.Import(ctx, actorOf(ctx), id)
		return a.answerImport(row, err, http.StatusOK)
	})

	wrong := huma.Operation{Method: http.MethodGet, Path: "/imports/{id}/errors.csv", OperationID: "get-import-errors", Summary: "The rows that are wrong or in doubt, to be mended", Tags: tags, Security: token,
		Responses: map[string]*huma.Response{"200": {Description: "Of a table, CSV: the original columns, then code, column and message. Of JSON, lines: the original objects with these as import_errors.",
			Content: map[string]*huma.MediaType{"text/csv": {}, "application/x-ndjson": {}}}}}
	huma.Register(a.huma, wrong, func(ctx context.Context, in *one) (*huma.StreamResponse, error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		row, err := a.services.Import(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			media, name := "text/csv; charset=utf-8; header=present", "errors.csv"
			if row.ErrorsAreLines() {
				media, name = "application/x-ndjson", "errors.ndjson"
			}
			ctx.SetHeader("Content-Type", media)
			ctx.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
			ctx.SetHeader("Cache-Control", "no-store")
			_, _ = ctx.BodyWriter().Write([]byte(row.Errors)) // a client that went away
		}}, nil
	})

	for name, says := range map[string][2]string{
		"check": {"Check an import again, with other options", "Options in the body go over those of before, member by member (RFC 7396): null takes a choice back, and without a body all stay."},
		"load":  {"Enter what an import holds, as one changeset", "It enters what the last check showed. Options in the body go over those of that check, as in check-import; where with them, or with what was written since, something else would be entered, nothing is, and the import's problem says to check again. \"valid_rows_only\" is no difference."},
	} {
		op := huma.Operation{Method: http.MethodPost, Path: "/imports/{id}/" + name, OperationID: name + "-import", Summary: says[0], Description: says[1], Tags: tags, Security: token,
			MaxBodyBytes: mostBody, DefaultStatus: http.StatusAccepted}
		schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[imports.Options](), true, "")
		a.writes[op.OperationID] = writing{answer: reflect.TypeFor[Import](), body: &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}}
		load := name == "load"
		huma.Register(a.huma, op, func(ctx context.Context, in *oneBody) (*answer[Import], error) {
			return a.continueImport(ctx, in, load)
		})
	}
}

func (a *API) answerImport(row models.Import, err error, status int) (*answer[Import], error) {
	if err != nil {
		return nil, a.failed(err)
	}
	wire, err := importOf(row)
	if err != nil {
		return nil, a.failed(err)
	}
	out := &answer[Import]{Status: status, CacheControl: "no-store", Body: wire}
	if status == http.StatusAccepted {
		out.Location = Prefix + "/imports/" + row.ID.String()
	}
	return out, nil
}

func (a *API) createImport(ctx context.Context, in *body) (*answer[Import], error) {
	if err := in.allow("name", "options"); err != nil {
		return nil, err
	}
	name, options := in.values.Get("name"), in.values.Get("options")
	if strings.HasPrefix(in.header("Content-Type"), "multipart/") {
		return nil, newProblem(http.StatusUnsupportedMediaType, "Send the file itself as the body, with its name in the parameter name, and not as a form: curl --data-binary @FILE, not -F.")
	}
	if name == "" {
		name = "import"
	}
	chosen, err := imports.ParseOptions([]byte(options))
	if err != nil {
		return nil, a.failed(err)
	}
	text, err := json.Marshal(chosen)
	if err != nil {
		return nil, a.failed(fmt.Errorf("write the options of an import: %w", err))
	}
	row, err := a.services.StartImport(ctx, actorOf(ctx), name, in.raw, string(text))
	return a.answerImport(row, err, http.StatusAccepted)
}

func (a *API) continueImport(ctx context.Context, in *oneBody, load bool) (*answer[Import], error) {
	if err := in.allow(); err != nil {
		return nil, err
	}
	id, err := in.uuid(in.ID)
	if err != nil {
		return nil, err
	}
	row, err := a.services.Import(ctx, actorOf(ctx), id)
	if err != nil {
		return nil, a.failed(err)
	}
	options, err := imports.StoredOptions(row.Options)
	if err == nil {
		options, err = imports.MergeOptions(options, in.raw)
	}
	if err != nil {
		return nil, a.failed(err)
	}
	text, err := json.Marshal(options)
	if err != nil {
		return nil, a.failed(fmt.Errorf("write the options of import %s: %w", id, err))
	}
	row, err = a.services.ContinueImport(ctx, actorOf(ctx), id, string(text), load)
	return a.answerImport(row, err, http.StatusAccepted)
}
