package frontend

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
)

// wholeList is the list behind a page: its path below the API's prefix, and the filters that the
// page sets.
type wholeList struct {
	path  string
	fixed url.Values
}

// wholeLists are the lists behind pages, by the paths of the pages.
func wholeLists() map[string]wholeList {
	lists := map[string]wholeList{
		"/supplies":       {"relationships", url.Values{"type": {string(models.SuppliedTo)}}},
		"/status-changes": {"status-changes", nil},
		"/claims":         {"claims", nil},
		"/open-items":     {"open-items", nil},
		"/sources":        {"sources", nil},
	}
	for kind, plural := range plurals {
		lists["/"+plural] = wholeList{"entities", url.Values{"kind": {string(kind)}}}
	}
	return lists
}

// exports lets every list be had as a file: its page's address with .csv, .xlsx, .json, .ndjson,
// .atom or .feed.json behind the path; and what has a day as a calendar, with .ics.
func (p *Pages) exports(router *gin.Engine) {
	for _, format := range []string{"atom", "feed.json"} {
		router.Match([]string{http.MethodGet, http.MethodHead}, "/entities/:id/newest."+format, func(c *gin.Context) {
			if p.entityFeed == nil {
				p.NotFound(c)
				return
			}
			p.entityFeed(c, c.Param("id"), format)
		})
	}
	calendars := map[string]gin.HandlerFunc{"/open-items": p.document(p.deadlines), "/status-changes": p.document(p.changesAhead)}
	lists := wholeLists()
	for _, view := range []string{"/supplies/matrix", "/timeline"} {
		lists[view] = lists["/supplies"] // the same list, shown otherwise
	}
	for path, list := range lists {
		router.Match([]string{http.MethodGet, http.MethodHead}, path+".:format", func(c *gin.Context) {
			if calendar := calendars[path]; calendar != nil && c.Param("format") == "ics" {
				calendar(c)
				return
			}
			if p.export == nil {
				p.NotFound(c)
				return
			}
			c.Request.URL.RawQuery = without(c.Request.URL.Query(), "day[gte]", "day[lte]", "columns").Encode()
			p.export(c, list.path, c.Param("format"), list.fixed)
		})
	}
}

// dataFormats are the endings by which the page of one record is had as data.
var dataFormats = []string{"json", "csv"}

// dataFiles lead to the page of one record as data.
func dataFiles(home string, values url.Values) []link {
	files := make([]link, len(dataFormats))
	for i, format := range dataFormats {
		files[i] = link{URL: address(home+"."+format, values), Name: strings.ToUpper(format)}
	}
	return files
}

// dataOf is the address of what the page of an entity, with .json or .csv behind its own, shows:
// the entity, or its links. It is "" for the page itself: a slug has no point.
func dataOf(c *gin.Context) string {
	values := c.Request.URL.Query()
	name, format, _ := strings.Cut(c.Param("id"), ".")
	switch {
	case format == "json":
		return apiAddress("/entities/"+name, values)
	case format == "csv" && strings.HasPrefix(c.Request.URL.Path, "/"+plurals[models.KindCase]+"/"):
		return apiAddress("/relationships.csv", with(with(values, "case", name), "bom", "true"))
	case format == "csv":
		return apiAddress("/relationships.csv", with(with(values, "party", name), "bom", "true"))
	}
	return ""
}

// wholeFile is a file of all records, or of all of a case, in a format that is called so everywhere.
type wholeFile struct{ Name, Address string }

// wholeFiles are the files of a case; of everything when it is "". Without contracts there is
// nothing that OCDS could hold.
func wholeFiles(of string, contracts bool) []wholeFile {
	files := []wholeFile{{"CSV", "csv"}, {"XLSX", "xlsx"}, {"NDJSON", "ndjson"}, {"SQLite", "sqlite"}, {"FollowTheMoney", "ftm"}, {"GraphML", "graphml"}, {"GEXF", "gexf"}, {"JSON-LD", "jsonld"}}
	if contracts {
		files = append(files, wholeFile{"OCDS", "ocds"})
	}
	for i := range files {
		files[i].Address = "/api/v1/exports/" + files[i].Address
		if of != "" {
			files[i].Address += "?" + url.Values{"case": {of}}.Encode()
		}
	}
	return files
}
