package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"plumbline/models"
)

// Job is a job as an admin sees it.
type Job struct {
	ID   int64
	Kind string
	// Title says in words what it does.
	Title string
	State string
	// Args are the ids of what it is about, as JSON.
	Args string
	// Tries says how often it was tried, of how often at most.
	Tries, MostTries int
	CreatedAt        time.Time
	// DueAt is when it is or was to be worked, TriedAt when it was last, EndedAt when it ended; nil
	// while it was not or has not.
	DueAt            time.Time
	TriedAt, EndedAt *time.Time
	// Problem is what went wrong the last time, without what is secret; "" when nothing did.
	Problem string
}

// CanRetry reports whether the job can be worked (again) at once.
func (j Job) CanRetry() bool {
	return j.State != string(rivertype.JobStateRunning) && j.State != string(rivertype.JobStateAvailable)
}

// CanCancel reports whether the job can still be kept from being worked.
func (j Job) CanCancel() bool {
	return j.EndedAt == nil
}

// jobTitles say what each kind of job does.
var jobTitles = map[string]string{
	dueLinksJob{}.Kind():      "Choose the links of sources to look at",
	linkJob{}.Kind():          "Look at the link of a source",
	importJob{}.Kind():        "Work through an import",
	replyMailJob{}.Kind():     "Mail somebody who sent a reply",
	forgetRepliesJob{}.Kind(): "Forget replies that nobody confirmed",
	forgetEndedJob{}.Kind():   "Forget sessions and challenges that have ended",
	confirmDigestJob{}.Kind(): "Mail the link that confirms an address",
	dueDigestsJob{}.Kind():    "Choose who gets a letter about what they watch",
	digestJob{}.Kind():        "Mail somebody what is new about what they watch",
	publishDueJob{}.Kind():    "Publish what is due",
	oldDeliveriesJob{}.Kind(): "Forget old deliveries of webhooks",
}

// JobTitle says in words what a kind of job does.
func JobTitle(kind string) string { return jobTitles[kind] }

// Source is the source that the job is about; nil for other jobs.
func (j Job) Source() *uuid.UUID {
	var about linkJob
	if j.Kind != about.Kind() || json.Unmarshal([]byte(j.Args), &about) != nil {
		return nil
	}
	return &about.Source
}

// JobStates lists the states of jobs.
func JobStates() []string {
	states := make([]string, 0, 8)
	for _, state := range rivertype.JobStates() {
		states = append(states, string(state))
	}
	return states
}

// JobKinds lists the kinds of jobs, by their codes.
func JobKinds() []string { return sorted(keys(jobTitles)) }

// JobQuery asks for a page of jobs.
type JobQuery struct {
	// State and Kind narrow the list; "" for all.
	State, Kind string
	// Limit is from 1 to 500; 50 when 0.
	Limit  int
	Cursor string
}

// JobPage is a page of jobs, newest first.
type JobPage struct {
	Jobs []Job
	// Counts says how many jobs are kept in each state, of the kind asked for.
	Counts map[string]int64
	Next   string
}

// Jobs lists jobs. Only who runs the server may.
func (s *Services) Jobs(ctx context.Context, by models.Actor, q JobQuery) (JobPage, error) {
	if err := require(by, ActionJobs); err != nil {
		return JobPage{}, err
	}
	params, err := q.params()
	if err != nil {
		return JobPage{}, err
	}
	client, err := s.jobClient()
	if err != nil {
		return JobPage{}, err
	}
	found, err := client.JobList(ctx, params)
	if err != nil {
		return JobPage{}, fmt.Errorf("list jobs: %w", err)
	}
	page := JobPage{}
	for _, row := range found.Jobs {
		page.Jobs = append(page.Jobs, jobOf(row))
	}
	if limit := q.limit(); len(page.Jobs) > limit {
		page.Jobs = page.Jobs[:limit]
		page.Next = strconv.FormatInt(page.Jobs[limit-1].ID, 10)
	}
	page.Counts, err = s.countJobs(ctx, q.Kind)
	return page, err
}

func (q JobQuery) limit() int {
	if q.Limit == 0 {
		return 50
	}
	return q.Limit
}

// params checks a query, and says it as the job runner wants it.
func (q JobQuery) params() (*river.JobListParams, error) {
	p := &queryParser{}
	if q.State != "" && !slices.Contains(JobStates(), q.State) {
		p.problem("state", "%q is no state of a job.%s Possible are %s.", shorten(q.State), models.DidYouMean(q.State, JobStates()), strings.Join(JobStates(), ", "))
	}
	if q.Kind != "" && !slices.Contains(JobKinds(), q.Kind) {
		p.problem("kind", "%q is no kind of job.%s Possible are %s.", shorten(q.Kind), models.DidYouMean(q.Kind, JobKinds()), strings.Join(JobKinds(), ", "))
	}
	if q.Limit < 0 || q.Limit > 500 {
		p.problem("limit", "Ask for 1 to 500 at once.")
	}
	before, err := strconv.ParseInt(q.Cursor, 10, 64)
	if q.Cursor != "" && err != nil {
		p.problem("cursor", "This is no cursor of this list. Begin again without it.")
	}
	if err := p.failed(); err != nil {
		return nil, err
	}
	params := river.NewJobListParams().First(q.limit()+1).OrderBy(river.JobListOrderByID, river.SortOrderDesc)
	if q.State != "" {
		params = params.States(rivertype.JobState(q.State))
	}
	if q.Kind != "" {
		params = params.Kinds(q.Kind)
	}
	if q.Cursor != "" {
		params = params.Where("id < @before", river.NamedArgs{"before": before})
	}
	return params, nil
}

// countJobs counts the jobs of a kind, or of all when it is "", by state. Those that ended are
// forgotten after some time, so that there are never many.
func (s *Services) countJobs(ctx context.Context, kind string) (map[string]int64, error) {
	var rows []struct {
		State string
		N     int64
	}
	err := s.db.Write(ctx).Raw("SELECT CAST(state AS TEXT) AS state, count(*) AS n FROM river_job WHERE kind = ? OR ? = '' GROUP BY state", kind, kind).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	counts := map[string]int64{}
	for _, row := range rows {
		counts[row.State] = row.N
	}
	return counts, nil
}

func jobOf(row *rivertype.JobRow) Job {
	job := Job{ID: row.ID, Kind: row.Kind, Title: jobTitles[row.Kind], State: string(row.State), Args: string(row.EncodedArgs), Tries: row.Attempt,
		MostTries: row.MaxAttempts, CreatedAt: row.CreatedAt.UTC(), DueAt: row.ScheduledAt.UTC(), TriedAt: instantOf(row.AttemptedAt), EndedAt: instantOf(row.FinalizedAt)}
	if job.Title == "" {
		job.Title = row.Kind // of another version of the program
	}
	if last := len(row.Errors) - 1; last >= 0 {
		job.Problem = withoutSecrets(row.Errors[last].Error)
	}
	return job
}

func instantOf(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	utc := at.UTC()
	return &utc
}

// secrets are what an error of a library or of somebody's server may repeat, and what is shown of
// it: passwords in addresses, what proves who one is, and addresses of mail.
var secrets = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`(://)[^/@\s]+@`), "$1…@"},
	{regexp.MustCompile(`(?i)\b((?:bearer|basic|authorization|password|passwd|secret|token|key|signature)\b["']?\s*[:= ]\s*)(?:(?:bearer|basic)\s+)?["']?[^\s"'&,;]+`), "$1…"},
	{regexp.MustCompile(`[^\s<>@,;:"'/…]+@[^\s<>@,;:"'/…]+\.\w+`), "…@…"},
}

// withoutSecrets gives the first line of an error for the eyes of admins, and of whom they show it.
func withoutSecrets(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	for _, secret := range secrets {
		text = secret.pattern.ReplaceAllString(text, secret.shown)
	}
	if letters := []rune(strings.ToValidUTF8(text, "�")); len(letters) > 400 {
		return string(letters[:400]) + "…"
	}
	return text
}

// RetryJob has a job worked again at once, also one that ended. ErrConflict when it is being worked
// or waits to be.
func (s *Services) RetryJob(ctx context.Context, by models.Actor, id int64) (Job, error) {
	job, err := s.job(ctx, by, id)
	if err != nil {
		return job, err
	}
	if !job.CanRetry() {
		return job, models.Errorf(models.ErrConflict, "Job %d is worked at the moment, or will be in a moment.", id)
	}
	row, err := s.jobs.client.JobRetry(ctx, id)
	if err != nil {
		return job, jobError(err, id)
	}
	return jobOf(row), nil
}

// CancelJob keeps a job from being worked (again). One that is being worked is let finish.
// ErrConflict when it has ended.
func (s *Services) CancelJob(ctx context.Context, by models.Actor, id int64) (Job, error) {
	job, err := s.job(ctx, by, id)
	if err != nil {
		return job, err
	}
	if !job.CanCancel() {
		return job, models.Errorf(models.ErrConflict, "Job %d has ended already.", id)
	}
	row, err := s.jobs.client.JobCancel(ctx, id)
	if err != nil {
		return job, jobError(err, id)
	}
	return jobOf(row), nil
}

// job gives a job to somebody who may change it.
func (s *Services) job(ctx context.Context, by models.Actor, id int64) (Job, error) {
	if err := require(by, ActionJobs); err != nil {
		return Job{}, err
	}
	client, err := s.jobClient()
	if err != nil {
		return Job{}, err
	}
	row, err := client.JobGet(ctx, id)
	if err != nil {
		return Job{}, jobError(err, id)
	}
	return jobOf(row), nil
}

func jobError(err error, id int64) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return models.Errorf(models.ErrNotFound, "There is no job %d.", id)
	}
	return wrap(err, "job %d", id)
}
