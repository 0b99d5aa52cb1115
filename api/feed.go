package api

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"
	"time"

	"plumbline/models"
	"plumbline/services"
)

// atom is a feed as RFC 4287 has it.
type atom struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Rights  string      `xml:"rights"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Updated   string     `xml:"updated"`
	Published string     `xml:"published"`
	Links     []atomLink `xml:"link"`
	Summary   string     `xml:"summary,omitempty"`
}

// feedEntry is one record as feeds show it.
type feedEntry struct {
	id, title, summary, address string
	updated, published          time.Time
}

// licence is under which the records may be used.
const licence = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"

func (e export) title() string {
	if e.heading != "" {
		return "Plumbline: " + e.heading
	}
	title := "Plumbline: " + strings.ReplaceAll(e.called(), "-", " ")
	if at, err := url.Parse(e.page); err == nil && at.RawQuery != "" {
		if values, err := url.QueryUnescape(at.RawQuery); err == nil {
			title += " (" + strings.ReplaceAll(values, "&", ", ") + ")"
		}
	}
	return title
}

// called is what the list is called where it was asked for: supplies on their page, relationships in
// the API.
func (e export) called() string {
	at, err := url.Parse(e.page)
	if err != nil || strings.HasPrefix(at.Path, Prefix+"/") {
		return e.path
	}
	switch name := strings.Trim(at.Path, "/"); name {
	case "":
		return e.path
	case "timeline", "supplies/matrix":
		return "supplies"
	default:
		return strings.ReplaceAll(name, "/", "-")
	}
}

// pageMedia is what the list is as a page: the API's own lists are data.
func (e export) pageMedia() string {
	if strings.Contains(e.page, Prefix+"/") {
		return "application/json"
	}
	return "text/html"
}

func (e export) entries(page services.Page) []feedEntry {
	v := viewOf(page)
	list := make([]feedEntry, len(page.Records))
	for i, r := range page.Records {
		title, summary := v.name(r.ID), feedSummary(r)
		if status := services.StatusWords(r, page.Refs); status != "" {
			title, summary = title+": "+models.StatusesOf(r.Status.Subject).Label(string(r.Status.Span.Status)), strings.TrimSpace(status+"\n"+summary)
			if r.Status.Span.Extent == models.Partial {
				title += ", in part"
			}
		}
		list[i] = feedEntry{id: "urn:uuid:" + r.ID.String(), title: printable(title), summary: printable(summary), address: e.site + recordPage(r),
			updated: r.RecordedAt, published: e.published[r.ID]}
		if at, ok := e.changed[r.ID]; ok {
			list[i].updated = at
		}
	}
	return list
}

// recordPage is the path of the page that shows a record.
func recordPage(r services.Record) string {
	switch {
	case r.Type == models.TypeEntity && r.Slug != "":
		return "/entities/" + r.Slug
	case r.Type == models.TypeSource:
		return "/sources/" + r.ID.String()
	}
	return "/records/" + r.ID.String()
}

// feedSummary is what a record says in words; "" when its title says it all.
func feedSummary(r services.Record) string {
	switch d := r.Document.(type) {
	case *models.Entity:
		return d.Summary
	case *models.Relationship:
		return d.Description
	case *models.StatusChange:
		return d.Reason
	case *models.Claim:
		return d.Text
	case *models.Source:
		return d.Summary
	case *models.OpenItem:
		return d.Text
	}
	return ""
}

// printable drops what XML cannot hold.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text)
}

// newest is when the newest of the entries was published; the beginning of time when there is none.
func newest(entries []feedEntry) time.Time {
	at := time.Unix(0, 0).UTC()
	for _, entry := range entries {
		if entry.updated.After(at) {
			at = entry.updated
		}
	}
	return at
}

func atomFeed(e export, page services.Page) ([]byte, error) {
	entries := e.entries(page)
	feed := atom{ID: e.self, Title: printable(e.title()), Updated: newest(entries).Format(time.RFC3339), Author: "Plumbline", Rights: licence,
		Links: []atomLink{{"self", "application/atom+xml", e.self}, {"alternate", e.pageMedia(), e.page}}}
	for _, entry := range entries {
		feed.Entries = append(feed.Entries, atomEntry{entry.id, entry.title, entry.updated.Format(time.RFC3339), entry.published.Format(time.RFC3339),
			[]atomLink{{"alternate", "text/html", entry.address}}, entry.summary})
	}
	text, err := xml.MarshalIndent(feed, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

// jsonFeedDocument is a feed as https://jsonfeed.org/version/1.1 has it.
type jsonFeedDocument struct {
	Version string         `json:"version"`
	Title   string         `json:"title"`
	Home    string         `json:"home_page_url"`
	Self    string         `json:"feed_url"`
	Authors []jsonFeedName `json:"authors"`
	Items   []jsonFeedItem `json:"items"`
}

type jsonFeedName struct {
	Name string `json:"name"`
}

type jsonFeedItem struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	Text      string `json:"content_text"`
	Published string `json:"date_published"`
	Modified  string `json:"date_modified"`
}

func jsonFeed(e export, page services.Page) ([]byte, error) {
	feed := jsonFeedDocument{"https://jsonfeed.org/version/1.1", e.title(), e.page, e.self, []jsonFeedName{{"Plumbline"}}, []jsonFeedItem{}}
	for _, entry := range e.entries(page) {
		item := jsonFeedItem{entry.id, entry.address, entry.title, entry.summary, entry.published.Format(time.RFC3339), entry.updated.Format(time.RFC3339)}
		if item.Text == "" {
			item.Text = entry.title
		}
		feed.Items = append(feed.Items, item)
	}
	return json.MarshalIndent(feed, "", "  ")
}
