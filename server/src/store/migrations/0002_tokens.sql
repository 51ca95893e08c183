-- Tokens for sending server-side and for reading over the API. The token itself is kept nowhere: `hash` is the SHA-256 of
-- it. A revoked token keeps its row, so that its bearer is told so.
CREATE TABLE tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    site       TEXT    NOT NULL,
    scope      TEXT    NOT NULL CHECK (scope IN ('write', 'import', 'read')),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    note       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
