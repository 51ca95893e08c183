-- One row is one published release of a site: what was written, what was compiled from it. Never changed, never
-- removed: going back to an older one publishes it again under a new number.
CREATE TABLE releases
(
    site         TEXT    NOT NULL,
    version      INTEGER NOT NULL CHECK (version > 0),
    file         TEXT    NOT NULL, -- where the container came from
    source       TEXT    NOT NULL, -- the container as it was written
    content_hash BLOB    NOT NULL, -- SHA-256 of the source
    compiled     BLOB    NOT NULL, -- the release as the page got it
    published_at INTEGER NOT NULL, -- milliseconds since 1970, UTC
    author       TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    PRIMARY KEY (site, version)
) STRICT;

-- Which site a file last published: a container that is broken at the start may not say so itself.
CREATE TABLE files
(
    file TEXT PRIMARY KEY,
    site TEXT NOT NULL
) STRICT;

CREATE TRIGGER releases_are_not_changed BEFORE UPDATE ON releases
BEGIN SELECT RAISE(ABORT, 'releases are immutable'); END;

CREATE TRIGGER releases_are_not_removed BEFORE DELETE ON releases
BEGIN SELECT RAISE(ABORT, 'releases are immutable'); END;
