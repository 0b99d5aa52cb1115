package frontend

import (
	"image"
	"image/color"
	"strings"
	"testing"
)

// ink is the smallest box that holds all that is not white.
func ink(p *picture) image.Rectangle {
	box := image.Rectangle{}
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			if p.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func drawn(t *testing.T, text string, lines int) (*picture, int) {
	t.Helper()
	fonts, err := readFonts()
	if err != nil {
		t.Fatal(err)
	}
	p := newPicture(fonts, 600, 300, color.White)
	return p, p.write(words{text: text, at: image.Rect(50, 20, 550, 300), size: 32, lines: lines, color: color.Black})
}

func TestPicture_writesEachScriptFromItsOwnSide(t *testing.T) {
	for _, text := range []string{"Unit 8200", "Łódź Привет Ελλάδα"} {
		if p, _ := drawn(t, text, 2); ink(p).Min.X > 60 || ink(p).Max.X > 500 {
			t.Errorf("%s stands at %v", text, ink(p))
		}
	}
	for _, text := range []string{"وحدة الاستخبارات", "יחידה 8200", "الوحدة (Unit 8200)"} {
		if p, _ := drawn(t, text, 2); ink(p).Max.X < 540 || ink(p).Min.X < 100 {
			t.Errorf("%s stands at %v", text, ink(p))
		}
	}
}

// TestPicture_joinsArabicLetters sees whether letters take their joined forms, which are narrower
// together than each alone.
func TestPicture_joinsArabicLetters(t *testing.T) {
	joined, _ := drawn(t, "ببب", 1)
	apart, _ := drawn(t, "ب\u200cب\u200cب", 1) // with non-joiners between them
	if ink(joined).Dx() >= ink(apart).Dx() {
		t.Errorf("joined letters are %d wide, and apart %d", ink(joined).Dx(), ink(apart).Dx())
	}
}

func TestPicture_keepsToItsBoxWhateverIsWritten(t *testing.T) {
	for _, text := range []string{strings.Repeat("long name ", 1000), strings.Repeat("x", 10_000), strings.Repeat("ب", 3000), "\u202eevil\u202c", "a\u0000\uffff\n\t\r b", "🛰️ satellite 🏴‍☠️", "", " ", "\u200f\u200e"} {
		p, end := drawn(t, text, 2)
		box := ink(p)
		if end > 20+2*40 || !box.In(image.Rect(45, 15, 555, 110)) {
			t.Errorf("%.20q ends at %d and covers %v", text, end, box)
		}
		if strings.TrimSpace(text) != "" && strings.Contains(text, "e") && box.Empty() {
			t.Errorf("nothing was drawn for %.20q", text)
		}
	}
}
