package models

// Derivation is the version of the rules by which standings, spans, horizons and involvements, and the
// normal addresses of sources, follow from what people wrote. Whoever changes one of those rules
// raises it by one: `plumbline migrate` then recounts what stands, and a program that counts
// otherwise than the database was counted refuses to write to it.
const Derivation = 7

// DerivationRow says by which version of the rules the database was counted. There is one.
type DerivationRow struct {
	ID      int `gorm:"primaryKey;autoIncrement:false"`
	Version int `gorm:"not null"`
}

// TableName is the table in which it is kept.
func (DerivationRow) TableName() string { return "derivation" }

// SiteHost is a host under which this site is or was reached.
type SiteHost struct {
	Host string `gorm:"primaryKey"`
}

// TableName is the table in which they are kept.
func (SiteHost) TableName() string { return "site_hosts" }
