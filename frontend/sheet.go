package frontend

import (
	"slices"
	"strings"

	"plumbline/models"
)

// sheet is the form of a record: what it asks, in the order in which it asks. The name of a field
// is the JSON Pointer of what it fills in the record's document, so that a problem that the
// services find with a document lands on its field.
type sheet struct {
	groups []group
}

// group is a part of a sheet under one legend: some fields, or a list of entries with the same
// fields each.
type group struct {
	// At is the pointer of the list; "" where the group is no list.
	At           string
	Legend, Hint string
	// Entry names one entry of the list.
	Entry  string
	Fields []ask
	// More hides the group behind a summary until somebody wants it, or something is in it.
	More bool
}

// inputKind says how a field is typed.
type inputKind string

const (
	askText   inputKind = "text"
	askArea   inputKind = "area"
	askDate   inputKind = "date"   // in words or EDTF
	askDay    inputKind = "day"    // one day
	askNumber inputKind = "number" // a number
	askOne    inputKind = "one"    // one code, as radio buttons
	askSelect inputKind = "select" // one code, from a list
	askSome   inputKind = "some"   // several codes, as check boxes
	askFlag   inputKind = "flag"   // yes or no
	askWords  inputKind = "words"  // several words, divided by commas
	askLines  inputKind = "lines"  // several texts, one a line
	askRecord inputKind = "record" // another record, by name
)

// ask is one field.
type ask struct {
	// At is the pointer from the document, or from the entry of a list; "" for an entry that is
	// one value.
	At          string
	Label, Hint string
	Kind        inputKind
	Codes       []models.Code
	// Types and Kinds are those of the record that may stand here.
	Types []models.RecordType
	Kinds []models.EntityKind
	// Later hides the field behind a summary at the end of its entry.
	Later bool
	// Must marks what cannot be left empty; Fallback is the code of a new record.
	Must     bool
	Fallback string
}

// other asks for another record.
func other(at, label, hint string, must bool, kinds []models.EntityKind, types ...models.RecordType) ask {
	return ask{At: at, Label: label, Hint: hint, Kind: askRecord, Types: types, Kinds: kinds, Must: must}
}

// sheetOf gives the form of a record. The kind is that of an entity or the type of a link; the
// subject is what the record of a status change has, "" while it is not chosen.
func sheetOf(t models.RecordType, kind string, subject models.StatusSubject, from models.Status) sheet {
	switch t {
	case models.TypeEntity:
		return entitySheet(models.EntityKind(kind))
	case models.TypeRelationship:
		return relationshipSheet(models.RelationshipType(kind))
	case models.TypeStatusChange:
		return statusChangeSheet(subject, from)
	case models.TypeClaim:
		return claimSheet()
	case models.TypeSource:
		return sourceSheet()
	}
	return openItemSheet()
}

const (
	dateHint = "In words, as vague as it is known: 25 September 2025, end of August 2025, by May 2024, about 2021."
	nameHint = "Begin to type a name, in any script, and choose."
)

// citationGroup asks for the sources. Every record but a source needs one.
func citationGroup(hint string) group {
	return group{At: "/citations", Legend: "Sources", Hint: hint, Entry: "Source", Fields: []ask{
		{At: "/source", Label: "Source", Hint: "One of the last used, or type a title or an address.", Kind: askRecord, Types: []models.RecordType{models.TypeSource}, Must: true},
		{At: "/locator", Label: "Where in it", Hint: "A page, a paragraph, a time. It can be left empty.", Kind: askText},
		{At: "/holds_on", Label: "It shows that this held on", Hint: "Only where the source shows it for a certain day.", Kind: askDay, Later: true},
		{At: "/note", Label: "Note", Kind: askText, Later: true},
		{At: "/checked_on", Label: "Last looked at on", Kind: askDay, Later: true},
	}}
}

const citationHint = "Nothing is published without a source."

func entitySheet(kind models.EntityKind) sheet {
	head := group{Fields: []ask{
		{At: "/name", Label: "Name", Hint: "As it calls itself, or as sources call it.", Kind: askText, Must: true},
		{At: "/identity", Label: "Is it known who or what it is?", Kind: askOne, Codes: models.Identities().Codes, Fallback: string(models.Disclosed)},
		{At: "/summary", Label: "Summary", Hint: "Two or three sentences that say who or what it is, not what is alleged.", Kind: askArea},
	}}
	switch kind {
	case models.KindOrganization:
		head.Fields = append(head.Fields, ask{At: "/organization_type", Label: "Type of organization", Kind: askSelect, Codes: models.OrganizationTypes().Codes})
	case models.KindGroup:
		head.Fields = append(head.Fields, ask{At: "/count/exactness", Label: "How exactly is their number known?", Kind: askSelect, Codes: models.Exactnesses().Codes},
			ask{At: "/count/number", Label: "How many people", Hint: "A number; 0 where it is unknown.", Kind: askNumber})
	case models.KindContract:
		head.Fields = append(head.Fields, ask{At: "/value/amount", Label: "Value", Hint: "Digits, with a point before decimals: 1500000.00", Kind: askText},
			ask{At: "/value/currency", Label: "Currency", Hint: "Three letters, such as USD.", Kind: askText})
	}
	groups := []group{head}
	if kind == models.KindCase {
		groups = append(groups, group{At: "/members", Legend: "Members", Hint: "Who and what the case is about.", Entry: "Member",
			Fields: []ask{other("", "Entity", nameHint, false, nil, models.TypeEntity)}})
	}
	start, end := "Since", "Until"
	if kind == models.KindEvent {
		start, end = "When it began or took place", "When it ended"
	}
	groups = append(groups, group{Legend: "Where and when", Fields: []ask{
		{At: "/places", Label: "Countries or regions", Hint: "Codes, divided by commas: IL, NL, or 145 for Western Asia.", Kind: askWords},
		{At: "/start", Label: start, Hint: dateHint, Kind: askDate}, {At: "/end", Label: end, Hint: "A date as above, or “still open”.", Kind: askDate},
	}}, group{At: "/names", Legend: "Further names", Hint: "Names in other scripts, acronyms, former names.", Entry: "Name", More: true, Fields: []ask{
		{At: "/text", Label: "Name", Kind: askText}, {At: "/type", Label: "What it is", Kind: askSelect, Codes: models.NameTypes().Codes, Fallback: "alias"},
		{At: "/language", Label: "Language", Hint: "A code such as he or ar.", Kind: askText}, {At: "/script", Label: "Script", Hint: "A code such as Hebr or Arab.", Kind: askText},
	}}, group{At: "/identifiers", Legend: "Identifiers", Hint: "Numbers that registers gave it.", Entry: "Identifier", More: true, Fields: []ask{
		{At: "/scheme", Label: "Register", Hint: "lei, wikidata, opencorporates, uei …", Kind: askText}, {At: "/value", Label: "Identifier", Kind: askText},
	}}, group{Legend: "Address of its page", More: true, Fields: []ask{
		{At: "/slug", Label: "Slug", Hint: "Small letters, digits and hyphens; made of the name when left empty.", Kind: askText},
	}})
	hint := citationHint
	if kind == models.KindCase {
		hint = "A case is a collection of yours, and may do without."
	}
	return sheet{append(groups, citationGroup(hint))}
}

func relationshipSheet(t models.RelationshipType) sheet {
	subjects, objects := endsOf(t)
	ends := group{Fields: []ask{other("/subject", endLabel("From", subjects), nameHint, true, subjects, models.TypeEntity),
		other("/object", endLabel("To", objects), nameHint, true, objects, models.TypeEntity)}}
	about := group{Legend: "About the link"}
	if t == models.SuppliedTo {
		about.Fields = append(about.Fields, other("/supplied_by", "Sold by", "Only where the seller is not the provider of the service.", false,
			[]models.EntityKind{models.KindCompany, models.KindOrganization, models.KindUnit}, models.TypeEntity),
			ask{At: "/quantity", Label: "Quantity", Hint: "In the source's words: several subscriptions.", Kind: askText})
	}
	if slices.Contains([]models.RelationshipType{models.SuppliedTo, models.Operates, models.Uses, models.StoredAt}, t) {
		about.Fields = append(about.Fields, ask{At: "/purposes", Label: "What it is said to be used for", Kind: askSome, Codes: models.Purposes().Codes})
	}
	switch t {
	case models.Owns:
		about.Fields = append(about.Fields, ask{At: "/share", Label: "Share in percent", Kind: askNumber})
	case models.Position:
		about.Fields = append(about.Fields, ask{At: "/title", Label: "Title of the position", Kind: askText})
	case models.PartyTo, models.TookPart:
		about.Fields = append(about.Fields, ask{At: "/role", Label: "In which role", Hint: "Such as supplier, buyer, subcontractor or funder.", Kind: askText})
	}
	about.Fields = append(about.Fields, ask{At: "/start", Label: "Since", Hint: dateHint, Kind: askDate}, ask{At: "/end", Label: "Until", Hint: "A date as above, or “still open”. Leave it empty where it is not known.", Kind: askDate},
		ask{At: "/description", Label: "In words", Kind: askArea, Must: t == models.LinkedTo})
	return sheet{[]group{ends, about, citationGroup(citationHint)}}
}

// endsOf lists the kinds that a type of link may join on either side; nil for any.
func endsOf(t models.RelationshipType) (subjects, objects []models.EntityKind) {
	all := models.EntityKinds().Values()
	for _, one := range all {
		for _, other := range all {
			if !t.MayJoin(models.EntityKind(one), models.EntityKind(other)) {
				continue
			}
			if !slices.Contains(subjects, models.EntityKind(one)) {
				subjects = append(subjects, models.EntityKind(one))
			}
			if !slices.Contains(objects, models.EntityKind(other)) {
				objects = append(objects, models.EntityKind(other))
			}
		}
	}
	return subjects, objects
}

// mostNamed bounds the kinds that a label names.
const mostNamed = 4

func endLabel(side string, kinds []models.EntityKind) string {
	if len(kinds) > mostNamed {
		return side + ": any entity"
	}
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = strings.ToLower(models.EntityKinds().Label(string(kind)))
	}
	return side + ": " + strings.Join(words, " or ")
}

// tracked are the types of records that have a status.
var tracked = []models.RecordType{models.TypeRelationship, models.TypeEntity, models.TypeOpenItem}

func statusChangeSheet(subject models.StatusSubject, from models.Status) sheet {
	if subject == "" {
		subject = models.SubjectSupply
	}
	return sheet{[]group{{Fields: []ask{
		other("/record", "What changed", "Type a company, service or unit to see its links, or the words of a question.", true, nil, tracked...),
		{At: "/status", Label: "New status", Kind: askOne, Codes: nextCodes(subject, from), Must: true},
		{At: "/extent", Label: "All of it, or a part?", Kind: askOne, Codes: models.Extents().Codes, Fallback: string(models.Full)},
		{At: "/scope", Label: "Of which part", Hint: "Only for a part, in words: certain subscriptions and services.", Kind: askText},
		{At: "/effective", Label: "When it took effect", Hint: dateHint, Kind: askDate, Must: true},
		{At: "/announced", Label: "When it was announced", Hint: "It can be left empty.", Kind: askDate},
		{At: "/reported", Label: "Do its sources report it as done?", Hint: "Left open, it follows from days: what was to happen after its sources were published is announced.", Kind: askOne, Codes: models.ReportedWays().Codes},
		other("/actor", "Who took the step", "Leave it at “not said” where no source says.", false, nil, models.TypeEntity),
		{At: "/reason", Label: "Why, as the source puts it", Kind: askText},
	}}, citationGroup(citationHint), {Legend: "Order and claim", More: true, Fields: []ask{
		{At: "/place", Label: "Place among steps of the same day", Hint: "A lower number comes first.", Kind: askNumber},
		other("/claim", "The claim that moved it", "Such as the answer that answered a question.", false, nil, models.TypeClaim),
	}}}}
}

// nextCodes are the statuses that may follow one; all of them where it is not known.
func nextCodes(subject models.StatusSubject, from models.Status) []models.Code {
	all := models.StatusesOf(subject).Codes
	if from == "" || from == models.StatusUnknown {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(code models.Code) bool {
		// The same status may follow itself in another extent.
		return !subject.CanMove(from, models.Status(code.Code)) && code.Code != string(from)
	})
}

func speakerFields(on string) []ask {
	return []ask{other("/entity", "Entity", nameHint, false, nil, models.TypeEntity),
		{At: "/description", Label: "Or an anonymous speaker, described", Hint: "Such as: an Israeli security official.", Kind: askText},
		other("/on_behalf_of", on, "Only where somebody speaks for another.", false, nil, models.TypeEntity)}
}

var sayable = []models.RecordType{models.TypeEntity, models.TypeRelationship, models.TypeStatusChange, models.TypeOpenItem, models.TypeClaim}

func claimSheet() sheet {
	return sheet{[]group{
		{At: "/speakers", Legend: "Who says it", Entry: "Speaker", Fields: speakerFields("Speaking for")},
		{Legend: "What is said", Fields: []ask{
			{At: "/stance", Label: "In what manner", Kind: askSelect, Codes: models.Stances().Codes, Must: true},
			{At: "/text", Label: "What is said", Hint: "In your own words or short quotes, with nothing added.", Kind: askArea, Must: true},
			{At: "/said_on", Label: "When it was said", Hint: dateHint, Kind: askDate, Must: true},
			{At: "/extent", Label: "Does it cover all of what it is about, or a part?", Kind: askOne, Codes: models.Extents().Codes, Fallback: string(models.Full)},
			{At: "/purposes", Label: "Uses that it speaks of", Kind: askSome, Codes: models.Purposes().Codes},
		}},
		{At: "/about", Legend: "What it is about", Entry: "Record", Fields: []ask{other("", "Entity, link, status change, question or claim", "Type a name to see it and what involves it.", false, nil, sayable...)}},
		{At: "/answers", Legend: "Which claims it answers", Entry: "Claim", Fields: []ask{other("", "Claim", "Type words of the claim, or the name of who made it.", false, nil, models.TypeClaim)}},
		citationGroup(citationHint),
	}}
}

func sourceSheet() sheet {
	return sheet{[]group{{Fields: []ask{
		{At: "/title", Label: "Title", Kind: askText, Must: true},
		{At: "/kind", Label: "What it is", Kind: askSelect, Codes: models.SourceKinds().Codes, Must: true, Fallback: "article"},
		{At: "/url", Label: "Address", Hint: "Beginning with https://. Leave it empty where it is not known; never guess it.", Kind: askText},
		{At: "/published", Label: "When it was published", Hint: dateHint, Kind: askDate},
	}}, {At: "/publishers", Legend: "Published by", Entry: "Publisher", Fields: []ask{other("", "Publisher", nameHint, false, []models.EntityKind{models.KindOrganization, models.KindCompany, models.KindUnit, models.KindPerson, models.KindGroup}, models.TypeEntity)}},
		{At: "/reports_on", Legend: "Reports on", Hint: "Sources that it passes on: they are its origins, and count once.", Entry: "Origin", Fields: []ask{
			other("/source", "Source", "Type its title.", false, nil, models.TypeSource),
			{At: "/examined", Label: "Its publisher examined the matter itself", Kind: askFlag},
		}},
		{Legend: "More about it", More: true, Fields: []ask{
			other("/copy_of", "A reprint or an archived copy of", "Type the title of the original. Both then count as one document.", false, nil, models.TypeSource),
			{At: "/authors", Label: "Authors", Hint: "One a line.", Kind: askLines},
			{At: "/language", Label: "Language", Hint: "A code such as en, he or ar.", Kind: askText},
			{At: "/unpublished", Label: "Readers cannot look it up: it was never published", Kind: askFlag},
			{At: "/summary", Label: "Summary", Kind: askArea},
		}},
	}}
}

func openItemSheet() sheet {
	return sheet{[]group{{Fields: []ask{
		{At: "/kind", Label: "What it is", Kind: askOne, Codes: models.OpenItemKinds().Codes, Must: true},
		other("/addressee", "To whom", "Who is to answer or to act, or who made the promise.", true, nil, models.TypeEntity),
		{At: "/text", Label: "What is asked, demanded or promised", Kind: askArea, Must: true},
		{At: "/raised_on", Label: "When it was raised", Hint: dateHint, Kind: askDate, Must: true},
		{At: "/due", Label: "Due", Kind: askDate},
	}}, {At: "/raised_by", Legend: "Who raised it", Entry: "Person or organization", Fields: speakerFields("Asking for")},
		{At: "/about", Legend: "What it is about", Entry: "Record", Fields: []ask{other("", "Entity, link, status change or claim", "Type a name to see it and what involves it.", false, nil,
			models.TypeEntity, models.TypeRelationship, models.TypeStatusChange, models.TypeClaim)}},
		citationGroup(citationHint),
	}}
}

// newSourceFields ask for a source that is made in place, beside its title.
func newSourceFields() []ask {
	return []ask{
		{At: "title", Label: "Title", Kind: askText},
		{At: "url", Label: "Address", Hint: "Beginning with https://. Leave it empty where it is not known.", Kind: askText},
		other("publisher", "Publisher", nameHint, false, []models.EntityKind{models.KindOrganization, models.KindCompany, models.KindUnit, models.KindPerson, models.KindGroup}, models.TypeEntity),
		{At: "published", Label: "When it was published", Kind: askDate},
		{At: "kind", Label: "What it is", Kind: askSelect, Codes: models.SourceKinds().Codes, Fallback: "article"},
	}
}
