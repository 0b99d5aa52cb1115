package database

import (
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/migrator"
	"gorm.io/gorm/schema"
	"modernc.org/sqlite"
)

// sqliteDialector lets GORM speak to modernc.org/sqlite, which needs no cgo. Schema changes are
// goose's, so there is no migrator.
type sqliteDialector struct {
	pool gorm.ConnPool
}

// Name is the dialect's name, as Database.Dialect gives it.
func (sqliteDialector) Name() string { return "sqlite" }

// Initialize registers GORM's callbacks; SQLite has RETURNING since 3.35.
func (d sqliteDialector) Initialize(db *gorm.DB) error {
	db.ConnPool = d.pool
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		CreateClauses:        []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"},
		UpdateClauses:        []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"},
		DeleteClauses:        []string{"DELETE", "FROM", "WHERE", "RETURNING"},
		LastInsertIDReversed: true,
	})
	db.ClauseBuilders["FOR"] = func(clause.Clause, clause.Builder) {} // one writer at a time needs no row locks
	db.ClauseBuilders["LIMIT"] = buildLimit
	return nil
}

func buildLimit(c clause.Clause, builder clause.Builder) {
	limit, ok := c.Expression.(clause.Limit)
	if !ok {
		return
	}
	most := -1 // SQLite takes OFFSET only after LIMIT; -1 is no limit
	if limit.Limit != nil {
		most = *limit.Limit
	}
	builder.WriteString("LIMIT " + strconv.Itoa(most))
	if limit.Offset > 0 {
		builder.WriteString(" OFFSET " + strconv.Itoa(limit.Offset))
	}
}

// Migrator is GORM's own, which nothing here uses: goose changes the schema.
func (d sqliteDialector) Migrator(db *gorm.DB) gorm.Migrator {
	return migrator.Migrator{Config: migrator.Config{DB: db, Dialector: d}}
}

// DataTypeOf names the column type of a field; only messages use it.
func (sqliteDialector) DataTypeOf(field *schema.Field) string { return string(field.DataType) }

// DefaultValueOf is NULL.
func (sqliteDialector) DefaultValueOf(*schema.Field) clause.Expression {
	return clause.Expr{SQL: "NULL"}
}

// BindVarTo writes a placeholder.
func (sqliteDialector) BindVarTo(writer clause.Writer, _ *gorm.Statement, _ any) {
	_ = writer.WriteByte('?') // a statement's builder never fails
}

// QuoteTo writes an identifier, qualified or not, in double quotes.
func (sqliteDialector) QuoteTo(writer clause.Writer, name string) {
	quoted := make([]byte, 0, len(name)+4)
	quoted = append(quoted, '"')
	for i := range len(name) {
		switch name[i] {
		case '.':
			quoted = append(quoted, '"', '.', '"')
		case '"':
			quoted = append(quoted, '"', '"')
		default:
			quoted = append(quoted, name[i])
		}
	}
	_, _ = writer.WriteString(string(append(quoted, '"'))) // a statement's builder never fails
}

// Explain writes a statement with its values, for messages.
func (sqliteDialector) Explain(sql string, values ...any) string {
	return logger.ExplainSQL(sql, nil, `'`, values...)
}

// SavePoint and RollbackTo give nested transactions.
func (sqliteDialector) SavePoint(tx *gorm.DB, name string) error {
	return tx.Exec("SAVEPOINT " + name).Error
}

// RollbackTo goes back to a savepoint.
func (sqliteDialector) RollbackTo(tx *gorm.DB, name string) error {
	return tx.Exec("ROLLBACK TO SAVEPOINT " + name).Error
}

// Translate turns SQLite's result codes (https://www.sqlite.org/rescode.html) into GORM's errors,
// which keep SQLite's words: they name the constraint.
func (sqliteDialector) Translate(err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Code() {
	case 2067, 1555: // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	case 787, 3091: // SQLITE_CONSTRAINT_FOREIGNKEY, _DATATYPE
		return fmt.Errorf("%w: %w", gorm.ErrForeignKeyViolated, err)
	case 275, 1811: // SQLITE_CONSTRAINT_CHECK, _TRIGGER: what RAISE(ABORT) refuses
		return fmt.Errorf("%w: %w", gorm.ErrCheckConstraintViolated, err)
	}
	return err
}
