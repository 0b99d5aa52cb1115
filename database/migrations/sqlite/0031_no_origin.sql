-- +goose Up

-- What no source that counts speaks of is not "single origin". SQLite cannot alter a constraint; its
-- text alone is changed: see 0014_holds.sql.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''single_origin'', ''corroborated''', '''no_origin'', ''single_origin'', ''corroborated''') WHERE type = 'table' AND name IN ('standings', 'horizons');
PRAGMA writable_schema = RESET;
