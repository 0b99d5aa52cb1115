package frontend_test

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// node is a part of a page that tests look into by its structure.
type node struct{ *html.Node }

// all gives the elements below that a selector matches, in order: "tag", ".class", "#id",
// "[name]" and "[name=value]", joined without blanks; blanks descend.
func (n *node) all(selector string) []*node {
	found := []*node{n}
	for _, step := range strings.Fields(selector) {
		var next []*node
		for _, from := range found {
			for child := range from.Descendants() {
				if child.Type == html.ElementNode && matches(child, step) && !slices.ContainsFunc(next, func(o *node) bool { return o.Node == child }) {
					next = append(next, &node{child})
				}
			}
		}
		found = next
	}
	return found
}

// first is the first of those; nil when there is none.
func (n *node) first(selector string) *node {
	if list := n.all(selector); len(list) > 0 {
		return list[0]
	}
	return nil
}

func matches(n *html.Node, step string) bool {
	for step != "" {
		end := len(step)
		if i := strings.IndexByte(step, ']'); step[0] == '[' {
			end = i + 1
		} else if i := strings.IndexAny(step[1:], ".#["); i >= 0 {
			end = i + 1
		}
		if !matchesOne(n, step[:end]) {
			return false
		}
		step = step[end:]
	}
	return true
}

func matchesOne(n *html.Node, part string) bool {
	switch part[0] {
	case '.':
		return slices.Contains(strings.Fields(attribute(n, "class")), part[1:])
	case '#':
		return attribute(n, "id") == part[1:]
	case '[':
		name, value, valued := strings.Cut(strings.Trim(part, "[]"), "=")
		return has(n, name) && (!valued || attribute(n, name) == value)
	}
	return n.Data == part
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// at is an attribute's value; "" when it is not there.
// has reports whether an element has an attribute, whatever it says.
func (n *node) has(name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func (n *node) at(name string) string { return attribute(n.Node, name) }

// text is all text below, with single blanks.
func (n *node) text() string {
	if n == nil {
		return ""
	}
	var out strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			out.WriteString(child.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
