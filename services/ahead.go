package services

import (
	"fmt"
	"regexp"
	"slices"

	"plumbline/models"
)

// tomorrow is the last day that anything can have happened on: where somebody writes it may be a
// day later than in UTC.
func (s *Services) tomorrow() models.Day { return s.today().AddDays(1) }

// aheadProblem says that a day on which something is said to have happened has not come; "" when
// it may have.
func (s *Services) aheadProblem(one models.HappenedOn) string {
	if !one.Date.IsAhead(s.tomorrow()) {
		return ""
	}
	return fmt.Sprintf("This date (%s) has not come yet; give %s.", one.Date.Label(), one.What)
}

var pointerNumber = regexp.MustCompile(`/\d+`)

// checkAhead refuses what is said to have happened on days that have not come. What a record says
// already stays, so that an edit of something else is not refused.
func (w *writing) checkAhead(one *write) {
	if one.Data == nil || w.exact {
		return
	}
	said := map[string]bool{}
	if one.old != nil {
		for _, was := range models.Happened(one.old) {
			said[pointerNumber.ReplaceAllString(was.Pointer, "")+was.Date.Text] = true
		}
	}
	for _, is := range models.Happened(one.Data) {
		problem := w.s.aheadProblem(is)
		if problem != "" && !said[pointerNumber.ReplaceAllString(is.Pointer, "")+is.Date.Text] {
			w.problem(one.index, is.Pointer, "%s", problem)
		}
	}
}

// checkHeld refuses citations that are said to show a record to have held before it began or after it
// ended. What a record says already stays, as long as neither of the two is changed.
func (w *writing) checkHeld(one *write) {
	if one.Data == nil || w.exact {
		return
	}
	var said []string
	if one.old != nil {
		for _, was := range models.HeldProblems(one.old) {
			said = append(said, was.Message)
		}
	}
	for _, is := range models.HeldProblems(one.Data) {
		if !slices.Contains(said, is.Message) {
			w.problem(one.index, is.Pointer, "%s", is.Message)
		}
	}
}
