package models

// Code is one value of a vocabulary, with a label and a sentence of definition for people.
type Code struct {
	Code       string `json:"code"`
	Label      string `json:"label"`
	Definition string `json:"definition"`
}

// Vocabulary is a named, ordered list of codes, as served by the API.
type Vocabulary struct {
	Name  string `json:"name"`
	Codes []Code `json:"codes"`
}

// Has reports whether the vocabulary holds the code.
func (v Vocabulary) Has(code string) bool {
	_, ok := v.find(code)
	return ok
}

// Label gives the label of a code, or the code itself when it is unknown.
func (v Vocabulary) Label(code string) string {
	if c, ok := v.find(code); ok {
		return c.Label
	}
	return code
}

// Values lists the codes alone, in their order.
func (v Vocabulary) Values() []string {
	values := make([]string, len(v.Codes))
	for i, c := range v.Codes {
		values[i] = c.Code
	}
	return values
}

func (v Vocabulary) find(code string) (Code, bool) {
	for _, c := range v.Codes {
		if c.Code == code {
			return c, true
		}
	}
	return Code{}, false
}

// Vocabularies lists every vocabulary of the product, in the order in which it is published.
func Vocabularies() []Vocabulary {
	all := []Vocabulary{
		RecordTypes(), EntityKinds(), Identities(), OrganizationTypes(), Exactnesses(), NameTypes(),
		RelationshipTypes(), Purposes(), Extents(),
	}
	for _, subject := range StatusSubjects() {
		all = append(all, StatusesOf(subject))
	}
	return append(all,
		ReportedWays(), Stances(), SourceKinds(), CaptureFormats(), OpenItemKinds(), Verifications(), WhyUncountedCodes(),
		Operations(), EditKinds(), ChangesetStatuses(), EventKinds(), Queues(), ReplyKinds(), ReplyRoles(), ReplyStates(), RecordStates(), Roles(), Scopes(), NoteStates(), WebhookStates(), DeliveryStates(), KeyOrigins())
}

// codes builds a vocabulary from rows of code, label and definition.
func codes(name string, rows ...[3]string) Vocabulary {
	v := Vocabulary{Name: name, Codes: make([]Code, len(rows))}
	for i, row := range rows {
		v.Codes[i] = Code{row[0], row[1], row[2]}
	}
	return v
}
