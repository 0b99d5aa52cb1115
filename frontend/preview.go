package frontend

import (
	"image"
	"image/color"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-text/typesetting/font"

	"plumbline/models"
	"plumbline/services"
)

// preview is what a link shows where it is passed on.
type preview struct {
	kind, title string
	lines       []previewLine
	foot        string
}

// previewLine is a status in its colour, with what has it.
type previewLine struct {
	word, class, text string
}

// Measures of a preview, in pixels.
const (
	previewWidth  = 1200
	previewHeight = 630
	previewEdge   = 72
)

// mostPreviewed bounds the lines of a preview.
const mostPreviewed = 3

var (
	inkColor   = color.RGBA{0x1d, 0x23, 0x29, 0xff}
	quietColor = color.RGBA{0x51, 0x58, 0x5f, 0xff}
	calmColor  = color.RGBA{0x1d, 0x4e, 0x63, 0xff}
)

// previewColors are those of statuses, by their classes; as on pages.
var previewColors = map[string]color.RGBA{
	"status-active": {0x14, 0x60, 0x3a, 0xff}, "status-current": {0x14, 0x60, 0x3a, 0xff}, "status-answered": {0x14, 0x60, 0x3a, 0xff}, "admission": {0x14, 0x60, 0x3a, 0xff},
	"status-disabled": {0x9c, 0x1c, 0x1c, 0xff}, "status-ended": {0x9c, 0x1c, 0x1c, 0xff}, "denial": {0x9c, 0x1c, 0x1c, 0xff},
	"status-restricted": {0x7a, 0x4b, 0x00, 0xff}, "status-suspended": {0x7a, 0x4b, 0x00, 0xff}, "status-planned": {0x7a, 0x4b, 0x00, 0xff}, "allegation": {0x7a, 0x4b, 0x00, 0xff},
}

// previewPath is the address of the picture of a record.
func previewPath(r services.Record) string {
	if r.Type == models.TypeEntity {
		return "/previews/" + r.Slug + ".png"
	}
	return "/previews/" + r.ID.String() + ".png"
}

// sitePreview is the picture of every page that has none of its own.
const sitePreview = "/previews/plumbline.png"

// picture draws the preview of a record, or of the site.
func (p *Pages) picture(c *gin.Context) (string, []byte, error) {
	name, isPNG := strings.CutSuffix(c.Param("name"), ".png")
	if !isPNG {
		return "", nil, models.Errorf(models.ErrNotFound, "There is no picture at this address.")
	}
	shown := preview{kind: "Plumbline", title: "Who supplies what to whom, who says so, and what was answered", foot: "Every statement leads to its sources."}
	if name != "plumbline" {
		var err error
		if shown, err = p.previewOf(c, name); err != nil {
			return "", nil, err
		}
	}
	fonts, err := p.fonts()
	if err != nil {
		return "", nil, err
	}
	raw, err := shown.draw(fonts)
	return "image/png", raw, err
}

func (p *Pages) previewOf(c *gin.Context, name string) (preview, error) {
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, "", name, services.Moment{})
	if err != nil {
		return preview{}, err
	}
	r, l := page.Records[0], p.languages[0]
	s := showingOf(page, services.Moment{})
	shown := preview{kind: models.RecordTypes().Label(string(r.Type)), title: page.Refs[r.ID].Label(), foot: "As of " + page.AsOf.Label() + ". Every statement leads to its sources."}
	if b := s.badge(r); b != nil {
		shown.lines = append(shown.lines, previewLine{badgeWords(l, *b), b.Class, staleWords(l, s.statusMark(r))})
	}
	switch d := r.Document.(type) {
	case *models.Entity:
		shown.kind, shown.title = models.EntityKinds().Label(string(d.Kind)), d.Name
		return shown, p.previewSupplies(c, &shown, r)
	case *models.Claim:
		shown.kind, shown.title = "Claim", d.Text
		label := stanceLabels[d.Stance]
		shown.lines = []previewLine{{l.say(label.label), label.class, page.Refs[r.ID].Label()}}
	case *models.OpenItem:
		shown.kind, shown.title = models.OpenItemKinds().Label(d.Kind), d.Text
	case *models.StatusChange:
		b := stepBadge(r, page.Refs[r.ID])
		shown.lines = []previewLine{{badgeWords(l, b), b.Class, d.Effective.Label()}}
	case *models.Source:
		shown.kind = models.SourceKinds().Label(d.Kind)
	}
	return shown, nil
}

// badgeWords are a status in words.
func badgeWords(l *language, b badge) string {
	words := l.say(b.Word)
	if b.Announced {
		words = l.say("announced:") + " " + words
	}
	if b.Partial {
		words += ", in part"
	}
	return words
}

// staleWords say that nothing newer shows a status; "" of one that is fresh.
func staleWords(l *language, m *mark) string {
	switch {
	case m == nil || !m.Stale:
		return ""
	case m.Evidence == nil:
		return l.say(say("never evidenced on a day"))
	}
	return l.say(m.Evidence)
}

// previewSupplies adds the supplies of an entity, in the order of pages.
func (p *Pages) previewSupplies(c *gin.Context, shown *preview, entity services.Record) error {
	page, err := p.services.Involved(c.Request.Context(), models.Actor{}, entity.ID.String(), models.TypeRelationship,
		services.Query{Limit: mostSupplied, Filters: map[string][]string{"type": {string(models.SuppliedTo)}}})
	if err != nil {
		return err
	}
	s := showingOf(page, services.Moment{})
	var lines []linkLine
	for _, r := range page.Records {
		lines = append(lines, s.line(r))
	}
	sortByStatus(lines)
	for _, line := range lines[:min(len(lines), mostPreviewed)] {
		one := previewLine{text: line.Subject.Name + " → " + line.Object.Name}
		if line.Badge != nil {
			one.word, one.class = badgeWords(p.languages[0], *line.Badge), line.Badge.Class
			if old := staleWords(p.languages[0], line.Stands); old != "" {
				one.word += ", " + old
			}
		}
		shown.lines = append(shown.lines, one)
	}
	return nil
}

// draw paints the preview.
func (v preview) draw(fonts []*font.Font) ([]byte, error) {
	p := newPicture(fonts, previewWidth, previewHeight, color.White)
	p.fill(image.Rect(0, 0, previewWidth, 14), calmColor)
	box := func(y int) image.Rectangle {
		return image.Rect(previewEdge, y, previewWidth-previewEdge, previewHeight)
	}
	p.write(words{text: v.kind, at: box(56), size: 30, lines: 1, color: quietColor})
	lines := 2
	if len(v.lines) < 2 {
		lines = 4
	}
	y := p.write(words{text: v.title, at: box(104), size: 60, lines: lines, color: inkColor}) + 28
	for _, line := range v.lines {
		if y > previewHeight-130 {
			break
		}
		c, known := previewColors[line.class]
		if !known {
			c = quietColor
		}
		p.fill(image.Rect(previewEdge, y+6, previewEdge+8, y+68), c)
		row := box(y)
		row.Min.X += 28
		end := p.write(words{text: line.word, at: row, size: 30, lines: 1, color: c})
		row.Min.Y = end
		y = max(p.write(words{text: line.text, at: row, size: 26, lines: 1, color: inkColor})+14, end+14)
	}
	p.fill(image.Rect(previewEdge, previewHeight-84, previewWidth-previewEdge, previewHeight-82), quietColor)
	p.write(words{text: "Plumbline", at: box(previewHeight - 68), size: 28, lines: 1, color: calmColor})
	foot := box(previewHeight - 66)
	foot.Min.X += 190
	p.write(words{text: v.foot, at: foot, size: 24, lines: 1, color: quietColor})
	return p.png()
}
