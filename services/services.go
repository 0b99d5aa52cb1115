package services

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"

	"plumbline/database"
	"plumbline/models"
)

// Services is everything that may happen to the records of one database.
type Services struct {
	db        *database.Database
	clock     func() time.Time
	key       LogKey
	logger    *slog.Logger
	outside   Outside
	receivers Outside
	mailer    Mailer
	provider  Provider
	site      string
	vault     Vault
	senderKey []byte
	// secret hides what is counted by address, and marks what browsers keep.
	secret []byte
	jobs   jobs
	growth growth
	edges  edges
	// delays are the times between the tries of a delivery to a webhook.
	delays    []time.Duration
	importer  func(ctx context.Context, s *Services, id uuid.UUID) error
	names     nameIndex
	namesLock sync.Mutex
	bylines   atomic.Int64
	stats     statsCache
	// facets keeps counts until the next publication.
	facets *otter.Cache[string, Facet]
	// counting bounds how many counts run that nobody may wait for.
	counting  chan struct{}
	passwords passwords
}

// Settings are what Services needs beside its database.
type Settings struct {
	// Clock gives the present; time.Now when nil.
	Clock func() time.Time
	// Outside reaches other people's servers; nothing is fetched or sent when nil.
	Outside Outside
	// Receivers reaches the receivers of webhooks; Outside does when nil.
	Receivers Outside
	// Mailer sends letters; none are sent when nil.
	Mailer Mailer
	// Provider tells who somebody is; nobody signs in by one when nil.
	Provider Provider
	// Site is where people reach the site, such as https://plumbline.example: letters lead there.
	Site string
	// Vault keeps the files of evidence; none are kept when nil.
	Vault Vault
	// Importer works an import that waits: imports.Work. Without it, no files are imported by jobs.
	Importer func(ctx context.Context, s *Services, id uuid.UUID) error
	// DeliveryDelays are the times between the tries of a delivery to a webhook; over three days
	// in all when nil.
	DeliveryDelays []time.Duration
	// LogKey signs the log's checkpoints; see OpenLogKey. Without it nothing can be published.
	LogKey LogKey
	Logger *slog.Logger
}

// New makes the services of a migrated database.
func New(db *database.Database, settings Settings) *Services {
	s := &Services{db: db, clock: settings.Clock, key: settings.LogKey,
		outside: settings.Outside, receivers: settings.Receivers, vault: settings.Vault, mailer: settings.Mailer, provider: settings.Provider, site: strings.TrimSuffix(settings.Site, "/"), senderKey: senderKey(), importer: settings.Importer, logger: settings.Logger, passwords: newPasswords(), counting: make(chan struct{}, mostCounting())}
	s.facets = otter.Must(&otter.Options[string, Facet]{MaximumWeight: mostFacets, Weigher: weighFacets})
	if s.secret = settings.LogKey.secret; s.secret == nil {
		s.secret = senderKey()
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.delays = settings.DeliveryDelays; s.delays == nil {
		s.delays = deliveryDelays()
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	return s
}

// mostFacets bounds the memory of kept counts, in bytes.
const mostFacets = 4 << 20

// now is the present in UTC, to the microsecond that both engines keep.
func (s *Services) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Now is the present, for what lasts a while.
func (s *Services) Now() time.Time { return s.now() }

// today is the present day in UTC.
func (s *Services) today() models.Day { return models.DayOf(s.now()) }

// Today is the day that reads ask about when they name none.
func (s *Services) Today() models.Day { return s.today() }
