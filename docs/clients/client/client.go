// Package client reads and writes a Plumbline over its REST API, with the standard library alone.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client speaks to one Plumbline.
type Client struct {
	// Base is the address of the API: https://tracker.example/api/v1.
	Base string
	// Token is sent where there is one; reading needs none.
	Token string
	HTTP  *http.Client
}

// Problem is what the API answers when it does not do what was asked (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
	} `json:"errors"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%d: %s", p.Status, p.Detail) }

// Ref names another record.
type Ref struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Kind string `json:"kind"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

// Status is where a record stands on the day asked for; all of it is "" for a record that has none.
type Status struct {
	Status string `json:"status"`
	Extent string `json:"status_extent"`
	Scope  string `json:"status_scope"`
	// Since is when it began to stand so, as a date of EDTF (2025-09-25, 2025-08, [..2025-09-25]); ""
	// where nobody says.
	Since string `json:"status_since"`
}

// Entity is a company, unit, service or anything else with an identity.
type Entity struct {
	ID           string   `json:"id"`
	Slug         string   `json:"slug"`
	Kind         string   `json:"kind"`
	Name         string   `json:"name"`
	Summary      string   `json:"summary"`
	Places       []string `json:"places"`
	Verification string   `json:"verification"`
	Version      int64    `json:"version"`
}

// Relationship is a typed link between two entities.
type Relationship struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Subject Ref    `json:"subject"`
	Object  Ref    `json:"object"`
	Status
	Verification string `json:"verification"`
	Disputed     bool   `json:"disputed"`
	Version      int64  `json:"version"`
}

// Revision is one version of one record, in the order of the log.
type Revision struct {
	Position int64           `json:"position"`
	Record   string          `json:"record"`
	Type     string          `json:"type"`
	Op       string          `json:"op"`
	At       time.Time       `json:"at"`
	Data     json.RawMessage `json:"data"`
}

// Entities goes through all entities of a filter, page by page.
func (c *Client) Entities(ctx context.Context, filter url.Values) iter.Seq2[Entity, error] {
	return every[Entity](ctx, c, "entities", filter)
}

// Relationships goes through all relationships of a filter, page by page.
func (c *Client) Relationships(ctx context.Context, filter url.Values) iter.Seq2[Relationship, error] {
	return every[Relationship](ctx, c, "relationships", filter)
}

// Revisions goes through what was published from a position on: resume with the last one plus 1.
func (c *Client) Revisions(ctx context.Context, since int64) iter.Seq2[Revision, error] {
	return func(yield func(Revision, error) bool) {
		for {
			var page struct{ Data []Revision }
			err := c.Do(ctx, http.MethodGet, "revisions", url.Values{"since": {fmt.Sprint(since)}, "limit": {"500"}}, nil, &page)
			if err != nil {
				yield(Revision{}, err)
				return
			}
			for _, one := range page.Data {
				if since = one.Position + 1; !yield(one, nil) {
					return
				}
			}
			if len(page.Data) == 0 {
				return
			}
		}
	}
}

func every[T any](ctx context.Context, c *Client, path string, filter url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := url.Values{"limit": {"500"}}
		for name, values := range filter {
			query[name] = values
		}
		for {
			var page struct {
				Data []T     `json:"data"`
				Next *string `json:"next"`
			}
			if err := c.Do(ctx, http.MethodGet, path, query, nil, &page); err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range page.Data {
				if !yield(one, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			query.Set("cursor", *page.Next)
		}
	}
}

// Do sends a request and reads the answer into out; body and out may be nil. What the API refuses
// is a *Problem.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, out any) error {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Base, "/")+"/"+path+"?"+query.Encode(), in)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	sender := c.HTTP
	if sender == nil {
		sender = http.DefaultClient
	}
	response, err := sender.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		problem := &Problem{Status: response.StatusCode, Detail: response.Status}
		_ = json.NewDecoder(response.Body).Decode(problem) // the status says enough
		return problem
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(out)
}
