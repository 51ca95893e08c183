-- Who spoke for the visitor. What a server with a token says is stronger than what a browser claims: for the same order it
-- wins.
ALTER TABLE weir.events
    ADD COLUMN IF NOT EXISTS origin LowCardinality(String) COMMENT 'browser; api or import: a server with a token. Empty: stored before the column existed' AFTER bot;
