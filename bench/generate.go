package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// size is how much is generated.
type size struct {
	entities, relationships, changes int
}

// scaled is the size that the numbers are promised for, times a factor.
func scaled(factor float64) size {
	return size{int(100_000 * factor), int(500_000 * factor), int(500_000 * factor)}
}

// generator makes the same records at every run.
type generator struct {
	random  *rand.Rand
	clock   int64
	sources []uuid.UUID
	// companies, offered and units are the entities of those kinds.
	companies, offered, units []uuid.UUID
}

func newGenerator() *generator {
	return &generator{random: rand.New(rand.NewPCG(1, 2)), clock: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()}
}

// id makes a UUIDv7 that grows with each call.
func (g *generator) id() uuid.UUID {
	g.clock++
	var id uuid.UUID
	for i := range 6 {
		id[i] = byte(g.clock >> (8 * (5 - i)))
	}
	for i := 6; i < 16; i++ {
		id[i] = byte(g.random.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

var syllables = []string{"ar", "bel", "cor", "dan", "el", "far", "gor", "hal", "is", "jen", "kor", "lum", "mar", "nor", "os", "par", "quil", "ros", "sel", "tor", "ul", "ver", "wil", "xan", "yor", "zen"}

// word makes a name of two or three syllables.
func (g *generator) word() string {
	word := ""
	for range 2 + g.random.IntN(2) {
		word += syllables[g.random.IntN(len(syllables))]
	}
	return word
}

func (g *generator) create(document models.Document) models.Operation {
	return models.Operation{Op: models.OpCreate, Type: document.RecordType(), ID: g.id(), Data: document}
}

// cite names n sources.
func (g *generator) cite(n int) []models.Citation {
	list := make([]models.Citation, n)
	first := g.random.IntN(len(g.sources))
	for i := range list {
		list[i].Source = g.sources[(first+i)%len(g.sources)]
	}
	return list
}

func pick(g *generator, ids []uuid.UUID) uuid.UUID { return ids[g.random.IntN(len(ids))] }

// entity makes the ith entity: of 100, 1 is a company, 9 are services, 60 are units, the rest others.
func (g *generator) entity(i int) models.Operation {
	kind := models.KindPerson
	switch n := i % 100; {
	case n < 1:
		kind = models.KindCompany
	case n < 10:
		kind = models.KindService
	case n < 70:
		kind = models.KindUnit
	}
	op := g.create(&models.Entity{Kind: kind, Name: fmt.Sprintf("%s %s %d", g.word(), g.word(), i), Summary: g.word() + " " + g.word(),
		Places: []string{[]string{"IL", "US", "DE", "FR", "GB", "IN"}[g.random.IntN(6)]}, Citations: g.cite(1)})
	switch kind {
	case models.KindCompany:
		g.companies = append(g.companies, op.ID)
	case models.KindService:
		g.offered = append(g.offered, op.ID)
	case models.KindUnit:
		g.units = append(g.units, op.ID)
	}
	return op
}

// reporter is told how fast a step went.
type reporter func(what string, records int, took, busy time.Duration)

// stepper gives what writes n records in changesets of a size.
func stepper(ctx context.Context, s *services.Services, by models.Actor, report reporter) func(what string, n int, make func(i int) models.Operation) error {
	return func(what string, n int, make func(i int) models.Operation) error {
		began, before := time.Now(), cpu()
		for first := 0; first < n; first += batch {
			var operations []models.Operation
			for i := first; i < min(first+batch, n); i++ {
				operations = append(operations, make(i))
			}
			if _, err := s.Submit(ctx, by, models.Changeset{Summary: "Generated " + what, Operations: operations}); err != nil {
				return fmt.Errorf("generate %s: %w", what, err)
			}
		}
		report(what, n, time.Since(began), cpu()-before)
		return nil
	}
}

// generate writes everything, and tells how fast it went.
func (g *generator) generate(ctx context.Context, s *services.Services, by models.Actor, want size, report reporter) error {
	step := stepper(ctx, s, by, report)
	if err := step("sources", 2000, func(i int) models.Operation {
		op := g.create(&models.Source{Kind: "article", Title: fmt.Sprintf("Article %d on %s", i, g.word()), Published: date(fmt.Sprintf("20%02d-%02d", 10+i%15, 1+i%12))})
		g.sources = append(g.sources, op.ID)
		return op
	}); err != nil {
		return err
	}
	if err := step("entities", want.entities, g.entity); err != nil {
		return err
	}
	if err := step("provisions", len(g.offered), func(i int) models.Operation {
		return g.create(&models.Relationship{Type: models.Provides, Subject: g.companies[i%len(g.companies)], Object: g.offered[i], Citations: g.cite(1)})
	}); err != nil {
		return err
	}
	return g.supply(step, want.relationships-len(g.offered), want.changes)
}

// supply writes supplies, and status changes of them.
func (g *generator) supply(step func(string, int, func(int) models.Operation) error, supplies, changes int) error {
	links := make([]uuid.UUID, 0, supplies)
	if err := step("supplies", supplies, func(int) models.Operation {
		op := g.create(&models.Relationship{Type: models.SuppliedTo, Subject: pick(g, g.offered), Object: pick(g, g.units), Start: date(fmt.Sprint(2015 + g.random.IntN(10))),
			Purposes: []models.Purpose{"storage"}, Citations: g.cite(1)})
		links = append(links, op.ID)
		return op
	}); err != nil {
		return err
	}
	return step("status changes", min(changes, len(links)), func(i int) models.Operation {
		status := models.Status("active")
		if i%50 == 0 {
			status = "disabled"
		}
		return g.create(&models.StatusChange{Record: links[i], Status: status, Effective: date(fmt.Sprintf("20%02d-%02d-%02d", 15+g.random.IntN(10), 1+g.random.IntN(12), 1+g.random.IntN(28))), Citations: g.cite(1)})
	})
}

// more adds supplies and status changes to what was generated before, as fast as bulk goes at
// that size.
func (g *generator) more(ctx context.Context, s *services.Services, by models.Actor, n int, report reporter) error {
	g.random, g.clock = rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 3)), time.Now().UnixMilli()
	for _, of := range []struct {
		t    models.RecordType
		kind string
		into *[]uuid.UUID
	}{{models.TypeEntity, "service", &g.offered}, {models.TypeEntity, "unit", &g.units}, {models.TypeSource, "article", &g.sources}} {
		for q := (services.Query{Limit: 500, Filters: map[string][]string{"kind": {of.kind}}}); ; {
			page, err := s.List(ctx, models.Actor{}, of.t, q)
			if err != nil {
				return err
			}
			for _, record := range page.Records {
				*of.into = append(*of.into, record.ID)
			}
			if q.Cursor = page.Next; page.Next == "" {
				break
			}
		}
	}
	return g.supply(stepper(ctx, s, by, report), n, n)
}

// batch is how many records a bulk changeset has; a flag sets it.
var batch = 5000

func date(text string) models.Date {
	d, err := models.ParseDate(text)
	if err != nil {
		panic(err) // the texts are ours
	}
	return d
}
