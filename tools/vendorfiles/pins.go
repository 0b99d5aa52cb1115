package main

import (
	"fmt"
	"strings"
)

const (
	// servedFolder is embedded in the binary.
	servedFolder = "static/vendor"
	// testFolder is read by tests only.
	testFolder = "browsertest/testdata"
)

// pin names one package and what is taken from it.
type pin struct {
	name, version, licence string
	folder                 string
	files                  []string // taken as they are, under their base names
	as                     string   // the name of the one file, where its base name says too little
	icons                  []string // joined into one sprite, icons.svg
	licenceFiles           []string
}

var pins = []pin{
	{
		name: "@picocss/pico", version: "2.1.1", licence: "MIT",
		folder:       servedFolder,
		files:        []string{"css/pico.min.css"},
		licenceFiles: []string{"LICENSE.md"},
	},
	{
		name: "lucide-static", version: "1.62.0", licence: "ISC AND MIT",
		folder:       servedFolder,
		icons:        icons,
		licenceFiles: []string{"LICENSE"},
	},
	{
		name: "cytoscape", version: "3.34.4", licence: "MIT",
		folder:       servedFolder,
		files:        []string{"dist/cytoscape.min.js"},
		licenceFiles: []string{"LICENSE"},
	},
	{ // the layout of the network, and what it is built on
		name: "cytoscape-fcose", version: "2.2.0", licence: "MIT",
		folder:       servedFolder,
		files:        []string{"cytoscape-fcose.js"},
		licenceFiles: []string{"LICENSE"},
	},
	{
		name: "cose-base", version: "2.2.0", licence: "MIT",
		folder:       servedFolder,
		files:        []string{"cose-base.js"},
		licenceFiles: []string{"LICENSE"},
	},
	{
		name: "layout-base", version: "2.0.1", licence: "MIT",
		folder:       servedFolder,
		files:        []string{"layout-base.js"},
		licenceFiles: []string{"LICENSE"},
	},
	{
		name: "@github/combobox-nav", version: "3.0.2", licence: "MIT",
		folder:       servedFolder,
		files:        []string{"dist/index.js"},
		as:           "combobox-nav.js",
		licenceFiles: []string{"LICENSE"},
	},
	{ // the letters of link previews, which the server draws
		name: "@fontsource/noto-sans", version: "5.3.0", licence: "OFL-1.1",
		folder: servedFolder,
		files: []string{"files/noto-sans-latin-600-normal.woff", "files/noto-sans-latin-ext-600-normal.woff",
			"files/noto-sans-cyrillic-600-normal.woff", "files/noto-sans-greek-600-normal.woff"},
		licenceFiles: []string{"LICENSE"},
	},
	{
		name: "@fontsource/noto-sans-arabic", version: "5.3.0", licence: "OFL-1.1",
		folder:       servedFolder,
		files:        []string{"files/noto-sans-arabic-arabic-600-normal.woff"},
		licenceFiles: []string{"LICENSE"},
	},
	{
		name: "@fontsource/noto-sans-hebrew", version: "5.3.0", licence: "OFL-1.1",
		folder:       servedFolder,
		files:        []string{"files/noto-sans-hebrew-hebrew-600-normal.woff"},
		licenceFiles: []string{"LICENSE"},
	},
	{
		name: "axe-core", version: "4.14.1", licence: "MPL-2.0",
		folder:       testFolder,
		files:        []string{"axe.min.js"},
		licenceFiles: []string{"LICENSE", "LICENSE-3RD-PARTY.txt"},
	},
}

// icons are the Lucide icons in use, by their names in lucide-static.
var icons = []string{
	// Statuses: planned, active, restricted, suspended, disabled, ended, unknown.
	"calendar-clock", "circle-check", "shield-alert", "circle-pause", "ban", "circle-x", "circle-question-mark",
	// Kinds of entities.
	"building-2", "shield", "server", "cpu", "user", "users", "landmark", "scroll-text", "warehouse", "flag", "gavel",
	// Claims, sources and how well established they are.
	"quote", "megaphone", "message-square", "reply", "newspaper", "file-text", "scale", "badge-check", "circle-dot", "triangle-alert", "info",
	// Dates and places.
	"calendar", "clock", "history", "map-pin",
	// What a person does.
	"search", "filter", "list", "table", "menu", "x", "chevron-right", "chevron-down", "arrow-right",
	"external-link", "link", "rss", "download", "code", "folder-open",
	// Networks.
	"network", "route", "pin", "plus", "image", "copy", "columns-3",
}

// take copies what the pin names out of the package, and adds its licence
// texts to those of its folder.
func (p pin) take(pack npmPackage, contents map[string][]byte, licences map[string]*strings.Builder) (packageEntry, error) {
	entry := packageEntry{Name: p.name, Version: p.version, Licence: p.licence, Integrity: pack.integrity}
	keep := func(name string, content []byte) {
		path := p.folder + "/" + name
		contents[path] = content
		entry.Files = append(entry.Files, describe(path, content))
	}

	for _, file := range p.files {
		content, err := pack.file(file)
		if err != nil {
			return entry, err
		}
		name := file[strings.LastIndex(file, "/")+1:]
		if p.as != "" {
			name = p.as
		}
		keep(name, content)
	}
	if len(p.icons) > 0 {
		content, err := sprite(pack, p)
		if err != nil {
			return entry, err
		}
		keep("icons.svg", content)
	}

	if licences[p.folder] == nil {
		licences[p.folder] = &strings.Builder{}
	}
	out := licences[p.folder]
	fmt.Fprintf(out, "%s %s (%s)\n%s\n\n", p.name, p.version, p.licence, strings.Repeat("=", 72))
	for _, file := range p.licenceFiles {
		text, err := pack.file(file)
		if err != nil {
			return entry, err
		}
		fmt.Fprintf(out, "%s\n\n", strings.TrimSpace(string(text)))
	}
	return entry, nil
}
