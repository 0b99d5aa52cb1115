package frontend

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// jobsPage lists the work that runs in the background.
type jobsPage struct {
	layout
	// Tabs are the states, with how many jobs are in each.
	Tabs []tab
	Kind string
	// Kinds are those one can narrow the list to.
	Kinds []choosable
	State string
	Jobs  []jobLine
	Next  string
}

// jobLine is one job in the table.
type jobLine struct {
	ID                         int64
	Title, Kind, State, Tries  string
	Next, NextMachine          string
	Last, LastMachine, Problem string
	// About leads to the source that the job is about; "" for other jobs.
	About              string
	CanRetry, CanAbort bool
}

func (p *Pages) jobPages(member func(string, services.Action, func(*gin.Context) (view, error)),
	post func(string, services.Action, func(*gin.Context, models.Actor) (view, error))) {
	member("/admin/jobs", services.ActionJobs, p.jobs)
	post("/admin/jobs/:id", services.ActionJobs, p.doWithJob)
}

func (p *Pages) jobs(c *gin.Context) (view, error) {
	state, kind := c.Query("state"), c.Query("kind")
	found, err := p.services.Jobs(c.Request.Context(), p.actor(c), services.JobQuery{State: state, Kind: kind, Cursor: c.Query("cursor")})
	if err != nil {
		return view{}, err
	}
	page := &jobsPage{layout: memberLayout("/admin/jobs", "Background work"), Kind: kind, State: state}
	values := c.Request.URL.Query()
	page.API = apiAddress("/jobs", values)
	all := int64(0)
	for _, code := range services.JobStates() {
		all += found.Counts[code]
		if n := found.Counts[code]; n > 0 || state == code {
			page.Tabs = append(page.Tabs, tab{URL: address("/admin/jobs", with(values, "state", code)), Name: fmt.Sprintf("%s (%d)", jobStateWords(code), n), Current: state == code})
		}
	}
	page.Tabs = append([]tab{{URL: address("/admin/jobs", with(values, "state", "")), Name: fmt.Sprintf("All (%d)", all), Current: state == ""}}, page.Tabs...)
	for _, code := range services.JobKinds() {
		page.Kinds = append(page.Kinds, choosable{Value: code, Label: services.JobTitle(code), Chosen: code == kind})
	}
	for _, job := range found.Jobs {
		page.Jobs = append(page.Jobs, jobLineOf(job, p.services.Now()))
	}
	if found.Next != "" {
		next := firstPage(values)
		next.Set("cursor", found.Next)
		page.Next = address("/admin/jobs", next)
	}
	return view{template: "jobs", data: page}, nil
}

// jobStateWords say a state of a job to people.
func jobStateWords(state string) string {
	words := map[string]string{"available": "Waiting", "retryable": "To be tried again", "scheduled": "Later", "running": "Running", "pending": "Held back", "completed": "Done", "cancelled": "Cancelled", "discarded": "Given up"}
	if words[state] == "" {
		return state
	}
	return words[state]
}

func jobLineOf(job services.Job, now time.Time) jobLine {
	line := jobLine{ID: job.ID, Title: job.Title, Kind: job.Kind, State: jobStateWords(job.State), Tries: fmt.Sprintf("%d of %d", job.Tries, job.MostTries),
		Problem: job.Problem, CanRetry: job.CanRetry(), CanAbort: job.CanCancel()}
	if source := job.Source(); source != nil {
		line.About = "/sources/" + source.String()
	}
	switch {
	case job.EndedAt != nil, job.State == "running":
	case job.State != "available" && job.DueAt.After(now):
		line.Next, line.NextMachine = instantText(job.DueAt), job.DueAt.Format(time.RFC3339)
	default:
		line.Next = "now"
	}
	if job.TriedAt != nil {
		line.Last, line.LastMachine = instantText(*job.TriedAt), job.TriedAt.Format(time.RFC3339)
	}
	return line
}

// doWithJob has a job worked again, or keeps it from being worked.
func (p *Pages) doWithJob(c *gin.Context, by models.Actor) (view, error) {
	if err := services.Require(by, services.ActionJobs); err != nil {
		return view{}, err
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return view{}, models.Errorf(models.ErrNotFound, "There is no job at this address.")
	}
	switch c.PostForm("do") {
	case "retry":
		_, err = p.services.RetryJob(c.Request.Context(), by, id)
		p.tell(c, fmt.Sprintf("Job %d is worked once more in a moment.", id))
	case "cancel":
		_, err = p.services.CancelJob(c.Request.Context(), by, id)
		p.tell(c, fmt.Sprintf("Job %d is not worked any more.", id))
	default:
		err = models.Errorf(models.ErrInvalid, "Choose what is to be done with the job.")
	}
	if err != nil {
		return view{}, err
	}
	back := url.Values{}
	for _, name := range []string{"state", "kind"} {
		if value := strings.TrimSpace(c.PostForm(name)); value != "" {
			back.Set(name, value)
		}
	}
	return view{moved: address("/admin/jobs", back)}, nil
}
