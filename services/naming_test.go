package services

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// hidden is an undisclosed unit with a supply and a claim about it.
type hidden struct{ unit, service, link, step, claim uuid.UUID }

func (w *world) hidden(t testing.TB, s supply) hidden {
	t.Helper()
	cite := []models.Citation{{Source: s.source}}
	unit := create(&models.Entity{Kind: models.KindUnit, Name: "A unit that was not named", Places: []string{"IL"}, Identity: models.Undisclosed, Citations: cite})
	service := create(&models.Entity{Kind: models.KindService, Name: "Storage", Citations: cite})
	link := create(&models.Relationship{Type: models.SuppliedTo, Subject: service.ID, Object: unit.ID, Citations: cite})
	step := create(&models.StatusChange{Record: link.ID, Status: "active", Effective: date(t, "2024"), Citations: cite})
	claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.Reports, About: []uuid.UUID{unit.ID}, SaidOn: date(t, "2025"), Text: "One unit.", Citations: cite})
	w.must(t, unit, service, link, step, claim)
	return hidden{unit.ID, service.ID, link.ID, step.ID, claim.ID}
}

// naming names an undisclosed unit.
func (s supply) naming(t testing.TB, h hidden) Naming {
	t.Helper()
	return Naming{Undisclosed: h.unit, Into: s.unit, Claim: &models.Claim{Speakers: []models.Speaker{{Description: "two officials"}}, Stance: models.Reports,
		SaidOn: date(t, "2025-10-01"), Text: "It is Unit One.", Citations: []models.Citation{{Source: s.source, Locator: "p. 3", Note: "They name it."}}}}
}

func (w *world) presentOf(t testing.TB, id uuid.UUID) Present {
	t.Helper()
	all, err := w.PresentRecords(context.Background(), []uuid.UUID{id})
	if err != nil {
		t.Fatal(err)
	}
	return all[id]
}

// change edits a record as an editor does, and gives what comes of it.
func (w *world) change(t testing.TB, by models.Actor, id uuid.UUID, change func(models.Document)) error {
	t.Helper()
	present := w.presentOf(t, id)
	document, err := copyOf(present.Document)
	if err != nil {
		t.Fatal(err)
	}
	change(document)
	_, err = w.Submit(context.Background(), by, models.Changeset{Operations: []models.Operation{{Op: models.OpEdit, Type: present.Type, ID: id, Version: present.Version,
		Edit: models.Corrected, Reason: "x", Data: document}}})
	return err
}

func TestName_joinsWithAClaimAndItsSourceAndUndoRestores(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		h := w.hidden(t, s)
		w.now = w.now.Add(time.Hour)
		before, then := w.present(t), w.now.Add(-time.Minute)

		plan, err := w.PlanNaming(ctx, w.editor, s.naming(t, h))
		if err != nil || len(plan.Moved) != 2 || plan.From.ID != h.unit || plan.Into.ID != s.unit {
			t.Fatalf("%+v, %v", plan, err)
		}
		same(t, "planning", before, w.present(t))
		n := s.naming(t, h)
		n.Version = 7
		if _, err := w.Name(ctx, w.editor, n); errorKind(err) != models.ErrStale {
			t.Errorf("named at a version that nobody saw: %v", err)
		}

		out, err := w.Name(ctx, w.editor, s.naming(t, h))
		if err != nil || out.Status != models.ChangesetPublished {
			t.Fatalf("%+v, %v", out, err)
		}
		w.verified(t)
		for _, asked := range []string{h.unit.String(), "a-unit-that-was-not-named"} {
			page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, asked, Moment{})
			if err != nil || page.Records[0].ID != s.unit {
				t.Errorf("%s leads to %+v, %v", asked, page.Records, err)
			}
		}
		if e := w.entity(t, s.unit); e.Name != "Unit One" || e.Identity != models.Disclosed || len(e.Names) != 0 || len(e.Places) != 1 {
			t.Errorf("%+v", e)
		}
		if links := w.list(t, models.TypeRelationship, "type=supplied_to&subject=storage&object=unit-one"); len(links.Records) != 1 || links.Records[0].ID != h.link {
			t.Errorf("%+v", links.Records)
		}
		// Who says so stands with the named entity, with the source.
		said, err := w.Involved(ctx, models.Actor{}, "unit-one", models.TypeClaim, Query{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, record := range said.Records {
			claim := record.Document.(*models.Claim)
			found = found || claim.Text == "It is Unit One." && claim.Citations[0] == (models.Citation{Source: s.source, Locator: "p. 3", Note: "They name it."}) && claim.About[0] == s.unit
		}
		if !found {
			t.Errorf("no claim about the named one: %+v", said.Records)
		}
		revisions, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &h.unit})
		if err != nil || revisions[1].Op != models.OpName || revisions[1].Reason != "It is Unit One." {
			t.Errorf("%+v, %v", revisions, err)
		}
		page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, h.unit.String(), Moment{KnownAt: then})
		if err != nil || page.Records[0].Document.(*models.Entity).Identity != models.Undisclosed {
			t.Errorf("before: %+v, %v", page.Records, err)
		}

		steward := w.steward(t)
		if _, err := w.Revert(ctx, w.editor, Revert{Changeset: &out.Changeset, Reason: "x"}); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor undid a naming: %v", err)
		}
		undone, err := w.Revert(ctx, steward, Revert{Changeset: &out.Changeset, Reason: "it was another"})
		if err != nil || len(undone.Conflicts) != 0 {
			t.Fatalf("%+v, %v", undone.Conflicts, err)
		}
		after := w.present(t)
		for id := range after { // the claim is there, and retracted
			if _, was := before[id]; !was {
				delete(after, id)
			}
		}
		same(t, "after undoing", before, after)
		w.verified(t)

		// To undo the undoing names again: its claim is restored with it.
		again, err := w.Revert(ctx, steward, Revert{Changeset: &undone.Changeset, Reason: "it was this one"})
		if err != nil || len(again.Conflicts) != 0 {
			t.Fatalf("%+v, %v", again.Conflicts, err)
		}
		if revisions, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &h.unit}); err != nil || revisions[len(revisions)-1].Op != models.OpName {
			t.Errorf("%+v, %v", revisions, err)
		}
		w.verified(t)
	})
}

func TestName_makesTheNamedEntityAndTheSourceInOneStep(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		h := w.hidden(t, s)
		author := w.account(t, "Author", models.RoleContributor)
		n := s.naming(t, h)
		n.Into, n.New, n.Claim.Citations = uuid.Nil, &models.Entity{Name: "Unit Nine"}, nil
		n.Source, n.Locator, n.Note = &models.Source{Kind: "article", Title: "It was named", URL: "https://nine.example/it"}, "second paragraph", "Names it."
		out, err := w.Name(ctx, author, n)
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("%+v, %v", out, err)
		}
		review, err := w.Review(ctx, w.editor, out.Changeset, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		ops := map[models.Op]int{}
		for _, change := range review.Changes {
			ops[change.Op]++
			if claim, ok := change.Data.(*models.Claim); ok && (claim.Text != "It is Unit One." || change.Citations[0].Locator != "second paragraph") {
				t.Errorf("the reviewer sees %+v", claim)
			}
		}
		if ops[models.OpName] != 1 || ops[models.OpCreate] != 3 {
			t.Errorf("the reviewer sees %v", ops)
		}
		// What came meanwhile moves too; nobody approves their own.
		w.must(t, create(&models.Relationship{Type: models.LinkedTo, Subject: h.unit, Object: s.company, Description: "meanwhile", Citations: []models.Citation{{Source: s.source}}}))
		if _, err := w.Approve(ctx, author, out.Changeset, ""); errorKind(err) != models.ErrForbidden {
			t.Errorf("its author approved it: %v", err)
		}
		if _, err := w.Approve(ctx, w.editor, out.Changeset, ""); err != nil {
			t.Fatal(err)
		}
		page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, h.unit.String(), Moment{})
		if err != nil || page.Records[0].Slug != "unit-nine" || page.Records[0].Document.(*models.Entity).Kind != models.KindUnit {
			t.Fatalf("%+v, %v", page.Records, err)
		}
		if links := w.list(t, models.TypeRelationship, "object=unit-nine"); len(links.Records) != 1 {
			t.Errorf("%d links", len(links.Records))
		}
		if links := w.list(t, models.TypeRelationship, "type=linked_to&subject=unit-nine"); len(links.Records) != 1 {
			t.Errorf("what came meanwhile: %d links", len(links.Records))
		}
		w.verified(t)
	})
}

func TestName_ofAProtectedEntityIsProposed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		h := w.hidden(t, s)
		if err := w.Protect(context.Background(), w.steward(t), s.unit, "Often changed."); err != nil {
			t.Fatal(err)
		}
		if out, err := w.Name(context.Background(), w.editor, s.naming(t, h)); err != nil || out.Status != models.ChangesetSubmitted {
			t.Errorf("%+v, %v", out, err)
		}
	})
}

func TestName_refusesWhatNamesNobody(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		h := w.hidden(t, s)
		other := w.hidden2(t, s)
		before := w.present(t)
		for name, one := range map[string]struct {
			change  func(*Naming)
			pointer string
		}{
			"no claim":            {func(n *Naming) { n.Claim = nil }, "/claim"},
			"no source":           {func(n *Naming) { n.Claim.Citations = nil }, "/claim/citations"},
			"nobody who says it":  {func(n *Naming) { n.Claim.Speakers = nil }, "/claim/speakers"},
			"no day":              {func(n *Naming) { n.Claim.SaidOn = models.Date{} }, "/claim/said_on"},
			"no words":            {func(n *Naming) { n.Claim.Text = " " }, "/claim/text"},
			"a denial":            {func(n *Naming) { n.Claim.Stance = models.Denies }, "/claim/stance"},
			"a commitment":        {func(n *Naming) { n.Claim.Stance = models.Commits }, "/claim/stance"},
			"nobody":              {func(n *Naming) { n.Into = uuid.Nil }, "/into"},
			"two at once":         {func(n *Naming) { n.New = &models.Entity{Name: "Another"} }, "/into"},
			"a company":           {func(n *Naming) { n.Into = s.company }, "/into"},
			"another undisclosed": {func(n *Naming) { n.Into = other }, "/into"},
			"itself":              {func(n *Naming) { n.Into = h.unit }, "/into"},
			"what is not there":   {func(n *Naming) { n.Into = newID() }, "/into"},
			"one that is known":   {func(n *Naming) { n.Undisclosed, n.Into = s.unit, other }, ""},
			"a new one unnamed":   {func(n *Naming) { n.Into, n.New = uuid.Nil, &models.Entity{} }, "/new/name"},
			"a source unnamed":    {func(n *Naming) { n.Source = &models.Source{Kind: "article"} }, "/source/title"},
		} {
			n := s.naming(t, h)
			one.change(&n)
			_, err := w.Name(ctx, w.editor, n)
			if errorKind(err) != models.ErrInvalid {
				t.Errorf("%s: %v", name, err)
				continue
			}
			refused(t, err, models.ErrInvalid, one.pointer)
		}
		n := s.naming(t, h)
		n.Claim.Citations = []models.Citation{{Source: newID()}}
		_, err := w.Name(ctx, w.editor, n)
		refused(t, err, models.ErrInvalid, "/citations/0/source")
		if _, err := w.Name(ctx, w.account(t, "Reader", models.RoleReader), s.naming(t, h)); errorKind(err) != models.ErrForbidden {
			t.Errorf("a reader named: %v", err)
		}
		same(t, "refusals", before, w.present(t))
	})
}

// hidden2 is another undisclosed unit.
func (w *world) hidden2(t testing.TB, s supply) uuid.UUID {
	t.Helper()
	op := create(&models.Entity{Kind: models.KindUnit, Name: "Another unnamed unit", Identity: models.Undisclosed, Citations: []models.Citation{{Source: s.source, Note: "other"}}})
	w.must(t, op)
	return op.ID
}

// TestIdentity_isSaidByNoOtherDoor tries every other way to say who an undisclosed entity is.
func TestIdentity_isSaidByNoOtherDoor(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)
		s := w.supply(t)
		h := w.hidden(t, s)
		other := w.hidden2(t, s)
		cite := models.Citation{Source: s.source, Note: "as the article describes it"}
		file := create(&models.Source{Kind: models.SourceImportedFile, Title: "a list"})
		nothing := models.Citation{Source: file.ID}
		words := create(&models.Claim{Speakers: []models.Speaker{{Description: "an employee"}}, Stance: models.Reports, About: []uuid.UUID{s.unit}, SaidOn: date(t, "2025"), Text: "x", Citations: []models.Citation{cite}})
		w.must(t, file, words)
		before := w.present(t)

		// A merge, in any direction, by whoever.
		for name, one := range map[string]struct {
			by      models.Actor
			m       Merge
			pointer string
		}{
			"undisclosed into named":       {steward, Merge{From: h.unit, Into: s.unit}, "/into"},
			"named into undisclosed":       {steward, Merge{From: s.unit, Into: h.unit}, "/into"},
			"undisclosed into undisclosed": {steward, Merge{From: h.unit, Into: other}, "/citation"},
			"with a mere source":           {steward, Merge{From: h.unit, Into: s.unit, Citation: &cite}, "/into"},
			"with what shows nothing":      {steward, Merge{From: h.unit, Into: other, Citation: &nothing}, "/citation"},
			"as a proposal":                {w.editor, Merge{From: h.unit, Into: s.unit, Citation: &cite}, "/into"},
			"by choice":                    {steward, Merge{From: other, Into: h.unit, Citation: &cite, Choose: map[string]string{"identity": "from"}}, "/choose/identity"},
		} {
			one.m.Reason = "it was named"
			_, err := w.Merge(ctx, one.by, one.m)
			if errorKind(err) != models.ErrInvalid {
				t.Errorf("%s: %v", name, err)
				continue
			}
			refused(t, err, models.ErrInvalid, one.pointer)
		}

		entity := func(change func(*models.Entity)) func(models.Document) {
			return func(d models.Document) { change(d.(*models.Entity)) }
		}
		claim := func(change func(*models.Claim)) func(models.Document) {
			return func(d models.Document) { change(d.(*models.Claim)) }
		}
		for name, one := range map[string]struct {
			id      uuid.UUID
			change  func(models.Document)
			pointer string
		}{
			"its identity":                {h.unit, entity(func(e *models.Entity) { e.Identity = models.Disclosed }), "/identity"},
			"its identity, with a source": {h.unit, entity(func(e *models.Entity) { e.Identity, e.Citations = models.Disclosed, append(e.Citations, cite) }), "/identity"},
			"its identity left out":       {h.unit, entity(func(e *models.Entity) { e.Identity = "" }), "/identity"},
			"a name":                      {h.unit, entity(func(e *models.Entity) { e.Name = "Unit Seven" }), "/name"},
			"a name, with a source":       {h.unit, entity(func(e *models.Entity) { e.Name, e.Citations = "Unit Seven", append(e.Citations, cite) }), "/name"},
			"the name of another":         {h.unit, entity(func(e *models.Entity) { e.Name, e.Citations = "UNIT ONE", append(e.Citations, cite) }), "/name"},
			"an alias":                    {h.unit, entity(func(e *models.Entity) { e.Names = []models.Name{{Text: "Unit Seven", Type: "alias"}} }), "/names/0/text"},
			"the alias of another": {h.unit, entity(func(e *models.Entity) {
				e.Names, e.Citations = []models.Name{{Text: "Unit One"}}, append(e.Citations, cite)
			}), "/names/0/text"},
			"an identifier":     {h.unit, entity(func(e *models.Entity) { e.Identifiers = []models.Identifier{{Scheme: "wikidata", Value: "Q7"}} }), "/identifiers/0"},
			"an address":        {h.unit, entity(func(e *models.Entity) { e.Slug = "unit-seven" }), "/slug"},
			"the end of a link": {h.link, func(d models.Document) { d.(*models.Relationship).Object = s.unit }, "/object"},
			"the end of a link, sourced": {h.link, func(d models.Document) {
				r := d.(*models.Relationship)
				r.Object, r.Citations = s.unit, append(r.Citations, cite)
			}, "/object"},
			"what a claim is about":   {h.claim, claim(func(c *models.Claim) { c.About = []uuid.UUID{s.unit} }), "/about/0"},
			"a named one beside it":   {h.claim, claim(func(c *models.Claim) { c.About = append(c.About, s.unit) }), "/about/1"},
			"nobody in its place":     {h.claim, claim(func(c *models.Claim) { c.About = nil }), "/about"},
			"with what shows nothing": {h.claim, claim(func(c *models.Claim) { c.About, c.Citations = []uuid.UUID{s.unit}, append(c.Citations, nothing) }), "/about/0"},
			"who speaks, described":   {words.ID, claim(func(c *models.Claim) { c.Speakers = []models.Speaker{{Entity: &s.company}} }), "/speakers"},
			"the link of a step":      {h.step, func(d models.Document) { d.(*models.StatusChange).Record = s.link }, "/record"},
			"the link of a step, sourced": {h.step, func(d models.Document) {
				c := d.(*models.StatusChange)
				c.Record, c.Citations = s.link, append(c.Citations, cite)
			}, "/record"},
			"a named one hidden":                           {s.unit, entity(func(e *models.Entity) { e.Identity = models.Undisclosed }), "/identity"},
			"the end of a link of which something is said": {h.link, func(d models.Document) { d.(*models.Relationship).Object = other }, "/object"},
		} {
			err := w.change(t, w.editor, one.id, one.change)
			if errorKind(err) != models.ErrInvalid {
				t.Errorf("%s: %v", name, err)
				continue
			}
			refused(t, err, models.ErrInvalid, one.pointer)
		}
		same(t, "refusals", before, w.present(t))

		// People's changesets merge and name nothing.
		for _, op := range []models.Op{models.OpMerge, models.OpName} {
			_, err := w.Submit(ctx, steward, models.Changeset{Operations: []models.Operation{{Op: op, Type: models.TypeEntity, ID: h.unit, Version: 1, Into: &s.unit, Reason: "x"}}})
			refused(t, err, models.ErrInvalid, "/op")
		}

		// What names nobody goes on: other fields, another end that is undisclosed too, two that are one by
		// a source.
		for name, change := range map[string]func(*models.Entity){
			"places":  func(e *models.Entity) { e.Places, e.Citations = []string{"IL", "US"}, append(e.Citations, cite) },
			"summary": func(e *models.Entity) { e.Summary = "It is said to be small." },
		} {
			if err := w.change(t, w.editor, h.unit, entity(change)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		bare := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: h.unit, Description: "of which nothing is said", Citations: []models.Citation{cite}})
		w.must(t, bare)
		if err := w.change(t, w.editor, bare.ID, func(d models.Document) { d.(*models.Relationship).Object = other }); err != nil {
			t.Errorf("to another undisclosed unit: %v", err)
		}
		if err := w.change(t, w.editor, h.claim, func(d models.Document) {
			c := d.(*models.Claim)
			c.About, c.Citations = []uuid.UUID{s.unit}, append(c.Citations, cite)
		}); err != nil {
			t.Errorf("a claim that cites what shows it: %v", err)
		}
		shows := models.Citation{Source: s.source, Note: "both are one"}
		out, err := w.Merge(ctx, steward, Merge{From: other, Into: h.unit, Citation: &shows, Reason: "one unit, twice"})
		if err != nil {
			t.Fatal(err)
		}
		posing := create(&models.Entity{Kind: models.KindUnit, Name: "Unit One", Identity: models.Undisclosed, Citations: []models.Citation{{Source: s.source, Note: "posing"}}})
		w.must(t, posing)
		_, err = w.Merge(ctx, steward, Merge{From: posing.ID, Into: h.unit, Citation: &models.Citation{Source: s.source, Note: "x"}, Reason: "x", Choose: map[string]string{"name": "from"}})
		refused(t, err, models.ErrInvalid, "/choose/name")
		if e := w.entity(t, h.unit); e.Identity != models.Undisclosed || e.Citations[len(e.Citations)-1] != shows {
			t.Errorf("%+v", e)
		}
		if _, err := w.Revert(ctx, steward, Revert{Changeset: &out.Changeset, Reason: "two"}); err != nil {
			t.Error(err)
		}
		w.verified(t)
	})
}

// TestNaming_restsOnItsClaim tries to take away what a naming rests on, and to name by taking back.
func TestNaming_restsOnItsClaim(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)
		s := w.supply(t)
		h := w.hidden(t, s)

		file := create(&models.Source{Kind: models.SourceImportedFile, Title: "a list"})
		w.must(t, file)
		n := s.naming(t, h)
		n.Claim.Citations = []models.Citation{{Source: file.ID}}
		_, err := w.Name(ctx, w.editor, n)
		refused(t, err, models.ErrInvalid, "/citations")
		n = s.naming(t, h)
		n.Claim.Citations, n.Source = nil, &models.Source{Kind: "article", Title: "Of nobody"}
		_, err = w.Name(ctx, w.editor, n)
		refused(t, err, models.ErrInvalid, "/citations")

		named, err := w.Name(ctx, w.editor, s.naming(t, h))
		if err != nil {
			t.Fatal(err)
		}
		var claim Written
		for _, one := range named.Written {
			if one.Type == models.TypeClaim && one.Version == 1 {
				claim = one
			}
		}
		_, err = w.Submit(ctx, steward, models.Changeset{Operations: []models.Operation{{Op: models.OpRetract, Type: models.TypeClaim, ID: claim.ID, Version: 1, Reason: "x"}}})
		refused(t, err, models.ErrInvalid, "/op")
		if _, err := w.Revert(ctx, steward, Revert{Revision: &claim.Revision, Reason: "x"}); errorKind(err) != models.ErrConflict {
			t.Errorf("the claim of a naming was taken back alone: %v", err)
		}
		for pointer, change := range map[string]func(*models.Claim){
			"/about":     func(c *models.Claim) { c.About = []uuid.UUID{s.company} },
			"/stance":    func(c *models.Claim) { c.Stance = models.Denies },
			"/citations": func(c *models.Claim) { c.Citations = []models.Citation{{Source: file.ID}} },
		} {
			refused(t, w.change(t, steward, claim.ID, func(d models.Document) { change(d.(*models.Claim)) }), models.ErrInvalid, pointer)
		}
		if err := w.change(t, steward, claim.ID, func(d models.Document) { d.(*models.Claim).Text = "It is Unit One, they say." }); err != nil {
			t.Error(err)
		}

		// Once it is taken back, no revert of a part names again.
		if err := w.change(t, steward, claim.ID, func(d models.Document) { d.(*models.Claim).Text = "It is Unit One." }); err != nil {
			t.Fatal(err)
		}
		undone, err := w.Revert(ctx, steward, Revert{Changeset: &named.Changeset, Reason: "it was another"})
		if err != nil {
			t.Fatal(err)
		}
		if e := w.entity(t, h.unit); e.Identity != models.Undisclosed {
			t.Fatalf("%+v, %+v", e, undone.Conflicts)
		}
		if out, err := w.Revert(ctx, steward, Revert{Record: &h.link, Version: 2, Reason: "x"}); errorKind(err) != models.ErrConflict {
			t.Errorf("a link names by a revert: %+v, %v", out, err)
		}
		w.verified(t)
	})
}
