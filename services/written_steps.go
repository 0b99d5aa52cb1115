package services

import (
	"regexp"
	"strings"

	"plumbline/models"
)

// writtenStep is a word that signals a status, by its place in bytes.
type writtenStep struct {
	start, end int
	status     models.Status
	// contract says that the sentence speaks of a contract or agreement.
	contract bool
	partial  bool
}

// stepWord is a word that signals a status.
type stepWord struct {
	pattern string
	status  models.Status
	// strong words need no noun of supply in their sentence.
	strong bool
}

// stepWords lists the words, with the status of a supply that they signal.
func stepWords() []stepWord {
	return []stepWord{
		{`disabled|deactivated|switched off|turned off|shut off|cut off|revoked|blocked|ceased and disabled`, "disabled", false},
		{`suspended|paused|halted|frozen|froze|put on hold|placed on hold|put .{1,40} on hold`, "suspended", false},
		{`terminated|ended|cancelled|canceled|discontinued|severed|scrapped|expired|lapsed|wound down|pulled out of|withdrew from|stopped (?:providing|supplying|selling|offering)|cut ties|broke off|tore up`, "ended", false},
		{`restricted|limited|curtailed|imposed (?:conditions|limits|restrictions)`, "restricted", false},
		{`awarded|renewed|signed|won|extended|resumed|restored|reinstated|re-enabled|reactivated|started (?:providing|supplying|selling)|began (?:providing|supplying|selling)|secured|entered into|rolled out|landed`, "active", false},
		{`(?:will|plans to|agreed to|is set to|is to) (?:provide|supply|deliver|sell)`, "planned", false},
	}
}

var (
	stepPatterns = compileSteps()
	// supplyNouns are what a status of ours can be about.
	supplyNouns   = regexp.MustCompile(`(?i)\b(contracts?|deals?|agreements?|services?|access|subscriptions?|cloud|software|technolog(?:y|ies)|sales?|suppl(?:y|ies)|exports?|licen[cs]es?|support|partnerships?|accounts?|tools?|products?|storage|capabilit(?:y|ies)|business|tender|framework|cooperation|hosting|systems?|platforms?|ties)\b`)
	contractNouns = regexp.MustCompile(`(?i)\b(contracts?|deals?|agreements?|tender|framework)\b`)
	// peopleNouns right behind a word make it one of employment or the law.
	peopleNouns = regexp.MustCompile(`(?i)^\W*(?:(?:the|its|their|his|her|two|three|four|five|several|some|dozens of|more than|an?|all|those|these|over|about|at least|[0-9,]+)\s+){0,4}(?:[\pL-]+\s+){0,2}?(employees?|workers?|staff|engineers?|protesters?|players?|officials?|students?|officers?|executives?|people|jobs?|drivers?|athletes?|lawmakers?|ministers?)\b`)
	// unreal words before one say that it did not happen, or only perhaps.
	unreal     = regexp.MustCompile(`(?i)\b(not|never|n[o']t|denie[sd]|deny(?:ing)?|urge[sd]?|urging|demand(?:s|ed|ing)?|call(?:s|ed|ing)? (?:on|for)|ask(?:s|ed|ing)?|may|might|could|would|should|must|if|whether|unless|refus(?:es|ed|ing) to|threaten(?:s|ed|ing)? to|consider(?:s|ed|ing)?|no plans? to|want(?:s|ed)?|petition(?:s|ed)?|vow(?:s|ed)? to|until|nor|neither|without|no|far from|failed to|yet to|calls?|hop(?:es?|ed|ing)|expect(?:s|ed))\b`)
	nearClause = regexp.MustCompile(`[,;:—–]|\b(?i:and|but|while|although|after|before|because|which|who|that)\b`)
	partials   = regexp.MustCompile(`(?i)\b(certain|some|a (?:specific|single|small)|part(?:s|ly)? of|several|specific|partially|in part|one unit|a unit|a set of|a subset)\b`)
)

type stepPattern struct {
	stepWord
	compiled *regexp.Regexp
}

func compileSteps() []stepPattern {
	var list []stepPattern
	for _, w := range stepWords() {
		list = append(list, stepPattern{w, regexp.MustCompile(`(?i)\b(?:` + w.pattern + `)\b`)})
	}
	return list
}

// stepsIn finds the words of a sentence that signal a status, with places in the text.
func stepsIn(text string, p passage) (found []writtenStep) {
	sentence := text[p.start:p.end]
	for _, w := range stepPatterns {
		for _, at := range w.compiled.FindAllStringIndex(sentence, -1) {
			if !happened(sentence, at[0], at[1]) || !supplyNouns.MatchString(sentence[:at[0]]+" . "+sentence[at[1]:]) {
				continue
			}
			step := writtenStep{start: p.start + at[0], end: p.start + at[1], status: w.status,
				contract: contractNouns.MatchString(sentence), partial: partials.MatchString(sentence[at[0]:])}
			found = append(found, step)
		}
	}
	return found
}

// happened reports whether a word tells of something that happened to a supply: not of people,
// not denied, wished for or supposed, and not said as an adjective of something else.
func happened(sentence string, start, end int) bool {
	before, after := sentence[:start], sentence[end:]
	if peopleNouns.MatchString(after) {
		return false
	}
	if clauses := nearClause.FindAllStringIndex(before, -1); len(clauses) > 0 {
		last := clauses[len(clauses)-1]
		if cut := before[last[1]:]; len(strings.Fields(cut)) > 1 && !unreal.MatchString(before[last[0]:]) && !askedFor(before) {
			return true
		}
	}
	return !unreal.MatchString(before)
}

// askedFor reports whether what goes before asks for the whole sentence: "urged … to … and".
func askedFor(before string) bool {
	return regexpAsked.MatchString(before)
}

var regexpAsked = regexp.MustCompile(`(?i)\b(urge[sd]?|demand(?:s|ed|ing)?|call(?:s|ed|ing)? (?:on|for)|denie[sd]|deny(?:ing)?|if|whether|unless|could|might|would|should|threaten(?:s|ed|ing)?|ask(?:s|ed|ing)?)\b`)
