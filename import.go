package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
	"plumbline/services/imports"
)

// commandLineAccount is the account under which the command line writes.
const commandLineAccount = "Command line"

// actor gives the account of that name, and makes an editor's where there is none.
func (a *app) actor(ctx context.Context, s *services.Services, name string) (models.Actor, error) {
	account, err := s.Account(ctx, services.Operator(), name)
	if isNotFound(err) && name == commandLineAccount {
		account, err = s.CreateAccount(ctx, services.Operator(), name, models.RoleEditor)
	}
	return services.ActorOf(account), err
}

// prepare gives a new database its schema, so that a file can be tried before anything else.
func (a *app) prepare(ctx context.Context) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	schema, err := db.Schema(ctx)
	if err != nil || schema > 0 {
		return err
	}
	_, _, err = a.migrate(ctx, db)
	return err
}

// mostMemory bounds, softly, what an import takes beside SQLite's own cache.
const mostMemory = 185 << 20

// Run imports a file, or says what an import would do.
func (c importCommand) Run(ctx context.Context, a *app) error {
	file, err := os.Open(c.File)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "%s cannot be read.", c.File)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return models.Errorf(models.ErrInvalid, "%s is no file.", c.File)
	}
	options, err := c.options()
	if err != nil {
		return err
	}

	// A large file keeps much in memory until it is entered; the rest is collected early. What is
	// larger than any bound could hold is not collected without end.
	debug.SetMemoryLimit(max(mostMemory, 10*info.Size()))
	a.cacheMB = 40
	if err := a.prepare(ctx); err != nil {
		return err
	}
	open := a.services
	if c.DryRun {
		open = a.withoutKey
	}
	s, db, err := open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	by, err := a.actor(ctx, s, c.Account)
	if err != nil {
		return err
	}
	bar := newBar(a.stderr)
	options.Progress = bar.show
	plan, err := imports.Check(ctx, s, by, imports.File{Name: filepath.Base(c.File), Content: file, Size: info.Size()}, options)
	bar.clear()
	if err != nil {
		return err
	}
	a.printReport(plan.Report())
	if err := c.writeErrors(ctx, a, plan); err != nil || c.DryRun {
		return err
	}
	result, err := plan.Load(ctx)
	bar.clear()
	if err != nil {
		return err
	}
	a.printResult(result)
	return nil
}

func (c importCommand) options() (imports.Options, error) {
	o := imports.Options{Table: c.Table, Delimiter: c.Delimiter, Columns: c.Column, Constants: c.Set, Dates: imports.DateOrder(c.Dates),
		Doubts: imports.Doubts(c.InDoubt), Choices: c.Choose, Edit: models.EditKind(c.Edit), ValidRowsOnly: c.ValidRowsOnly,
		Source: imports.OwnSource{Title: c.SourceTitle, URL: c.SourceURL, Kind: c.SourceKind}}
	if c.Source != "" {
		id, err := uuid.Parse(c.Source)
		if err != nil {
			return o, models.Errorf(models.ErrInvalid, "--source takes the id of a source that is there. Give an address with --source-url, or a title with --source-title.")
		}
		o.Source.ID = id
	}
	if c.Retracted != "ask" {
		o.Retracted = imports.Retracted(c.Retracted)
	}
	if c.InDoubt == "ask" {
		o.Doubts = imports.DoubtsAsk
	}
	return o, byFlag(o.Check())
}

// byFlag has problems name the flags by which the options were chosen.
func byFlag(err error) error {
	var wrong *models.Error
	if !errors.As(err, &wrong) {
		return err
	}
	flagged := *wrong
	flagged.Problems = slices.Clone(wrong.Problems)
	for i := range flagged.Problems {
		flagged.Problems[i].Pointer = "?" + imports.Flag(flagged.Problems[i].Pointer)
	}
	if len(flagged.Problems) == 1 {
		flagged.Problems[0].Message = flagged.Message // said once
	}
	return &flagged
}

// many counts things: "1 row", "2 rows".
func many(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// mostPrinted bounds the rows that are printed; the error file has all.
const mostPrinted = 20

func (a *app) printReport(r imports.Report) {
	a.printf("%s. %s\n", r.Format.Label(), citing(r))
	for _, t := range r.Tables {
		a.printf("Table %s%s\n", t.Table, inSheet(t.Sheet))
	}
	a.printf("%s: %s. %s to write.\n", many(r.Rows.All, "row"), r.Rows.Words(), many(r.Records, "record"))
	if r.Rows.Retracted > 0 {
		a.printf("  %d retracted: have them stand again with --retracted restore, or leave them out with --retracted leave.\n", r.Rows.Retracted)
	}
	for i, change := range r.Changes {
		if i == mostPrinted {
			a.printf("  … and more\n")
			break
		}
		fields := ""
		if len(change.Fields) > 0 {
			fields = " (" + strings.Join(change.Fields, ", ") + ")"
		}
		a.printf("  %-7s row %d%s: %s%s\n", change.Fate, change.Row, inSheet(change.Sheet), change.Name, fields)
	}
	for i, p := range r.Problems {
		if i == mostPrinted {
			a.printf("  … and more\n")
			break
		}
		column := ""
		if p.Column != "" {
			column = ", column " + p.Column
		}
		a.printf("  row %d%s%s: %s (%s)\n", p.Row, inSheet(p.Sheet), column, p.Message, p.Code)
	}
	for i, d := range r.Doubts {
		if i == mostPrinted {
			a.printf("  … and more\n")
			break
		}
		for _, candidate := range d.Candidates {
			a.printf("  in doubt: is %s the same as %s?  --choose '%s=%s'\n", d.Name, candidate.Slug, d.Key, candidate.ID)
		}
	}
	if text := r.Unproved(); text != "" {
		a.printf("  note: %s\n", text)
	}
	for _, notice := range r.Notices {
		a.printf("  note: %s\n", notice)
	}
}

// citing says what rows cite that name no source.
func citing(r imports.Report) string {
	if r.Source == "" {
		return "No source is named for the file."
	}
	return "Rows without a source cite: " + r.Source
}

func inSheet(sheet string) string {
	if sheet == "" {
		return ""
	}
	return " of " + sheet
}

func (a *app) printResult(result imports.Result) {
	switch {
	case result.Status == "" && result.Retracted > 0:
		a.printf("%s retracted.\n", many(result.Retracted, "record"))
	case result.Status == "":
		a.printf("Nothing is new; nothing was written.\n")
	case result.Status == models.ChangesetPublished:
		a.printf("Published changeset %s: %s entered, %d changed%s.\n", result.Changeset, many(result.Entered, "record"), result.Changed, further(result))
	default:
		a.printf("Proposed changeset %s, which waits for review: %s to enter, %d to change%s.\n", result.Changeset, many(result.Entered, "record"), result.Changed, further(result))
	}
}

// further says what else was written, where there is something.
func further(result imports.Result) string {
	text := ""
	if result.Restored > 0 {
		text += fmt.Sprintf(", %d restored", result.Restored)
	}
	if result.Retracted > 0 {
		text += fmt.Sprintf(", %d retracted", result.Retracted)
	}
	return text
}

// writeErrors writes the rows that are wrong beside the file, or where --errors says.
func (c importCommand) writeErrors(ctx context.Context, a *app, plan *imports.Plan) error {
	path := c.Errors
	counts := plan.Report().Rows
	if counts.Errors+counts.InDoubt+counts.Retracted == 0 || path == "" && c.DryRun {
		return nil
	}
	if path == "" {
		path = strings.TrimSuffix(c.File, filepath.Ext(c.File)) + ".errors." + plan.Report().Format.ErrorsFormat()
	}
	out, err := os.Create(path)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "%s cannot be written; choose another place with --errors.", path)
	}
	if err := plan.WriteErrors(ctx, out); err != nil {
		out.Close()
		return err
	}
	a.printf("The rows that are wrong or in doubt are in %s, to be mended and imported again.\n", path)
	return out.Close()
}

// bar is a progress bar; it shows nothing where standard error is no terminal.
type bar struct {
	out  io.Writer
	last string
}

func newBar(out io.Writer) *bar {
	file, ok := out.(*os.File)
	if !ok {
		return &bar{out: io.Discard}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{out: io.Discard}
	}
	return &bar{out: out}
}

const barWidth = 30

func (b *bar) show(stage string, done, of int) {
	text := stage
	switch {
	case of > 0:
		filled := min(barWidth, barWidth*done/of)
		text = fmt.Sprintf("%-9s [%s%s] %d of %d", stage, strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled), done, of)
	case done > 0:
		text = fmt.Sprintf("%-9s %d", stage, done)
	}
	if text != b.last {
		fmt.Fprintf(b.out, "\r\x1b[K%s", text)
		b.last = text
	}
}

func (b *bar) clear() {
	if b.last != "" {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.last = ""
	}
}
