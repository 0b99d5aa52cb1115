package frontend

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// listTools are what every list offers beside its records.
type listTools struct {
	Facets []facetBlock
	// Uncounted says that the facets were not counted in time.
	Uncounted bool
	// Downloads are the whole list as a file, Feeds its newest.
	Downloads, Feeds []link
	// Network is the same as a network; "" where a list has none.
	Network string
	Cite    string
}

// quickCounts bounds the logs on which everything is counted in no time, so that a page waits for
// it; on larger ones it leaves out what was not counted when all else is read.
const quickCounts = 20_000

// patience is how long a page waits for counts.
func (p *Pages) patience(c *gin.Context) (time.Duration, error) {
	size, err := p.services.Size(c.Request.Context())
	if size <= quickCounts {
		return time.Minute, err
	}
	return 0, err
}

// facetBlock is a filter with how many records each of its values shows.
type facetBlock struct {
	Name   string
	Label  *text
	Values []facetLink
}

// facetLink is a value of a facet: its address adds it to the filter, or takes it away.
type facetLink struct {
	URL string
	// Label is a label of a code; Place a country or region in its stead.
	Label, Place string
	Count        int
	More, Chosen bool
}

// facetsOf are the filters of each list that are counted, in their order; countries come last.
var facetsOf = map[models.RecordType][]string{
	models.TypeEntity: {"identity", "status", "confirmed", "verification", "country"}, models.TypeRelationship: {"status", "status_verification", "status_disputed", "confirmed", "purpose", "verification", "disputed", "country"},
	models.TypeStatusChange: {"status", "confirmed", "subject", "verification"}, models.TypeClaim: {"stance", "unanswered", "purpose", "verification"},
	models.TypeSource: {"kind", "unpublished"}, models.TypeOpenItem: {"kind", "status", "confirmed", "unanswered"},
}

// facetLabels name facets that no filter of a form names.
var facetLabels = map[string]*text{"country": say("Country or region"), "verification": say("How well established"), "disputed": say("The supply itself is disputed"), "confirmed": say("Confirmed"), "status_disputed": say("Its status is disputed"), "status": say("Status"),
	"unpublished": say("Not published"), "identity": say("Identity"), "kind": say("Kind"), "unanswered": say("Without an answer")}

// addTools counts a list by its filters, and says where else it can be had. What is counted needs
// no field in the form any more; where counting takes long, the form has it all.
func (p *Pages) addTools(c *gin.Context, data *listPage, l list, q services.Query, values url.Values, counting *services.Counting[[]services.Facet]) error {
	patience, err := p.patience(c)
	if err != nil {
		return err
	}
	facets, counted, err := counting.Wait(c.Request.Context(), patience)
	if err != nil {
		return err
	}
	data.Uncounted = !counted
	path := c.Request.URL.Path
	for _, f := range facets {
		if block := facetBlockOf(path, values, l.filters, f); len(block.Values) > 1 || len(block.Values) == 1 && block.Values[0].Chosen {
			data.Facets = append(data.Facets, block)
		}
	}
	form := slices.DeleteFunc(slices.Clone(l.filters), func(f filter) bool {
		return counted && len(f.Options) > 0 && slices.Contains(facetsOf[l.kind], f.Name)
	})
	if sorts := services.Sorts(l.kind); len(sorts) > 1 {
		form = append(form, orderOf(values, sorts, q.Sort))
	}
	data.Filters, data.Hidden = callFilters(form, data.called), hidden(values, asked(form)...)

	files := path
	if _, whole := wholeLists()[path]; !whole {
		files = "/supplies" // the matrix and the timeline show the same list
	}
	data.addFiles(files, l, without(values, l.own...))
	if l.kind == models.TypeRelationship {
		data.Network = address("/network", networkOfList(values))
	}
	data.Cite = address("/cite", url.Values{"page": {address(path, without(values, "cursor"))}})
	return nil
}

func facetBlockOf(path string, values url.Values, filters []filter, f services.Facet) facetBlock {
	block := facetBlock{Name: f.Name, Label: facetLabels[f.Name]}
	labels := map[string]string{}
	for _, one := range filters {
		if one.Name == f.Name {
			block.Label = one.Label
			for _, o := range one.Options {
				labels[o.Value] = o.Label
			}
		}
	}
	for _, v := range f.Values {
		one := facetLink{URL: address(path, toggled(values, f.Name, v.Value)), Label: labels[v.Value], Count: v.Count, More: v.More, Chosen: v.Chosen}
		switch {
		case f.Name == "country":
			one.Place = v.Value
		case one.Label == "":
			one.Label = codeLabel(f.Name, v.Value)
		}
		block.Values = append(block.Values, one)
	}
	return block
}

// codeLabel is the label of a code that no field of the form has.
func codeLabel(name, value string) string {
	for _, codes := range [][]models.Code{yesNo, models.Verifications().Codes, models.Identities().Codes, statusCodes(), stanceCodes(), models.Purposes().Codes} {
		for _, code := range codes {
			if code.Code == value {
				return code.Label
			}
		}
	}
	return strings.ReplaceAll(value, "_", " ")
}

// toggled adds a value to a filter, or takes it away. A filter that is true or false has one.
func toggled(values url.Values, name, value string) url.Values {
	list := commaList(values[name])
	if at := slices.Index(list, value); at >= 0 {
		list = slices.Delete(list, at, at+1)
	} else if value == "true" || value == "false" {
		list = []string{value}
	} else {
		list = append(list, value)
	}
	return with(values, name, strings.Join(list, ","))
}

// orderLabels name the orders of lists.
var orderLabels = map[string]*text{"id": say("Oldest records first"), "-id": say("Newest records first"), "name": say("By name"), "-name": say("By name, from the end"),
	"effective": say("Earliest first"), "-effective": say("Latest first"), "said_on": say("Earliest first"), "-said_on": say("Latest first"),
	"published": say("Earliest first"), "-published": say("Latest first"), "raised_on": say("Earliest first"), "-raised_on": say("Latest first")}

// orderOf is the choice of an order.
func orderOf(values url.Values, sorts []string, current string) filter {
	f := filter{Name: "sort", Label: say("Order"), Value: values.Get("sort")}
	for _, sort := range sorts {
		for _, name := range []string{"-" + sort, sort} {
			f.Options = append(f.Options, option{Value: name, Words: orderLabels[name], Selected: name == current})
		}
	}
	return f
}

// fileNames are the forms in which a list can be had.
var fileNames = []struct{ ending, name string }{{"csv", "CSV"}, {"xlsx", "XLSX"}, {"json", "JSON"}, {"ndjson", "NDJSON"}}

// addFiles says where the whole list can be had, and its feeds.
func (d *listPage) addFiles(path string, l list, values url.Values) {
	if l.path == "/relationships" {
		path = "/supplies"
	}
	known := without(values, "limit")
	for name := range l.fixed {
		known.Del(name)
	}
	for _, file := range fileNames {
		d.Downloads = append(d.Downloads, link{URL: address(path+"."+file.ending, known), Name: file.name})
	}
	d.Feed, d.FeedJSON = address(path+".atom", known), address(path+".feed.json", known)
	d.Feeds = []link{{URL: address(path+".atom", known), Name: "Atom", Kind: "application/atom+xml"}, {URL: address(path+".feed.json", known), Name: "JSON Feed", Kind: "application/feed+json"}}
	if l.kind == models.TypeOpenItem || l.kind == models.TypeStatusChange {
		d.Feeds = append(d.Feeds, link{URL: address(path+".ics", known), Name: "iCal", Kind: "text/calendar"})
	}
}

// networkOfList are the parameters of the network that shows what a list of supplies does.
func networkOfList(values url.Values) url.Values {
	network := url.Values{}
	for from, to := range map[string]string{"party": "entity", "status": "status", "as_of": "as_of", "known_at": "known_at"} {
		if value := values.Get(from); value != "" && (from != "party" || !strings.Contains(value, ",")) {
			network.Set(to, value)
		}
	}
	if network.Has("entity") {
		network.Set("types", "supplied_to,provides")
		network.Set("depth", "2")
	}
	return network
}
