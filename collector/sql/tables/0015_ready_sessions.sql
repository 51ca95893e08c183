-- The visits of past days, put together once instead of for each question. `weir.sessions` takes a day from here only while
-- `weir.ready_days` says that nothing of it has changed since; any other day it puts together from the events.

-- One row is one day of a site, in which something was stored. Rows that are not merged yet count together: `changes` are
-- added up, of `ready` the greatest holds. It is an array: the parts of a tuple are read apart, without what `FINAL` makes of the whole.
CREATE TABLE IF NOT EXISTS weir.ready_days
(
    site         LowCardinality(String)                   COMMENT 'site id',
    session_date Date                                     COMMENT 'day on which the sessions began, in the time zone of the site',
    changes      SimpleAggregateFunction(sum, UInt64)     COMMENT 'how often events of the day were stored or changed',
    changed_at   SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'when last',
    ready        SimpleAggregateFunction(max, Array(UInt64)) COMMENT 'of its visits in `weir.ready_sessions`: the `changes` that they include, their `version`, the number of the definition of a visit that they follow, how many events the day had then, and how many visits they are'
)
ENGINE = AggregatingMergeTree
ORDER BY (site, session_date)
COMMENT 'Days of sites, and whether their visits are ready in weir.ready_sessions';

-- One row is one visit as of one `version`; only versions that `weir.ready_days` names count.
CREATE TABLE IF NOT EXISTS weir.ready_sessions
(
    site            LowCardinality(String) COMMENT 'site id',
    session_date    Date                   COMMENT 'day on which the session began, in the time zone of the site',
    session_id      UInt64                 COMMENT 'as in the events' CODEC(Delta(8), ZSTD(1)),
    visitor_id      UInt64                 COMMENT 'of the first event' CODEC(ZSTD(1)),
    person_id       UInt64                 COMMENT 'of the last event' CODEC(ZSTD(1)),
    session_number  UInt32                 COMMENT 'greatest of its events' CODEC(T64, ZSTD(1)),
    started_at      DateTime64(3, 'UTC')   COMMENT 'first event' CODEC(Delta(8), ZSTD(1)),
    ended_at        DateTime64(3, 'UTC')   COMMENT 'last event' CODEC(Delta(8), ZSTD(1)),
    pageviews       UInt32                 COMMENT 'page views' CODEC(T64, ZSTD(1)),
    events          UInt32                 COMMENT 'events' CODEC(T64, ZSTD(1)),
    engaged_ms      UInt64                 COMMENT 'milliseconds with a page in front of the visitor' CODEC(T64, ZSTD(1)),
    conversions     UInt64                 COMMENT 'purchases, leads and sign-ups' CODEC(T64, ZSTD(1)),
    leads           UInt32                 COMMENT 'leads' CODEC(T64, ZSTD(1)),
    orders          Array(Tuple(DateTime64(3, 'UTC'), UInt32, String, String, Decimal(18, 2))) COMMENT 'time, place in the session, id, currency and revenue of each order' CODEC(ZSTD(1)),
    landing_host    LowCardinality(String) COMMENT 'of the first page view',
    landing_page    String                 COMMENT 'of the first page view' CODEC(ZSTD(3)),
    exit_host       LowCardinality(String) COMMENT 'of the last page view',
    exit_page       String                 COMMENT 'of the last page view' CODEC(ZSTD(3)),
    referrer        String                 COMMENT 'of the first event, like all below' CODEC(ZSTD(3)),
    channel         LowCardinality(String) COMMENT 'how the session came: Direct, Organic Search, …',
    utm_source      LowCardinality(String) COMMENT 'of the address that the session began at, like the other utm columns',
    utm_medium      LowCardinality(String) COMMENT 'as utm_source',
    utm_campaign    LowCardinality(String) COMMENT 'as utm_source',
    utm_content     String                 COMMENT 'as utm_source' CODEC(ZSTD(1)),
    utm_term        String                 COMMENT 'as utm_source' CODEC(ZSTD(1)),
    click_id_type   LowCardinality(String) COMMENT 'gclid, yclid, …',
    device          LowCardinality(String) COMMENT 'desktop, mobile, tablet, tv, or empty',
    browser         LowCardinality(String) COMMENT 'of the first event',
    os              LowCardinality(String) COMMENT 'of the first event',
    country         LowCardinality(String) COMMENT 'two letters, or empty',
    city            LowCardinality(String) COMMENT 'of the first event',
    version         UInt64                 COMMENT 'of the count that it is of: milliseconds since 1970, and 20 random bits' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(session_date)
PRIMARY KEY (site, session_date)
ORDER BY (site, session_date, session_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Visits of past days, put together ahead of questions: read weir.sessions instead';
