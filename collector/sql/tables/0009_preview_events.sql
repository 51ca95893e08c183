-- One row is one thing that happened on a page that was opened by a preview link: what the draft made of it, and why the other
-- tags did not fire. Nothing of this is in `events`, nor in any view. Kept for a day.
CREATE TABLE IF NOT EXISTS weir.preview_events
(
    site        LowCardinality(String) COMMENT 'site id',
    id          UInt64                 COMMENT 'ascending in the order of arrival: ask for what is above the last one seen' CODEC(Delta(8), ZSTD(1)),
    received_at DateTime64(3, 'UTC')   COMMENT 'when it arrived' CODEC(Delta(8), ZSTD(1)),
    at          DateTime64(3, 'UTC')   COMMENT 'when it happened, by the clock of the browser' CODEC(Delta(8), ZSTD(1)),
    preview     LowCardinality(String) COMMENT 'which preview link the page was opened by',
    kind        LowCardinality(String) COMMENT 'what happened: pageview, click, form, custom, …; engagement, identify, consent: no rule was asked',
    name        String                 COMMENT 'the name of an event of the page' CODEC(ZSTD(1)),
    element     String                 COMMENT 'the element it happened on, in short' CODEC(ZSTD(1)),
    page_url    String                 COMMENT 'the page, without what the site keeps out of events' CODEC(ZSTD(1)),
    fired       Array(String)          COMMENT 'the tags that fired; of an event without any rule, its name' CODEC(ZSTD(1)),
    details     String                 COMMENT 'JSON: title, consent, and in `en` and `ru` what fires and what does not, with reasons' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (site, id)
TTL toDateTime(received_at) + INTERVAL 1 DAY DELETE;
