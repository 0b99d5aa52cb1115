package models

import "testing"

func TestArticleURL_leadsToTheOriginal(t *testing.T) {
	const want = "https://news.example/2025/story"
	for _, text := range []string{
		"https://news.example/2025/story", " https://news.example/2025/story ", "https://news.example/2025/story?utm_source=x&fbclid=y", "https://news.example/2025/story#part",
		"https://m.news.example/2025/story", "https://mobile.news.example/2025/story", "https://amp.news.example/2025/story", "https://news.example/2025/story/amp",
		"https://news.example/2025/story/amp/", "https://news.example/2025/story.amp", "https://news.example/amp/2025/story", "https://news.example/2025/story?amp",
		"https://web.archive.org/web/20250926101112/https://news.example/2025/story", "https://web.archive.org/web/20250926101112id_/https://news.example/2025/story",
		"http://archive.today/20250926/https://news.example/2025/story", "https://archive.ph/o/AbCdE/https://news.example/2025/story", "https://archive.is/newest/https://news.example/2025/story",
		"https://web.archive.org/web/2025/https:/news.example/2025/story?utm_medium=a", "https://www.google.com/amp/s/news.example/2025/story",
		"https://news-example.cdn.ampproject.org/c/s/news.example/2025/story", "https://web.archive.org/web/2025/https://archive.ph/2025/https://m.news.example/2025/story/amp?utm_source=a",
	} {
		if got := ArticleURL(text); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

func TestArticleURL_leavesOthersAlone(t *testing.T) {
	for _, text := range []string{"https://news.example/?id=7&page=2", "https://archive.org/details/a-book", "https://me.example/", "https://m.example/a", "nonsense",
		"https://news.example/champ", "https://www.google.com/search?q=amp", "ftp://a.example/b", "https://archive.ph/AbCdE", ""} {
		if got := ArticleURL(text); got != text {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

func FuzzArticleURL_isStable(f *testing.F) {
	f.Add("https://web.archive.org/web/2025/https:/m.news.example/2025/story/amp?utm_medium=a")
	f.Fuzz(func(t *testing.T, text string) {
		ArticleURL(text)
		NormalURL(text)
	})
}
