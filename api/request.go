package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/models"
)

// request is what every operation knows of its request; embed it in inputs.
type request struct {
	method string
	url    url.URL
	values url.Values
	header func(string) string
}

// Resolve fills it, for huma.
func (r *request) Resolve(ctx huma.Context) []error {
	r.method, r.url, r.header = ctx.Method(), ctx.URL(), ctx.Header
	values, err := url.ParseQuery(r.url.RawQuery)
	if err != nil {
		return []error{newProblem(http.StatusBadRequest, "The query after the ? cannot be read: percent-encode special letters.")}
	}
	r.values = values
	for name, list := range values {
		for _, value := range append(list, name) {
			if _, problem := models.CleanText(value); problem != "" || strings.ContainsRune(value, 0) {
				return []error{newProblem(http.StatusBadRequest, "The query after the ? is no valid UTF-8 text.")}
			}
		}
	}
	return nil
}

// allow refuses query parameters beside those listed, and names the nearest.
func (r *request) allow(names ...string) error {
	for name := range r.values {
		if !slices.Contains(names, name) {
			message := fmt.Sprintf("There is no parameter %q.%s", shorten(name), models.DidYouMean(name, names))
			if len(names) > 0 {
				message += " Possible are " + strings.Join(names, ", ") + "."
			}
			return newProblem(http.StatusBadRequest, message, ProblemField{Parameter: name, Detail: message})
		}
	}
	return nil
}

func shorten(text string) string {
	if letters := []rune(text); len(letters) > 80 {
		return string(letters[:80]) + "…"
	}
	return text
}

// number reads a whole number from the query; fallback when it is not there.
func (r *request) number(name string, fallback int64) (int64, error) {
	text := r.values.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		message := fmt.Sprintf("%q is no whole number.", shorten(text))
		return 0, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: name, Detail: message})
	}
	return n, nil
}

// list reads a comma list from the query.
func (r *request) list(name string) []string {
	var list []string
	for _, value := range r.values[name] {
		for _, part := range strings.Split(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	return list
}

// includes reads include= and refuses what cannot be included.
func (r *request) includes(possible ...string) ([]string, error) {
	list := r.list("include")
	for _, name := range list {
		if !slices.Contains(possible, name) {
			message := fmt.Sprintf("%q cannot be included.%s Possible are %s.", shorten(name), models.DidYouMean(name, possible), strings.Join(possible, ", "))
			return nil, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "include", Detail: message})
		}
	}
	return list, nil
}

// answer is an output of an operation.
type answer[T any] struct {
	Status       int
	ETag         string `header:"ETag"`
	Link         string `header:"Link"`
	Location     string `header:"Location"`
	CacheControl string `header:"Cache-Control"`
	Body         T
}

// viewDigest names what is looked at: the path, the query, and the day where it is today's.
func (r *request) viewDigest(day models.Day) string {
	sum := sha256.Sum256([]byte(r.url.Path + "?" + r.values.Encode() + "#" + day.String()))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// listTag is the ETag of a list: the log's size and the view.
func (r *request) listTag(size int64, day models.Day) string {
	return fmt.Sprintf(`"s%d-%s"`, size, r.viewDigest(day))
}

// recordTag is the ETag of a record: its version, the log's size and the view.
func (r *request) recordTag(version, size int64, day models.Day) string {
	return fmt.Sprintf(`"v%d-s%d-%s"`, version, size, r.viewDigest(day))
}

// fresh reports whether the client has this very view already (RFC 9110, section 13.1.2).
func (r *request) fresh(tag string) bool {
	for _, known := range strings.Split(r.header("If-None-Match"), ",") {
		if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == tag || known == "*" {
			return true
		}
	}
	return false
}

func notModified(ctx context.Context, tag string) error {
	headers := http.Header{"ETag": {tag}}
	if caching(ctx) == cacheable {
		headers.Set("Cache-Control", cacheable) // an account's has its own already; this would be a second
	}
	return huma.ErrorWithHeaders(huma.Status304NotModified(), headers)
}

// cacheable lets caches keep public answers, and ask each time whether they are still right.
const cacheable = "public, max-age=0, must-revalidate"

// caching is the Cache-Control of a read: what an account reads is not kept by caches.
func caching(ctx context.Context) string {
	if actorOf(ctx).Account == [16]byte{} {
		return cacheable
	}
	return "no-store"
}

var versionTag = regexp.MustCompile(`^(?:W/)?"v(\d{1,18})(?:-[^"]*)?"$`)

// seen gives the version that If-Match names: of the ETag, the version part alone counts, so
// that an unrelated publication makes no edit stale. 428 when there is none.
func (r *request) seen() (int64, error) {
	header := strings.TrimSpace(r.header("If-Match"))
	if header == "" {
		message := "Say which version you saw: send its ETag in the header If-Match."
		return 0, newProblem(http.StatusPreconditionRequired, message, ProblemField{Parameter: "If-Match", Detail: message})
	}
	match := versionTag.FindStringSubmatch(header)
	if match == nil {
		message := "If-Match must be the ETag of one record, such as \"v3-s120-…\" or \"v3\"."
		return 0, newProblem(http.StatusPreconditionFailed, message, ProblemField{Parameter: "If-Match", Detail: message})
	}
	version, err := strconv.ParseInt(match[1], 10, 64)
	if err != nil || version < 1 {
		return 0, newProblem(http.StatusPreconditionFailed, "If-Match names no version.")
	}
	return version, nil
}

// jsonBody checks that a body says that it is JSON.
func (r *request) jsonBody(types ...string) error {
	kind, _, err := mime.ParseMediaType(r.header("Content-Type"))
	if err == nil && slices.Contains(append(types, "application/json"), kind) {
		return nil
	}
	return newProblem(http.StatusUnsupportedMediaType, "Send JSON, with the header Content-Type: "+strings.Join(append(types, "application/json"), " or ")+".")
}

// idempotencyKey reads the header; "" when there is none.
func (r *request) idempotencyKey() (string, error) {
	key := r.header("Idempotency-Key")
	if len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) {
		message := "An Idempotency-Key has at most 255 printable ASCII letters."
		return "", newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "Idempotency-Key", Detail: message})
	}
	return key, nil
}

// digest names a write: method, path and body.
func (r *request) digest(body []byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.method, r.url.Path)
	h.Write(body)
	return h.Sum(nil)
}

// failed translates an error of the services.
func (a *API) failed(err error) error {
	return a.failedAt(err, plainPointer)
}

func (a *API) failedAt(err error, pointer func(int, string) string) error {
	problem := problemOf(a.logger, err, pointer)
	if p, ok := problem.(*Problem); ok && p.Status == http.StatusUnauthorized {
		return huma.ErrorWithHeaders(p, http.Header{"WWW-Authenticate": {"Bearer"}})
	}
	var limited *models.Error
	if errors.As(err, &limited) && limited.RetryAfter > 0 {
		return huma.ErrorWithHeaders(problem, http.Header{"Retry-After": {strconv.Itoa(int(limited.RetryAfter.Seconds()))}})
	}
	return problem
}
