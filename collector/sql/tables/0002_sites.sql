-- One row is what the reports must know of a site. The row with the latest `published_at` counts; publishing writes it
-- last, so that it is also what makes a new set of funnel steps the current one (see 0003).
CREATE TABLE IF NOT EXISTS weir.sites
(
    id                String                  COMMENT 'site id, as in `events.site`',
    timezone          LowCardinality(String)  COMMENT 'IANA name: days of reports begin at its midnight',
    currency          LowCardinality(String)  COMMENT 'three letters: revenue is counted in it',
    container_version UInt32                  COMMENT 'number of the release that is current',
    published_at      DateTime64(3, 'UTC')    COMMENT 'when this was published'
)
ENGINE = ReplacingMergeTree(published_at)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'Sites: time zone, currency, current release';
