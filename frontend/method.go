package frontend

import (
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// methodPage defines the words of the product.
type methodPage struct {
	layout
	StaleDays    int
	Vocabularies []vocabulary
}

// vocabulary is a list of codes with a heading for people.
type vocabulary struct {
	Heading *text
	Codes   []models.Code
}

func (p *Pages) method(c *gin.Context) (view, error) {
	if len(c.Request.URL.Query()) > 0 {
		return view{}, models.Errorf(models.ErrInvalid, "This page takes no parameters.")
	}
	data := &methodPage{layout: plainLayout("/method", say("Method and definitions"), "/api/v1/codes"), StaleDays: services.StaleAfter}
	for _, v := range models.Vocabularies() {
		heading := strings.ReplaceAll(v.Name, "_", " ")
		data.Vocabularies = append(data.Vocabularies, vocabulary{say(strings.ToUpper(heading[:1]) + heading[1:]), v.Codes})
	}
	return view{template: "method", data: data}, nil
}
