package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"plumbline/models"
)

// receiver is an outside that takes webhooks; answers says how, by the message's id.
type receiver struct {
	mutex   sync.Mutex
	answers func(r OutsideRequest, id string, nth int) (OutsideResponse, error)
	got     map[string]int
	last    OutsideRequest
}

func newReceiver(answers func(r OutsideRequest, id string, nth int) (OutsideResponse, error)) *receiver {
	return &receiver{answers: answers, got: map[string]int{}}
}

func (r *receiver) Send(_ context.Context, request OutsideRequest) (OutsideResponse, error) {
	id := request.Header["Webhook-Id"]
	r.mutex.Lock()
	r.got[id]++
	r.last = request
	answers, nth := r.answers, r.got[id]
	r.mutex.Unlock()
	if answers == nil {
		return OutsideResponse{Status: 204}, nil
	}
	return answers(request, id, nth)
}

// Allows refuses the host private.example alone.
func (r *receiver) Allows(_ context.Context, address string) error {
	if strings.Contains(address, "//private.example") {
		return models.Errorf(models.ErrInvalid, "private.example is not on the public internet, so it is not asked.")
	}
	return nil
}

func (r *receiver) seen() (ids []string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for id := range r.got {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (r *receiver) times(id string) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.got[id]
}

func says(status int, header ...string) func(OutsideRequest, string, int) (OutsideResponse, error) {
	return func(OutsideRequest, string, int) (OutsideResponse, error) {
		answer := OutsideResponse{Status: status, Header: map[string]string{}}
		if len(header) == 2 {
			answer.Header[header[0]] = header[1]
		}
		return answer, nil
	}
}

// tell lets a courier tell all that is due at the world's present.
func (w *world) tell(t *testing.T) {
	t.Helper()
	c := w.newCourier()
	if err := c.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.ended.Wait()
}

func (w *world) webhook(t *testing.T, address string, change ...func(*WebhookPatch)) (WebhookView, string) {
	t.Helper()
	label, events := "A site", ""
	patch := WebhookPatch{URL: &address, Label: &label, Events: &events}
	for _, f := range change {
		f(&patch)
	}
	hook, secret, err := w.AddWebhook(t.Context(), w.admin(), patch)
	if err != nil {
		t.Fatal(err)
	}
	return hook, secret
}

func (w *world) deliveries(t *testing.T, hook uuid.UUID) []models.Delivery {
	t.Helper()
	page, err := w.Deliveries(t.Context(), w.admin(), DeliveryQuery{Webhook: hook, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return page.Deliveries
}

func source(title string) models.Operation {
	return create(&models.Source{Kind: "article", Title: title, URL: "https://news.example/" + strings.ReplaceAll(title, " ", "-")})
}

const hookAddress = "https://receiver.example/hook"

func TestWebhooks_tellWhatWasPublishedSignedAsStandardWebhooksSays(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		outside := newReceiver(nil)
		w.outside = outside
		w.must(t, source("before"))
		hook, secret := w.webhook(t, hookAddress)
		w.tell(t)
		if len(outside.seen()) != 0 {
			t.Errorf("told of what was published before: %v", outside.seen())
		}

		out := w.must(t, source("after"))
		w.tell(t)
		w.tell(t)
		id := fmt.Sprintf("revision_%d", out.Written[0].Revision)
		if outside.times(id) != 1 || len(outside.seen()) != 1 {
			t.Fatalf("told %v", outside.got)
		}
		if list := w.deliveries(t, hook.ID); len(list) != 1 || list[0].State != models.DeliveryDelivered || list[0].Response != 204 || list[0].Tries != 1 || list[0].Event != "source.create" || list[0].TriedAt == nil {
			t.Errorf("deliveries: %+v", list)
		}

		request := outside.last
		verify := func(secret string) error {
			oracle, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			for name, value := range request.Header {
				header.Set(name, value)
			}
			return oracle.VerifyIgnoringTimestamp(request.Body, header)
		}
		if err := verify(secret); err != nil {
			t.Errorf("the signature: %v", err)
		}
		if request.Header["Webhook-Timestamp"] != fmt.Sprint(w.now.Unix()) {
			t.Errorf("sent at %s", request.Header["Webhook-Timestamp"])
		}
		var told struct {
			Type      string
			Timestamp time.Time
			Data      struct {
				Record uuid.UUID
				Data   struct{ Title string }
			}
		}
		if err := json.Unmarshal(request.Body, &told); err != nil || told.Type != "source.create" || told.Data.Record != out.Written[0].ID || told.Data.Data.Title != "after" {
			t.Errorf("told %s: %v", request.Body, err)
		}

		// After a rotation both secrets sign, and after a day the new one alone.
		second, err := w.RotateSecret(t.Context(), w.admin(), hook.ID)
		if err != nil || second == secret {
			t.Fatal(second, err)
		}
		w.must(t, source("rotated"))
		w.tell(t)
		request = outside.last
		if first, other := verify(secret), verify(second); first != nil || other != nil {
			t.Errorf("after a rotation: %v, %v", first, other)
		}
		w.now = w.now.Add(25 * time.Hour)
		w.must(t, source("a day later"))
		w.tell(t)
		request = outside.last
		if first, other := verify(secret), verify(second); first == nil || other != nil {
			t.Errorf("a day after a rotation: %v, %v", first, other)
		}
	})
}

func TestWebhooks_tellWhatWasAskedForAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		outside := newReceiver(nil)
		w.outside = outside
		s := w.supply(t)
		w.webhook(t, hookAddress, func(p *WebhookPatch) { events := "relationship.*, *.retract"; p.Events = &events })
		w.must(t, source("not wanted"))
		retracted := w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeSource, ID: w.must(t, source("to be retracted")).Written[0].ID, Version: 1, Reason: "wrong"})
		w.tell(t)
		if want := []string{fmt.Sprintf("revision_%d", retracted.Written[0].Revision)}; !slices.Equal(outside.seen(), want) {
			t.Errorf("told %v, want %v", outside.seen(), want)
		}

		outside.got = map[string]int{}
		about := s.unit.String()
		hook, _ := w.webhook(t, hookAddress, func(p *WebhookPatch) { p.Entity = &about })
		other := w.must(t, source("of something else"))
		step := w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2025-09-25"), Citations: []models.Citation{{Source: s.source}}}))
		w.tell(t)
		if want := fmt.Sprintf("revision_%d", step.Written[0].Revision); !slices.Equal(outside.seen(), []string{want}) || len(w.deliveries(t, hook.ID)) != 1 {
			t.Errorf("told %v, want %s and not %d", outside.seen(), want, other.Written[0].Revision)
		}
	})
}

func TestWebhooks_areTriedAgainLaterEachTime(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		outside := newReceiver(says(500))
		w.outside = outside
		hook, _ := w.webhook(t, hookAddress)
		id := fmt.Sprintf("revision_%d", w.must(t, source("news")).Written[0].Revision)
		var waits []time.Duration
		for {
			w.tell(t)
			d := w.deliveries(t, hook.ID)[0]
			if d.State != models.DeliveryPending {
				break
			}
			if d.Response != 500 || d.Problem != "The receiver answered 500." || int(d.Tries) != outside.times(id) {
				t.Fatalf("%+v", d)
			}
			waits = append(waits, d.DueAt.Sub(w.now))
			w.now = d.DueAt
			if resumes, err := w.Webhook(t.Context(), w.admin(), hook.ID); err != nil {
				t.Fatal(err)
			} else if resumes.ResumeAt != nil && resumes.ResumeAt.After(w.now) {
				w.now = *resumes.ResumeAt
			}
		}
		total := time.Duration(0)
		for i, wait := range waits {
			if i > 0 && wait <= waits[i-1] {
				t.Errorf("the waits do not grow: %v", waits)
			}
			total += wait
		}
		if total < 72*time.Hour || len(waits) != len(deliveryDelays()) {
			t.Errorf("%d waits, %s in all", len(waits), total)
		}
		view, err := w.Webhook(t.Context(), w.admin(), hook.ID)
		if err != nil || view.State != models.WebhookDisabled || w.deliveries(t, hook.ID)[0].State != models.DeliveryFailed {
			t.Errorf("after all tries: %+v, %v", view, err)
		}

		// Somebody mends the receiver, and makes it active: what failed is told, nothing is missing.
		missed := w.must(t, source("meanwhile"))
		outside.answers = nil
		active := models.WebhookActive
		if _, err := w.ChangeWebhook(t.Context(), w.admin(), hook.ID, WebhookPatch{State: &active}); err != nil {
			t.Fatal(err)
		}
		w.tell(t)
		for _, d := range w.deliveries(t, hook.ID) {
			if d.State != models.DeliveryDelivered {
				t.Errorf("%+v", d)
			}
		}
		if outside.times(fmt.Sprintf("revision_%d", missed.Written[0].Revision)) != 1 {
			t.Errorf("what was published meanwhile: %v", outside.got)
		}
	})
}

func TestWebhooks_heedWhatReceiversSay(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for name, test := range map[string]struct {
			answers func(OutsideRequest, string, int) (OutsideResponse, error)
			state   models.WebhookState
			pause   time.Duration
		}{
			"gone": {says(410), models.WebhookDisabled, 0},
			"not allowed": {func(OutsideRequest, string, int) (OutsideResponse, error) {
				return OutsideResponse{}, models.Errorf(models.ErrInvalid, "Not public.")
			}, models.WebhookDisabled, 0},
			"too many":         {says(429, "Retry-After", "600"), models.WebhookActive, 10 * time.Minute},
			"until a date":     {says(503, "Retry-After", w.now.Add(2*time.Hour).Format(http.TimeFormat)), models.WebhookActive, 2 * time.Hour},
			"for ever":         {says(429, "Retry-After", "99999999"), models.WebhookActive, 24 * time.Hour},
			"an unread header": {says(429, "Retry-After", "soon"), models.WebhookActive, 0},
			"a redirect":       {says(302), models.WebhookActive, 0},
		} {
			w.outside = newReceiver(test.answers)
			hook, _ := w.webhook(t, hookAddress)
			w.must(t, source(name))
			w.tell(t)
			view, err := w.Webhook(t.Context(), w.admin(), hook.ID)
			if err != nil || view.State != test.state {
				t.Errorf("%s: %s, %v", name, view.State, err)
			}
			switch {
			case test.pause == 0 && view.ResumeAt != nil, test.pause > 0 && (view.ResumeAt == nil || !view.ResumeAt.Equal(w.now.Add(test.pause))):
				t.Errorf("%s: paused until %v, want %s", name, view.ResumeAt, test.pause)
			}
			if err := w.DeleteWebhook(t.Context(), w.admin(), hook.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestWebhooks_canBeTestedReplayedAndPaused(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		outside := newReceiver(nil)
		w.outside = outside
		old := w.must(t, source("old"))
		w.now = w.now.Add(time.Hour)
		hook, _ := w.webhook(t, hookAddress)
		if _, err := w.TestWebhook(t.Context(), w.admin(), hook.ID); err != nil {
			t.Fatal(err)
		}
		w.tell(t)
		if ids := outside.seen(); len(ids) != 1 || !strings.HasPrefix(ids[0], "test_") || !bytes.Contains(outside.last.Body, []byte(`"webhook.test"`)) {
			t.Errorf("test: %v %s", ids, outside.last.Body)
		}

		paused, active := models.WebhookPaused, models.WebhookActive
		if _, err := w.ChangeWebhook(t.Context(), w.admin(), hook.ID, WebhookPatch{State: &paused}); err != nil {
			t.Fatal(err)
		}
		news := w.must(t, source("news"))
		w.tell(t)
		id := fmt.Sprintf("revision_%d", news.Written[0].Revision)
		if outside.times(id) != 0 {
			t.Error("a paused webhook was told")
		}
		if _, err := w.ChangeWebhook(t.Context(), w.admin(), hook.ID, WebhookPatch{State: &active}); err != nil {
			t.Fatal(err)
		}
		w.tell(t)
		if outside.times(id) != 1 {
			t.Errorf("after the pause: %v", outside.got)
		}

		if err := w.ReplayDelivery(t.Context(), w.admin(), hook.ID, w.deliveries(t, hook.ID)[0].ID); err != nil {
			t.Fatal(err)
		}
		w.tell(t)
		if outside.times(id) != 2 {
			t.Errorf("one once more: %v", outside.got)
		}
		if err := w.ReplaySince(t.Context(), w.admin(), hook.ID, w.now.Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.tell(t)
		if first := fmt.Sprintf("revision_%d", old.Written[0].Revision); outside.times(id) != 3 || outside.times(first) != 1 || len(w.deliveries(t, hook.ID)) != 3 {
			t.Errorf("since an instant: %v", outside.got)
		}
		if err := w.ReplayDelivery(t.Context(), w.admin(), hook.ID, newID()); errorKind(err) != models.ErrNotFound {
			t.Errorf("a delivery that is not there: %v", err)
		}
	})
}

func TestWebhooks_refuseWhatTheyCannotDo(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		bad, label, none := "ftp://receiver.example", "", "nobody"
		events := "relationshp.create, claim.creat"
		_, _, err := w.AddWebhook(t.Context(), w.admin(), WebhookPatch{URL: &bad, Label: &label, Events: &events, Entity: &none})
		var pointers []string
		for _, p := range problemsOf(err) {
			pointers = append(pointers, p.Pointer)
		}
		if !slices.Equal(pointers, []string{"/url", "/label", "/events", "/events", "/entity"}) {
			t.Errorf("%v: %v", pointers, err)
		}
		w.receivers = newReceiver(nil)
		private, named := "https://private.example/hook", "A site"
		_, _, err = w.AddWebhook(t.Context(), w.admin(), WebhookPatch{URL: &private, Label: &named})
		if problems := problemsOf(err); len(problems) != 1 || problems[0].Pointer != "/url" || !strings.Contains(problems[0].Message, "not on the public internet") {
			t.Errorf("an address that is not public: %v", err)
		}
		hook, _ := w.webhook(t, hookAddress)
		if _, err := w.ChangeWebhook(t.Context(), w.admin(), hook.ID, WebhookPatch{URL: &private}); len(problemsOf(err)) != 1 {
			t.Errorf("changed to an address that is not public: %v", err)
		}
		if _, _, err := w.AddWebhook(t.Context(), w.editor, WebhookPatch{}); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor: %v", err)
		}
		if _, err := w.Webhooks(t.Context(), models.Actor{}); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("the public: %v", err)
		}
		if _, err := w.Webhook(t.Context(), w.admin(), newID()); errorKind(err) != models.ErrNotFound {
			t.Errorf("one that is not there: %v", err)
		}
	})
}

// A receiver that never answers holds up nobody else, and several instances tell each event once.
func TestWebhooks_aDeadReceiverDelaysNobody(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		outside := newReceiver(func(r OutsideRequest, _ string, _ int) (OutsideResponse, error) {
			if strings.Contains(r.URL, "dead") {
				<-release
				return OutsideResponse{}, models.Errorf(models.ErrUnreachable, "Nothing answers.")
			}
			return OutsideResponse{Status: 200}, nil
		})
		w.outside = outside
		for range 5 {
			w.webhook(t, "https://dead.example/hook")
		}
		hook, _ := w.webhook(t, hookAddress)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for range 2 {
			running.Go(func() { w.newCourier().run(ctx) })
		}
		t.Cleanup(func() { cancel(); running.Wait() })
		t.Cleanup(func() { close(release) })
		for i := range 5 {
			began := time.Now()
			w.must(t, source(fmt.Sprintf("news %d", i)))
			eventually(t, "the living receiver's event", func() bool {
				list := w.deliveries(t, hook.ID)
				return len(list) == i+1 && list[0].State == models.DeliveryDelivered
			})
			if took := time.Since(began); took > time.Second {
				t.Errorf("event %d took %s", i, took)
			}
		}
		for _, d := range w.deliveries(t, hook.ID) {
			if d.Tries != 1 {
				t.Errorf("told %d times: %+v", d.Tries, d)
			}
		}
	})
}
