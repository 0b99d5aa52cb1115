package frontend

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// mostDated bounds the entries of a calendar; calendars are read whole, again and again.
const mostDated = 500

// deadlines is a calendar of the open items of a list that are due on some day. Without a list it
// is that of all of them.
func (p *Pages) deadlines(c *gin.Context) (string, []byte, error) {
	return p.calendar(c, models.TypeOpenItem, "Plumbline: answers and acts that are due", func(r services.Record) models.Date {
		return r.Document.(*models.OpenItem).Due
	})
}

// changesAhead is a calendar of the status changes of a list, as they take effect.
func (p *Pages) changesAhead(c *gin.Context) (string, []byte, error) {
	return p.calendar(c, models.TypeStatusChange, "Plumbline: status changes", func(r services.Record) models.Date {
		return r.Document.(*models.StatusChange).Effective
	})
}

// calendar gives the newest records of a list that have a date, as iCalendar (RFC 5545).
func (p *Pages) calendar(c *gin.Context, kind models.RecordType, name string, date func(services.Record) models.Date) (string, []byte, error) {
	q, err := services.ParseQuery(kind, c.Request.URL.Query())
	if err != nil {
		return "", nil, err
	}
	q.Limit, q.Sort, q.Cursor = mostDated, "-"+services.ByPublication, ""
	page, err := p.services.List(c.Request.Context(), models.Actor{}, kind, q)
	if err != nil {
		return "", nil, err
	}

	out := &calendarWriter{}
	out.line("BEGIN", "VCALENDAR")
	out.line("VERSION", "2.0")
	out.line("PRODID", "-//Plumbline//Plumbline//EN")
	out.line("X-WR-CALNAME", escapeCalendar(name))
	for _, r := range page.Records {
		if from, to := date(r).Named(); !from.IsZero() {
			out.event(r, from, to, page.Refs, p.siteOf(c.Request))
		}
	}
	out.line("END", "VCALENDAR")
	return "text/calendar; charset=utf-8", []byte(out.String()), nil
}

// calendarWriter writes content lines, folded at 75 bytes.
type calendarWriter struct{ strings.Builder }

func (w *calendarWriter) line(name, value string) {
	text := name + ":" + value
	for most := 75; len(text) > most; most = 74 {
		cut := most
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		w.WriteString(text[:cut] + "\r\n ")
		text = text[cut:]
	}
	w.WriteString(text + "\r\n")
}

// event writes a record over the days that its date names: a month where that is all that is known,
// never one day of it. The words of the date stand in its title.
func (w *calendarWriter) event(r services.Record, from, to models.Day, refs map[uuid.UUID]services.Ref, site string) {
	w.line("BEGIN", "VEVENT")
	w.line("UID", "urn:uuid:"+r.ID.String())
	w.line("DTSTAMP", r.RecordedAt.UTC().Format("20060102T150405Z"))
	w.line("SEQUENCE", fmt.Sprint(r.Version-1))
	w.line("DTSTART;VALUE=DATE", strings.ReplaceAll(from.String(), "-", ""))
	w.line("DTEND;VALUE=DATE", strings.ReplaceAll(to.AddDays(1).String(), "-", ""))
	summary, description := refs[r.ID].Label(), ""
	if item, ok := r.Document.(*models.OpenItem); ok {
		summary = models.OpenItemKinds().Label(item.Kind) + " is due " + item.Due.In(models.DateWhen) + ": " + shortened(item.Text, 80)
		description = item.Text + "\n\nDue " + item.Due.In(models.DateWhen) + "."
	}
	if change, ok := r.Document.(*models.StatusChange); ok {
		description = strings.TrimSpace(change.Reason + "\n\nEffective " + change.Effective.In(models.DateWhen) + ".")
		if r.Announced != nil {
			w.line("STATUS", "TENTATIVE")
			description = strings.TrimSpace(change.Reason + "\n\nAnnounced: " + services.AnnouncedWords(*r.Announced, refs))
		}
	}
	w.line("SUMMARY", escapeCalendar(summary))
	w.line("DESCRIPTION", escapeCalendar(description))
	w.line("URL", site+"/records/"+r.ID.String())
	w.line("TRANSP", "TRANSPARENT")
	w.line("END", "VEVENT")
}

// escapeCalendar writes a text as a value of iCalendar.
func escapeCalendar(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' {
			return -1
		}
		return r
	}, text)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}
