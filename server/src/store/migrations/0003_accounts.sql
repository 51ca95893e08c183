-- People, what they are signed in with, what they were invited by, what they edit, and what they did. Secrets (session
-- tokens, codes of links) are kept as SHA-256 only; passwords as Argon2id in the PHC format. Times: milliseconds since
-- 1970, UTC.
CREATE TABLE users
(
    id         TEXT    NOT NULL PRIMARY KEY,
    email      TEXT    NOT NULL, -- as its owner writes it
    email_key  TEXT    NOT NULL UNIQUE, -- in small letters: who it is
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'editor', 'analyst', 'viewer')),
    language   TEXT    NOT NULL CHECK (language IN ('en', 'ru')),
    password   TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions
(
    id         TEXT    NOT NULL PRIMARY KEY, -- may be shown
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    user       TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    agent      TEXT    NOT NULL, -- what the browser calls itself
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user);

-- Links that can be used once: invitations, and new passwords for users there are.
CREATE TABLE links
(
    id         TEXT    NOT NULL PRIMARY KEY, -- may be shown
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    kind       TEXT    NOT NULL CHECK (kind IN ('invitation', 'reset')),
    email      TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'editor', 'analyst', 'viewer')),
    user       TEXT    REFERENCES users (id) ON DELETE CASCADE, -- of a reset
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Sites that are managed in the page and not by a file.
CREATE TABLE sites
(
    id         TEXT    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL
) STRICT;

-- What is being edited. `revision` only grows: who saves says which one they saw. Without a source nothing is being
-- edited: what is published holds.
CREATE TABLE drafts
(
    site         TEXT    NOT NULL PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
    source       TEXT,
    revision     INTEGER NOT NULL,
    base_version INTEGER NOT NULL, -- the release that was in use when editing began
    updated_at   INTEGER NOT NULL,
    updated_by   TEXT    NOT NULL
) STRICT;

-- Every change: who, when, what, to which site.
CREATE TABLE audit
(
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    who    TEXT    NOT NULL,
    action TEXT    NOT NULL,
    site   TEXT    NOT NULL,
    detail TEXT    NOT NULL
) STRICT;
