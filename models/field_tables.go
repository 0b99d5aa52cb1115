package models

import "slices"

// fieldTables are the fields of every type of record, in the order of their columns. A field that is
// added to a document stands here, and so in every table, file and import.
func fieldTables() map[RecordType][]Field {
	return map[RecordType][]Field{
		TypeEntity: slices.Concat(identityFields(), []Field{
			{Name: "kind", Says: "What it is: see entity_kind of /codes.", Aliases: "schema primary_ext type entity_type entity_kind"},
			{Name: "slug", Says: "The readable part of its address."},
			{Name: "name", Says: "Its main name.", Aliases: "caption label entity_name company company_name organisation organization legal_name name_en title"},
			{Name: "identity", Says: "disclosed, or undisclosed where it is not known who it is."},
			{Name: "summary", Says: "In words.", Aliases: "blurb description notes remarks"},
			{Name: "names", Says: "Further names."},
			{Name: "identifiers", Says: "Identifiers as scheme:value.", Aliases: "ids"},
			{Name: "places", Says: "ISO 3166 countries and UN M49 regions.", Aliases: "country countries jurisdiction place country_code main_country nationality"},
			{Name: "organization_type", Kind: FieldCode, Says: "Of an organization: what it is.", Aliases: "organisation_type"},
			{Name: "count", Says: "Of a group: how many people.", Aliases: "number_of_people", Parts: map[string]string{"_exactness": "exactness"}},
			{Name: "value", Says: "Of a contract.", Parts: map[string]string{"_amount": "amount value contract_value", "_currency": "currency"}},
			{Name: "members", Says: "Of a case: its entities."},
			{Name: "start", Says: "When it began, as EDTF.", Aliases: "start_date founded incorporation_date founding_date date since"},
			{Name: "end", Says: "When it ended, as EDTF; .. where it goes on.", Aliases: "end_date dissolution_date until"},
		}, statusFields(), standingFields(), entityInputs(), CitationInputs()),

		TypeRelationship: slices.Concat(identityFields(), []Field{
			{Name: "type", Says: "How the two are tied: see relationship_type of /codes.", Aliases: "relationship_type category relation link_type relationship"},
			{Name: "subject", Says: "The entity from which it leads.", Aliases: "from entity1 owner source_entity entity_1 provider", Parts: map[string]string{"_kind": "from_kind entity1_kind"}},
			{Name: "object", Says: "The entity to which it leads.", Aliases: "to entity2 asset target target_entity entity_2 recipient", Parts: map[string]string{"_kind": "to_kind entity2_kind"}},
			{Name: "supplied_by", Says: "The seller, where that is not the provider.", Aliases: "seller"},
			providerField(),
		}, statusFields(), []Field{
			{Name: "start", Says: "When it began, as EDTF.", Aliases: "start_date since from_date"},
			{Name: "end", Says: "When it ended, as EDTF; .. where it goes on.", Aliases: "end_date until to_date"},
			{Name: "purposes", Says: "What it is said to be used for: see purpose of /codes.", Aliases: "purpose"},
			{Name: "quantity", Says: "How much, in words.", Aliases: "goods"},
			{Name: "share", Says: "The part owned, in percent.", Aliases: "percent_stake percentage stake"},
			{Name: "role", Says: "In a contract or event."},
			{Name: "title", Says: "Of a position.", Aliases: "position job_title description1"},
			{Name: "description", Says: "In words.", Aliases: "notes summary description2"},
		}, standingFields(), []Field{
			input("is_current", "Whether it goes on, where no end is known.", ""),
			input("key", "What other rows of the file call it.", "row_key local_id ref"),
		}, CitationInputs()),

		TypeStatusChange: slices.Concat(identityFields(), []Field{
			{Name: "record", Says: "The relationship, contract, inquiry or open item whose status changed.", Aliases: "link contract record_key relationship_id inquiry open_item"},
			endsField("subject_name", "object_name"),
			{Name: "status", Says: "The new status: see status_of_… of /codes.", Aliases: "new_status state"},
			{Name: "extent", Says: "full or partial."},
			{Name: "scope", Says: "Of what part, in words."},
			{Name: "effective", Says: "When it took effect, as EDTF.", Aliases: "date effective_date when"},
			{Name: "announced", Says: "When it was announced, as EDTF.", Aliases: "announced_on announcement_date"},
			{Name: "reported", Says: "done or announced, as its sources are said to report it; empty where that follows from days.", Aliases: "reported_as"},
			confirmedField(),
			{Name: "actor", Says: "Who took the step.", Aliases: "by"},
			{Name: "reason", Says: "Why, in words.", Aliases: "why"},
			{Name: "place", Says: "Orders steps of one record whose dates do not: the lower comes first.", Aliases: "order"},
			{Name: "claim", Says: "The claim that moved the record."},
		}, standingFields(), []Field{
			older("current_status"),
			input("subject", "With object: the link whose status changed leads from it.", "from service"),
			input("type", "With subject and object: the type of that link.", "relationship_type"),
			input("object", "With subject: the link whose status changed leads to it.", "to unit"),
			input("key", "What other rows of the file call it.", "row_key"),
		}, CitationInputs()),

		TypeClaim: slices.Concat(identityFields(), []Field{
			{Name: "stance", Says: "In what manner: see stance of /codes."},
			{Name: "extent", Says: "full or partial: whether it covers all of what it answers or is about."},
			{Name: "speakers", Says: "Who speaks.", Aliases: "speaker by who", Parts: map[string]string{"_names": "speaker_labels"}},
			{Name: "text", Says: "What is said.", Aliases: "claim quote statement"},
			{Name: "purposes", Says: "What a supply is said to be used for: see purpose of /codes.", Aliases: "purpose"},
			{Name: "said_on", Says: "When it was said, as EDTF.", Aliases: "date when"},
			{Name: "about", Says: "The records that it is about.", Aliases: "subject record"},
			{Name: "answers", Says: "The claims that it answers.", Aliases: "answer_to in_reply_to"},
		}, standingFields(), []Field{
			older("current_status"),
			input("on_behalf_of", "For whom the first speaker speaks.", ""),
			input("anonymous", "Speakers who are described and not named.", "anonymous_speaker described_speaker"),
			input("key", "What other rows of the file call it.", "row_key"),
		}, CitationInputs()),

		TypeSource: slices.Concat(identityFields(), []Field{
			{Name: "kind", Kind: FieldCode, Says: "What it is: see source_kind of /codes.", Aliases: "type source_kind"},
			{Name: "title", Says: "Its title.", Aliases: "headline name"},
			{Name: "url", Says: "Where it is to be read.", Aliases: "link source_url web_address"},
			{Name: "publishers", Says: "Who published it.", Aliases: "publisher outlet", Parts: map[string]string{"_names": "publisher_labels"}},
			{Name: "published", Says: "When it was published, as EDTF.", Aliases: "published_at date publication_date published_on"},
			{Name: "authors", Says: "Who wrote it.", Aliases: "author byline"},
			{Name: "language", Says: "A tag such as ar.", Aliases: "lang"},
			{Name: "unpublished", Says: "Whether readers cannot look it up."},
			{Name: "summary", Says: "In words.", Aliases: "description notes"},
			{Name: "reports_on", Says: "The sources on which it reports.", Aliases: "origin"},
			{Name: "copy_of", Says: "The original of which it is a reprint or a copy in an archive.", Aliases: "reprint_of archive_of"},
			{Name: "captures", Says: "The files that show what it said: how many there are."},
		}, revisionFields(), []Field{
			input("key", "What other rows of the file call it.", "row_key local_id ref"),
		}),

		TypeOpenItem: slices.Concat(identityFields(), []Field{
			{Name: "kind", Kind: FieldCode, Says: "question, demand or commitment.", Aliases: "type"},
			{Name: "text", Says: "In words.", Aliases: "question demand commitment"},
			{Name: "addressee", Says: "Who is to answer or to act, or who promised.", Aliases: "addressed_to to"},
			{Name: "raised_by", Says: "Who asks or demands, or to whom it was promised.", Aliases: "by from"},
			{Name: "raised_on", Says: "When it was raised, as EDTF.", Aliases: "date"},
			{Name: "due", Says: "When an answer or act is expected, as EDTF.", Aliases: "due_date"},
			{Name: "about", Says: "The records that it is about."},
		}, statusFields(), []Field{unansweredField()}, standingFields(), []Field{
			input("anonymous", "Who raised it, described and not named.", "anonymous_speaker described_speaker"),
			input("on_behalf_of", "For whom the first of those who raised it speaks.", ""),
			input("key", "What other rows of the file call it.", "row_key"),
		}, CitationInputs()),
	}
}

// CitationInputs are columns in which people name the sources of a row. None of them is known by the
// name of what our own files derive, or such a file would become evidence of what it tells.
func CitationInputs() []Field {
	return []Field{
		input("source", "A source that it cites: its id, address, key in the file, or title.", "source_id source_key sourceref"),
		input("source_url", "The address of a source that it cites.", "url reference_url reference link sourceurl citation source_link"),
		input("source_title", "The title of that source, where it is a new one.", "reference_name"),
		input("locator", "Where in the source.", "page paragraph"),
		input("citation_note", "A note on the citation.", ""),
		input("holds_on", "The day on which the source shows that it held.", "evidenced_on"),
		input("checked_on", "The day on which somebody looked.", ""),
	}
}

// entityInputs are columns in which others keep names and identifiers.
func entityInputs() []Field {
	list := []Field{
		input("key", "What other rows of the file call it.", "row_key local_id ref"),
		input("aliases", "Other names in use.", "alias other_names also_known_as aka weak_alias"),
		input("acronym", "Short forms made of letters.", "abbreviation"),
		input("former_names", "Names no longer in use.", "former_name previous_name previous_names"),
		input("transliteration", "The name in other scripts.", "transliterations"),
	}
	for _, scheme := range identifierColumns {
		list = append(list, input(scheme[0], "An identifier of this scheme.", scheme[1]))
	}
	return append(list, input("website", "Its website.", ""))
}

// identifierColumns are columns that hold an identifier of one scheme, with their aliases.
var identifierColumns = [][2]string{{"lei", "lei_code leicode legal_entity_identifier"}, {"wikidata", "wikidata_id qid"},
	{"opencorporates", "opencorporates_url open_corporates"}, {"uei", ""}, {"duns", "duns_code"}, {"cik", "cik_code"}, {"isin", "isin_code"},
	{"registration_number", "registrationnumber company_number reg_number"}, {"tax_number", "taxnumber"}, {"cage", "cage_code"},
	{"permid", "perm_id"}, {"littlesis", "littlesis_id"}, {"opensanctions", "opensanctions_id"}}

// IdentifierSchemes are the schemes of identifiers that have a column of their own in imports.
func IdentifierSchemes() []string {
	list := make([]string, len(identifierColumns))
	for i, scheme := range identifierColumns {
		list[i] = scheme[0]
	}
	return list
}
