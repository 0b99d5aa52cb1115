package services

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Merge says that one record is the same as another. Where one of them is undisclosed and the other
// is not, that is a Naming.
type Merge struct {
	// From is joined into Into, and leads there from then on.
	From, Into uuid.UUID
	// FromVersion and IntoVersion are those that the writer saw.
	FromVersion, IntoVersion int64
	// Choose says field by field whose value stands: "into", "from", or "both" for lists. A field
	// that is left out has the value of Into, or that of From where Into has none; lists have
	// the entries of both.
	Choose map[string]string
	// Citation is the source that says that they are one; nil where none is cited. Two undisclosed
	// entities are not merged without.
	Citation *models.Citation
	Reason   string

	// named is set where this is how a naming is written: the records that it makes.
	named []models.Operation
}

// action is what one must be allowed to do for it.
func (m Merge) action() Action {
	if m.named != nil {
		return ActionName
	}
	return ActionMerge
}

// op is the operation by which From leads to Into.
func (m Merge) op() models.Op {
	if m.named != nil {
		return models.OpName
	}
	return models.OpMerge
}

// made gives the operation that makes Into; nil where it is there already.
func (m Merge) made() *models.Operation {
	i := slices.IndexFunc(m.named, func(op models.Operation) bool { return op.ID == m.Into })
	if i < 0 {
		return nil
	}
	return &m.named[i]
}

// MergePlan is what a merge would do.
type MergePlan struct {
	From, Into Record
	// Fields lists the fields of both, and what would stand.
	Fields []MergeField
	// Moved are the records that would point at Into instead, Folded those that would become the
	// same as another, Retracted the links that would lead from a record to itself, and Apart
	// the links that look the same and cannot be joined.
	Moved     []uuid.UUID
	Folded    []Fold
	Retracted []uuid.UUID
	Apart     []Fold
	// Conflicts are identifiers of one scheme that both have, and that differ: one entity has one, so
	// that somebody must choose.
	Conflicts []IdentifierConflict
	// Refs label all of them.
	Refs map[uuid.UUID]Ref

	operations []models.Operation
}

// IdentifierConflict is two identifiers of one scheme.
type IdentifierConflict struct{ Scheme, From, Into string }

// Fold is a record that becomes the same as another, or, with a Why, cannot.
type Fold struct {
	From, Into uuid.UUID
	Why        string
}

// MergeField is a field of a merge with both values and the one that would stand, as JSON.
type MergeField struct {
	Field                 string
	From, Into, Merged    json.RawMessage
	Differs, List, Chosen bool
}

// PlanMerge shows what a merge would do, and writes nothing.
func (s *Services) PlanMerge(ctx context.Context, by models.Actor, m Merge) (MergePlan, error) {
	if err := require(by, ActionPropose); err != nil {
		return MergePlan{}, err
	}
	var plan MergePlan
	err := s.db.ReadTransaction(ctx, func(tx *gorm.DB) (err error) {
		plan, err = s.planMerge(tx, m)
		return err
	})
	if err != nil {
		return plan, err
	}
	return plan, s.labelPlan(ctx, &plan, m)
}

func (s *Services) labelPlan(ctx context.Context, plan *MergePlan, m Merge) error {
	r, err := s.read(ctx, Moment{})
	if err != nil {
		return err
	}
	wanted := wantedRefs{}
	wanted.add("", m.From, m.Into)
	wanted.add("", plan.Moved...)
	wanted.add("", plan.Retracted...)
	for _, fold := range append(slices.Clone(plan.Folded), plan.Apart...) {
		wanted.add("", fold.From, fold.Into)
	}
	plan.Refs, err = r.loadRefs(wanted)
	return err
}

// Merge joins two records of one type: what pointed at From points at Into from then on, with a
// revision each; links that become the same are folded; From's id and slugs lead to Into for
// ever. Who may not merge has it proposed. ErrStale when either changed since it was seen.
func (s *Services) Merge(ctx context.Context, by models.Actor, m Merge) (out Outcome, err error) {
	if err := require(by, ActionPropose); err != nil {
		return Outcome{}, err
	}
	if May(by, ActionMerge) {
		if err := require(by, ActionMerge); err != nil { // it may ask for more than the role
			return Outcome{}, err
		}
	}
	m.Reason, err = remark("/reason", m.Reason, true)
	if err != nil {
		return Outcome{}, err
	}
	return s.joinRecords(ctx, by, m, "Merge: ")
}

// joinRecords publishes a merge or a naming, or proposes it.
func (s *Services) joinRecords(ctx context.Context, by models.Actor, m Merge, what string) (out Outcome, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := s.lockLog(tx); err != nil {
			return err
		}
		plan, err := s.planMerge(tx, m)
		if err == nil {
			err = plan.undecided(m)
		}
		if err != nil {
			return err
		}
		if err := s.withinLimits(tx, by, []models.Operation{{Op: m.op()}}); err != nil {
			return err
		}
		c := models.Changeset{ID: newID(), Summary: what + firstLetters(m.Reason, 1900), Operations: plan.operations}
		alone := May(by, m.action())
		if alone && m.named != nil { // a merge is for stewards, whom a protection does not hold up
			protected, err := touchesProtected(tx, []models.Operation{{ID: m.From}, {ID: m.Into}})
			if err != nil {
				return err
			}
			alone = !protected
		}
		if alone {
			out, err = s.publishExact(tx, by, by.Account, c, false)
			return err
		}
		out, err = s.proposeMerge(tx, by, c, m)
		return err
	})
	return out, err
}

func firstLetters(text string, most int) string {
	for i := range text {
		if i >= most {
			return text[:i] + "…"
		}
	}
	return text
}

// proposeMerge keeps a merge that waits for a steward: the merge, and what Into is to become. The
// rest is worked out when it is published.
func (s *Services) proposeMerge(tx *gorm.DB, by models.Actor, c models.Changeset, m Merge) (Outcome, error) {
	if err := s.rehearseExact(tx, by, c); err != nil {
		return Outcome{}, err
	}
	stored := slices.DeleteFunc(slices.Clone(c.Operations), func(op models.Operation) bool {
		return op.ID != m.From && op.ID != m.Into && op.Op != models.OpCreate
	})
	now := s.now()
	row := models.ChangesetRow{ID: c.ID, Status: models.ChangesetSubmitted, Summary: c.Summary, AuthorID: by.Account, CreatedAt: now,
		GroupID: groupOf(by), Operations: storedText(stored), Edition: 1, Queue: models.QueueEdits, SubmittedAt: &now, Retractions: 1}
	if err := tx.Create(&row).Error; err != nil {
		return Outcome{}, fmt.Errorf("store proposal %s: %w", c.ID, err)
	}
	return Outcome{Changeset: c.ID, Status: row.Status}, s.note(tx, by, c.ID, models.EventSubmitted, "")
}

// proposedMerge finds the merge that a proposal asks for, and the document that Into is to have;
// nil for a proposal of other writes.
func proposedMerge(operations []models.Operation) (*Merge, models.Document) {
	i := slices.IndexFunc(operations, func(op models.Operation) bool { return op.Op.Joins() })
	if i < 0 {
		return nil, nil
	}
	m := &Merge{From: operations[i].ID, FromVersion: operations[i].Version, Reason: operations[i].Reason}
	if operations[i].Into != nil {
		m.Into = *operations[i].Into
	}
	var document models.Document
	for _, op := range operations {
		if op.ID == m.Into {
			document = op.Data
		}
		if op.Op == models.OpCreate {
			m.named = append(m.named, op)
		}
	}
	if operations[i].Op == models.OpName && m.named == nil {
		m.named = []models.Operation{} // which is refused for want of a claim
	}
	return m, document
}

// publishMerge publishes a proposed merge as things stand now.
func (s *Services) publishMerge(tx *gorm.DB, by models.Actor, row models.ChangesetRow, operations []models.Operation) (Outcome, error) {
	m, document := proposedMerge(operations)
	if err := require(by, m.action()); err != nil {
		return Outcome{}, err
	}
	plan, err := s.planMergeAs(tx, *m, document)
	if err != nil {
		return Outcome{}, err
	}
	return s.publishExact(tx, by, row.AuthorID, models.Changeset{ID: row.ID, Summary: row.Summary, Operations: plan.operations}, true)
}

// merging works out what a merge does.
type merging struct {
	tx     *gorm.DB
	reason string
	// into maps what is merged to what stands in its place.
	into map[uuid.UUID]uuid.UUID
	// now holds the documents as they would be, before as they are.
	now, before map[uuid.UUID]models.Document
	states      map[uuid.UUID]models.RecordState
	touched     map[uuid.UUID]bool
	looped      map[uuid.UUID]bool
	plan        *MergePlan
}

func (s *Services) planMerge(tx *gorm.DB, m Merge) (MergePlan, error) {
	return s.planMergeAs(tx, m, nil)
}

// planMergeAs is planMerge with the document that Into is to have; nil has it follow from the
// choices.
func (s *Services) planMergeAs(tx *gorm.DB, m Merge, document models.Document) (MergePlan, error) {
	plan := MergePlan{}
	g := &merging{tx: tx, reason: m.Reason, into: map[uuid.UUID]uuid.UUID{m.From: m.Into}, now: map[uuid.UUID]models.Document{}, before: map[uuid.UUID]models.Document{},
		states: map[uuid.UUID]models.RecordState{}, touched: map[uuid.UUID]bool{}, looped: map[uuid.UUID]bool{}, plan: &plan}
	records, err := g.ends(m)
	if err != nil {
		return plan, err
	}
	if err := plan.join(records, g, m); err != nil {
		return plan, err
	}
	if document != nil {
		g.now[m.Into] = document
	}
	g.touched[m.Into] = mustJSON(g.now[m.Into]) != mustJSON(g.before[m.Into])

	if err := g.moveAll([]uuid.UUID{m.From}); err != nil {
		return plan, err
	}
	folded, err := g.fold(m)
	if err != nil {
		return plan, err
	}
	if err := g.moveAll(folded); err != nil {
		return plan, err
	}
	return plan, g.operations(m)
}

// ends loads both records, and refuses those that cannot be merged.
func (g *merging) ends(m Merge) (map[uuid.UUID]models.Record, error) {
	records, err := loadRecords(g.tx, []uuid.UUID{m.From, m.Into})
	if err != nil {
		return nil, err
	}
	if m.made() != nil {
		records[m.Into] = models.Record{ID: m.Into, Type: models.TypeEntity, State: models.StateLive}
	}
	from, into := records[m.From], records[m.Into]
	var problems []models.Problem
	problem := func(pointer, format string, args ...any) {
		problems = append(problems, models.Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
	}
	for pointer, one := range map[string]struct {
		id     uuid.UUID
		record models.Record
	}{"/from": {m.From, from}, "/into": {m.Into, into}} {
		switch {
		case one.record.ID == uuid.Nil:
			problem(pointer, "There is no record with the id %s.", one.id)
		case one.record.WithheldAt != nil:
			problem(pointer, "This record is withheld; lift the hold first.")
		case one.record.State == models.StateMerged:
			problem(pointer, "This record was merged into %s already.", *one.record.MergedInto)
		case one.record.State == models.StateRetracted:
			problem(pointer, "This record is retracted; restore it first.")
		}
	}
	if m.From == m.Into {
		problem("/into", "A record cannot be merged into itself; choose another.")
	} else if len(problems) == 0 && from.Type != into.Type {
		problem("/into", "A %s cannot be merged into a %s.", label(from.Type), label(into.Type))
	}
	if len(problems) > 0 {
		return nil, &models.Error{Kind: models.ErrInvalid, Message: "These two cannot be merged.", Problems: problems}
	}
	for pointer, versions := range map[string][2]int64{"/from_version": {m.FromVersion, from.Version}, "/into_version": {m.IntoVersion, into.Version}} {
		if versions[0] != 0 && versions[0] != versions[1] {
			return nil, models.Errorf(models.ErrStale, "Somebody else changed one of the two meanwhile. Look at them again before you merge them.").About(0, pointer)
		}
	}
	if made := m.made(); made != nil {
		g.before[m.Into], g.states[m.Into] = made.Data, models.StateLive
	}
	return records, g.load([]uuid.UUID{m.From, m.Into})
}

// load loads the documents that are not known yet, to be changed.
func (g *merging) load(ids []uuid.UUID) error {
	d := newDerivation(g.tx, presently)
	missing := slices.DeleteFunc(slices.Clone(ids), func(id uuid.UUID) bool { return g.before[id] != nil })
	if err := d.loadDocuments(missing); err != nil {
		return err
	}
	for _, id := range missing {
		document, err := copyOf(d.documents[id])
		if err != nil {
			return err
		}
		g.before[id], g.now[id], g.states[id] = d.documents[id], document, d.states[id]
	}
	return nil
}

// join works out what Into is to become.
func (p *MergePlan) join(records map[uuid.UUID]models.Record, g *merging, m Merge) error {
	from, into := g.before[m.From], g.before[m.Into]
	if problem := unlike(from, into); problem != "" {
		return &models.Error{Kind: models.ErrInvalid, Message: "These two cannot be merged.", Problems: []models.Problem{{Pointer: "/into", Message: problem}}}
	}
	if problem := m.hides(from, into); problem != nil {
		return &models.Error{Kind: models.ErrInvalid, Message: "Nothing was merged.", Problems: []models.Problem{*problem}}
	}
	p.From = Record{Head: headOf(records[m.From]), Document: from}
	p.Into = Record{Head: headOf(records[m.Into]), Document: into}
	fields, err := joined(from, into, m.Choose)
	if err != nil {
		return err
	}
	p.Fields = fields

	values := map[string]json.RawMessage{}
	for _, field := range fields {
		setField(values, field.Field, field.Merged)
	}
	document, err := documentOf(into.RecordType(), values)
	if err != nil {
		return err
	}
	if entity, ok := document.(*models.Entity); ok {
		keepNames(entity, from.(*models.Entity), into.(*models.Entity), m.Choose["names"])
		if m.Choose["identifiers"] == "" {
			p.Conflicts = conflictsOf(from.(*models.Entity), into.(*models.Entity))
		}
	}
	if err := m.cite(document); err != nil {
		return err
	}
	g.now[m.Into] = document
	return nil
}

// hides says why one of two entities must not be merged with the other, since that would say who an
// undisclosed one is; nil where it may.
func (m Merge) hides(from, into models.Document) *models.Problem {
	f, isEntity := from.(*models.Entity)
	if !isEntity {
		return nil
	}
	i := into.(*models.Entity)
	hidden, stands := f.Identity == models.Undisclosed, i.Identity == models.Undisclosed
	switch {
	case m.named != nil && !hidden:
		return &models.Problem{Pointer: "", Message: "Who this is, is known already: only an undisclosed entity can be named. If both are the same, merge them."}
	case m.named != nil && stands:
		return &models.Problem{Pointer: "/into", Message: "This one is undisclosed itself, so that it names nobody. Choose the named entity, or merge the two with a source that says that they are one."}
	case m.named == nil && hidden && !stands:
		return &models.Problem{Pointer: "/into", Message: namingWords(m.From)}
	case m.named == nil && !hidden && stands:
		return &models.Problem{Pointer: "/into", Message: "An undisclosed entity cannot stand in the place of a named one. " + namingWords(m.Into)}
	}
	return nil
}

// cite adds the source of a merge to what the record that stands cites.
func (m Merge) cite(document models.Document) error {
	if m.Citation == nil {
		return nil
	}
	citations := citationList(document)
	if citations == nil {
		return models.Errorf(models.ErrInvalid, "A %s cites nothing; say in the reason why the two are one.", label(document.RecordType())).About(0, "/citation")
	}
	if !slices.Contains(*citations, *m.Citation) {
		*citations = append(*citations, *m.Citation)
	}
	return nil
}

// keepNames keeps what both entities were called among the names of the one that stands, so that it
// is found by it; not the description that stands for the name of an undisclosed one. What both have
// stands once, with what either says of it. choice is that for the names.
func keepNames(entity, from, into *models.Entity, choice string) {
	lists := map[string][]*models.Entity{"into": {into}, "from": {from}}[choice]
	if lists == nil {
		lists = []*models.Entity{into, from}
	}
	entity.Names = nil
	for _, one := range lists {
		for _, name := range one.Names {
			addName(entity, name)
		}
	}
	for _, one := range []*models.Entity{into, from} {
		if one.Identity != models.Undisclosed {
			addName(entity, models.Name{Text: one.Name, Type: "alias"})
		}
	}
}

// addName adds a name that an entity does not have yet.
func addName(entity *models.Entity, name models.Name) {
	folded := models.Fold(name.Text)
	if folded == models.Fold(entity.Name) && (name.Type == "alias" || name.Text == entity.Name) {
		return
	}
	for i := range entity.Names {
		known := &entity.Names[i]
		if models.Fold(known.Text) != folded || known.Language != "" && name.Language != "" && known.Language != name.Language {
			continue
		}
		if known.Type == "alias" {
			known.Type = name.Type
		}
		known.Language, known.Script = cmp.Or(known.Language, name.Language), cmp.Or(known.Script, name.Script)
		return
	}
	entity.Names = append(entity.Names, name)
}

// conflictsOf finds the schemes in which two entities have different identifiers.
func conflictsOf(from, into *models.Entity) []IdentifierConflict {
	var conflicts []IdentifierConflict
	for _, f := range from.Identifiers {
		for _, i := range into.Identifiers {
			if f.Scheme == i.Scheme && f.Value != i.Value && !slices.Contains(into.Identifiers, f) && !slices.Contains(from.Identifiers, i) {
				conflicts = append(conflicts, IdentifierConflict{f.Scheme, f.Value, i.Value})
			}
		}
	}
	return conflicts
}

// undecided refuses a merge of two identifiers of one scheme about which nobody chose.
func (p MergePlan) undecided(m Merge) error {
	var problems []models.Problem
	for _, c := range p.Conflicts {
		problems = append(problems, models.Problem{Pointer: "/choose/identifiers", Message: fmt.Sprintf(
			"Both have an identifier of the scheme %q: %q goes, %q stands. Look whether they are one, then choose whose identifiers stand: \"into\", \"from\" or \"both\".", c.Scheme, c.From, c.Into)})
	}
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Message: "Nothing was merged. " + count(len(problems), "thing needs", "things need") + " attention.", Problems: problems}
}

func headOf(record models.Record) Head {
	return Head{ID: record.ID, Type: record.Type, State: record.State, MergedInto: record.MergedInto, Version: record.Version, Revision: record.Revision}
}

// unlike says why two documents cannot be one; "" when they can.
func unlike(from, into models.Document) string {
	switch f := from.(type) {
	case *models.Entity:
		if i := into.(*models.Entity); f.Kind != i.Kind {
			return fmt.Sprintf("A %s cannot be merged into a %s, since links depend on the kind.", f.Kind, i.Kind)
		}
	case *models.Relationship:
		if i := into.(*models.Relationship); f.Type != i.Type || f.Subject != i.Subject || f.Object != i.Object {
			return "Two links can be merged when they have the same type and ends; merge the ends first."
		}
	case *models.StatusChange:
		if i := into.(*models.StatusChange); f.Record != i.Record || f.Status != i.Status {
			return "Two status changes can be merged when they are of the same record, to the same status."
		}
	case *models.OpenItem:
		if i := into.(*models.OpenItem); f.Kind != i.Kind {
			return fmt.Sprintf("A %s cannot be merged into a %s.", f.Kind, i.Kind)
		}
	}
	return ""
}

// always are the fields whose value is that of Into, whatever one chooses.
var always = []string{"kind", "type", "slug", "identity", "subject", "object", "record", "status"}

// joined lists the fields of both documents and what would stand.
func joined(from, into models.Document, choose map[string]string) ([]MergeField, error) {
	a, err := documentFields(from)
	if err != nil {
		return nil, err
	}
	b, err := documentFields(into)
	if err != nil {
		return nil, err
	}
	names := fieldNames(a, b)
	for name := range choose {
		if !slices.Contains(names, name) || slices.Contains(always, name) {
			return nil, &models.Error{Kind: models.ErrInvalid, Message: "Nothing was merged.", Problems: []models.Problem{{Pointer: "/choose/" + name,
				Message: fmt.Sprintf("There is no field %q to choose.%s", shorten(name), models.DidYouMean(name, names))}}}
		}
	}

	fields := make([]MergeField, len(names))
	for i, name := range names {
		f := MergeField{Field: name, From: a[name], Into: b[name], Differs: !bytes.Equal(a[name], b[name])}
		f.List = isList(f.From) || isList(f.Into)
		f.Chosen = f.Differs && !slices.Contains(always, name)
		if f.Merged, err = f.stands(choose[name], slices.Contains(always, name)); err != nil {
			return nil, err
		}
		fields[i] = f
	}
	return fields, nil
}

func isList(value json.RawMessage) bool { return len(value) > 0 && value[0] == '[' }

// stands gives the value of a field by a choice.
func (f MergeField) stands(choice string, fixed bool) (json.RawMessage, error) {
	switch {
	case fixed || choice == "into":
		return f.Into, nil
	case choice == "from":
		return f.From, nil
	case choice != "" && choice != "both" || choice == "both" && !f.List:
		return nil, &models.Error{Kind: models.ErrInvalid, Message: "Nothing was merged.", Problems: []models.Problem{{Pointer: "/choose/" + f.Field,
			Message: fmt.Sprintf("%q is no choice here; choose \"into\" or \"from\", and for lists \"both\".", shorten(choice))}}}
	case f.List:
		return union(f.Into, f.From)
	case len(f.Into) == 0:
		return f.From, nil
	}
	return f.Into, nil
}

// union joins two JSON lists; what is in both stands once.
func union(first, second json.RawMessage) (json.RawMessage, error) {
	var all []json.RawMessage
	for _, list := range []json.RawMessage{first, second} {
		var entries []json.RawMessage
		if len(list) > 0 {
			if err := json.Unmarshal(list, &entries); err != nil {
				return nil, fmt.Errorf("join lists: %w", err)
			}
		}
		for _, entry := range entries {
			if !slices.ContainsFunc(all, func(other json.RawMessage) bool { return bytes.Equal(entry, other) }) {
				all = append(all, entry)
			}
		}
	}
	return json.RawMessage(mustJSON(all)), nil
}

// moveAll has everything that points at merged records point at what stands in their place.
func (g *merging) moveAll(from []uuid.UUID) error {
	ids, err := pointing(g.tx, from)
	if err != nil {
		return err
	}
	if err := g.load(ids); err != nil {
		return err
	}
	for _, id := range append(ids, g.intos()...) {
		if _, merged := g.into[id]; merged || g.states[id] == models.StateMerged {
			continue
		}
		if repoint(id, g.now[id], g.into) {
			g.touched[id] = true
		}
		if link, ok := g.now[id].(*models.Relationship); ok && link.Subject == link.Object {
			g.looped[id] = true
		}
	}
	return nil
}

// intos are the records in which others are merged; their documents may point at those too.
func (g *merging) intos() []uuid.UUID {
	var ids []uuid.UUID
	for _, into := range g.into {
		ids = append(ids, into)
	}
	return distinct(ids)
}

// operations writes the plan down as operations: the merges first, in a fixed order.
func (g *merging) operations(m Merge) error {
	ids := distinct(slices.Concat(keys(g.touched), keys(g.into), keys(g.looped)))
	records, err := loadRecords(g.tx, ids)
	if err != nil {
		return err
	}
	made := m.made()
	for _, op := range m.named {
		if op.ID == m.Into {
			op.Data = g.now[m.Into]
		}
		g.plan.operations = append(g.plan.operations, op)
	}
	first := []uuid.UUID{m.From, m.Into}
	follows := map[models.Op]string{models.OpMerge: "Follows a merge: ", models.OpName: "It was named: "}[m.op()] + m.Reason
	for _, id := range append(first, slices.DeleteFunc(ids, func(id uuid.UUID) bool { return slices.Contains(first, id) })...) {
		op := models.Operation{Type: records[id].Type, ID: id, Version: records[id].Version, Reason: firstLetters(follows, 4900)}
		into, merged := g.into[id]
		switch {
		case made != nil && id == m.Into:
			continue // it is written above
		case merged:
			op.Op, op.Into = models.OpMerge, &into
			if id == m.From {
				op.Op, op.Reason = m.op(), m.Reason
			} else {
				g.plan.Folded = append(g.plan.Folded, Fold{From: id, Into: into})
			}
		case g.looped[id] && g.states[id] == models.StateLive:
			op.Op = models.OpRetract
			g.plan.Retracted = append(g.plan.Retracted, id)
		case g.looped[id] || !g.touched[id]:
			continue
		default:
			op.Op, op.Edit, op.Data = models.OpEdit, models.Corrected, g.now[id]
			if id != m.Into {
				g.plan.Moved = append(g.plan.Moved, id)
			}
		}
		g.plan.operations = append(g.plan.operations, op)
	}
	return nil
}
