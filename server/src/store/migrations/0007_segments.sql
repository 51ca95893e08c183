-- Filters of reports that people have given a name. They are no rules: what a site sends does not depend on them.
CREATE TABLE segments
(
    site       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    filters    TEXT    NOT NULL, -- a list, in JSON, each as reports take them: `channel:Email`, `device!:mobile`
    updated_at INTEGER NOT NULL,
    updated_by TEXT    NOT NULL,
    PRIMARY KEY (site, name)
) STRICT;
