package database

import (
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"plumbline/models"
)

// describePostgres turns an error of connecting into a sentence that says what to check, and
// that never repeats the URL with its password.
func describePostgres(err error) error {
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		return err
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return models.Errorf(models.ErrInvalid, "PostgreSQL refused the connection: %s.%s", refused.Message, remedies[refused.Code])
	}
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		return models.Errorf(models.ErrInvalid, "This is no valid PostgreSQL URL. Write postgres://USER:PASSWORD@HOST:PORT/NAME, with special letters of the password percent-encoded.")
	}
	var lookup *net.DNSError
	if errors.As(err, &lookup) {
		return models.Errorf(models.ErrInvalid, "There is no host %q. Check the host in --database.", lookup.Name)
	}
	if strings.Contains(err.Error(), "refused") {
		return models.Errorf(models.ErrInvalid, "Nothing answers at the address in --database. Check that PostgreSQL runs, and its host and port.")
	}
	return models.Errorf(models.ErrInvalid, "PostgreSQL cannot be reached at the address in --database. Check host, port and network.")
}

// remedies by error code (https://www.postgresql.org/docs/current/errcodes-appendix.html).
var remedies = map[string]string{
	"28P01": " Check user and password.",
	"28000": " Check the user, and pg_hba.conf on the server.",
	"3D000": " Create the database first: createdb NAME.",
	"53300": " Raise max_connections on the server, or use fewer connections.",
}
