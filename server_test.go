package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestRecovered_letsAnAbortedAnswerBreakOff(t *testing.T) {
	router := gin.New()
	router.Use(recovered(slog.New(slog.DiscardHandler)))
	router.GET("/part", func(c *gin.Context) {
		if _, err := c.Writer.WriteString("part"); err != nil {
			t.Error(err)
		}
		c.Writer.Flush()
		panic(http.ErrAbortHandler)
	})
	server := httptest.NewServer(router)
	defer server.Close()
	response, err := http.Get(server.URL + "/part")
	if err != nil {
		return // it broke off before anything came
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%q came and looked whole", body)
	}
}
