package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"plumbline/api"
	"plumbline/database"
	"plumbline/services"
)

// metrics are what /metrics tells in Prometheus form.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(s *services.Services) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "plumbline_http_requests_total",
			Help: "Requests by route, method and status."}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "plumbline_http_request_duration_seconds",
			Help: "Time to answer, by route.", Buckets: prometheus.DefBuckets}, []string{"route"}),
	}
	size := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "plumbline_log_size", Help: "Revisions in the log."}, func() float64 {
		ctx, cancel := timeout()
		defer cancel()
		n, err := s.Size(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	})
	m.registry.MustRegister(m.requests, m.duration, size, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts requests by route, so that paths that people make up cost nothing.
func (m *metrics) observe(c *gin.Context) {
	began := time.Now()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, method(c.Request.Method), strconv.Itoa(c.Writer.Status())).Inc()
	m.duration.WithLabelValues(route).Observe(time.Since(began).Seconds())
}

// method keeps made-up methods from becoming labels.
func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodPut, http.MethodOptions:
		return name
	}
	return "other"
}

// accessLog writes a line for each request: neither addresses nor queries, which may hold
// names and secrets.
func accessLog(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		began := time.Now()
		id := uuid.NewString()
		c.Header("X-Request-Id", id)
		c.Next()
		logger.Debug("request", "id", id, "method", method(c.Request.Method), "route", c.FullPath(), "status", c.Writer.Status(),
			"bytes", c.Writer.Size(), "took", time.Since(began).Round(time.Microsecond))
	}
}

// recovered turns a panic into an answer, and keeps what happened for the log.
func recovered(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler { // an export that broke off must not look whole
				panic(cause)
			}
			logger.Error("request broke off", "route", c.FullPath(), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			if c.Writer.Written() {
				c.Abort()
			} else if strings.HasPrefix(c.Request.URL.Path, "/api/") {
				api.Failed(c)
			} else {
				c.AbortWithStatus(http.StatusInternalServerError)
			}
		}()
		c.Next()
	}
}

// probes mounts what machines ask: is it alive, is it ready, how does it do.
func probes(router *gin.Engine, s *services.Services, db *database.Database, m *metrics) {
	router.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	router.GET("/readyz", func(c *gin.Context) {
		ctx, cancel := timeout()
		defer cancel()
		if err := db.Ping(ctx); err != nil {
			c.JSON(http.StatusServiceUnavailable, gin.H{"status": "the database does not answer"})
			return
		}
		c.JSON(http.StatusOK, gin.H{"status": "ready"})
	})
	router.GET("/metrics", gin.WrapH(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})))
}

// timeout bounds what probes may take.
func timeout() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 2*time.Second)
}
