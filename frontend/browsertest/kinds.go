package browsertest

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
)

// Kinds remembers of which kinds of elements the colours were checked, in light and in dark. Of one
// kind are elements that a style sheet cannot tell apart: they and all around them have the same
// names, classes and states.
type Kinds struct {
	mu   sync.Mutex
	seen [2]map[int32]bool
}

// markNew marks the first visible element of each kind that is not among the known ones, has axe
// check the colours of those alone, and gives their kinds.
const markNew = `(known => {
	const seen = new Set(known), found = [];
	const told = /^(class|style|type|role|dir|lang|open|hidden|disabled|readonly|required|checked|selected|aria-(?!label|describedby|controls|owns|details|activedescendant).*)$/;
	const own = element => {
		const state = element.checked || element.selected ? "!" : "";
		return element.localName + state + [...element.attributes].filter(a => told.test(a.name)).map(a => a.name + "=" + a.value).sort().join(" ");
	};
	const mix = (hash, text) => { for (const c of text + "/") hash = Math.imul(hash, 31) + c.codePointAt(0) | 0; return hash; };
	const walk = (element, hash) => {
		hash = mix(hash, own(element));
		const before = element.previousElementSibling;
		const kind = before ? mix(hash, "+" + own(before)) : hash;
		const words = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim().length > 1);
		if ((words || element.matches("a[href], input, select, textarea")) && !seen.has(kind) && element.checkVisibility({visibilityProperty: true, opacityProperty: true})) {
			seen.add(kind);
			found.push(kind);
			element.setAttribute("data-axe-new", "");
		}
		for (const child of element.children) walk(child, kind);
	};
	for (const marked of document.querySelectorAll("[data-axe-new]")) marked.removeAttribute("data-axe-new");
	walk(document.documentElement, 7);
	axe.configure({rules: [{id: "color-contrast", selector: "[data-axe-new]"}, {id: "link-in-text-block", selector: "a[href][data-axe-new]"}]});
	return found;
})`

// AxeNew is Axe that checks the colours of one element of each kind that is new to kinds, on a page
// that many pages resemble. Where kinds is nil, it is Axe.
func (p *Page) AxeNew(kinds *Kinds, rules ...string) []Violation {
	p.t.Helper()
	if kinds == nil {
		return p.Axe(rules...)
	}
	scheme := 0
	if p.options.Dark {
		scheme = 1
	}
	known, err := json.Marshal(kinds.known(scheme))
	if err != nil {
		p.t.Fatal(err)
	}
	violations, found := p.axe(markNew+"("+string(known)+")", rules)
	kinds.add(scheme, found)
	return violations
}

func (k *Kinds) known(scheme int) []int32 {
	k.mu.Lock()
	defer k.mu.Unlock()
	known := slices.Collect(maps.Keys(k.seen[scheme]))
	if known == nil {
		known = []int32{} // JSON knows no nil
	}
	return known
}

func (k *Kinds) add(scheme int, found []int32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen[scheme] == nil {
		k.seen[scheme] = map[int32]bool{}
	}
	for _, kind := range found {
		k.seen[scheme][kind] = true
	}
}
