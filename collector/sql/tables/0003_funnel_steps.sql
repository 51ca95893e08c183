-- One row is one step of one funnel, as published at one moment. Rows are only ever added: those whose `published_at` is
-- that of the site's row in `weir.sites` are current, the others are history. `weir.funnels` reads the current ones.
CREATE TABLE IF NOT EXISTS weir.funnel_steps
(
    site              LowCardinality(String)  COMMENT 'site id',
    funnel            LowCardinality(String)  COMMENT 'name of the funnel in the container',
    published_at      DateTime64(3, 'UTC')    COMMENT 'same moment as in `weir.sites`',
    step_no           UInt8                   COMMENT 'position, from 1',
    label             String                  COMMENT 'what people call the step',
    step              String                  COMMENT 'what counts as the step, in the step language',
    within_s          UInt64                  COMMENT 'conversion window: seconds from the first step to the last',
    view              String                  COMMENT 'ready view of this funnel, in database `weir`',
    container_version UInt32                  COMMENT 'number of the release'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, funnel, published_at, step_no)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'Steps of the funnels of every container published';
