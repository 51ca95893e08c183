-- A KPI that is counted in all, from a day on, and not over the last 30 days. `definition` says what a KPI counts: what was
-- counted of another definition is no value of this one. That of before this column is the same as it was.
ALTER TABLE weir.kpi_targets
    ADD COLUMN IF NOT EXISTS since Nullable(Date) COMMENT 'counted in all from this day on; null: over the last 30 days' AFTER target,
    ADD COLUMN IF NOT EXISTS definition UInt64 ALIAS if(since IS NULL, cityHash64(metric, page, goal, funnel, channel), cityHash64(metric, page, goal, funnel, channel, assumeNotNull(since))) COMMENT 'hash of what it counts';
ALTER TABLE weir.kpi_values
    COMMENT COLUMN IF EXISTS day 'last of the days that are counted, in the time zone of the site';
