package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"plumbline/services"
)

// Bounds of streams of events.
const (
	mostListeners  = 256
	heartbeatEvery = 20 * time.Second
	longestStream  = time.Hour
	slowestReader  = 10 * time.Second
	// listenAgain is when who found no place may try again, in seconds.
	listenAgain = "30"
)

// endingKey is where a request's context says when the server ends.
type endingKey struct{}

// WithEnding gives a server's context in which streams of events end when the server does.
func WithEnding(ctx context.Context, ending <-chan struct{}) context.Context {
	return context.WithValue(ctx, endingKey{}, ending)
}

func (a *API) registerEvents() {
	content := func(media string) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: "A stream.", Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: "string"}}}}}
	}
	op := huma.Operation{Method: http.MethodGet, Path: "/events", OperationID: "listen-to-events", Summary: "What is published, as it is published: server-sent events", Tags: []string{"log"},
		Description: "Each event is named revision; its data are those of an entry of /revisions, its id is the position to go on from. After a break send it as Last-Event-ID, as browsers do by themselves: nothing is missed or repeated. A stream ends after an hour at the latest.",
		Parameters:  []*huma.Param{numberParameter("since", "First log position that is told; what is published from now on when left out."), headerParameter("Last-Event-ID", "The id of the last event that was received.", false)},
		Responses:   content("text/event-stream")}
	huma.Register(a.huma, op, func(ctx context.Context, in *struct{ request }) (*huma.StreamResponse, error) {
		since, err := a.listenFrom(ctx, in.request)
		if err != nil {
			return nil, err
		}
		select {
		case a.listeners <- struct{}{}:
		default:
			return nil, huma.ErrorWithHeaders(newProblem(http.StatusServiceUnavailable, "As many listen as can. Try again in a while, or ask /revisions from time to time."), http.Header{"Retry-After": {listenAgain}})
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			defer func() { <-a.listeners }()
			a.stream(humagin.Unwrap(ctx), since)
		}}, nil
	})

	lines := huma.Operation{Method: http.MethodGet, Path: "/revisions.ndjson", OperationID: "stream-revisions", Summary: "Everything that was published since a position, a revision on each line", Tags: []string{"log"},
		Description: "Resume with the position of the last whole line plus 1: nothing is missed or repeated.",
		Parameters:  []*huma.Param{numberParameter("since", "First log position that is given; 0 when left out.")}, Responses: content("application/x-ndjson")}
	huma.Register(a.huma, lines, func(ctx context.Context, in *struct{ request }) (*huma.StreamResponse, error) {
		if err := in.allow("since"); err != nil {
			return nil, err
		}
		since, err := in.number("since", 0)
		if err != nil {
			return nil, err
		}
		if _, err := a.services.Revisions(ctx, actorOf(ctx), services.RevisionQuery{Since: since, Limit: 1}); err != nil {
			return nil, a.failed(err)
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) { a.revisionLines(humagin.Unwrap(ctx), since) }}, nil
	})
}

// listenFrom is the first position that a listener is to be told of.
func (a *API) listenFrom(ctx context.Context, in request) (int64, error) {
	if err := in.allow("since"); err != nil {
		return 0, err
	}
	size, err := a.services.Size(ctx)
	if err != nil {
		return 0, a.failed(err)
	}
	since, err := in.number("since", size)
	if err != nil {
		return 0, err
	}
	if last := in.header("Last-Event-ID"); last != "" {
		if since, err = strconv.ParseInt(last, 10, 64); err != nil {
			message := "The Last-Event-ID is none of ours; leave it out, or send the id of an event."
			return 0, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "Last-Event-ID", Detail: message})
		}
	}
	if since < 0 || since > size {
		message := fmt.Sprintf("The log has the positions from 0 to %d; begin with one of them.", size)
		return 0, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "since", Detail: message})
	}
	return since, nil
}

// stream tells a listener what is published, until one of the two ends.
func (a *API) stream(c *gin.Context, next int64) {
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // asks web servers in front to pass events on at once
	if c.Request.Method == http.MethodHead {
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), a.longestStream)
	defer cancel()
	if ending, ok := ctx.Value(endingKey{}).(<-chan struct{}); ok {
		go func() {
			select {
			case <-ending:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	// An id without data is where a listener goes on that was told nothing yet.
	if err := send(c, fmt.Sprintf("retry: 3000\nid: %d\n\n", next)); err != nil {
		return
	}
	for ctx.Err() == nil {
		waiting, done := context.WithTimeout(ctx, heartbeatEvery)
		_, err := a.services.AwaitGrowth(waiting, next)
		overdue := waiting.Err() != nil
		done()
		switch {
		case err == nil:
			next, err = a.tell(c, next)
		case ctx.Err() == nil && overdue:
			err = send(c, ": still here\n\n")
		}
		if err != nil {
			if ctx.Err() == nil {
				a.logger.Debug("a stream of events broke off", "error", err)
			}
			return
		}
	}
}

// tell sends the next revisions, and gives where to go on.
func (a *API) tell(c *gin.Context, next int64) (int64, error) {
	list, err := a.services.Revisions(c.Request.Context(), actorOf(c.Request.Context()), services.RevisionQuery{Since: next})
	if err != nil {
		return next, err
	}
	for _, r := range list {
		text, err := json.Marshal(revisionOf(r))
		if err != nil {
			return next, err
		}
		if err := send(c, fmt.Sprintf("event: revision\nid: %d\ndata: %s\n\n", r.Position+1, text)); err != nil {
			return next, err
		}
		next = r.Position + 1
	}
	return next, nil
}

// send writes text to a listener at once. One that does not read is given up.
func send(c *gin.Context, text string) error {
	controller := http.NewResponseController(c.Writer)
	if err := controller.SetWriteDeadline(time.Now().Add(slowestReader)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := c.Writer.WriteString(text); err != nil {
		return err
	}
	return controller.Flush()
}

// revisionLines writes the revisions from a position to the log's present end, one on each line.
func (a *API) revisionLines(c *gin.Context, next int64) {
	ctx := c.Request.Context()
	c.Header("Content-Type", "application/x-ndjson")
	c.Header("Cache-Control", caching(ctx))
	if c.Request.Method == http.MethodHead {
		return
	}
	out := json.NewEncoder(c.Writer)
	for {
		list, err := a.services.Revisions(ctx, actorOf(ctx), services.RevisionQuery{Since: next, Limit: 500})
		for _, r := range list {
			if err == nil {
				err = out.Encode(revisionOf(r))
			}
			next = r.Position + 1
		}
		if err != nil {
			a.logger.Warn("a stream of revisions broke off", "error", err)
			panic(http.ErrAbortHandler) // what broke off must not look whole
		}
		if len(list) < 500 {
			return
		}
	}
}
