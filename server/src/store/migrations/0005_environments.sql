-- Where a site's rules are tried before they are live: hosts of their own, releases of their own. `id` is that of the
-- companion site whose rows in `releases` these are. The live environment is the site itself and has no row.
CREATE TABLE environments
(
    site       TEXT    NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    id         TEXT    NOT NULL UNIQUE,
    hosts      TEXT    NOT NULL, -- a list, in JSON
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    PRIMARY KEY (site, name)
) STRICT;
