package services

import (
	"regexp"
	"strings"

	"plumbline/models"
)

// writtenSpeech is words that signal a claim, with who speaks, by places in bytes.
type writtenSpeech struct {
	start, end int
	stance     models.Stance
	// speaker is the mention that speaks; nil where described says who does, or nobody was found.
	speaker   *mention
	described string
}

var speechWords = []struct {
	pattern *regexp.Regexp
	stance  models.Stance
}{
	{regexp.MustCompile(`(?i)\b(?:declined|refused) to (?:comment|answer|say|discuss|respond|name|elaborate)|\bwould not comment\b`), models.DeclinesToAnswer},
	{regexp.MustCompile(`(?i)\b(?:(?:did|has|had|have) not (?:immediately )?(?:respond|reply|answer|responded|replied|answered|return)|gave no (?:answer|response))\b`), models.NoResponse},
	{regexp.MustCompile(`(?i)\bfound no (?:evidence|indication|sign|proof)\b`), models.FindsNoEvidence},
	{regexp.MustCompile(`(?i)\bfound (?:\w+ )?(?:evidence|indications|proof)\b`), models.FindsEvidence},
	{regexp.MustCompile(`(?i)\b(?:denied|denies|denying)\b`), models.Denies},
	{regexp.MustCompile(`(?i)\b(?:disputed|disputes|rejected|rejects|dismissed (?:the|these|those|such) (?:claims?|allegations?|reports?|accusations?))\b`), models.Disputes},
	{regexp.MustCompile(`(?i)\b(?:admitted|admits|acknowledged|acknowledges|conceded|concedes|confirmed|confirms)\b`), models.Admits},
	{regexp.MustCompile(`(?i)\b(?:accused|accuses|alleged|alleges)\b`), models.Alleges},
	{regexp.MustCompile(`(?i)\b(?:reported|revealed|uncovered|disclosed)\b`), models.Reports},
	{regexp.MustCompile(`(?i)\b(?:demanded|demands|urged|urges|called (?:on|for)|calls (?:on|for))\b`), models.Demands},
	{regexp.MustCompile(`(?i)\b(?:promised|promises|pledged|pledges|vowed|vows|committed to)\b`), models.Commits},
	{regexp.MustCompile(`(?i)\b(?:said|says|stated|states that|told|announced|announces|wrote|insisted|claimed|argued|explained|added that)\b`), models.States},
}

var (
	anonymous = regexp.MustCompile(`(?i)\b(?:an?|one|two|three|several|some)\s+(?:[\pL-]+\s+){0,3}?(?:officials?|spokes(?:person|man|woman|people)|sources?|officers?|employees?|engineers?|workers?|insiders?|diplomats?|whistleblowers?|lawyers?|activists?|campaigners?|commanders?|soldiers?|person familiar with the matter|people familiar with the matter)\b(?:\s+(?:for|at|of|from)\s+(?:the\s+)?[\pL]+)?`)
	// addressed are words that make the name behind a verb of speech the one spoken to, or about.
	inverted = regexp.MustCompile(`^\W{0,3}$`)
)

// speechIn finds acts of speech in a sentence.
func speechIn(text string, p passage, mentions []mention) (found []writtenSpeech) {
	sentence := text[p.start:p.end]
	var taken []passage
	for _, w := range speechWords {
		for _, at := range w.pattern.FindAllStringIndex(sentence, -1) {
			if overlapsAny(taken, at[0], at[1]) {
				continue
			}
			taken = append(taken, passage{at[0], at[1]})
			act := writtenSpeech{start: p.start + at[0], end: p.start + at[1], stance: w.stance}
			act.speaker, act.described = speakerOf(text, p, mentions, act)
			found = append(found, act)
		}
	}
	return found
}

func overlapsAny(list []passage, start, end int) bool {
	for _, p := range list {
		if start < p.end && p.start < end {
			return true
		}
	}
	return false
}

// speakerOf finds who speaks: the name right behind "said", else the first name of the clause
// before the word, else a described speaker there.
func speakerOf(text string, p passage, mentions []mention, act writtenSpeech) (*mention, string) {
	for i, m := range mentions {
		if m.start >= act.end && m.start <= act.end+3 && act.stance == models.States && inverted.MatchString(text[act.end:m.start]) && !told(text[act.start:act.end]) {
			return &mentions[i], ""
		}
	}
	begin := p.start
	if cut := strings.LastIndexAny(text[p.start:act.start], ";"); cut >= 0 {
		begin += cut + 1
	}
	before := text[begin:act.start]
	described := ""
	place := -1
	if at := anonymous.FindStringIndex(before); at != nil {
		described, place = strings.TrimSpace(before[at[0]:at[1]]), begin+at[0]
	}
	for i := range mentions {
		m := mentions[i]
		if m.start < begin || m.end > act.start {
			continue
		}
		if described != "" && place < m.start {
			return nil, described
		}
		return &mentions[i], ""
	}
	if described == "" {
		if at := anonymous.FindStringIndex(text[act.end:p.end]); at != nil && at[0] <= 2 {
			described = text[act.end+at[0] : act.end+at[1]]
		}
	}
	return nil, described
}

func told(word string) bool { return strings.EqualFold(word, "told") }

// unknownName is a capitalised name that no entity has.
type unknownName struct {
	start, end int
	kind       models.EntityKind
}

var (
	capitals = regexp.MustCompile(`\p{Lu}[\pL\pM'’.-]*(?:\s+(?:(?:of|for|and|the|de|la|al|bin|van|von)\s+){0,2}(?:\p{Lu}[\pL\pM'’-]*|[0-9]{2,5}))*`)
	// leading words are capital only because a sentence begins with them, or are titles.
	leading = regexp.MustCompile(`^(?:of|for|and|the|The|A|An|In|On|At|By|It|Its|This|That|These|Those|He|She|They|We|I|But|And|Or|If|When|While|After|Before|Since|For|From|With|As|To|Of|Some|Many|Most|Both|Neither|Nothing|No|Not|Last|Next|Earlier|Later|Asked|According|There|Under|Two|Three|Four|Five|Six|Several|Company|Officials|Campaigners|Critics|Mr|Mrs|Ms|Dr|Prof|President|Minister|General|Colonel|Director|Chief|Spokesperson|Spokesman|Spokeswoman|CEO|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December)\b\.?\s*`)
	kinds   = []struct {
		pattern *regexp.Regexp
		kind    models.EntityKind
	}{
		{regexp.MustCompile(`\b(?:Ministry|Army|Navy|Forces?|Police|Unit|Brigade|Battalion|Division|Directorate|Command|Corps|Guard|Department|Bureau|Intelligence|Government|Pentagon|Military|Defen[cs]e Forces)\b`), models.KindUnit},
		{regexp.MustCompile(`\b(?:Inc|Corp|Corporation|Ltd|Limited|LLC|PLC|GmbH|AG|SA|Technologies|Technology|Systems|Industries|Software|Labs|Aerospace|Electronics|Solutions|Networks)\b`), models.KindCompany},
		{regexp.MustCompile(`\b(?:Campaign|Foundation|Institute|University|Association|Union|Committee|Council|Watch|International|Alliance|Coalition|Center|Centre|Times|Post|News|Journal|Herald|Magazine|Agency|Network|Society|for|Network)\b`), models.KindOrganization},
		{regexp.MustCompile(`\b(?:Project|Operation|Program|Programme)\b`), models.KindSystem},
	}
)

// unknownIn finds capitalised names of two words or more that no known name covers.
func unknownIn(text string, p passage, mentions []mention) (found []unknownName) {
	sentence := text[p.start:p.end]
	for _, at := range capitals.FindAllStringIndex(sentence, -1) {
		start, end := at[0], at[1]
		for {
			cut := len(leading.FindString(sentence[start:end]))
			if cut == 0 {
				break
			}
			start += cut
		}
		name := strings.TrimRight(sentence[start:end], ".'’-")
		name = strings.TrimSuffix(strings.TrimSuffix(name, "'s"), "’s")
		if len(strings.Fields(name)) < 2 || covered(mentions, p.start+start, p.start+start+len(name)) {
			continue
		}
		found = append(found, unknownName{p.start + start, p.start + start + len(name), kindOfName(name)})
	}
	return found
}

func covered(mentions []mention, start, end int) bool {
	for _, m := range mentions {
		if start < m.end && m.start < end {
			return true
		}
	}
	return false
}

func kindOfName(name string) models.EntityKind {
	for _, k := range kinds {
		if k.pattern.MatchString(name) {
			return k.kind
		}
	}
	if len(strings.Fields(name)) <= 3 {
		return models.KindPerson
	}
	return models.KindOrganization
}
