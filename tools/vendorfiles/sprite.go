package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// sprite joins the pin's icons into one SVG file of symbols, each used as
// <svg><use href="…/icons.svg#name"></use></svg>. The strokes follow the
// colour of the text around.
func sprite(pack npmPackage, p pin) ([]byte, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "<!-- %s %s, %s: see LICENSES.txt -->\n", p.name, p.version, p.licence)
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">` + "\n")
	for _, name := range p.icons {
		content, err := pack.file("icons/" + name + ".svg")
		if err != nil {
			return nil, err
		}
		symbol, err := symbolOf(name, content)
		if err != nil {
			return nil, fmt.Errorf("icon %s: %w", name, err)
		}
		out.WriteString(symbol)
	}
	out.WriteString("</svg>\n")
	return []byte(out.String()), nil
}

func symbolOf(name string, content []byte) (string, error) {
	var icon struct {
		ViewBox string `xml:"viewBox,attr"`
		Shapes  string `xml:",innerxml"`
	}
	if err := xml.Unmarshal(content, &icon); err != nil {
		return "", err
	}
	if icon.ViewBox != "0 0 24 24" {
		return "", fmt.Errorf("its viewBox is %q, not 0 0 24 24", icon.ViewBox)
	}
	shapes := strings.Join(strings.Fields(icon.Shapes), " ")
	return fmt.Sprintf(`<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">%s</symbol>`+"\n",
		name, shapes), nil
}
