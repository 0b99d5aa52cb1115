package frontend

import (
	"fmt"
	"strconv"
	"strings"
)

// entry is what a catalogue has for one English text.
type entry struct {
	// plural is the English plural; "" for a text without a number.
	plural string
	// forms are the translations: one, or one for each plural form.
	forms []string
}

// parsePO reads a catalogue in the format of gettext's .po files, as far as it is used here:
// msgid, msgid_plural, msgstr, msgstr[n], and comments. Entries go by their English text, by the
// plural one where there is one. A text that is there twice is refused.
func parsePO(file string, entries map[string]entry) error {
	p := &poParser{entries: entries}
	for i, line := range strings.Split(file, "\n") {
		if err := p.line(strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return p.finish()
}

type poParser struct {
	entries map[string]entry
	id      string
	current entry
	// open is the string that a line in quotes goes on with.
	open *string
}

func (p *poParser) line(line string) error {
	keyword, rest, _ := strings.Cut(line, " ")
	switch {
	case line == "" || strings.HasPrefix(line, "#"):
		return nil
	case strings.HasPrefix(line, `"`):
		return p.add(line)
	case keyword == "msgid":
		if err := p.finish(); err != nil {
			return err
		}
		p.open = &p.id
	case keyword == "msgid_plural":
		p.open = &p.current.plural
	case keyword == "msgstr" || strings.HasPrefix(keyword, "msgstr["):
		if want := fmt.Sprintf("msgstr[%d]", len(p.current.forms)); keyword != "msgstr" && keyword != want {
			return fmt.Errorf("%s stands where %s should", keyword, want)
		}
		p.current.forms = append(p.current.forms, "")
		p.open = &p.current.forms[len(p.current.forms)-1]
	default:
		return fmt.Errorf("%q is no line of a catalogue", keyword)
	}
	return p.add(rest)
}

func (p *poParser) add(quoted string) error {
	part, err := strconv.Unquote(strings.TrimSpace(quoted))
	if err != nil || p.open == nil {
		return fmt.Errorf("%s is no text in quotes", quoted)
	}
	*p.open += part
	return nil
}

func (p *poParser) finish() error {
	id, done := p.id, p.current
	p.id, p.current, p.open = "", entry{}, nil
	if id == "" {
		return nil // the header, or nothing yet
	}
	if done.plural != "" {
		id = done.plural
	}
	if _, twice := p.entries[id]; twice {
		return fmt.Errorf("%q is there twice", id)
	}
	p.entries[id] = done
	return nil
}
