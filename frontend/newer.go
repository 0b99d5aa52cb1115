package frontend

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// publishedKey is where a session keeps which version of which record was just published.
const publishedKey = "published"

// newerVersion says that what was just published does not stand any more.
type newerVersion struct {
	Words *text
	URL   string
}

// tellPublished lets the next page say what became of a write of a record: published, and where
// others published another version of it before the page is shown, that too.
func (p *Pages) tellPublished(c *gin.Context, out services.Outcome, record uuid.UUID) {
	if out.Status != models.ChangesetPublished {
		p.tell(c, "Your proposal waits for review. Somebody else looks at it before it is published.")
		return
	}
	p.tell(c, "Published. Every reader sees it now.")
	for _, one := range out.Written {
		if one.ID == record {
			p.sessions.Put(c.Request.Context(), publishedKey, fmt.Sprintf("%s %d", one.ID, one.Version))
		}
	}
}

// newer gives what to say where a record has a later version than the one just published; nil where
// that stands.
func (p *Pages) newer(ctx context.Context, published string) (*newerVersion, error) {
	name, number, _ := strings.Cut(published, " ")
	id, err := uuid.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("read what was published: %w", err)
	}
	mine, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read what was published: %w", err)
	}
	present, err := p.services.PresentVersion(ctx, id)
	if err != nil || present == mine {
		return nil, err
	}
	between := url.Values{"from": {number}, "to": {strconv.FormatInt(present, 10)}}
	return &newerVersion{Words: say("Published as version %d. It was changed again since: version %d stands now.", mine, present),
		URL: address("/records/"+name+"/history", between)}, nil
}
