-- Preview links. The token in a link is kept nowhere: `hash` is the SHA-256 of it. `origin` is where alone the link opens.
-- `source` is the container as it was when the link was made; null: the draft that the site has at the time.
CREATE TABLE previews (
    id         TEXT    NOT NULL PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    site       TEXT    NOT NULL,
    origin     TEXT    NOT NULL,
    source     TEXT,
    author     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX previews_of_site ON previews (site, expires_at);
