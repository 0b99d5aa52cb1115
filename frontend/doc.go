// Package frontend says how things look: the pages of the dashboard, rendered on the server from
// one struct each, with templates and static files of its own. It works without scripts.
package frontend
