package models

import "strings"

// Label is the date for people: "August 2025", "about 2021", "by 25 September 2025".
func (d Date) Label() string {
	switch {
	case d.IsZero():
		return "unknown"
	case d.IsOpenEnd():
		return "still open"
	case strings.HasPrefix(d.Text, "["):
		return d.rangeLabel()
	}

	label := plainLabel(trimQualifier(d.Text))
	if d.IsApproximate() {
		label = "about " + label
	}
	if d.IsUncertain() {
		label = "perhaps " + label
	}
	return label
}

func (d Date) rangeLabel() string {
	from, to, _ := strings.Cut(strings.Trim(d.Text, "[]"), openEnd)
	switch {
	case from == "":
		return "by " + plainLabel(to)
	case to == "":
		return plainLabel(from) + " or later"
	}
	return "between " + plainLabel(from) + " and " + plainLabel(to)
}

// plainLabel gives back what was not made by ParseDate as it is.
func plainLabel(text string) string {
	plain, problem := parsePlain(text)
	if problem != "" {
		return text
	}
	return plain.label()
}
