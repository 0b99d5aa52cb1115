package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"plumbline/models"
	"plumbline/services"
)

// mostReport bounds a file that is reported, in bytes.
const mostReport = 10 << 20

// Run takes an article in, prints what it says, and puts what was asked for into a draft.
func (c reportCommand) Run(ctx context.Context, a *app) error {
	request, err := c.request(os.Stdin)
	if err != nil {
		return err
	}
	s, db, err := a.withoutKey(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if request.Published, err = models.ParseDateWords(c.Published, s.Today()); err != nil {
		return err
	}
	by, err := a.actor(ctx, s, c.Account)
	if err != nil {
		return err
	}
	in, err := s.TakeIn(ctx, by, request)
	if err != nil {
		return err
	}
	if in.Problem != "" {
		return models.Errorf(models.ErrInvalid, "%s Then send the text: plumbline report FILE --source-url %s", in.Problem, in.URL)
	}
	a.printIntake(in)

	accepted, err := c.accepted(in)
	if err != nil || len(accepted) == 0 {
		return err
	}
	draft, err := s.DraftIntake(ctx, by, in.ID, accepted)
	if err != nil {
		return err
	}
	a.printf("Draft %s of %s with %d operations: check it at /drafts/%s, and send it there.\n", draft.ID, by.Name, len(draft.Operations), draft.ID)
	return nil
}

// request reads the address, the file or standard input.
func (c reportCommand) request(stdin io.Reader) (services.IntakeRequest, error) {
	r := services.IntakeRequest{URL: c.URL, Title: c.Title, Publisher: c.Publisher, Authors: c.Author}
	if strings.HasPrefix(c.Article, "http://") || strings.HasPrefix(c.Article, "https://") {
		r.URL = c.Article
		return r, nil
	}
	content, err := c.read(stdin)
	switch {
	case err != nil:
		return r, models.Errorf(models.ErrInvalid, "%s cannot be read. Give an address that begins with https://, a file, or - for standard input.", c.Article)
	case len(content) > mostReport:
		return r, models.Errorf(models.ErrInvalid, "%s is larger than an article: more than %d MB.", c.Article, mostReport>>20)
	case isPage(content):
		r.Page = content
	case !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 || bytes.HasPrefix(content, []byte("%PDF-")):
		return r, models.Errorf(models.ErrInvalid, "%s is no text. Save the article as text or as a web page.", c.Article)
	case len(bytes.TrimSpace(content)) == 0:
		return r, models.Errorf(models.ErrInvalid, "%s is empty.", c.Article)
	default:
		r.Text = string(content)
	}
	return r, nil
}

func (c reportCommand) read(stdin io.Reader) ([]byte, error) {
	if c.Article == "-" {
		return io.ReadAll(io.LimitReader(stdin, mostReport+1))
	}
	file, err := os.Open(c.Article)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, mostReport+1))
}

// isPage reports whether a file is a web page.
func isPage(content []byte) bool {
	return strings.HasPrefix(http.DetectContentType(content), "text/html")
}

// accepted finds the suggestions that are to be taken, by kind or by key.
func (c reportCommand) accepted(in services.Intake) ([]services.Accepted, error) {
	var list []services.Accepted
	for _, take := range c.Take {
		if kind := services.SuggestionKind(take); slices.Contains([]services.SuggestionKind{services.SuggestStatus, services.SuggestClaim, services.SuggestName, services.SuggestUnknown}, kind) {
			list = append(list, in.Complete([]services.SuggestionKind{kind})...)
			continue
		}
		if !slices.ContainsFunc(in.Suggestions, func(s services.Suggestion) bool { return s.Key == take && s.Operation != nil }) {
			return nil, models.Errorf(models.ErrInvalid, "There is nothing to take called %q. Give a kind (status, claim, name or unknown) or a key that was printed.", take)
		}
		list = append(list, services.Accepted{Key: take})
	}
	if len(c.Take) > 0 && len(list) == 0 {
		return nil, models.Errorf(models.ErrInvalid, "Nothing of what was asked for can be taken as it is. Complete it at /intake/%s.", in.ID)
	}
	return list, nil
}

func (a *app) printIntake(in services.Intake) {
	state := "new"
	if in.Known != nil {
		state = "recorded already"
	}
	a.printf("Source (%s): %s\n", state, in.Source.Title)
	if in.URL != "" {
		a.printf("  %s\n", in.URL)
	}
	if !in.Source.Published.IsZero() {
		a.printf("  published %s\n", in.Source.Published.Label())
	}
	for _, one := range in.Suggestions {
		a.printf("%-8s %s: %s\n", one.Kind, one.Words, one.Why)
		if one.Operation == nil {
			continue
		}
		a.printf("         take it with --take %s", one.Key)
		if len(one.Records) > 0 {
			a.printf(" (%s)", in.Refs[one.Records[0]].Label())
		}
		a.printf("\n")
		if one.Missing != "" {
			a.printf("         %s\n", one.Missing)
		}
	}
	a.printf("%d suggestions; nothing is published by itself. See them in the text at /intake/%s.\n", len(in.Suggestions), in.ID)
}
