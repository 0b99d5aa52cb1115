package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"plumbline/database"
	"plumbline/models"
	"plumbline/services"
)

// What the intake of articles is promised for.
const (
	intakeWords = 2000
	intakeNames = 60 // known names in the article
)

// named gives an entity two names more: in Arabic letters, and a short form.
func (g *generator) named(i int) models.Operation {
	op := g.entity(i)
	entity := op.Data.(*models.Entity)
	arabic := ""
	for range 2 {
		for range 4 + g.random.IntN(4) {
			arabic += string(rune('ب' + g.random.IntN(18)))
		}
		arabic += " "
	}
	entity.Names = []models.Name{{Text: strings.TrimSpace(arabic), Type: "alias", Language: "ar", Script: "Arab"}, {Text: fmt.Sprintf("%s-%d", strings.ToUpper(g.word()), i), Type: "alias"}}
	return op
}

// measureIntakes generates entities with three names each, and measures the intake of an article
// that speaks of some: the first, which loads the names; those after it; and how soon another
// instance finds what was published.
func measureIntakes(url, folder string, entities, turns int) error {
	ctx := context.Background()
	db, key, err := open(ctx, url, folder)
	if err != nil {
		return err
	}
	defer db.Close()
	s := services.New(db, services.Settings{LogKey: key})
	loaded, err := s.Size(ctx)
	if err != nil {
		return err
	}
	by, err := editor(ctx, s, loaded > 0)
	if err != nil {
		return err
	}
	if loaded == 0 {
		g := newGenerator()
		step := stepper(ctx, s, by, func(what string, n int, took, _ time.Duration) {
			fmt.Printf("bulk: %d %s in %.1f s\n", n, what, took.Seconds())
		})
		if err := step("sources", 100, func(i int) models.Operation {
			op := g.create(&models.Source{Kind: "article", Title: fmt.Sprintf("Article %d", i)})
			g.sources = append(g.sources, op.ID)
			return op
		}); err != nil {
			return err
		}
		if err := step("entities with three names", entities, g.named); err != nil {
			return err
		}
		if err := analyze(ctx, db); err != nil {
			return err
		}
	}
	if err := countNames(ctx, db); err != nil {
		return err
	}
	text, err := articleOf(ctx, s)
	if err != nil {
		return err
	}

	before := heap()
	began, first := time.Now(), cpu()
	in, err := s.TakeIn(ctx, by, services.IntakeRequest{Text: text})
	if err != nil {
		return err
	}
	fmt.Printf("first intake, which loads the names: %s, %s of our CPU; %d suggestions; the heap grew by %.1f MB\n", time.Since(began).Round(time.Millisecond), (cpu() - first).Round(time.Millisecond), len(in.Suggestions), float64(heap()-before)/(1<<20))

	var took []time.Duration
	busy := cpu()
	for range turns {
		began := time.Now()
		if _, err := s.TakeIn(ctx, by, services.IntakeRequest{Text: text, Published: date("2025-09-25")}); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	fmt.Printf("%s of our CPU for each; ", ((cpu() - busy) / time.Duration(turns)).Round(time.Millisecond))
	fmt.Printf("intake of %d words: median %s, p95 %s, longest %s, of %d\n", len(strings.Fields(text)), took[len(took)/2].Round(time.Millisecond), took[len(took)*95/100].Round(time.Millisecond),
		took[len(took)-1].Round(time.Millisecond), len(took))
	return followed(ctx, s, services.New(db, services.Settings{LogKey: key}), by)
}

// heap is how many bytes are in use, after what is not was given back.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

func countNames(ctx context.Context, db *database.Database) error {
	var names, entities int64
	if err := db.Read(ctx).Raw("SELECT count(*) FROM entity_names WHERE to_size IS NULL").Scan(&names).Error; err != nil {
		return err
	}
	err := db.Read(ctx).Raw("SELECT count(*) FROM entities WHERE to_size IS NULL").Scan(&entities).Error
	fmt.Printf("%d entities with %d names\n", entities, names)
	return err
}

// articleOf writes an article of intakeWords words that speaks of known entities, with steps,
// dates and speakers.
func articleOf(ctx context.Context, s *services.Services) (string, error) {
	var names []string
	for cursor := ""; len(names) < intakeNames; {
		page, err := s.List(ctx, models.Actor{}, models.TypeEntity, services.Query{Limit: 100, Cursor: cursor})
		if err != nil {
			return "", err
		}
		for i, record := range page.Records {
			if entity := record.Document.(*models.Entity); i%3 == 0 && len(entity.Names) > 0 {
				names = append(names, entity.Name, entity.Names[i%len(entity.Names)].Text)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	sentences := []string{"On Thursday %s said that it had disabled some services of %s after a review.", "A spokesman for %s declined to comment on what %s had signed in early August.",
		"Documents seen by reporters show how %s renewed a contract with %s at the end of last month.", "Workers of the company Example Holding protested while %s denied that %s was told of it, and the hall emptied slowly under a low sky that promised more rain for the evening."}
	var text strings.Builder
	for i, words := 0, 0; words < intakeWords; i++ {
		sentence := fmt.Sprintf(sentences[i%len(sentences)], names[(2*i)%len(names)], names[(2*i+1)%len(names)])
		words += len(strings.Fields(sentence))
		text.WriteString(sentence + "\n")
	}
	return text.String(), nil
}

// followed publishes entities by one instance, and sees how soon another finds their names.
func followed(ctx context.Context, one, other *services.Services, by models.Actor) error {
	if _, err := other.TakeIn(ctx, by, services.IntakeRequest{Text: "Nothing of note. " + strings.Repeat("It rained. ", 30)}); err != nil {
		return err
	}
	sources, err := one.List(ctx, models.Actor{}, models.TypeSource, services.Query{Limit: 1})
	if err != nil {
		return err
	}
	longest := time.Duration(0)
	for i := range 20 {
		name := fmt.Sprintf("Brandnew Works %d", time.Now().UnixNano())
		op := models.Operation{Op: models.OpCreate, Type: models.TypeEntity, Data: &models.Entity{Kind: models.KindCompany, Name: name, Citations: []models.Citation{{Source: sources.Records[0].ID}}}}
		if _, err := one.Submit(ctx, by, models.Changeset{Summary: "One entity", Operations: []models.Operation{op}}); err != nil {
			return err
		}
		began := time.Now()
		in, err := other.TakeIn(ctx, by, services.IntakeRequest{Text: strings.Repeat(fmt.Sprintf("It rained when %s opened. ", name), 10)})
		if err != nil {
			return err
		}
		known := slices.ContainsFunc(in.Suggestions, func(found services.Suggestion) bool { return found.Kind == services.SuggestName })
		if !known {
			return fmt.Errorf("the other instance does not find entity %d after %s", i, time.Since(began))
		}
		longest = max(longest, time.Since(began))
	}
	fmt.Printf("another instance finds a new name with the next intake, which takes at most %s (20 tries)\n", longest.Round(time.Millisecond))
	return nil
}
