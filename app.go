package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/api"
	"plumbline/database"
	"plumbline/frontend"
	"plumbline/models"
	"plumbline/outbound"
	"plumbline/seed"
	"plumbline/services"
	"plumbline/services/imports"
)

// app is the program: settings, and where it prints.
type app struct {
	settings Settings
	// cacheMB is SQLite's cache where a command needs its memory for something else; 0 otherwise.
	cacheMB int
	stdout  io.Writer
	stderr  io.Writer
}

// logger writes structured lines for machines to standard error.
func (a *app) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.settings.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

func (a *app) printf(format string, args ...any) {
	fmt.Fprintf(a.stdout, format, args...)
}

// open opens the database without looking at its schema.
func (a *app) open(ctx context.Context) (*database.Database, error) {
	return database.Open(ctx, database.Settings{URL: a.settings.Database, Replicas: a.settings.Replica, Logger: a.logger(), CacheMB: a.cacheMB})
}

// openKey gives the log's key to sign with.
type openKey func(context.Context, *database.Database, string) (services.LogKey, error)

// services opens a database that has this program's schema and was counted by its rules, with the
// log's key, for who publishes: an error where the key is not in its place.
func (a *app) services(ctx context.Context) (*services.Services, *database.Database, error) {
	return a.counted(ctx, services.OpenLogKey)
}

// withoutKey is services for who publishes nothing.
func (a *app) withoutKey(ctx context.Context) (*services.Services, *database.Database, error) {
	return a.counted(ctx, noKey)
}

func noKey(context.Context, *database.Database, string) (services.LogKey, error) {
	return services.LogKey{}, nil
}

func (a *app) counted(ctx context.Context, open openKey) (*services.Services, *database.Database, error) {
	s, db, err := a.servicesWith(ctx, open)
	if err != nil {
		return nil, nil, err
	}
	err = db.CheckDerivation(ctx)
	if err == nil {
		err = s.KnowSite(ctx)
	}
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return s, db, nil
}

// servicesAsCounted is withoutKey for what looks at a database as it is, by whatever rules it was
// counted.
func (a *app) servicesAsCounted(ctx context.Context) (*services.Services, *database.Database, error) {
	return a.servicesWith(ctx, noKey)
}

func (a *app) servicesWith(ctx context.Context, open openKey) (*services.Services, *database.Database, error) {
	db, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := db.CheckVersion(ctx); err != nil {
		db.Close()
		return nil, nil, err
	}
	key, err := open(ctx, db, a.logKey())
	if err != nil {
		db.Close()
		return nil, nil, a.withFormerKey(err)
	}
	mailer, err := a.mailer()
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	vault, err := a.vault()
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	provider, err := a.provider()
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	receivers, err := a.receivers()
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return services.New(db, services.Settings{LogKey: key, Provider: provider, Logger: a.logger(), Outside: a.outside(), Receivers: receivers, Vault: vault, Mailer: mailer, Site: a.settings.URL, Importer: imports.Work}), db, nil
}

// site is where people reach the site; nil where it is not set.
func (a *app) site() (*url.URL, error) {
	if a.settings.URL == "" {
		return nil, nil
	}
	site, err := url.Parse(a.settings.URL)
	if err != nil || site.Host == "" || site.Scheme != "https" && site.Scheme != "http" || strings.Trim(site.Path, "/") != "" || site.RawQuery != "" || site.User != nil {
		return nil, models.Errorf(models.ErrInvalid, "--url is no address of a site. Write its scheme and host alone, such as https://plumbline.example.")
	}
	return site, nil
}

// mailer sends mails; none where no mail server is set.
func (a *app) mailer() (services.Mailer, error) {
	site, err := a.site()
	switch {
	case err != nil:
		return nil, err
	case a.settings.SMTP == "":
		return nil, nil
	case site == nil:
		return nil, models.Errorf(models.ErrInvalid, "Mails need --url, the address of the site, for the links in them.")
	}
	return outbound.NewMailer(outbound.MailSettings{Server: a.settings.SMTP, From: a.settings.MailFrom})
}

// provider is the OpenID provider; none where no issuer is set.
func (a *app) provider() (services.Provider, error) {
	site, err := a.site()
	switch {
	case err != nil:
		return nil, err
	case a.settings.OpenIDIssuer == "":
		return nil, nil
	case site == nil:
		return nil, models.Errorf(models.ErrInvalid, "An OpenID provider needs --url, the address of the site to which it leads back.")
	}
	return outbound.NewOpenID(outbound.OpenIDSettings{Issuer: a.settings.OpenIDIssuer, Client: a.settings.OpenIDClient, Secret: a.settings.OpenIDSecret,
		UserAgent: a.userAgent()})
}

// vault is where files of evidence are kept.
func (a *app) vault() (services.Vault, error) {
	if a.inBucket() {
		return outbound.NewBucket(a.settings.Evidence, a.settings.EvidenceKey, a.settings.EvidenceSecret)
	}
	if err := a.checkEvidence(); err != nil {
		return nil, err
	}
	return outbound.NewFolder(a.evidence()), nil
}

// inBucket reports whether evidence is kept in a store that speaks S3.
func (a *app) inBucket() bool { return strings.HasPrefix(a.settings.Evidence, "s3://") }

// outside is the client for other people's servers; none where fetching is switched off.
func (a *app) outside() services.Outside {
	if a.settings.Fetch == "off" {
		return nil
	}
	return outbound.New(outbound.Settings{UserAgent: a.userAgent()})
}

// receivers is the client for webhooks, which also reaches what the operator named on the network
// here; nil for the same one as for everything else.
func (a *app) receivers() (services.Outside, error) {
	if a.settings.Fetch == "off" || len(a.settings.Receiver) == 0 {
		return nil, nil
	}
	let := make([]netip.AddrPort, len(a.settings.Receiver))
	for i, text := range a.settings.Receiver {
		address, err := netip.ParseAddrPort(text)
		if err != nil {
			return nil, models.Errorf(models.ErrInvalid, "--receiver %q is no address with a port. Write it as 10.0.0.5:8080 or [fd00::5]:8080.", text)
		}
		let[i] = address
	}
	return outbound.New(outbound.Settings{UserAgent: a.userAgent(), Let: let}), nil
}

// userAgent is how the program introduces itself to other servers.
func (a *app) userAgent() string { return "Plumbline/" + strings.ReplaceAll(version(), " ", "-") }

// Run migrates the database.
func (migrateCommand) Run(ctx context.Context, a *app) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	from, to, err := a.migrate(ctx, db)
	if err != nil {
		return err
	}
	if from == to {
		a.printf("The database has schema %d already.\n", to)
	} else {
		a.printf("Migrated the database from schema %d to %d.\n", from, to)
	}
	return a.recount(ctx, db)
}

// Run loads the case.
func (seedCommand) Run(ctx context.Context, a *app) error {
	s, db, err := a.services(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return a.load(ctx, s)
}

func (a *app) load(ctx context.Context, s *services.Services) error {
	account, err := s.Account(ctx, services.Operator(), seed.AccountName)
	if isNotFound(err) {
		account, err = s.CreateAccount(ctx, services.Operator(), seed.AccountName, models.RoleEditor)
	}
	if err != nil {
		return err
	}
	if err := s.ShowName(ctx, services.Operator(), account.ID, true); err != nil { // a program has nothing to hide
		return err
	}
	result, err := seed.Load(ctx, s, models.Actor{Account: account.ID, Name: account.Name, Role: account.Role})
	if err != nil {
		return err
	}
	a.printf("Loaded the case: %d records created, %d corrected, %d unchanged, %d left as somebody else wrote them.\n",
		result.Created, result.Edited, result.Unchanged, result.Kept)
	return nil
}

func isNotFound(err error) bool {
	var forPeople *models.Error
	return errors.As(err, &forPeople) && forPeople.Kind == models.ErrNotFound
}

// Run checks the database against its log.
func (c verifyCommand) Run(ctx context.Context, a *app) error {
	older, err := readOptional(c.Checkpoint)
	if err != nil {
		return err
	}
	trusted, err := readOptional(c.PublicKey)
	if err != nil {
		return err
	}
	if c.PublicKey != "" && strings.TrimSpace(trusted) == "" {
		return models.Errorf(models.ErrInvalid, "%s holds no public key. plumbline key show prints the one of a log.", c.PublicKey)
	}
	s, db, err := a.servicesAsCounted(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	report, err := s.VerifyWith(ctx, older, strings.Fields(trusted))
	if err != nil {
		return err
	}
	a.printReportOf(report)
	if len(report.Problems) > 0 {
		return errFound
	}
	return nil
}

// printReportOf prints what a verification found.
func (a *app) printReportOf(report services.Report) {
	for _, problem := range report.Problems {
		a.printf("WRONG: %s\n", problem)
	}
	if report.More {
		a.printf("… and more.\n")
	}
	for _, notice := range report.Notices {
		a.printf("NOTE: %s\n", notice)
	}
	for _, key := range report.Keys {
		a.printf("Signed from entry %d on by %s.\n", key.FromSize+1, key.ID())
	}
	if report.Listed > 0 {
		a.printf("Checked %d of %d files of evidence.\n", report.Files, report.Listed)
	}
	a.printf("Checked %d revisions of %d records. Log size %d, root %s.\n", report.Revisions, report.Records, report.Size, report.Root)
	if len(report.Problems) == 0 {
		a.printf("Everything is as the log says.\n")
	}
}

func readOptional(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", models.Errorf(models.ErrInvalid, "%s cannot be read.", path)
	}
	return string(text), nil
}

// Run prints the OpenAPI document; it needs no database.
func (openapiCommand) Run(_ context.Context, a *app) error {
	document, err := api.Register(gin.New(), services.New(nil, services.Settings{}), api.Settings{Version: version()}).Document()
	if err != nil {
		return err
	}
	a.printf("%s\n", document)
	return nil
}

// Run prints the version.
func (versionCommand) Run(a *app) error {
	a.printf("plumbline %s\n", version())
	return nil
}

// Run asks a running server whether it is ready.
func (c healthcheckCommand) Run(ctx context.Context) error {
	_, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "--addr is HOST:PORT, such as 127.0.0.1:8080.")
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return models.Errorf(models.ErrNotFound, "Nothing answers on port %s.", port)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return models.Errorf(models.ErrNotFound, "The server is not ready: %s.", response.Status)
	}
	return nil
}

// Run serves an up-to-date database.
func (c serveCommand) Run(ctx context.Context, a *app) error {
	s, db, err := a.counted(ctx, a.enterLogKey)
	if err != nil {
		return err
	}
	defer db.Close()
	return a.serve(ctx, c.Addr, s, db, func(address string) {
		a.printf("Plumbline serves on http://%s\n", address)
	})
}

// Run migrates, seeds and serves, with a token to try the API with.
func (c demoCommand) Run(ctx context.Context, a *app) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	_, _, err = a.migrate(ctx, db)
	if err == nil {
		err = a.recount(ctx, db)
	}
	db.Close()
	if err != nil {
		return err
	}
	s, db, err := a.services(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := a.load(ctx, s); err != nil {
		return err
	}
	token, secret, err := a.demoAccount(ctx, s)
	if err != nil {
		return err
	}
	return a.serve(ctx, c.Addr, s, db, func(address string) {
		address = named(address)
		a.printf("\nOpen    http://%s\nSign in http://%s/invitations/%s\n        (works once, within an hour)\nAPI     http://%s%s/docs\nToken   %s\n        (for writing, valid for one day; send it as \"Authorization: Bearer …\")\n\nStop with Ctrl-C. The records are kept in %s.\n",
			address, address, secret, address, api.Prefix, token, strings.TrimPrefix(a.settings.Database, "sqlite:"))
	})
}

// named is the address to open on this machine: passkeys know names alone, and its own is localhost.
func named(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// demoAccount makes an account to try everything with: a token that lasts for a day, and the
// secret of a link that signs in once.
func (a *app) demoAccount(ctx context.Context, s *services.Services) (token, secret string, err error) {
	const name = "Demo admin"
	account, err := s.Account(ctx, services.Operator(), name)
	if isNotFound(err) {
		account, err = s.CreateAccount(ctx, services.Operator(), name, models.RoleAdmin)
	}
	if err != nil {
		return "", "", err
	}
	if token, err = s.CreateToken(ctx, services.Operator(), account, 24*time.Hour); err != nil {
		return "", "", err
	}
	secret, err = s.InviteSignIn(ctx, services.Operator(), account)
	return token, secret, err
}

// How long the server waits for clients, and for requests under way when it stops.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 15 * time.Second
)

// collectSeldom lets memory grow to three times what is held between collections, unless the
// environment says otherwise: a server or an export holds some 10 MB, so that more frequent ones
// would cost time and save little.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// serve answers requests until the context ends, and then lets those under way finish.
func (a *app) serve(ctx context.Context, address string, s *services.Services, db *database.Database, ready func(address string)) error {
	collectSeldom()
	site, err := a.site()
	if err != nil {
		return err
	}
	handler, err := newHandler(s, db, handlerSettings{Logger: a.logger(), Site: site, Proxies: a.settings.TrustedProxy})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return describeListen(address, err)
	}
	server := &http.Server{Handler: handler, BaseContext: func(net.Listener) context.Context { return api.WithEnding(context.Background(), ctx.Done()) }, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(a.logger().Handler(), slog.LevelWarn)}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		stopped <- server.Shutdown(ending)
	}()

	stopJobs, err := s.StartJobs(ctx)
	if err != nil {
		listener.Close()
		return err
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := stopJobs(ending); err != nil {
			a.logger().Warn("jobs were ended while they ran; they are tried again", "error", err)
		}
	}()

	ready(listener.Addr().String())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return <-stopped
}

func describeListen(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return models.Errorf(models.ErrConflict, "Something else serves on %s already. Stop it, or choose another address with --addr.", address)
	case errors.Is(err, syscall.EACCES):
		return models.Errorf(models.ErrForbidden, "You may not serve on %s. Choose a port above 1023 with --addr.", address)
	}
	return models.Errorf(models.ErrInvalid, "%q is no address to serve on. Write HOST:PORT, such as 127.0.0.1:8080.", address)
}

// handlerSettings are what the router needs beside the services.
type handlerSettings struct {
	Logger *slog.Logger
	// Site is where people reach the site; nil where that is not set.
	Site *url.URL
	// Proxies are believed when they say where a request comes from; nobody else is.
	Proxies []string
}

// newHandler wires the API and the dashboard into one router.
func newHandler(s *services.Services, db *database.Database, settings handlerSettings) (http.Handler, error) {
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = true
	// Addresses of clients are not logged.
	router.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := router.SetTrustedProxies(settings.Proxies); err != nil {
		return nil, models.Errorf(models.ErrInvalid, "--trusted-proxy names no address: %v. Write addresses such as 10.0.0.2, or ranges such as 10.0.0.0/24.", err)
	}
	logger, site := settings.Logger, settings.Site
	metrics := newMetrics(s)
	router.Use(metrics.observe, accessLog(logger), recovered(logger))
	probes(router, s, db, metrics)

	a := api.Register(router, s, api.Settings{Version: version(), Logger: logger})
	pages := frontend.Register(router, s, frontend.Settings{Logger: logger, Export: a.Export, EntityFeed: a.EntityFeed, URL: site})
	router.NoRoute(dispatch(api.NotFound, pages.NotFound))
	router.NoMethod(dispatch(api.NotAllowed, pages.NotAllowed))
	return router, nil
}

// dispatch lets the API answer below /api, and the dashboard elsewhere.
func dispatch(forPrograms, forPeople gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		if strings.HasPrefix(c.Request.URL.Path, "/api/") {
			forPrograms(c)
			return
		}
		forPeople(c)
	}
}
