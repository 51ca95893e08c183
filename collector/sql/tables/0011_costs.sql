-- One row is one day of one cost, as it was imported: what advertising, people and tools took, and what the networks say that the
-- advertising brought. A cost of several days is a row for each of them, whose parts add up to the whole.
--
-- The sorting key is the key of a cost: what comes again with the same key takes the place of what was there (the row with the
-- latest `imported_at` counts), anything else is added. `channel` is not of the key, because it is worked out again from
-- the others; as it was given, it is. Not partitioned: an import is one block, there as a whole or not at all.
CREATE TABLE IF NOT EXISTS weir.cost_days
(
    site          LowCardinality(String)  COMMENT 'site id',
    cost_date     Date                    COMMENT 'which day of the cost',
    period_from   Date                    COMMENT 'first day of the cost',
    period_to     Date                    COMMENT 'last day of the cost; of a cost of one day, the same',
    kind          LowCardinality(String)  COMMENT 'ads, salaries, tools, services, other: marketing; serving: what customers cost once they are there',
    given_channel LowCardinality(String)  COMMENT 'the channel, where the import named one',
    channel       LowCardinality(String)  COMMENT 'as in `events.channel`: the one given, or worked out from source, medium and campaign; empty: it belongs to none',
    utm_source    LowCardinality(String)  COMMENT 'as in `events.utm_source`; empty: it belongs to none',
    utm_medium    LowCardinality(String)  COMMENT 'as in `events.utm_medium`; empty: not told',
    utm_campaign  String                  COMMENT 'as in `events.utm_campaign`; empty: it belongs to none',
    item          String                  COMMENT 'what it was for, where that tells costs apart: an advertisement, a person, a tool',
    amount        Decimal(18, 2)          COMMENT 'of this day, in `currency`',
    currency      LowCardinality(String)  COMMENT 'three letters; that of the site when it was imported',
    impressions   UInt64                  COMMENT 'how often the advertisement was shown, as imported',
    clicks        UInt64                  COMMENT 'how often it was clicked, as imported',
    reach         UInt64                  COMMENT 'people whom posts in social networks reached, as imported',
    likes         UInt64                  COMMENT 'as imported',
    comments      UInt64                  COMMENT 'as imported',
    shares        UInt64                  COMMENT 'as imported',
    imported_at   DateTime64(3, 'UTC')    COMMENT 'when it was imported',
    is_removed    UInt8                   COMMENT '1: an import took this cost away'
)
ENGINE = ReplacingMergeTree(imported_at)
ORDER BY (site, cost_date, kind, period_from, period_to, given_channel, utm_source, utm_medium, utm_campaign, item)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'Costs as imported, by day; read them in weir.costs';
