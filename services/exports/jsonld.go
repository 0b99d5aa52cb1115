package exports

import (
	"encoding/json"
	"io"

	"github.com/google/uuid"

	"plumbline/models"
)

// jsonld writes a graph of linked data: names and dates in the words of schema.org, provenance in
// those of W3C PROV, and the rest in words of our own.
type jsonld struct {
	out     io.Writer
	in      *info
	between string
	failed  error
}

const jsonldContext = `{"@context":{"schema":"https://schema.org/","prov":"http://www.w3.org/ns/prov#","plumb":"https://plumbline.invalid/terms#",` +
	`"name":"schema:name","alternateName":"schema:alternateName","description":"schema:description","identifier":"schema:identifier","url":"schema:url",` +
	`"subject":{"@id":"plumb:subject","@type":"@id"},"object":{"@id":"plumb:object","@type":"@id"},"about":{"@id":"schema:about","@type":"@id"},` +
	`"speaker":{"@id":"prov:wasAttributedTo","@type":"@id"},"source":{"@id":"prov:wasDerivedFrom","@type":"@id"},"answers":{"@id":"plumb:answers","@type":"@id"},` +
	`"record":{"@id":"plumb:record","@type":"@id"},"statusFrom":{"@id":"plumb:statusFrom","@type":"@id"},"publisher":{"@id":"schema:publisher","@type":"@id"},"reportsOn":{"@id":"prov:hadPrimarySource","@type":"@id"},` +
	`"recordedAt":"prov:generatedAtTime","@vocab":"https://plumbline.invalid/terms#"},` + "\n\"@graph\":[\n"

func newJSONLD(out io.Writer, in *info) writer {
	w := &jsonld{out: out, in: in}
	w.write(jsonldContext)
	return w
}

func (w *jsonld) write(text string) {
	if w.failed == nil {
		_, w.failed = io.WriteString(w.out, text)
	}
}

// iri names a record: by its page where the site is known.
func (w *jsonld) iri(id string) string {
	if w.in.site == "" {
		return "urn:uuid:" + id
	}
	return w.in.site + "/records/" + id
}

func (w *jsonld) iris(ids []uuid.UUID) []string {
	var iris []string
	for _, id := range ids {
		iris = append(iris, w.iri(id.String()))
	}
	return iris
}

var jsonldTypes = map[models.EntityKind]string{models.KindCompany: "schema:Corporation", models.KindUnit: "schema:GovernmentOrganization", models.KindService: "schema:Service",
	models.KindPerson: "schema:Person", models.KindOrganization: "schema:Organization", models.KindFacility: "schema:Place", models.KindEvent: "schema:Event"}

func (w *jsonld) record(it item) error {
	node := map[string]any{"@id": w.iri(it.ID.String()), "recordedAt": it.RecordedAt}
	set := func(name string, value any) {
		switch value := value.(type) {
		case bool:
			if !value {
				return
			}
		case string:
			if value == "" {
				return
			}
		case []string:
			if len(value) == 0 {
				return
			}
		}
		node[name] = value
	}
	switch d := it.Document.(type) {
	case *models.Entity:
		node["@type"] = []string{"Entity", string(d.Kind)}
		if t := jsonldTypes[d.Kind]; t != "" {
			node["@type"] = []string{t, string(d.Kind)}
		}
		set("name", d.Name)
		var names, ids []string
		for _, n := range d.Names {
			names = append(names, n.Text)
		}
		for _, id := range d.Identifiers {
			ids = append(ids, id.Scheme+":"+id.Value)
		}
		set("alternateName", names)
		set("identifier", ids)
		set("description", d.Summary)
		set("places", d.Places)
		set("start", d.Start.Text)
		set("end", d.End.Text)
	case *models.Relationship:
		node["@type"] = string(d.Type)
		set("subject", w.iri(d.Subject.String()))
		set("object", w.iri(d.Object.String()))
		set("start", d.Start.Text)
		set("end", d.End.Text)
		set("role", d.Role)
		set("title", d.Title)
		set("description", d.Description)
		set("purposes", texts(d.Purposes))
	case *models.StatusChange:
		node["@type"] = "StatusChange"
		set("record", w.iri(d.Record.String()))
		set("status", string(d.Status))
		set("extent", string(d.Extent))
		set("scope", d.Scope)
		set("effective", d.Effective.Text)
		set("announced", d.Announced.Text)
		set("reported", string(d.Reported))
		set("confirmed", it.confirmed())
		set("reason", d.Reason)
	case *models.Claim:
		node["@type"] = "schema:Claim"
		var speakers []uuid.UUID
		var described []string
		for _, s := range d.Speakers {
			if s.Entity != nil {
				speakers = append(speakers, *s.Entity)
			} else {
				described = append(described, s.Description)
			}
		}
		set("speaker", w.iris(speakers))
		set("anonymousSpeaker", described)
		set("stance", string(d.Stance))
		set("about", w.iris(d.About))
		set("answers", w.iris(d.Answers))
		set("saidOn", d.SaidOn.Text)
		set("description", d.Text)
	case *models.OpenItem:
		node["@type"] = d.Kind
		set("addressee", w.iri(d.Addressee.String()))
		set("about", w.iris(d.About))
		set("description", d.Text)
		set("raisedOn", d.RaisedOn.Text)
	case *models.Source:
		node["@type"] = "schema:CreativeWork"
		set("name", d.Title)
		set("url", d.URL)
		set("publisher", w.iris(d.Publishers))
		set("published", d.Published.Text)
		var origins []string
		for _, o := range d.ReportsOn {
			origins = append(origins, w.iri(o.Source.String()))
		}
		set("reportsOn", origins)
	}
	var cited []string
	for _, c := range it.Document.Cited() {
		cited = append(cited, w.iri(c.Source.String()))
	}
	set("source", cited)
	set("currentStatus", statusOf(it))
	set("statusExtent", statusExtent(it))
	set("statusScope", statusScope(it))
	if it.Status != nil && it.Status.Span.Change != nil {
		set("statusFrom", w.iri(it.Status.Span.Change.String()))
	}
	set("statusVerification", statusVerification(it))
	set("statusDisputed", it.Status != nil && it.Status.Standing.Disputed)
	set("verification", string(it.Standing.Verification))
	set("disputed", it.Standing.Disputed)
	text, err := json.Marshal(node)
	if err != nil {
		return err
	}
	w.write(w.between + string(text))
	w.between = ",\n"
	return w.failed
}

func (w *jsonld) end() error {
	w.write("\n]}\n")
	return w.failed
}
