package models

import "strings"

// listSeparator stands between the entries of a list in one cell.
const listSeparator = " | "

// CutCell ends a cell that could not hold all of a text. Imports do not read such a cell.
const CutCell = " … (longer than a cell; the other formats have all of it)"

// JoinList writes a list in one cell, from which SplitList makes the same list again: what separates
// entries has a backslash before it where it belongs to one, and so has a backslash. A list of empty
// entries is an empty cell.
func JoinList(list []string) string {
	special := []string{`\`, `\\`, "|", `\|`}
	if len(list) == 1 {
		special = append(special, ";", `\;`) // which separates where no | does
	}
	escape := strings.NewReplacer(special...)
	parts, filled := make([]string, len(list)), false
	for i, part := range list {
		parts[i] = escape.Replace(part)
		filled = filled || part != ""
	}
	if !filled {
		return ""
	}
	return strings.Join(parts, listSeparator)
}

// SplitList splits a cell into the entries of a list, empty ones among them: at "|", or at ";" in a
// cell without one. An empty cell has none.
func SplitList(cell string) []string {
	if strings.TrimSpace(cell) == "" {
		return nil
	}
	parts := splitAt(cell, '|')
	if len(parts) == 1 {
		parts = splitAt(cell, ';')
	}
	for i, part := range parts {
		parts[i] = strings.TrimSpace(unescapeList.Replace(part))
	}
	return parts
}

// unescapeList takes off the backslashes by which JoinList keeps separators within an entry.
var unescapeList = strings.NewReplacer(`\\`, `\`, `\|`, "|", `\;`, ";")

// splitAt splits a text where the separator has no backslash before it.
func splitAt(text string, separator byte) []string {
	var parts []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i+1 < len(text) && strings.IndexByte(`\|;`, text[i+1]) >= 0 {
				i++
			}
		case separator:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// Computed reports whether a spreadsheet may take a text for a formula.
func Computed(text string) bool {
	return text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0
}

// QuoteCell puts a ' before a text that a spreadsheet would compute, and before one that already
// begins so, or its own would be taken off.
func QuoteCell(text string) string {
	if Computed(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// UnquoteCell takes off the ' that QuoteCell puts.
func UnquoteCell(text string) string {
	if strings.HasPrefix(text, "'") && Computed(strings.TrimLeft(text, "'")) {
		return text[1:]
	}
	return text
}
