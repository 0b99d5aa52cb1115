package database

import (
	"container/list"
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
)

// keptStatements bounds how many prepared statements a connection keeps, keptLength how long their
// text may be.
const (
	keptStatements = 128
	keptLength     = 16 << 10
)

// keepingConnector opens connections that keep their prepared statements: SQLite otherwise
// parses and plans the same text at each call, which takes longer than many a statement runs.
type keepingConnector struct {
	driver  driver.Driver
	address string
}

// Connect opens a connection.
func (c keepingConnector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.driver.Open(c.address)
	if err != nil {
		return nil, err
	}
	connection, ok := opened.(sqliteConnection)
	if !ok {
		return nil, fmt.Errorf("the SQLite driver's %T lacks methods that database/sql uses", opened)
	}
	return &keepingConnection{sqliteConnection: connection, kept: map[string]*list.Element{}, recent: list.New()}, nil
}

// Driver is SQLite's.
func (c keepingConnector) Driver() driver.Driver { return c.driver }

// sqliteConnection is what database/sql asks of a connection of SQLite's driver.
type sqliteConnection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConnection keeps the statements that it was asked for last. database/sql uses a
// connection from one goroutine at a time.
type keepingConnection struct {
	sqliteConnection
	kept map[string]*list.Element
	// recent holds the same statements, the one used last in front.
	recent *list.List
}

// keptStatement is a prepared statement, and whether rows of it are being read.
type keptStatement struct {
	text string
	driver.Stmt
	busy bool
}

// Unwrap is the driver's own connection, for what SQLite alone can do.
func (c *keepingConnection) Unwrap() driver.Conn { return c.sqliteConnection }

// ExecContext runs a statement that gives no rows.
func (c *keepingConnection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	kept, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if kept == nil {
		return c.sqliteConnection.ExecContext(ctx, query, args)
	}
	return kept.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// QueryContext runs a statement that gives rows. Until they are closed, its statement is not
// used for others.
func (c *keepingConnection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	kept, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if kept == nil {
		return c.sqliteConnection.QueryContext(ctx, query, args)
	}

	rows, err := kept.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	described, ok := rows.(describedRows)
	if !ok {
		return nil, fmt.Errorf("the SQLite driver's %T do not describe their columns", rows)
	}
	kept.busy = true
	return &keptRows{describedRows: described, statement: kept}, nil
}

// Close finalizes the statements and closes the connection.
func (c *keepingConnection) Close() error {
	for c.recent.Len() > 0 {
		c.forget(c.recent.Back())
	}
	return c.sqliteConnection.Close()
}

// statement gives the prepared statement of a text; nil when it is not one to be kept, or is in use.
func (c *keepingConnection) statement(ctx context.Context, query string) (*keptStatement, error) {
	if element, ok := c.kept[query]; ok {
		c.recent.MoveToFront(element)
		kept := element.Value.(*keptStatement)
		if kept.busy {
			return nil, nil
		}
		return kept, nil
	}
	if !worthKeeping(query) {
		return nil, nil
	}

	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	kept := &keptStatement{text: query, Stmt: prepared}
	c.kept[query] = c.recent.PushFront(kept)
	for element := c.recent.Back(); c.recent.Len() > keptStatements && element != nil; {
		previous := element.Prev()
		if !element.Value.(*keptStatement).busy {
			c.forget(element)
		}
		element = previous
	}
	return kept, nil
}

// worthKeeping reports whether a statement reads or writes rows, and is not a script or overlong.
func worthKeeping(query string) bool {
	verb, _, _ := strings.Cut(strings.TrimSpace(query[:min(len(query), 80)]), " ")
	switch strings.ToUpper(verb) {
	case "SELECT", "WITH", "INSERT", "UPDATE", "DELETE":
		return len(query) <= keptLength && !strings.Contains(query, ";")
	}
	return false
}

func (c *keepingConnection) forget(element *list.Element) {
	kept := element.Value.(*keptStatement)
	c.recent.Remove(element)
	delete(c.kept, kept.text)
	_ = kept.Close() // it only frees; an error of its last use was given to whoever used it
}

// describedRows are rows that tell the types of their columns, as the driver's do.
type describedRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keptRows are rows of a kept statement.
type keptRows struct {
	describedRows
	statement *keptStatement
}

// Close lets the statement be used again.
func (r *keptRows) Close() error {
	r.statement.busy = false
	return r.describedRows.Close()
}
