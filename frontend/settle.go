package frontend

import (
	"html/template"
	"text/template/parse"
)

// settle writes into the templates of a language what they say the same way at every page: {{t "…"}},
// {{icon "…"}} and {{asset "…"}}. A page has thousands of them, and each call costs more than its
// text. It must come before the set is used for the first time.
func settle(set *template.Template, functions template.FuncMap) {
	say := functions["t"].(func(any, ...any) string)
	icon := functions["icon"].(func(string) template.HTML)
	asset := functions["asset"].(func(string) string)
	constant := map[string]func(string) string{
		// Templates call these in texts and in quoted values of attributes alone.
		"t":     func(key string) string { return template.HTMLEscapeString(say(key)) },
		"asset": func(name string) string { return template.HTMLEscapeString(asset(name)) },
		"icon":  func(name string) string { return string(icon(name)) },
	}
	for _, one := range set.Templates() {
		if one.Tree != nil {
			settleList(one.Tree.Root, constant)
		}
	}
}

func settleList(list *parse.ListNode, constant map[string]func(string) string) {
	if list == nil {
		return
	}
	for i, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.IfNode:
			settleBranch(n.BranchNode, constant)
		case *parse.RangeNode:
			settleBranch(n.BranchNode, constant)
		case *parse.WithNode:
			settleBranch(n.BranchNode, constant)
		case *parse.ActionNode:
			if text, ok := constantText(n, constant); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
			}
		}
	}
}

func settleBranch(n parse.BranchNode, constant map[string]func(string) string) {
	settleList(n.List, constant)
	settleList(n.ElseList, constant)
}

// constantText is what an action says, where that is one of the functions with one string.
func constantText(n *parse.ActionNode, constant map[string]func(string) string) (string, bool) {
	if len(n.Pipe.Decl) > 0 || len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 2 {
		return "", false
	}
	function, called := n.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	argument, fixed := n.Pipe.Cmds[0].Args[1].(*parse.StringNode)
	if !called || !fixed || constant[function.Ident] == nil {
		return "", false
	}
	return constant[function.Ident](argument.Text), true
}
