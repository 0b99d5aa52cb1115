package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// registerNaming mounts the one way to say who an undisclosed entity is.
func (a *API) registerNaming() {
	document := func(t models.RecordType, without ...string) *huma.Schema {
		schema := recordBody(t, false).Content["application/json"].Schema
		for _, name := range append(without, "id") {
			delete(schema.Properties, name)
		}
		return schema
	}
	claim, named, source := document(models.TypeClaim, "about"), document(models.TypeEntity, "identity"), document(models.TypeSource)
	claim.Description = "Who says so, when and in which words; it is published as a claim about the named entity, and cites the source with where it says so (locator, note)."
	claim.Required = []string{"speakers", "stance", "said_on", "text"}
	claim.Properties["stance"].Enum = nil
	for _, stance := range services.NamingStances() {
		claim.Properties["stance"].Enum = append(claim.Properties["stance"].Enum, string(stance))
	}
	named.Description = "The named entity, where there is none yet: it is made in the same step. Its kind is that of the undisclosed one, and it cites what the claim cites, unless it says otherwise."
	source.Description = "A source that is made in the same step; the claim cites it, at \"locator\" and with \"note\"."

	body := objectBody(true, map[string]string{"into": "Id or slug of the named entity, where there is one.", "reason": "Why; the history shows it. The claim's words when left out.",
		"locator": "Where in the new source it says so.", "note": "A note on that."})
	schema := body.Content["application/json"].Schema
	schema.Required = []string{"claim"}
	for name, one := range map[string]*huma.Schema{"claim": claim, "new": named, "source": source} {
		schema.Properties[name] = one
	}
	addMergeProperties(schema)
	op := secured(huma.Operation{Method: http.MethodPost, Path: "/records/{id}/name", OperationID: "name-record", Tags: []string{"changesets"},
		Summary:     "Say who an undisclosed entity is, with who says so and the source",
		Description: "The undisclosed entity is joined with the named one: its id and slugs lead there, and what pointed at it points there. A claim about the named one says who says so, and cites the source. All of it is one changeset, which POST /changesets/{id}/revert undoes. No merge, and no edit of an identity or a name, says this."}, services.ActionPropose, mostBody)
	a.writes[op.OperationID] = writing{body: body}
	op.Responses = map[string]*huma.Response{"200": {Description: "What was written; with dry_run, what would be."},
		"202": {Description: "Kept as a proposal that waits for review."}}
	huma.Register(a.huma, op, a.nameRecord)
}

// addMergeProperties documents what merges and namings have in common.
func addMergeProperties(schema *huma.Schema) {
	schema.Properties["version"] = &huma.Schema{Type: "integer", Description: "The version of this record that was seen."}
	schema.Properties["into_version"] = &huma.Schema{Type: "integer", Description: "The version of the other that was seen."}
	schema.Properties["choose"] = &huma.Schema{Type: "object", Description: "By field: \"into\", \"from\", or \"both\" for lists. Where both have different identifiers of one scheme, \"identifiers\" must be chosen.", AdditionalProperties: &huma.Schema{Type: "string", Enum: []any{"into", "from", "both"}}}
	schema.Properties["dry_run"] = &huma.Schema{Type: "boolean", Description: "Show what it would do, and write nothing."}
}

func (a *API) nameRecord(ctx context.Context, in *oneBody) (*answer[any], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	asked := services.Naming{Undisclosed: id, Reason: r.text(m, "", "reason"), Locator: r.text(m, "", "locator"), Note: r.text(m, "", "note")}
	into, dry := r.text(m, "", "into"), false
	r.value(m, "", "version", &asked.Version, "the version that you saw, as a number")
	r.value(m, "", "into_version", &asked.IntoVersion, "the version that you saw, as a number")
	r.value(m, "", "choose", &asked.Choose, "an object that names \"into\", \"from\" or \"both\" by field")
	r.value(m, "", "dry_run", &dry, "true or false")
	r.only(m, "", "into", "new", "claim", "source", "locator", "note", "reason", "version", "into_version", "choose", "dry_run")
	parts := r.parts(m, "claim", "new", "source")
	if _, given := parts["claim"]["about"]; given {
		r.problem("/claim/about", "The claim is about the named entity; leave this out.")
	}
	if _, given := parts["new"]["identity"]; given {
		r.problem("/new/identity", "The new entity is the named one, so it is disclosed; leave this out.")
	}
	if err := r.failed(); err != nil {
		return nil, err
	}
	if err := a.readNaming(ctx, &asked, into, parts); err != nil {
		return nil, err
	}

	if dry {
		plan, err := a.services.PlanNaming(ctx, actorOf(ctx), asked)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[any]{Status: http.StatusOK, Body: mergePlanOf(plan), CacheControl: "no-store"}, nil
	}
	out, err := a.services.Name(ctx, actorOf(ctx), asked)
	if err != nil {
		return nil, a.failed(err)
	}
	if out.Status != models.ChangesetPublished {
		return proposed(out), nil
	}
	return &answer[any]{Status: http.StatusOK, Body: writtenOf(out), CacheControl: "no-store"}, nil
}

// parts reads members that are objects, those that there are.
func (r *bodyReader) parts(m members, names ...string) map[string]members {
	parts := map[string]members{}
	for _, name := range names {
		var part members
		r.value(m, "", name, &part, "an object")
		if part != nil {
			parts[name] = part
		}
	}
	return parts
}

// readNaming reads the documents of a naming, in which slugs stand for ids. The claim is about what
// into names.
func (a *API) readNaming(ctx context.Context, asked *services.Naming, into string, parts map[string]members) error {
	about := into
	if about == "" {
		about = asked.Undisclosed.String()
	}
	if parts["claim"] != nil {
		parts["claim"]["about"] = must([]string{about})
	}
	_, cited := parts["claim"]["citations"]
	_, namedCites := parts["new"]["citations"]
	if _, kind := parts["new"]["kind"]; parts["new"] != nil && !kind {
		refs, err := a.services.Labels(ctx, actorOf(ctx), []uuid.UUID{asked.Undisclosed})
		if err != nil {
			return a.failed(err)
		}
		parts["new"]["kind"] = must(refs[asked.Undisclosed].Kind)
	}
	types := []models.RecordType{models.TypeClaim, models.TypeEntity, models.TypeSource}
	data := make([][]byte, len(types))
	for i, name := range namingParts {
		if parts[name] != nil {
			data[i] = must(parts[name])
		}
	}

	documents, err := a.services.DecodeAll(ctx, types, data)
	var found *models.Error
	if errors.As(err, &found) { // what follows from the rest is not missing
		found.Problems = slices.DeleteFunc(found.Problems, func(p models.Problem) bool {
			return p.Pointer == "/citations" && (p.Operation == 0 && !cited && parts["source"] != nil || p.Operation == 1 && !namedCites)
		})
	}
	if err != nil {
		return a.failedAt(err, namingPointer)
	}
	if claim, ok := documents[0].(*models.Claim); ok {
		asked.Claim = claim
		if into != "" {
			asked.Into = claim.About[0]
		}
	} else if into != "" {
		if asked.Into, _, err = a.services.Find(ctx, actorOf(ctx), into); err != nil {
			return newProblem(http.StatusUnprocessableEntity, "Nothing was named.", ProblemField{Pointer: "/into", Detail: err.Error()})
		}
	}
	asked.New, _ = documents[1].(*models.Entity)
	asked.Source, _ = documents[2].(*models.Source)
	return nil
}

// namingParts are the documents of a naming, in the order in which they are read.
var namingParts = []string{"claim", "new", "source"}

// namingPointer says where in the body of a naming something is wrong.
func namingPointer(operation int, pointer string) string {
	if operation == 0 && pointer == "/about/0" {
		return "/into"
	}
	return "/" + namingParts[operation] + pointer
}

// must is the JSON of what always has one.
func must(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts, and what was JSON before
	}
	return text
}
