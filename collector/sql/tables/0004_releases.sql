-- One row is one published release of a site's container: what further collector nodes serve, and what an analyst looks
-- up to know since when a rule has been in force.
CREATE TABLE IF NOT EXISTS weir.releases
(
    site         LowCardinality(String)  COMMENT 'site id',
    version      UInt32                  COMMENT 'number of the release, `events.container_version`',
    published_at DateTime64(3, 'UTC')    COMMENT 'when',
    author       String                  COMMENT 'who; empty for a file',
    note         String                  COMMENT 'what the author said about it',
    source       String                  COMMENT 'text of the container' CODEC(ZSTD(3)),
    release      String                  COMMENT 'compiled container, as the page gets it' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(published_at)
ORDER BY (site, version)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'Published releases of containers';
