package frontend

import (
	"net/http"
	"net/url"

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
	for path, list := range wholeLists() {
		router.Match([]string{http.MethodGet, http.MethodHead}, path+".:format", func(c *gin.Context) {
			if calendar := calendars[path]; calendar != nil && c.Param("format") == "ics" {
				calendar(c)
				return
			}
			if p.export == nil {
				p.NotFound(c)
				return
			}
			p.export(c, list.path, c.Param("format"), list.fixed)
		})
	}
}

// wholeFile is a file of all records, or of all of a case, in a format that is called so everywhere.
type wholeFile struct{ Name, Address string }

// wholeFiles are the files of a case; of everything when it is "".
func wholeFiles(of string) []wholeFile {
	files := []wholeFile{{"CSV", "csv"}, {"XLSX", "xlsx"}, {"NDJSON", "ndjson"}, {"SQLite", "sqlite"}, {"FollowTheMoney", "ftm"}, {"OCDS", "ocds"}, {"GraphML", "graphml"}, {"GEXF", "gexf"}, {"JSON-LD", "jsonld"}}
	for i := range files {
		files[i].Address = "/api/v1/exports/" + files[i].Address
		if of != "" {
			files[i].Address += "?" + url.Values{"case": {of}}.Encode()
		}
	}
	return files
}
