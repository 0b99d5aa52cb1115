package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/models"
	"plumbline/services"
)

// Job is a piece of work that runs in the background.
type Job struct {
	ID        int64      `json:"id"`
	Kind      string     `json:"kind"`
	Title     string     `json:"title" doc:"What it does, in words."`
	State     string     `json:"state" doc:"available, scheduled, pending, running, retryable, completed, cancelled or discarded."`
	Args      string     `json:"args" doc:"The ids of what it is about, as JSON."`
	Tries     int        `json:"tries"`
	MostTries int        `json:"most_tries"`
	CreatedAt time.Time  `json:"created_at"`
	DueAt     *time.Time `json:"due_at" doc:"When it is tried next; null when it has ended or is running."`
	TriedAt   *time.Time `json:"tried_at" doc:"When it was tried last."`
	EndedAt   *time.Time `json:"ended_at"`
	Problem   string     `json:"problem,omitempty" doc:"What went wrong the last time, without what is secret."`
}

// JobList is a page of jobs, newest first.
type JobList struct {
	Data   []Job            `json:"data"`
	Next   *string          `json:"next"`
	Counts map[string]int64 `json:"counts" doc:"How many jobs are kept in each state, of the kind asked for."`
}

func wireJob(job services.Job) Job {
	wire := Job{ID: job.ID, Kind: job.Kind, Title: job.Title, State: job.State, Args: job.Args, Tries: job.Tries, MostTries: job.MostTries,
		CreatedAt: job.CreatedAt, TriedAt: job.TriedAt, EndedAt: job.EndedAt, Problem: job.Problem}
	if job.EndedAt == nil && job.State != "running" {
		wire.DueAt = &job.DueAt
	}
	return wire
}

func (a *API) registerJobs() {
	operation := func(method, path, id, summary string) huma.Operation {
		return secured(huma.Operation{Method: method, Path: "/jobs" + path, OperationID: id, Summary: summary, Tags: []string{"jobs"}}, services.ActionJobs, mostBody)
	}
	list := operation(http.MethodGet, "", "list-jobs", "What runs in the background, newest first")
	list.Parameters = append([]*huma.Param{parameter("state", "In this state.", services.JobStates()...), parameter("kind", "Of this kind.", services.JobKinds()...)}, pageParameters()...)
	huma.Register(a.huma, list, a.listJobs)

	a.registerJobWrite(operation(http.MethodPost, "/{id}/retry", "retry-job", "Have a job worked again at once"), a.services.RetryJob)
	a.registerJobWrite(operation(http.MethodPost, "/{id}/cancel", "cancel-job", "Keep a job from being worked (again)"), a.services.CancelJob)
}

func (a *API) registerJobWrite(op huma.Operation, write func(context.Context, models.Actor, int64) (services.Job, error)) {
	a.writes[op.OperationID] = writing{answer: reflect.TypeFor[Job]()}
	huma.Register(a.huma, op, func(ctx context.Context, in *one) (*answer[Job], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		if err := services.Require(actorOf(ctx), services.ActionJobs); err != nil {
			return nil, a.failed(err)
		}
		id, err := strconv.ParseInt(in.ID, 10, 64)
		if err != nil {
			return nil, newProblem(http.StatusNotFound, fmt.Sprintf("There is no job %q.", shorten(in.ID)))
		}
		job, err := write(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[Job]{CacheControl: "no-store", Body: wireJob(job)}, nil
	})
}

func (a *API) listJobs(ctx context.Context, in *struct{ request }) (*answer[JobList], error) {
	if err := in.allow("state", "kind", "limit", "cursor"); err != nil {
		return nil, err
	}
	limit, err := in.number("limit", 50)
	if err != nil {
		return nil, err
	}
	page, err := a.services.Jobs(ctx, actorOf(ctx), services.JobQuery{State: in.values.Get("state"), Kind: in.values.Get("kind"),
		Limit: int(max(min(limit, 501), -1)), Cursor: in.values.Get("cursor")})
	if err != nil {
		return nil, a.failed(err)
	}
	out := &answer[JobList]{CacheControl: "no-store", Body: JobList{Data: make([]Job, len(page.Jobs)), Counts: page.Counts}}
	for i, job := range page.Jobs {
		out.Body.Data[i] = wireJob(job)
	}
	out.Link, out.Body.Next = in.next(page.Next)
	return out, nil
}
