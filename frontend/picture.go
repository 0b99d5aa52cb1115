package frontend

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	shapinglanguage "github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// fonts are the letters of pictures. Latin comes first: it has what every other script uses too.
var fontFiles = []string{"noto-sans-latin-600-normal.woff", "noto-sans-latin-ext-600-normal.woff", "noto-sans-cyrillic-600-normal.woff",
	"noto-sans-greek-600-normal.woff", "noto-sans-arabic-arabic-600-normal.woff", "noto-sans-hebrew-hebrew-600-normal.woff"}

// typefaces find the face that has a letter.
type typefaces []*font.Face

// readFonts reads the embedded fonts.
func readFonts() ([]*font.Font, error) {
	var fonts []*font.Font
	for _, name := range fontFiles {
		raw, err := staticFiles.ReadFile("static/vendor/" + name)
		if err != nil {
			return nil, err
		}
		face, err := font.ParseTTF(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fonts = append(fonts, face.Font)
	}
	return fonts, nil
}

// ResolveFace gives a face that has the letter, for the library; the first one where none has.
func (f typefaces) ResolveFace(r rune) *font.Face {
	for _, face := range f {
		if _, ok := face.NominalGlyph(r); ok {
			return face
		}
	}
	return f[0]
}

// picture is a picture in the making.
type picture struct {
	*image.RGBA
	faces  typefaces
	shaper shaping.HarfbuzzShaper
	raster vector.Rasterizer
}

func newPicture(fonts []*font.Font, width, height int, background color.Color) *picture {
	p := &picture{RGBA: image.NewRGBA(image.Rect(0, 0, width, height))}
	for _, one := range fonts {
		p.faces = append(p.faces, font.NewFace(one)) // faces keep what they measured: one for each picture
	}
	draw.Draw(p, p.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	return p
}

// fill paints a rectangle.
func (p *picture) fill(r image.Rectangle, c color.Color) {
	draw.Draw(p, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// words are a text with the place where it is to be drawn: lines begin at its edge, the left one
// for text from left to right, and else the right one.
type words struct {
	text string
	// at is the box: its lines have the box's width, and begin at its top.
	at   image.Rectangle
	size int
	// lines bounds the lines; what does not fit ends in an ellipsis.
	lines int
	color color.Color
}

// write draws words, and gives the height at which they end. Right-to-left scripts are joined and
// ordered as they are read.
func (p *picture) write(w words) int {
	letters := drawable(w.text)
	if len(letters) == 0 {
		return w.at.Min.Y
	}
	paragraph := di.DirectionLTR
	if direction(w.text) == "rtl" {
		paragraph = di.DirectionRTL
	}
	config := shaping.WrapConfig{Direction: paragraph, TruncateAfterLines: w.lines, Truncator: p.shape([]rune("…"), w.size, paragraph)[0]}
	var wrapper shaping.LineWrapper
	lines, _ := wrapper.WrapParagraph(config, w.at.Dx(), letters, shaping.NewSliceIterator(p.shape(letters, w.size, paragraph)))

	y := w.at.Min.Y
	for _, line := range lines {
		y += w.size * 5 / 4
		p.line(line, w, y-w.size/4, paragraph)
	}
	return y
}

// mostWritten bounds the letters that are looked at: a picture holds no more.
const mostWritten = 400

// drawable leaves out what has no shape: controls, marks that turn the direction, tags. White space
// becomes single spaces.
func drawable(text string) []rune {
	var letters []rune
	for _, r := range strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ") {
		if len(letters) == mostWritten {
			break
		}
		if unicode.IsPrint(r) || r == '\u200c' || r == '\u200d' {
			letters = append(letters, r)
		}
	}
	return letters
}

// shape turns letters into glyphs, a run for each script and direction.
func (p *picture) shape(letters []rune, size int, paragraph di.Direction) []shaping.Output {
	var segmenter shaping.Segmenter
	runs := segmenter.Split(shaping.Input{Text: letters, RunEnd: len(letters), Direction: paragraph, Size: fixed.I(size), Language: shapinglanguage.NewLanguage("en")}, p.faces)
	out := make([]shaping.Output, len(runs))
	for i, run := range runs {
		out[i] = p.shaper.Shape(run)
	}
	return out
}

func (p *picture) line(line shaping.Line, w words, baseline int, paragraph di.Direction) {
	line = slices.Clone(line)
	slices.SortFunc(line, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	x := fixed.I(w.at.Min.X)
	if paragraph == di.DirectionRTL {
		x = fixed.I(w.at.Max.X)
		for _, run := range line {
			x -= run.Advance
		}
	}
	for _, run := range line {
		for _, glyph := range run.Glyphs {
			if outline, ok := run.Face.GlyphData(glyph.GlyphID).(font.GlyphOutline); ok {
				p.glyph(run, outline, x+glyph.XOffset, fixed.I(baseline)-glyph.YOffset, w.color)
			}
			x += glyph.Advance
		}
	}
}

// glyph fills an outline whose dot is at x and y.
func (p *picture) glyph(run shaping.Output, outline font.GlyphOutline, x, y fixed.Int26_6, c color.Color) {
	// A box around the glyph is enough, and many times faster than the whole picture.
	reach := run.Size.Ceil() * 2
	box := image.Rect(x.Floor()-reach, y.Floor()-reach, x.Ceil()+2*reach, y.Ceil()+reach).Intersect(p.Bounds())
	if box.Empty() {
		return
	}
	at := func(point opentype.SegmentPoint) (float32, float32) {
		return float32(x+run.FromFontUnit(point.X))/64 - float32(box.Min.X), float32(y-run.FromFontUnit(point.Y))/64 - float32(box.Min.Y)
	}
	raster := &p.raster
	raster.Reset(box.Dx(), box.Dy())
	for _, segment := range outline.Segments {
		x0, y0 := at(segment.Args[0])
		switch segment.Op {
		case opentype.SegmentOpMoveTo:
			raster.ClosePath()
			raster.MoveTo(x0, y0)
		case opentype.SegmentOpLineTo:
			raster.LineTo(x0, y0)
		case opentype.SegmentOpQuadTo:
			x1, y1 := at(segment.Args[1])
			raster.QuadTo(x0, y0, x1, y1)
		case opentype.SegmentOpCubeTo:
			x1, y1 := at(segment.Args[1])
			x2, y2 := at(segment.Args[2])
			raster.CubeTo(x0, y0, x1, y1, x2, y2)
		}
	}
	raster.ClosePath()
	raster.Draw(p, box, image.NewUniform(c), image.Point{})
}

// png encodes the picture.
func (p *picture) png() ([]byte, error) {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.DefaultCompression}
	err := encoder.Encode(&out, p.RGBA)
	return out.Bytes(), err
}
