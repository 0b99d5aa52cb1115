package frontend

import "strings"

// text is words of the interface. Go code says which in English; the template says them in the
// reader's language: {{t .Words}}. nil is no text.
type text struct {
	// key is the English text with %s or %d for each argument, %[2]s out of turn; the plural
	// one where one is set.
	key, one string
	n        int
	args     []any
	// plain texts are data, said as they are; inside ones stand within a sentence.
	plain, inside bool
}

// names are names of records in a row: "A, B and C".
type names []string

// say makes a text of the interface. The English text is its key in the catalogues; arguments
// may be texts, dates, days, instants, numbers, names, and strings, which are data.
func say(key string, args ...any) *text { return &text{key: key, args: args} }

// sayN makes a text about a number, which is its first argument: in English one of two forms, in
// other languages as many as they have.
func sayN(n int, one, many string, args ...any) *text {
	return &text{key: many, one: one, n: n, args: append([]any{n}, args...)}
}

// verbatim makes a text of data, which is never looked up.
func verbatim(data string) *text { return &text{key: data, plain: true} }

// in says the text in a language; in English where the catalogue has no entry.
func (t *text) in(l *language) string {
	if t == nil {
		return ""
	}
	if t.plain {
		return t.key
	}
	form := t.key
	if forms := l.entries[t.key].forms; len(forms) > 0 {
		form = forms[0]
		if t.one != "" {
			form = forms[min(l.form(t.n), len(forms)-1)]
		}
	} else if t.one != "" && t.n == 1 {
		form = t.one
	}
	if t.inside {
		return lower(form)
	}
	return fill(form, t.args, l)
}

// fill puts arguments into their places: %s or %d for the next one, %[2]s for one out of turn. A form
// need not name each of them: "two days" has no place for its number.
func fill(form string, args []any, l *language) string {
	before, rest, found := strings.Cut(form, "%")
	if !found {
		return form
	}
	var out strings.Builder
	next := 0
	for ; found; before, rest, found = strings.Cut(rest, "%") {
		out.WriteString(before)
		at, kind := next, rest
		if len(rest) >= 4 && rest[0] == '[' && rest[1] >= '1' && rest[1] <= '9' && rest[2] == ']' {
			at, kind = int(rest[1]-'1'), rest[3:]
		}
		switch {
		case strings.HasPrefix(kind, "s") || strings.HasPrefix(kind, "d"):
			if next = at + 1; at < len(args) {
				out.WriteString(l.argument(args[at]))
			}
			rest = kind[1:]
		case strings.HasPrefix(rest, "%"):
			out.WriteByte('%')
			rest = rest[1:]
		default:
			out.WriteByte('%')
		}
	}
	out.WriteString(before)
	return out.String()
}

// inside makes a text of a label as it stands within a sentence.
func inside(label string) *text { return &text{key: label, inside: true} }
