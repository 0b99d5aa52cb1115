// Package database says where things are kept: it opens SQLite and PostgreSQL behind GORM,
// migrates them, and gives transactions and pools. It knows no rule about records.
package database
