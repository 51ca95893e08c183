-- What a KPI has come to so far, today included, and the days before it was set, counted afterwards. `weir.kpi_values` keeps
-- its meaning: whole days.
ALTER TABLE weir.kpi_values
    ADD COLUMN IF NOT EXISTS is_before UInt8 COMMENT '1: a day before the KPI was set, counted afterwards. It shows the trend, and is no beginning' AFTER denominator;

-- One row is one KPI on the day that goes on.
CREATE TABLE IF NOT EXISTS weir.kpi_so_far
(
    site        LowCardinality(String)  COMMENT 'site id',
    kpi         String                  COMMENT 'what people call it',
    definition  UInt64                  COMMENT 'hash of what it counts, as in `weir.kpi_values`',
    day         Date                    COMMENT 'the day that went on when this was counted, in the time zone of the site',
    numerator   Nullable(Float64)       COMMENT 'above the line',
    denominator Nullable(Float64)       COMMENT 'below the line; null: the number is no share',
    as_of       DateTime64(3, 'UTC')    COMMENT 'when this was counted'
)
ENGINE = ReplacingMergeTree(as_of)
ORDER BY (site, kpi, definition)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'KPIs so far, today included';
