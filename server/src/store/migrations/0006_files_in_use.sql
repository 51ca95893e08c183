-- Whether the server that started last serves the site from this file: then saving it publishes, and nothing else may.
ALTER TABLE files ADD COLUMN in_use INTEGER NOT NULL DEFAULT 0;
