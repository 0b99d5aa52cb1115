-- +goose Up

-- Sources by near spellings of their titles: here search_names has them already.
SELECT 1;
