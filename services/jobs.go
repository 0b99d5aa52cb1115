package services

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// Work that need not be done while somebody waits, or that other people's servers are part of, is
// a job: a row that is written in the transaction that asks for it, so that either both happen or
// neither, and that some instance works later. River keeps and runs them, on both engines.
//
// To add a kind of job: a struct of its arguments with a Kind of at least two letters (it is kept
// as JSON, so it holds ids, not records), a line in workers and in jobTitles, and a call of enqueue. A worker may
// run more than once for one job, so what it does twice must be as if done once. An error means
// that it is tried again, later each time; one of the kind ErrInvalid or ErrNotFound that no
// further try helps.

// jobs holds the client that writes jobs; it is made when first needed.
type jobs struct {
	once   sync.Once
	client *river.Client[*sql.Tx]
	err    error
}

// workers lists the kinds of job, and who works them.
func (s *Services) workers() *river.Workers {
	list := river.NewWorkers()
	addJob(list, s.workDueLinks)
	addJob(list, s.workLink)
	addJob(list, s.workImport)
	addJob(list, s.workReplyMail)
	addJob(list, s.workForgetReplies)
	addJob(list, s.workForgetEnded)
	addJob(list, s.workPublishDue)
	addJob(list, s.workOldDeliveries)
	addJob(list, s.workConfirmDigest)
	addJob(list, s.workDueDigests)
	addJob(list, s.workDigest)
	return list
}

// periodic lists the jobs that are made by the clock.
func (s *Services) periodic() []*river.PeriodicJob {
	return []*river.PeriodicJob{every(time.Hour, dueLinksJob{}), every(time.Hour, forgetRepliesJob{}), every(time.Hour, forgetEndedJob{}), daily(oldDeliveriesJob{}), every(publishDueEvery, publishDueJob{}), every(time.Hour, dueDigestsJob{})}
}

// daily makes a job once a day, however often instances start.
func daily(args river.JobArgs) *river.PeriodicJob { return every(24*time.Hour, args) }

// every makes a job once in a period, however often instances start.
func every(period time.Duration, args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(period), func() (river.JobArgs, *river.InsertOpts) {
		return args, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: period}}
	}, &river.PeriodicJobOpts{ID: args.Kind(), RunOnStart: true})
}

func addJob[T river.JobArgs](list *river.Workers, work func(ctx context.Context, args T) error) {
	river.AddWorker(list, river.WorkFunc(func(ctx context.Context, job *river.Job[T]) error {
		err := work(ctx, job.Args)
		if kind := errorKind(err); kind == models.ErrInvalid || kind == models.ErrNotFound {
			return river.JobCancel(err)
		}
		return err
	}))
}

// warnings leaves out what the job runner says of its ordinary work.
type warnings struct{ slog.Handler }

// Enabled reports whether something is said at all: warnings and errors are.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs keeps to warnings.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps to warnings.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// errorKind is the kind of an error made for people; "" for others.
func errorKind(err error) models.ErrorKind {
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		return forPeople.Kind
	}
	return ""
}

// jobClient gives the client that writes jobs.
func (s *Services) jobClient() (*river.Client[*sql.Tx], error) {
	s.jobs.once.Do(func() {
		s.jobs.client, s.jobs.err = s.newJobClient(&river.Config{Workers: s.workers(), Logger: slog.New(warnings{s.logger.Handler()})})
	})
	return s.jobs.client, s.jobs.err
}

func (s *Services) newJobClient(config *river.Config) (*river.Client[*sql.Tx], error) {
	driver, err := s.db.JobDriver()
	if err != nil {
		return nil, err
	}
	client, err := river.NewClient(driver, config)
	return client, wrap(err, "make the client of jobs")
}

// enqueue has a job done some time after the transaction; if it fails, the job was never there.
// options may be nil.
func (s *Services) enqueue(tx *gorm.DB, args river.JobArgs, options *river.InsertOpts) error {
	return s.enqueueAll(tx, []river.InsertManyParams{{Args: args, InsertOpts: options}})
}

func (s *Services) enqueueAll(tx *gorm.DB, list []river.InsertManyParams) error {
	if len(list) == 0 {
		return nil
	}
	client, err := s.jobClient()
	if err != nil {
		return err
	}
	inner, err := database.SQLTransaction(tx)
	if err != nil {
		return err
	}
	_, err = client.InsertManyTx(tx.Statement.Context, inner, list)
	return wrap(err, "write %d jobs, first a %s", len(list), list[0].Args.Kind())
}

// Bounds of the jobs of one instance.
const (
	jobsAtOnce   = 4
	jobPoll      = time.Second
	jobTries     = 8 // the last some two hours after the first
	jobTimeout   = 5 * time.Minute
	jobStuck     = jobTimeout + time.Minute // whoever worked it that long is no more
	jobsKeptDone = 7 * 24 * time.Hour
)

// freeJobs lets go of the jobs that a program which was killed had begun on an SQLite file: one
// program serves it at a time. On PostgreSQL, where others may be at work, nobody goes on with them
// before jobStuck. Should another program serve the file after all, a job is worked twice, which
// jobs allow for.
func (s *Services) freeJobs(ctx context.Context) error {
	if s.db.Dialect() != database.SQLite {
		return nil
	}
	return wrap(s.db.Write(ctx).Exec("UPDATE river_job SET state = 'available' WHERE state = 'running'").Error, "let go of jobs")
}

// StartJobs works jobs and tells webhooks until stop is called, which lets those under way finish until its context
// ends, and then ends them; they are tried again later. Several instances may work at once.
func (s *Services) StartJobs(ctx context.Context) (stop func(context.Context) error, err error) {
	client, err := s.newJobClient(&river.Config{
		Workers: s.workers(), PeriodicJobs: s.periodic(), Logger: slog.New(warnings{s.logger.Handler()}),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: jobsAtOnce}},
		FetchPollInterval: jobPoll, PollOnly: true, MaxAttempts: jobTries, JobTimeout: jobTimeout, RescueStuckJobsAfter: jobStuck,
		CompletedJobRetentionPeriod: jobsKeptDone, CancelledJobRetentionPeriod: jobsKeptDone, DiscardedJobRetentionPeriod: 4 * jobsKeptDone,
	})
	if err != nil {
		return nil, err
	}
	if err := s.freeJobs(ctx); err != nil {
		return nil, err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("start working jobs: %w", err)
	}
	telling, stopTelling := context.WithCancel(context.WithoutCancel(ctx))
	var courier sync.WaitGroup
	if s.TellsWebhooks() {
		courier.Go(func() { s.newCourier().run(telling) })
	}
	return func(ctx context.Context) error {
		stopTelling()
		courier.Wait()
		if err := client.Stop(ctx); err == nil || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			return err
		}
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return client.StopAndCancel(ending)
	}, nil
}
