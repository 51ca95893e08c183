-- One row is one event. Written by the collector only, in batches.
--
-- The sorting key ends in `event_id`: should the same event be stored twice (a repeat that arrives after the window of
-- remembered ids, or through another node), both rows are equal in the whole key and the engine collapses them.
-- `session_date` leads the key after `site`, because every report asks for a site and a period; `ts` is in the sorting
-- key but not in the primary key, where it would spoil the pruning by date.
CREATE TABLE IF NOT EXISTS weir.events
(
    site              LowCardinality(String)   COMMENT 'site id',
    name              LowCardinality(String)   COMMENT 'event name: pageview, click, purchase, …',
    event_id          UUID                     COMMENT 'made by the sender; one event, one id',
    ts                DateTime64(3, 'UTC')     COMMENT 'when it happened, corrected for a wrong clock' CODEC(Delta(8), ZSTD(1)),
    received_at       DateTime64(3, 'UTC')     COMMENT 'when the collector had it' CODEC(Delta(8), ZSTD(1)),
    session_date      Date                     COMMENT 'day on which the session began, in the time zone of the site',
    session_id        UInt64                   COMMENT 'upper 32 bits: second at which the session began; 0: no session' CODEC(ZSTD(1)),
    session_seq       UInt32                   COMMENT 'position in the session, from 1' CODEC(T64, ZSTD(1)),
    session_number    UInt32                   COMMENT 'which session of this visitor, from 1' CODEC(T64, ZSTD(1)),
    visitor_id        UInt64                   COMMENT 'the browser' CODEC(ZSTD(1)),
    person_id         UInt64                   COMMENT 'who it is: the visitor until somebody is identified' CODEC(ZSTD(1)),
    user_id           String                   COMMENT 'the id the site knows the person by' CODEC(ZSTD(1)),
    page_url          String                   CODEC(ZSTD(3)),
    page_host         LowCardinality(String),
    page_path         String                   COMMENT 'as people write it: `/каталог/`, not percent-encoded' CODEC(ZSTD(3)),
    page_title        String                   CODEC(ZSTD(3)),
    referrer          String                   COMMENT 'address of the page before' CODEC(ZSTD(3)),
    channel           LowCardinality(String)   COMMENT 'how the session came: Direct, Organic Search, …',
    utm_source        LowCardinality(String)   COMMENT 'of the first page of the session, like the other utm columns',
    utm_medium        LowCardinality(String),
    utm_campaign      LowCardinality(String),
    utm_content       String                   CODEC(ZSTD(1)),
    utm_term          String                   CODEC(ZSTD(1)),
    click_id_type     LowCardinality(String)   COMMENT 'gclid, yclid, …',
    click_id          String                   CODEC(ZSTD(1)),
    device            LowCardinality(String)   COMMENT 'desktop, mobile, tablet, tv, or empty',
    browser           LowCardinality(String),
    os                LowCardinality(String),
    country           LowCardinality(String)   COMMENT 'two letters, or empty',
    city              LowCardinality(String),
    element           String                   COMMENT 'what was clicked, sent or seen' CODEC(ZSTD(1)),
    item              String                   COMMENT 'what the event is about: product, promo' CODEC(ZSTD(1)),
    order_id          String                   CODEC(ZSTD(1)),
    revenue           Decimal(18, 2)           COMMENT 'in `currency`; 0 where the event has none' CODEC(ZSTD(1)),
    currency          LowCardinality(String)   COMMENT 'three letters',
    engaged_ms        UInt32                   COMMENT 'milliseconds the page was in front of the visitor since the last such event' CODEC(T64, ZSTD(1)),
    tag               LowCardinality(String)   COMMENT 'tag that fired; empty for automatic events',
    trigger           LowCardinality(String)   COMMENT 'trigger that fired it',
    container_version UInt32                   COMMENT 'number of the release whose rules fired' CODEC(T64, ZSTD(1)),
    consent           LowCardinality(String)   COMMENT 'categories granted at the time, comma separated',
    sample_rate       Float32                  COMMENT 'share of events kept; 1 = all' CODEC(ZSTD(1)),
    bot               LowCardinality(String)   COMMENT 'empty, or why it is taken for a bot',
    batch_id          UUID                     COMMENT 'the insert it came with',
    props             Map(LowCardinality(String), String) COMMENT 'everything else the tag collected' CODEC(ZSTD(3)),

    INDEX by_batch batch_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(session_date)
PRIMARY KEY (site, session_date, name, visitor_id)
ORDER BY (site, session_date, name, visitor_id, ts, session_seq, event_id)
SETTINGS index_granularity = 8192, non_replicated_deduplication_window = 10000;
