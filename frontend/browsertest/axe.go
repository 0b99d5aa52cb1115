package browsertest

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axeSource string

// axeAll are the rules of WCAG 2.2 A and AA and the best practices.
const axeAll = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`

// The rules whose outcome depends on the colours, and those of which it depends on the width.
var (
	Colours = []string{"color-contrast", "link-in-text-block"}
	Room    = []string{"target-size", "scrollable-region-focusable"}
)

// axeRun runs rules over the page.
const axeRun = `axe.run(document, {
	resultTypes: ["violations"],
	preload: {assets: ["media"]}, // style sheets are read by an experimental rule alone, which is not run
	runOnly: %s,
}).then(result => result.violations.map(v => ({
	id: v.id, impact: v.impact, help: v.help,
	nodes: v.nodes.map(n => ({target: n.target.flat(Infinity).join(" "), html: n.html, summary: n.failureSummary})),
})))`

// Violation is one accessibility rule that a page breaks, and where.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		Target  string `json:"target"`
		HTML    string `json:"html"`
		Summary string `json:"summary"`
	} `json:"nodes"`
}

// String says what is wrong, with each place on a line of its own.
func (v Violation) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, node := range v.Nodes {
		fmt.Fprintf(&out, "\n\t%s  %s\n\t\t%s", node.Target, node.HTML, strings.ReplaceAll(node.Summary, "\n", "\n\t\t"))
	}
	return out.String()
}

// Axe checks the page as it stands now with axe-core, by all rules where none is named. It comes
// in beside the page's own scripts, so the page's CSP stays in force.
func (p *Page) Axe(rules ...string) []Violation {
	p.t.Helper()
	violations, _ := p.axe("[]", rules)
	return violations
}

// axe runs rules over the page, all where there is none, after a script that gives numbers.
func (p *Page) axe(first string, rules []string) (found []Violation, numbers []int32) {
	p.t.Helper()
	wanted := axeAll
	if len(rules) > 0 {
		wanted = `["` + strings.Join(rules, `", "`) + `"]`
	}
	run(p, "run axe", func(ctx context.Context, tab *chromedp.Target) (none chromedp.Void, err error) {
		if p.options.NoScript {
			// axe needs promises and timers; the page's own scripts were never loaded.
			if err := setScripts(ctx, tab, true); err != nil {
				return none, err
			}
			defer func() {
				if failed := setScripts(ctx, tab, false); err == nil {
					err = failed
				}
			}()
		}
		if _, err := chromedp.Evaluate[chromedp.Void](axeSource)(ctx, tab); err != nil {
			return none, err
		}
		if numbers, err = chromedp.Evaluate[[]int32](first, chromedp.EvalAsValue)(ctx, tab); err != nil {
			return none, err
		}
		found, err = chromedp.Evaluate[[]Violation](fmt.Sprintf(axeRun, wanted), chromedp.EvalAwaitPromise, chromedp.EvalAsValue)(ctx, tab)
		return none, err
	})
	return found, numbers
}
