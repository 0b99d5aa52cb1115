-- +goose Up

-- What no source that counts speaks of is not "single origin".
ALTER TABLE standings DROP CONSTRAINT standings_verification_known;
ALTER TABLE standings ADD CONSTRAINT standings_verification_known CHECK (verification IN ('no_origin', 'single_origin', 'corroborated', 'partly_acknowledged', 'acknowledged'));
ALTER TABLE horizons DROP CONSTRAINT horizons_verification_known;
ALTER TABLE horizons ADD CONSTRAINT horizons_verification_known CHECK (verification IN ('no_origin', 'single_origin', 'corroborated', 'partly_acknowledged', 'acknowledged'));
