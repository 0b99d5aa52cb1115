package frontend

import (
	"bytes"
	"html/template"
	"strings"
)

// inline writes what stands within the rows of pages: icons, links, dates, statuses, sources. A page
// has hundreds of them, and a template takes some twenty times as long for each. Whatever is not
// markup of this file is escaped: it goes through text, address or words.
type inline struct {
	*bytes.Buffer
	p *Pages
	l *language
}

// inlines are the functions by which templates call them.
func (p *Pages) inlines(l *language) template.FuncMap {
	return template.FuncMap{
		"icon":      func(name string) template.HTML { return p.write(l, func(w *inline) { w.icon(name) }) },
		"name":      func(one link) template.HTML { return p.write(l, func(w *inline) { w.name(one) }) },
		"link":      func(one link) template.HTML { return p.write(l, func(w *inline) { w.link(one) }) },
		"sentence":  func(list []link) template.HTML { return p.write(l, func(w *inline) { w.sentence(list) }) },
		"date":      func(d date) template.HTML { return p.write(l, func(w *inline) { w.date(d) }) },
		"badge":     func(b badge) template.HTML { return p.write(l, func(w *inline) { w.badge(b) }) },
		"citation":  func(one citation) template.HTML { return p.write(l, func(w *inline) { w.citation(one) }) },
		"citations": func(list []citation) template.HTML { return p.write(l, func(w *inline) { w.citations(list) }) },
		"mark":      func(m mark) template.HTML { return p.write(l, func(w *inline) { w.mark(m) }) },
		"sayings":   func(list []saying) template.HTML { return p.write(l, func(w *inline) { w.sayings(list) }) },
	}
}

func (p *Pages) write(l *language, what func(*inline)) template.HTML {
	w := &inline{Buffer: p.buffers.get(), p: p, l: l}
	defer p.buffers.put(w.Buffer)
	what(w)
	return template.HTML(w.String()) // every text in it was escaped
}

// raw writes markup of this file.
func (w *inline) raw(markup string) { w.WriteString(markup) }

// text writes data, as an element's text or an attribute's value in double quotes.
func (w *inline) text(data string) {
	if strings.ContainsAny(data, "&<>\"'\x00") {
		data = template.HTMLEscapeString(data)
	}
	w.WriteString(data)
}

// words writes a text of the interface, or what may stand in one.
func (w *inline) words(what any, args ...any) { w.text(w.l.say(what, args...)) }

// bdi writes data that may run the other way than the words around it.
func (w *inline) bdi(data string) {
	w.raw("<bdi>")
	w.text(data)
	w.raw("</bdi>")
}

// address writes where a link leads. Only what leads to a page or into one is written.
func (w *inline) address(url string) {
	for _, safe := range []string{"/", "#", "?", "https://", "http://"} {
		if strings.HasPrefix(url, safe) {
			w.text(strings.ReplaceAll(url, " ", "%20"))
			return
		}
	}
	w.raw("#")
}

func (w *inline) icon(name string) {
	w.raw(`<svg class="icon" aria-hidden="true" focusable="false"><use href="`)
	w.address(w.p.asset("/static/vendor/icons.svg"))
	w.raw("#")
	w.text(name)
	w.raw(`"></use></svg>`)
}

func (w *inline) name(one link) {
	if one.Words != nil {
		w.words(one.Words)
	} else {
		w.bdi(one.Name)
	}
	if one.For != "" {
		w.words(say(", for"))
		w.raw(" ")
		w.bdi(one.For)
	}
}

func (w *inline) link(one link) {
	if one.URL == "" {
		w.name(one)
		return
	}
	w.raw(`<a href="`)
	w.address(one.URL)
	w.raw(`"`)
	if one.Undisclosed {
		w.raw(` class="undisclosed"`)
	}
	w.raw(">")
	w.name(one)
	w.raw("</a>")
}

func (w *inline) sentence(list []link) {
	for _, one := range list {
		w.link(one)
		if one.After != "" {
			w.words(one.After)
		}
	}
}

func (w *inline) date(d date) {
	if d.Label == "" {
		return
	}
	if d.Machine != "" {
		w.raw(`<time datetime="`)
		w.text(d.Machine)
		w.raw(`">`)
		w.text(w.l.when(d))
		w.raw("</time>")
	} else {
		w.raw(`<span class="vague">`)
		w.text(w.l.when(d))
		w.raw("</span>")
	}
	if d.Words != "" {
		w.raw(` <span class="quiet">(“`)
		w.bdi(d.Words)
		w.raw("”)</span>")
	}
}

func (w *inline) badge(b badge) {
	w.raw(`<span class="badge `)
	w.text(b.Class)
	w.raw(`">`)
	w.icon(b.Icon)
	w.raw(" ")
	w.words(b.Word)
	if b.Partial {
		w.words(say(", in part"))
	}
	w.raw("</span>")
	if b.Scope != "" {
		w.raw(` <span class="quiet">`)
		w.words(say("namely"))
		w.raw(" ")
		w.bdi(b.Scope)
		if b.Since.Label != "" {
			w.comma()
		}
		w.raw("</span>")
	}
	if b.Since.Label != "" {
		w.raw(` <span class="quiet">`)
		w.words(say("by"))
		w.raw(" ")
		w.date(b.Since)
		w.raw("</span>")
	}
	if b.Meaning != nil {
		w.raw(` <span class="quiet">`)
		w.words(b.Meaning)
		w.raw("</span>")
	}
}

// comma writes what stands between parts of one statement.
func (w *inline) comma() { w.words(say(", ")) }

// to writes the beginning of a link to a source, and its title where it has no better name.
func (w *inline) to(one citation) {
	w.raw(`<a href="`)
	w.address(one.URL)
	w.raw(`">`)
}

func (w *inline) citation(one citation) {
	w.icon("file-text")
	w.raw(" ")
	w.to(one)
	if one.Unknown {
		w.words(say("A source not known then"))
	} else {
		w.bdi(one.Title)
	}
	w.raw("</a>")
	if len(one.Publisher) > 0 {
		w.comma()
		w.bdi(w.l.list(one.Publisher))
	}
	if one.Date.Label != "" {
		w.comma()
		w.date(one.Date)
	}
	if one.Locator != "" {
		w.comma()
		w.bdi(one.Locator)
	}
	if one.Unpublished {
		w.words(say("; not published"))
	}
	if one.HoldsOn.Label != "" {
		w.words(say("; shows that it held on"))
		w.raw(" ")
		w.date(one.HoldsOn)
	}
	if one.Note != "" {
		w.raw("<br><small>")
		w.bdi(one.Note)
		w.raw("</small>")
	}
}

func (w *inline) citations(list []citation) {
	if len(list) == 0 {
		return
	}
	w.raw(`<ul class="citations">`)
	for _, one := range list {
		w.raw("<li>")
		w.citation(one)
		w.raw("</li>")
	}
	w.raw("</ul>")
}

func (w *inline) mark(m mark) {
	w.raw(`<div class="mark `)
	w.text(m.Class)
	w.raw(`">`)
	if m.Word != nil {
		w.established(m)
	}
	w.raw("\n")
	if len(m.Sources) > 0 {
		w.raw(`<p class="cited">`)
		w.words(sayN(len(m.Sources), "Source:", "Sources:"))
		w.raw(" ")
		for _, one := range m.Sources {
			w.source(one)
		}
		w.raw("</p>")
	}
	w.raw("</div>")
}

// established writes how well something is established, and why on request.
func (w *inline) established(m mark) {
	w.raw("<details><summary>")
	w.icon(m.Icon)
	w.raw(" ")
	w.words(m.Word)
	if m.Disputed != nil {
		w.raw(` <span class="disputed">`)
		w.icon("scale")
		w.raw(" ")
		w.words(m.Disputed)
		w.raw("</span>")
	}
	w.raw("</summary>\n")
	if len(m.Reason) > 0 {
		w.raw("<p>")
		for _, sentence := range m.Reason {
			w.words(sentence)
			w.raw(" ")
		}
		w.raw("</p>")
	}
	w.citations(m.Sources)
	w.raw("</details>")
}

// source writes a source in a line of them: by its publisher and date, by its title otherwise.
func (w *inline) source(one citation) {
	w.raw("<span>")
	w.to(one)
	switch {
	case one.Unknown:
		w.words(say("A source not known then"))
	case len(one.Publisher) > 0:
		w.bdi(w.l.list(one.Publisher))
		if one.Date.Label != "" {
			w.comma()
			w.text(w.l.when(one.Date))
		}
	default:
		w.bdi(one.Title)
	}
	w.raw("</a>")
	if one.Locator != "" {
		w.comma()
		w.bdi(one.Locator)
	}
	w.text(one.After)
	w.raw("</span> ")
}

func (w *inline) sayings(list []saying) {
	for _, one := range list {
		w.raw(`<li><a class="stance `)
		w.text(one.Class)
		w.raw(`" href="`)
		w.address(one.URL)
		w.raw(`">`)
		w.words(one.Label)
		if one.Partial {
			w.raw(" ")
			w.words(say("in part"))
		}
		if one.Count > 1 {
			w.raw(" (")
			w.words(one.Count)
			w.raw(")")
		}
		w.raw("</a> ")
		w.sentence(one.Speakers)
		w.comma()
		w.date(one.When)
		w.raw("</li>")
	}
}
