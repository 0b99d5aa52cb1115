package database

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// JSON is a column that holds any Go value as JSON: TEXT in SQLite, jsonb in PostgreSQL. NULL
// reads as the zero value; a zero value is written as its JSON, never as NULL. Use *JSON[T] for a
// column in which NULL means something else.
type JSON[T any] struct {
	V T
}

// GormDataType names the type for GORM's messages.
func (JSON[T]) GormDataType() string { return "json" }

// Value gives the JSON as text, which both engines take.
func (j JSON[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(j.V)
	if err != nil {
		return nil, fmt.Errorf("write a JSON column: %w", err)
	}
	return string(text), nil
}

// Scan reads what either driver gives. It replaces V whole.
func (j *JSON[T]) Scan(value any) error {
	var read T
	var err error
	switch value := value.(type) {
	case nil:
	case string:
		err = json.Unmarshal([]byte(value), &read)
	case []byte:
		err = json.Unmarshal(value, &read)
	default:
		err = fmt.Errorf("a column of %T holds no JSON", value)
	}
	if err != nil {
		return fmt.Errorf("read a JSON column: %w", err)
	}
	j.V = read
	return nil
}

// MarshalJSON writes the value alone, so that the wrapper does not show.
func (j JSON[T]) MarshalJSON() ([]byte, error) { return json.Marshal(j.V) }

// UnmarshalJSON reads the value alone.
func (j *JSON[T]) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &j.V) }
