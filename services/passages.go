package services

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// passage is a sentence of a text, by its place in bytes.
type passage struct{ start, end int }

// shortened are words whose dot does not end a sentence.
var shortened = regexp.MustCompile(`(?i)(^|[^\pL])(mr|mrs|ms|dr|prof|gen|col|maj|capt|lt|sgt|sen|rep|gov|st|no|vs|inc|corp|ltd|co|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|e\.g|i\.e|\pL)\.$`)

// passagesOf splits a text into sentences: at ends of lines, and at full stops and the like that
// a blank and no small letter follow.
func passagesOf(text string) []passage {
	var list []passage
	begin := 0
	cut := func(end int) {
		trimmed := strings.TrimSpace(text[begin:end])
		if trimmed != "" {
			start := begin + strings.Index(text[begin:end], trimmed)
			list = append(list, passage{start, start + len(trimmed)})
		}
		begin = end
	}
	for i, r := range text {
		after := i + utf8.RuneLen(r)
		switch r {
		case '\n', '。', '！', '？':
			cut(after)
		case '.', '!', '?', '؟', '۔':
			if endsSentence(text, begin, after) {
				cut(after)
			}
		}
	}
	cut(len(text))
	return list
}

func endsSentence(text string, begin, after int) bool {
	rest := strings.TrimLeft(text[after:], "\"”’')]»")
	next, size := utf8.DecodeRuneInString(rest)
	if size == 0 {
		return true
	}
	if !unicode.IsSpace(next) {
		return false
	}
	following, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " \t\u00a0\"“‘'(["))
	return !unicode.IsLower(following) && !shortened.MatchString(text[begin:after])
}
