-- One row is an event that was not stored, or a request that was refused as a whole, with the reason: what a site's owner
-- looks at when events are missing. Kept for a month.
CREATE TABLE IF NOT EXISTS weir.rejected_events
(
    site     LowCardinality(String) COMMENT 'site id; empty: none that exists here was named',
    reason   LowCardinality(String) COMMENT 'why, by a stable name: bad_event_name, foreign_origin, …',
    at       DateTime64(3, 'UTC')   COMMENT 'when it was rejected' CODEC(Delta(8), ZSTD(1)),
    message  LowCardinality(String) COMMENT 'why, in a sentence',
    path     LowCardinality(String) COMMENT 'where it was sent to: /c, /v1/track, …',
    event_id String                 COMMENT 'as the sender wrote it; empty for a whole request' CODEC(ZSTD(1)),
    sample   String                 COMMENT 'the event or the beginning of the request; addresses, phone numbers and the like are blacked out' CODEC(ZSTD(3)),
    count    UInt32                 COMMENT 'how many this row stands for: in a flood not each gets a row' CODEC(T64, ZSTD(1)),
    batch_id UUID                   COMMENT 'the insert it came with',

    INDEX by_batch batch_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (site, at, reason)
TTL toDateTime(at) + INTERVAL 30 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;
