package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Watch is a record or a list that an account wants to be told of.
type Watch struct {
	ID     uuid.UUID `json:"id" format:"uuid"`
	Record *Ref      `json:"record" doc:"The record that is watched; null for a list."`
	List   string    `json:"list,omitempty" doc:"The list that is watched: the type of its records, or search."`
	Query  string    `json:"query,omitempty" doc:"The parameters of the list, as the list's own address takes them."`
	Title  string    `json:"title"`
	// Revisions are news of a record, Records of a list.
	Revisions []Revision `json:"revisions,omitempty" doc:"What is new about the record, and about what involves it: the newest revisions, newest first."`
	Records   []Ref      `json:"records,omitempty" doc:"What is new in the list: its records that were written, or whose status changed."`
	More      bool       `json:"more" doc:"Whether there is more that is new."`
	Until     int64      `json:"until" doc:"The log's size up to which this goes; say it when it was seen."`
	CreatedAt time.Time  `json:"created_at"`
}

// WatchList is what an account watches, newest watch first.
type WatchList struct {
	Data []Watch `json:"data"`
}

func watchOf(v services.WatchView) Watch {
	wire := Watch{ID: v.ID, Record: refOf(v.Record), Title: v.Record.Label(), More: v.More, Until: v.Until, CreatedAt: v.CreatedAt.UTC()}
	for _, r := range v.News {
		wire.Revisions = append(wire.Revisions, revisionOf(r))
	}
	return wire
}

func listWatchOf(v services.ListWatchView) Watch {
	wire := Watch{ID: v.ID, List: v.List, Query: v.Query, Title: services.ListTitle(v.ListWatch), More: v.More, Until: v.Until, CreatedAt: v.CreatedAt.UTC()}
	for _, r := range v.News {
		wire.Records = append(wire.Records, *refOf(r))
	}
	return wire
}

// watches are an account's watches of both kinds.
func (a *API) watches(ctx context.Context) ([]Watch, error) {
	records, err := a.services.Watches(ctx, actorOf(ctx))
	if err != nil {
		return nil, a.failed(err)
	}
	lists, err := a.services.ListWatches(ctx, actorOf(ctx))
	if err != nil {
		return nil, a.failed(err)
	}
	all := []Watch{}
	for _, v := range records {
		all = append(all, watchOf(v))
	}
	for _, v := range lists {
		all = append(all, listWatchOf(v))
	}
	slices.SortFunc(all, func(x, y Watch) int { return -cmp.Compare(x.ID.String(), y.ID.String()) })
	return all, nil
}

// watch answers with one of an account's watches.
func (a *API) watch(ctx context.Context, id uuid.UUID) (*answer[Watch], error) {
	all, err := a.watches(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.ID == id {
			return &answer[Watch]{CacheControl: "no-store", Body: one}, nil
		}
	}
	return nil, newProblem(http.StatusNotFound, "You do not watch this (any more).")
}

// registerWatches mounts what an account watches: nobody else sees it.
func (a *API) registerWatches() {
	operation := func(method, path, id, summary string) huma.Operation {
		return secured(huma.Operation{Method: method, Path: "/watches" + path, OperationID: id, Summary: summary, Tags: []string{"watches"}}, services.ActionWatch, mostBody)
	}
	huma.Register(a.huma, operation(http.MethodGet, "", "list-watches", "What one watches, with what is new"), func(ctx context.Context, in *struct{ request }) (*answer[WatchList], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		all, err := a.watches(ctx)
		return &answer[WatchList]{CacheControl: "no-store", Body: WatchList{Data: all}}, err
	})
	huma.Register(a.huma, operation(http.MethodGet, "/{id}", "get-watch", "One of them"), func(ctx context.Context, in *one) (*answer[Watch], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		return a.watch(ctx, id)
	})

	post := operation(http.MethodPost, "", "create-watch", "Watch a record, a list or a search from now on; what is watched already stays as it is")
	post.DefaultStatus = http.StatusCreated
	a.writes[post.OperationID] = writing{answer: reflect.TypeFor[Watch](), body: objectBody(true, map[string]string{"record": "The id, or slug, of a record; or",
		"list": "the list: entity, relationship, status_change, claim, source, open_item or search, with", "query": "its parameters, such as \"stance=alleges\"; of a search \"q=words\"."})}
	huma.Register(a.huma, post, a.addWatch)

	seen := operation(http.MethodPost, "/{id}/seen", "see-watch", "Say that what is new was seen")
	body := objectBody(true, nil)
	body.Content["application/json"].Schema.Properties["until"] = &huma.Schema{Type: "integer", Description: "The \"until\" of the watch as it was read."}
	a.writes[seen.OperationID] = writing{body: body, answer: reflect.TypeFor[Watch]()}
	huma.Register(a.huma, seen, a.seeWatch)

	remove := operation(http.MethodDelete, "/{id}", "delete-watch", "Stop watching it")
	remove.DefaultStatus = http.StatusNoContent
	a.writes[remove.OperationID] = writing{}
	huma.Register(a.huma, remove, func(ctx context.Context, in *one) (*struct{}, error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		err = ofEitherKind(
			func() error { return a.services.DeleteWatch(ctx, actorOf(ctx), id) },
			func() error { return a.services.DeleteListWatch(ctx, actorOf(ctx), id) })
		if err != nil {
			return nil, a.failed(err)
		}
		return nil, nil
	})
}

// ofEitherKind does something with the watch of a record, or else with that of a list.
func ofEitherKind(record, list func() error) error {
	err := record()
	var none *models.Error
	if errors.As(err, &none) && none.Kind == models.ErrNotFound {
		return list()
	}
	return err
}

func (a *API) addWatch(ctx context.Context, in *body) (*answer[Watch], error) {
	m, err := in.members()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	record, list, query := r.text(m, "", "record"), r.text(m, "", "list"), r.text(m, "", "query")
	r.only(m, "", "record", "list", "query")
	if len(r.problems) == 0 && (record == "") == (list == "") {
		r.problem("/record", "Name a record, or a list: one of the two.")
	}
	if len(r.problems) == 0 && record != "" && query != "" {
		r.problem("/query", "A query belongs to a list; leave it out for a record.")
	}
	if err := r.failed(); err != nil {
		return nil, err
	}

	var id uuid.UUID
	if record != "" {
		watch, failed := a.services.AddWatch(ctx, actorOf(ctx), record)
		id, err = watch.ID, failed
	} else {
		watch, failed := a.services.AddListWatch(ctx, actorOf(ctx), list, query)
		id, err = watch.ID, failed
	}
	if err != nil {
		return nil, a.failed(err)
	}
	out, err := a.watch(ctx, id)
	if err == nil {
		out.Status, out.Location = http.StatusCreated, Prefix+"/watches/"+id.String()
	}
	return out, err
}

func (a *API) seeWatch(ctx context.Context, in *oneBody) (*answer[Watch], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	until := int64(-1)
	r.value(m, "", "until", &until, "the number that the watch gave as until")
	r.only(m, "", "until")
	if len(r.problems) == 0 && until < 0 {
		r.problem("/until", "Say up to where: the number that the watch gave as until.")
	}
	if err := r.failed(); err != nil {
		return nil, err
	}
	err = ofEitherKind(
		func() error { return a.services.SeeWatch(ctx, actorOf(ctx), id, until) },
		func() error { return a.services.SeeListWatch(ctx, actorOf(ctx), id, until) })
	if err != nil {
		return nil, a.failed(err)
	}
	return a.watch(ctx, id)
}
