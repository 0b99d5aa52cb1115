// Package api says how things travel: the REST API under /api/v1, its OpenAPI document and its
// wire types. Rules live in services; here are shapes, headers and status codes.
package api
