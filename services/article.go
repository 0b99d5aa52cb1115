package services

import (
	"bytes"
	"context"
	"mime"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"plumbline/models"
)

// article is what a page says of itself, and its text.
type article struct {
	Title, Publisher, Language string
	Authors                    []string
	Published                  models.Date
	Text                       string
	// page and mediaType are the page as it came.
	page      []byte
	mediaType string
}

// mostText bounds the text of an article, in bytes, and leastText says from how many letters on
// it is one.
const (
	mostText    = 400_000
	leastText   = 140
	mostAuthors = 20
)

// fetchArticle fetches a page and reads the article on it. Its errors are sentences that say why
// there is no text; what else the page told is given all the same.
func (s *Services) fetchArticle(ctx context.Context, address string) (article, error) {
	if s.outside == nil {
		return article{}, models.Errorf(models.ErrUnreachable, "Fetching is switched off here. Paste the text of the article.")
	}
	answer, err := s.outside.Send(ctx, OutsideRequest{URL: address, Header: map[string]string{
		"Accept": "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1"}})
	if err != nil {
		return article{}, err
	}
	if answer.Status < 200 || answer.Status > 299 {
		return article{}, models.Errorf(models.ErrUnreachable, "The server answered with the status %d, not with the article. Paste its text.", answer.Status)
	}
	return readArticle(answer)
}

func readArticle(answer OutsideResponse) (article, error) {
	found := article{page: answer.Body}
	media, parameters, err := mime.ParseMediaType(answer.MediaType)
	if err != nil {
		media = "text/html"
	}
	found.mediaType = media
	switch {
	case media == "text/plain":
		text, err := decoded(answer.Body, answer.MediaType, parameters["charset"])
		if err != nil {
			return found, err
		}
		found.Text = cutText(text)
		return found, found.enough()
	case media != "text/html" && media != "application/xhtml+xml":
		return found, models.Errorf(models.ErrUnreachable, "There is no web page at the address but a file of the type %.60s. Paste its text.", media)
	}

	if bytes.HasPrefix(answer.Body, []byte("%PDF-")) || bytes.IndexByte(answer.Body[:min(len(answer.Body), 1024)], 0) >= 0 && !wide(answer.Body) {
		return found, models.Errorf(models.ErrUnreachable, "What is there is no web page but another kind of file. Paste the text of the article.")
	}
	text, err := decoded(answer.Body, answer.MediaType, parameters["charset"])
	if err != nil {
		return found, err
	}
	if err := found.extract(text, answer.URL); err != nil {
		return found, err
	}
	return found, found.enough()
}

// wide reports whether a file begins as UTF-16 does, in which zero bytes are letters.
func wide(body []byte) bool {
	return bytes.HasPrefix(body, []byte{0xFE, 0xFF}) || bytes.HasPrefix(body, []byte{0xFF, 0xFE})
}

// decoded gives a page's text in UTF-8.
func decoded(body []byte, mediaType, named string) (string, error) {
	if named != "" {
		if encoding, _ := charset.Lookup(named); encoding == nil {
			return "", models.Errorf(models.ErrUnreachable, "The page says that it is written in %.40q, which cannot be read here. Paste its text.", named)
		}
	}
	encoding, _, _ := charset.DetermineEncoding(body[:min(len(body), 1024)], mediaType)
	text, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return "", models.Errorf(models.ErrUnreachable, "The page's letters cannot be read. Paste its text.")
	}
	readable := string(bytes.ToValidUTF8(text, []byte("\uFFFD")))
	if n := strings.Count(readable, "\uFFFD"); n > 20 && n > utf8.RuneCountInString(readable)/50 {
		return "", models.Errorf(models.ErrUnreachable, "The page's letters cannot be read. Paste its text.")
	}
	return readable, nil
}

// deepest bounds how deeply elements may be nested, since whoever walks them does so recursively.
const deepest = 500

// extract finds the article on a page.
func (a *article) extract(page, address string) error {
	base, err := url.Parse(address)
	if err != nil {
		return models.Errorf(models.ErrUnreachable, "The address cannot be read.")
	}
	document, err := html.Parse(strings.NewReader(page))
	if err != nil || deeper(document, deepest) {
		return models.Errorf(models.ErrUnreachable, "The page cannot be read. Paste its text.")
	}
	parser := readability.NewParser()
	parser.MaxElemsToParse = 50_000
	found, err := parser.ParseAndMutate(document, base)
	if err != nil {
		return models.Errorf(models.ErrUnreachable, "No article was found on the page. Paste its text.")
	}

	a.Title, a.Publisher, a.Language = oneLine(found.Title(), 1000), oneLine(found.SiteName(), 300), oneLine(found.Language(), 35)
	if byline := oneLine(found.Byline(), 300); byline != "" {
		a.Authors = authorsOf(byline)
	}
	if published, err := found.PublishedTime(); err == nil && !published.IsZero() {
		a.Published, _ = models.ParseDate(models.DayOf(published).String()) // the zone in which it was written counts
	}
	var text strings.Builder
	if found.Node != nil {
		if err := found.RenderText(&text); err != nil {
			return models.Errorf(models.ErrUnreachable, "No article was found on the page. Paste its text.")
		}
	}
	a.Text = cutText(text.String())
	return nil
}

// deeper reports whether a tree has more levels than most; it does not recurse.
func deeper(node *html.Node, most int) bool {
	depth := 0
	for n := node; n != nil; {
		if n.FirstChild != nil {
			n = n.FirstChild
			if depth++; depth > most {
				return true
			}
			continue
		}
		for n != nil && n.NextSibling == nil {
			n = n.Parent
			depth--
		}
		if n != nil {
			n = n.NextSibling
		}
	}
	return false
}

func (a *article) enough() error {
	if utf8.RuneCountInString(a.Text) < leastText {
		return models.Errorf(models.ErrUnreachable, "There is hardly any text at the address; perhaps it is behind a login or made by a script. Paste the text of the article.")
	}
	return nil
}

func authorsOf(byline string) []string {
	var authors []string
	for _, name := range strings.FieldsFunc(strings.NewReplacer(" and ", ",", " und ", ",", " et ", ",", ";", ",").Replace(strings.TrimPrefix(strings.TrimPrefix(byline, "By "), "by ")), func(r rune) bool { return r == ',' }) {
		if name = strings.TrimSpace(name); name != "" {
			authors = append(authors, name)
		}
	}
	return authors[:min(len(authors), mostAuthors)]
}

// oneLine makes a short text of what somebody else's page says.
func oneLine(text string, most int) string {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if runes := []rune(line); len(runes) > most {
		line = string(runes[:most])
	}
	if clean, problem := models.CleanText(line); problem == "" {
		return clean
	}
	return ""
}

// cutText keeps lines, joins blanks, and bounds a text at a letter's end.
func cutText(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	text = strings.Join(lines, "\n")
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "")
	}
	return text
}
