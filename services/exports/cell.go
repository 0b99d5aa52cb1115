package exports

import (
	"strconv"
	"unicode/utf8"

	"plumbline/models"
)

// CellText writes a cell of a column as text: numbers stay numbers, and what a spreadsheet would take
// for a formula is quoted.
func CellText(cell any) string {
	switch cell := cell.(type) {
	case string:
		return models.QuoteCell(cell)
	case int64:
		return strconv.FormatInt(cell, 10)
	case float64:
		return strconv.FormatFloat(cell, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(cell)
	}
	return ""
}

// FittingCell is a cell as a workbook takes it: what a spreadsheet would take for a formula is quoted,
// and a text that is longer than a cell can be is cut, and says so.
func FittingCell(cell any) any {
	text, ok := cell.(string)
	if !ok {
		return cell
	}
	text = models.QuoteCell(text)
	if len(text) <= MostLetters || utf8.RuneCountInString(text) <= MostLetters {
		return text
	}
	return string([]rune(text)[:MostLetters-utf8.RuneCountInString(models.CutCell)]) + models.CutCell
}
