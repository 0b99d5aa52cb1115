package frontend

import (
	"bytes"
	"html/template"
	"strconv"
	"strings"

	"plumbline/models"
)

// inline writes what stands within the rows of pages, and the commonest rows: icons, links, dates,
// statuses, sources, supplies, status changes. A page has hundreds of them, and a template takes some
// twenty times as long for each. Whatever is not
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
		"when":      func(d date) template.HTML { return p.write(l, func(w *inline) { w.used(d, models.DateWhen) }) },
		"since":     func(d date) template.HTML { return p.write(l, func(w *inline) { w.used(d, models.DateSince) }) },
		"until":     func(d date) template.HTML { return p.write(l, func(w *inline) { w.used(d, models.DateUntil) }) },
		"badge":     func(b badge) template.HTML { return p.write(l, func(w *inline) { w.badge(b) }) },
		"citation":  func(one citation) template.HTML { return p.write(l, func(w *inline) { w.citation(one) }) },
		"citations": func(list []citation) template.HTML { return p.write(l, func(w *inline) { w.citations(list) }) },
		"mark":      func(m mark) template.HTML { return p.write(l, func(w *inline) { w.mark(m) }) },
		"said":      func(line linkLine) template.HTML { return p.write(l, func(w *inline) { w.said(line) }) },
		"evidence":  func(m mark) template.HTML { return p.write(l, func(w *inline) { w.evidence(m) }) },
		"stands":    func(m *mark) template.HTML { return p.write(l, func(w *inline) { w.stands(m) }) },
		"possible":  func(list []possibility) template.HTML { return p.write(l, func(w *inline) { w.possible(list) }) },
		"purposes":  func(list []string) template.HTML { return p.write(l, func(w *inline) { w.purposes(list) }) },
		"later":     func(is bool) template.HTML { return p.write(l, func(w *inline) { w.later(is) }) },
		"change":    func(c changeLine) template.HTML { return p.write(l, func(w *inline) { w.change(c) }) },
		"linkwords": func(line linkLine) template.HTML { return p.write(l, func(w *inline) { w.linkWords(line) }) },
		"linkentry": func(line linkLine) template.HTML { return p.write(l, func(w *inline) { w.linkEntry(line) }) },
		"linkline":  func(line linkLine) template.HTML { return p.write(l, func(w *inline) { w.linkRow(line) }) },
		"drawing":   func(d *diagram) template.HTML { return p.write(l, func(w *inline) { w.drawing(d) }) },
		"supplyheads": func(hide map[string]bool) template.HTML {
			return p.write(l, func(w *inline) { w.supplyHeads(hide) })
		},
		"supply": func(line linkLine, hide map[string]bool) template.HTML {
			return p.write(l, func(w *inline) { w.supply(line, hide) })
		},
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

func (w *inline) date(d date) { w.used(d, models.DateAlone) }

// used writes a date as a sentence uses it.
func (w *inline) used(d date, use models.DateUse) {
	if d.Label == "" {
		return
	}
	if d.Machine != "" {
		w.raw(`<time datetime="`)
		w.text(d.Machine)
		w.raw(`">`)
		w.text(w.l.used(d, use))
		w.raw("</time>")
	} else {
		w.raw(`<span class="vague">`)
		w.text(w.l.used(d, use))
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
	if b.Announced {
		w.words(say("announced:"))
		w.raw(" ")
	}
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
		w.used(b.Since, models.DateSince)
		w.raw("</span>")
	}
	if b.Meaning != nil {
		w.raw(` <span class="quiet">`)
		w.words(b.Meaning)
		w.raw("</span>")
	}
}

// dated writes words and the date that they lead to, as they use it, where there is one.
func (w *inline) dated(words *text, d date, use models.DateUse) {
	if d.Label != "" {
		w.words(words)
		w.raw(" ")
		w.used(d, use)
	}
}

// and writes a date after a comma, where there is one.
func (w *inline) and(d date, use models.DateUse) {
	if d.Label != "" {
		w.comma()
		w.used(d, use)
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
	if one.Retracted {
		w.words(say("; retracted"))
	}
	w.dated(say("; shows that it held"), one.HoldsOn, models.DateWhen)
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
	w.evidence(m)
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
	if m.Of != nil {
		w.of(m)
	}
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

// of writes of which of two statements a mark speaks.
func (w *inline) of(m mark) {
	w.raw(`<span class="of">`)
	w.words(say("%s:", m.Of))
	w.raw("</span> ")
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
	if one.Retracted {
		w.words(say("; retracted"))
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

// said writes who says what about a supply.
func (w *inline) said(line linkLine) {
	if len(line.Sayings) == 0 {
		return
	}
	w.raw(`<ul class="sayings">`)
	w.sayings(line.Sayings)
	if line.MoreSayings > 0 {
		w.raw(`<li><a href="`)
		w.address(line.URL)
		w.raw(`">`)
		w.words(sayN(line.MoreSayings, "and %d more", "and %d more"))
		w.raw("</a></li>")
	}
	w.raw("</ul>")
}

// stands writes how well a status is established, where there is one.
func (w *inline) stands(m *mark) {
	if m != nil {
		w.mark(*m)
	}
}

// evidence writes until when a record, or its status, is known to have held.
func (w *inline) evidence(m mark) {
	words := m.Evidence
	switch {
	case words == nil && !m.Stale:
		return
	case words == nil:
		w.raw(`<p class="small stale">`)
		w.icon("triangle-alert")
		w.raw(" ")
		words = say("No source shows a day on which it held.")
	case m.Stale:
		w.raw(`<p class="small stale">`)
		w.icon("triangle-alert")
		w.raw(" ")
		w.words(say("Nothing newer shows that it still holds:"))
		w.raw(" ")
	default:
		w.raw(`<p class="small">`)
		if m.Word == nil && m.Of != nil {
			w.of(m)
		}
	}
	w.words(words)
	w.raw("</p>")
}

// possible writes the steps that may have been taken.
func (w *inline) possible(list []possibility) {
	for _, one := range list {
		w.raw(`<p class="possible">`)
		if one.Awaited != nil {
			w.icon("megaphone")
			w.raw(" ")
			w.words(one.Awaited)
			w.raw(".</p>")
			continue
		}
		w.icon("circle-question-mark")
		w.raw(" ")
		w.words(say("May have been taken by then: the step to"))
		w.raw(" ")
		w.badge(one.Badge)
		w.comma()
		w.text(w.l.when(one.When))
		w.raw(".</p>")
	}
}

func (w *inline) purposes(list []string) {
	for i, one := range list {
		if i > 0 {
			w.comma()
		}
		w.text(w.l.inside(one))
	}
}

// details writes the link to a record in the foot of its row, with what it is of for those who do not
// see the row.
func (w *inline) details(m mark, url, before string, of *text) {
	w.raw(`<div class="foot">`)
	w.mark(m)
	w.raw(`<a class="details" href="`)
	w.address(url)
	w.raw(`">`)
	w.words(say("Details"))
	w.raw(`<span class="visually-hidden">`)
	w.text(before)
	w.words(of)
	w.raw("</span></a></div>")
}

// later warns of what lies after the day shown.
func (w *inline) later(is bool) {
	if !is {
		return
	}
	w.raw(`<p class="small stale">`)
	w.icon("triangle-alert")
	w.raw(" ")
	w.words(say("This lies after the day shown."))
	w.raw("</p>")
}

// change writes a status change as an entry of a timeline or list.
func (w *inline) change(c changeLine) {
	w.raw(`<article class="entry change">` + "\n" + `<p class="what">`)
	w.link(c.Subject)
	if c.Object != nil {
		w.raw(" ")
		w.icon("arrow-right")
		w.raw(`<span class="visually-hidden">`)
		w.words(say("to"))
		w.raw("</span> ")
		w.link(*c.Object)
	}
	w.raw(": ")
	w.badge(c.Badge)
	w.raw("</p>\n<p>")
	w.words(say("Effective"))
	w.raw(" ")
	w.used(c.Effective, models.DateWhen)
	w.dated(say("; announced"), c.Announced, models.DateWhen)
	if c.Actor != nil {
		w.words(say("; taken by"))
		w.raw(" ")
		w.link(*c.Actor)
	}
	w.raw(".")
	if c.Reason != "" {
		w.raw(" ")
		w.bdi(c.Reason)
	}
	w.raw("</p>\n")
	if c.Awaited != nil {
		w.raw(`<p class="possible">`)
		w.icon("megaphone")
		w.raw(" ")
		w.words(c.Awaited)
		w.raw(".</p>\n")
	}
	w.later(c.Later)
	w.details(c.Mark, c.URL, " ", say("of this status change of %s", c.Subject.Name))
	w.raw("\n</article>")
}

// supplyHeads writes the heads of the columns that are shown.
func (w *inline) supplyHeads(hide map[string]bool) {
	for _, column := range supplyColumnsInOrder {
		if !hide[column.name] {
			w.raw(`<th scope="col">`)
			w.words(column.label)
			w.raw("</th>")
		}
	}
}

// supply writes a supply as a row of a table, without the columns that are hidden.
func (w *inline) supply(line linkLine, hide map[string]bool) {
	w.raw("<tr>\n")
	for _, column := range supplyColumnsInOrder {
		if hide[column.name] {
			continue
		}
		w.raw(`<td data-label="`)
		w.words(column.label)
		w.raw(`">`)
		column.write(w, line)
		w.raw("</td>\n")
	}
	w.raw("</tr>")
}

func (w *inline) supplied(line linkLine) {
	w.link(line.Subject)
	if len(line.Providers) > 0 {
		w.raw(`<p class="small">`)
		w.words(say("provided by"))
		w.raw(" ")
		w.sentence(line.Providers)
		w.raw("</p>")
	}
	if line.Quantity != "" {
		w.raw(`<p class="small">`)
		w.bdi(line.Quantity)
		w.raw("</p>")
	}
}

func (w *inline) receiver(line linkLine) {
	w.link(line.Object)
	for _, end := range []struct {
		date date
		use  models.DateUse
	}{{line.Start, models.DateSince}, {line.End, models.DateUntil}} {
		if end.date.Label != "" {
			w.raw(`<p class="small">`)
			w.used(end.date, end.use)
			w.raw("</p>")
		}
	}
}

func (w *inline) standing(line linkLine) {
	if line.Badge != nil {
		w.badge(*line.Badge)
	}
	w.stands(line.Stands)
	w.possible(line.Possible)
}

func (w *inline) usedFor(line linkLine) {
	if len(line.Purposes) > 0 {
		w.purposes(line.Purposes)
		return
	}
	w.raw(`<span class="quiet">`)
	w.words(say("not said"))
	w.raw("</span>")
}

func (w *inline) saidOf(line linkLine) {
	w.said(line)
	w.details(line.Mark, line.URL, " ", say("of %s supplied to %s", line.Subject.Name, line.Object.Name))
}

// linkWords writes a link as a sentence.
func (w *inline) linkWords(line linkLine) {
	w.link(line.Subject)
	w.raw(" ")
	w.words(line.Verb)
	w.raw(" ")
	w.link(line.Object)
	if line.Share != "" {
		w.raw(" (")
		w.text(line.Share)
		w.raw(")")
	}
	if line.Title != "" {
		w.raw(": ")
		w.bdi(line.Title)
	}
	if line.Role != "" {
		w.words(say(", as"))
		w.raw(" ")
		w.bdi(line.Role)
	}
	w.and(line.Start, models.DateSince)
	w.and(line.End, models.DateUntil)
	if len(line.Purposes) > 0 {
		w.raw("; ")
		w.words(say("said to be used for"))
		w.raw(" ")
		w.purposes(line.Purposes)
	}
	if line.Description != "" {
		w.raw(". ")
		w.bdi(line.Description)
	}
}

// linkEntry writes a link as an entry of a timeline.
func (w *inline) linkEntry(line linkLine) {
	w.raw(`<article class="entry"><p class="what">`)
	w.linkWords(line)
	w.raw("</p>")
	w.linkDetails(line)
	w.raw("</article>")
}

// linkRow writes a link as a row of a list.
func (w *inline) linkRow(line linkLine) {
	w.raw("<li><div><p>")
	w.linkWords(line)
	w.raw("</p>")
	if line.Badge != nil {
		w.raw("<p>")
		w.badge(*line.Badge)
		w.raw("</p>")
		w.stands(line.Stands)
	}
	w.raw("</div><div>")
	w.linkDetails(line)
	w.raw("</div></li>")
}

func (w *inline) linkDetails(line linkLine) {
	w.details(line.Mark, line.URL, ": ", say("%s %s %s", line.Subject.Name, line.Verb, line.Object.Name))
}

// drawing writes a network as SVG, with a link in each of its boxes.
func (w *inline) drawing(d *diagram) {
	w.raw(`<svg xmlns="http://www.w3.org/2000/svg" class="network"`)
	w.measure("width", d.Width)
	w.measure("height", d.Height)
	w.raw(` viewBox="0 0 ` + strconv.Itoa(d.Width) + " " + strconv.Itoa(d.Height) + `" role="group" aria-label="`)
	w.words(say("Network"))
	w.raw(`">` + "\n" + `<g class="edges" fill="none" stroke-width="1.5">`)
	for _, edge := range d.Edges {
		w.raw(`<g class="edge `)
		w.text(edge.Class)
		w.raw(`"><title>`)
		w.words(edge.Words)
		w.raw(`</title><path d="`)
		w.text(edge.Path)
		w.raw(`"/><path class="head" d="`)
		w.text(edge.Head)
		w.raw(`"/></g>` + "\n")
	}
	w.raw("</g>\n" + `<g class="nodes">`)
	for _, node := range d.Nodes {
		w.node(node)
	}
	w.raw("</g>\n</svg>")
}

func (w *inline) node(node diagramNode) {
	w.raw(`<a href="`)
	w.address(node.URL)
	w.raw(`" class="node kind-`)
	w.text(string(node.Kind))
	if node.Undisclosed {
		w.raw(" hidden-identity")
	}
	if node.Center {
		w.raw(" center")
	}
	w.raw(`"><title>`)
	w.text(node.Name)
	w.raw("</title><rect")
	w.measure("x", node.X)
	w.measure("y", node.Y)
	w.measure("width", boxWidth)
	w.measure("height", boxHeight)
	w.raw(` rx="6"/>`)
	for _, line := range node.Lines {
		w.raw("<text")
		w.measure("x", line.X)
		w.measure("y", line.Y)
		w.raw(` text-anchor="middle">`)
		w.text(line.Text)
		w.raw("</text>")
	}
	w.raw("</a>\n")
}

// measure writes an attribute that is a number of pixels.
func (w *inline) measure(name string, pixels int) {
	w.raw(" " + name + `="` + strconv.Itoa(pixels) + `"`)
}
