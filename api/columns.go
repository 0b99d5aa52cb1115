package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"plumbline/models"
)

// columnNames are what columns= takes for a type: members and single columns.
func columnNames(t models.RecordType) []string {
	var names []string
	for _, c := range models.Columns(t, false) {
		for _, name := range []string{c.Field, c.Name} {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// chosenColumns are those that a request names, in its order; all when it names none. A file always
// has the ids, so that it can be imported again, and says which past it shows.
func chosenColumns(t models.RecordType, values []string, past bool) ([]models.Column, error) {
	all := models.Columns(t, false)
	var chosen []models.Column
	for _, name := range strings.Split(strings.Join(values, ","), ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(columnNames(t), name) {
			message := fmt.Sprintf("There is no column %q.%s Possible are %s.", shorten(name), models.DidYouMean(name, columnNames(t)), strings.Join(columnNames(t), ", "))
			return nil, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "columns", Detail: message})
		}
		for _, c := range all {
			known := slices.ContainsFunc(chosen, func(other models.Column) bool { return other.Name == c.Name })
			if (c.Field == name || c.Name == name) && !known {
				chosen = append(chosen, c)
			}
		}
	}
	if chosen == nil {
		return models.Columns(t, past), nil
	}
	if !slices.ContainsFunc(chosen, func(c models.Column) bool { return c.Name == "id" }) {
		chosen = append(all[:1:1], chosen...)
	}
	if past {
		chosen = append(chosen, models.MomentColumns()...)
	}
	return chosen, nil
}
