package frontend

import (
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// reason says in sentences why a record has its level of verification, as
// services.StandingReason does in English.
func reason(standing models.Standing, refs map[uuid.UUID]services.Ref) []*text {
	var sentences []*text
	if a := standing.Basis.Acknowledgement; a != nil {
		sentences = append(sentences, acknowledgement(*a, refs[a.By].Name))
	}
	sentences = append(sentences, origins(standing.Basis.Origins, refs))
	for i, one := range standing.Basis.NotCounted {
		if i == mostUncounted {
			break
		}
		sentences = append(sentences, say("Not counted: %s (%s).", refs[one.Source].Name, say(models.WhyUncountedCodes().Label(string(one.Why)))))
	}
	if d := standing.Basis.Dispute; d != nil {
		by := say("an anonymous speaker")
		if d.By != nil {
			by = say("%s", refs[*d.By].Name)
		}
		sentences = append(sentences, say("Disputed: %s, %s (%s).", stanceLabels[d.Stance].label, by, d.On))
	}
	return sentences
}

// mostUncounted bounds the sources of which a reason says why they lift nothing.
const mostUncounted = 3

func acknowledgement(a models.Acknowledgement, by string) *text {
	switch {
	case a.Claim == nil && a.On.IsZero():
		return say("Announced by %s.", by)
	case a.Claim == nil:
		return say("Announced by %s (%s).", by, a.On)
	case a.Extent == models.Partial:
		return say("Acknowledged in part by %s (%s).", by, a.On)
	}
	return say("Acknowledged by %s (%s).", by, a.On)
}

func origins(list []models.CountedOrigin, refs map[uuid.UUID]services.Ref) *text {
	if len(list) == 0 {
		return say("No independent origin: none of its sources counts as one.")
	}
	var words *text
	for _, origin := range list {
		source := refs[origin.Source]
		one := say("%s", publishers(source))
		if !source.Date.IsZero() {
			one = say("%s (%s)", publishers(source), source.Date)
		}
		if words == nil {
			words = one
		} else {
			words = say("%s; %s", words, one)
		}
	}
	return sayN(len(list), "%d independent origin: %s.", "%d independent origins: %s.", words)
}
