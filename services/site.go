package services

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"plumbline/models"
)

// KnowSite remembers the host under which this site is reached, whose pages are no evidence.
// ErrConflict where sources were counted that are pages of it: Recount counts them anew.
func (s *Services) KnowSite(ctx context.Context) error {
	host := models.HostOf(s.site)
	if host == "" {
		return nil
	}
	var known int64
	if err := s.db.Write(ctx).Model(&models.SiteHost{}).Where("host = ?", host).Count(&known).Error; err != nil || known > 0 {
		return wrap(err, "read the site's hosts")
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := s.lockLog(tx); err != nil {
			return err
		}
		counted, err := addSiteHost(tx, host)
		if err == nil && counted {
			err = models.Errorf(models.ErrConflict, "Sources of the records are pages of %s, which is this site itself (--url): what is recorded here is no evidence for itself. Make a backup, then run with the same --url: plumbline migrate", host)
		}
		return err
	})
}

// addSiteHost remembers a host of the site, and reports whether it was not known and a version of a
// source is a page of it.
func addSiteHost(tx *gorm.DB, host string) (counted bool, err error) {
	added := tx.Exec("INSERT INTO site_hosts (host) VALUES (?) ON CONFLICT DO NOTHING", host)
	if added.Error != nil || added.RowsAffected == 0 {
		return false, wrap(added.Error, "remember the site's host")
	}
	own := models.NameOfHost(host)
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(own) + "%"
	var addresses []string
	err = tx.Raw(`SELECT DISTINCT normal_url FROM sources WHERE normal_url LIKE ? ESCAPE '\'`, like).Scan(&addresses).Error
	if err != nil {
		return false, fmt.Errorf("look for pages of the site: %w", err)
	}
	return slices.ContainsFunc(addresses, func(address string) bool {
		return models.HostWithin(models.NameOfHost(models.HostOf(address)), own)
	}), nil
}
