package frontend

import (
	"plumbline/models"
	"plumbline/services"
)

// linkedTypes are the types of https://schema.org by the kinds of entities.
var linkedTypes = map[models.EntityKind]string{
	models.KindCompany: "Corporation", models.KindUnit: "GovernmentOrganization", models.KindService: "Service", models.KindSystem: "SoftwareApplication",
	models.KindPerson: "Person", models.KindGroup: "Organization", models.KindOrganization: "Organization", models.KindContract: "Thing",
	models.KindFacility: "Place", models.KindEvent: "Event", models.KindInquiry: "Event", models.KindCase: "Collection",
}

// linkedData says who or what an entity is in JSON-LD: names and identifiers, nothing that is
// claimed about it.
func linkedData(r services.Record, address string) map[string]any {
	d := r.Document.(*models.Entity)
	data := map[string]any{"@context": "https://schema.org", "@type": linkedTypes[d.Kind], "@id": "urn:uuid:" + r.ID.String(), "name": d.Name, "url": address}
	if d.Summary != "" {
		data["description"] = shortened(d.Summary, 300)
	}
	var names []string
	for _, name := range d.Names {
		names = append(names, name.Text)
	}
	if len(names) > 0 {
		data["alternateName"] = names
	}
	var identifiers []map[string]any
	for _, id := range d.Identifiers {
		identifiers = append(identifiers, map[string]any{"@type": "PropertyValue", "propertyID": id.Scheme, "value": id.Value})
		if id.Scheme == "wikidata" {
			data["sameAs"] = "https://www.wikidata.org/entity/" + id.Value
		}
	}
	if len(identifiers) > 0 {
		data["identifier"] = identifiers
	}
	if start := d.Start.Plain(); d.Kind == models.KindEvent && start != "" {
		data["startDate"] = start
	}
	return data
}
