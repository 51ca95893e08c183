-- How the columns are packed, each as measured smallest at a speed that inserts do not notice: docs/storage.md has
-- the figures. What was stored before is packed anew as parts merge; nothing is rewritten now.
ALTER TABLE weir.events
    MODIFY COLUMN IF EXISTS site CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS name CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS event_id CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS ts CODEC(T64, ZSTD(1)),
    MODIFY COLUMN IF EXISTS received_at CODEC(T64, ZSTD(1)),
    MODIFY COLUMN IF EXISTS session_date CODEC(Delta(2), ZSTD(1)),
    MODIFY COLUMN IF EXISTS session_id CODEC(ZSTD(3)),
    MODIFY COLUMN IF EXISTS visitor_id CODEC(ZSTD(3)),
    MODIFY COLUMN IF EXISTS person_id CODEC(ZSTD(3)),
    MODIFY COLUMN IF EXISTS page_host CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS channel CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS utm_source CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS utm_medium CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS utm_campaign CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS click_id_type CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS device CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS browser CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS os CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS country CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS city CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS currency CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS tag CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS trigger CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS consent CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS bot CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS origin CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS batch_id CODEC(ZSTD(1));

-- One row is one step of a saved funnel, as it stood at `as_of`: what the ready view of a large site reads. The row with the
-- latest `as_of` counts; `definition` is a hash of the steps, the window and the manner, so that an edited funnel never
-- answers with the numbers of the one before.
CREATE TABLE IF NOT EXISTS weir.funnel_results
(
    site               LowCardinality(String)  COMMENT 'site id',
    funnel             LowCardinality(String)  COMMENT 'name of the funnel in the container',
    definition         UInt64                  COMMENT 'hash of what the funnel asks for',
    step_no            UInt8                   COMMENT 'position, from 1',
    step               String                  COMMENT 'what people call the step',
    persons            UInt64                  COMMENT 'who reached it',
    median_s_from_prev Nullable(Float64)       COMMENT 'seconds from the step before, median of those who reached this one',
    maturing           UInt64                  COMMENT 'who may still come',
    as_of              DateTime64(3, 'UTC')    COMMENT 'when this was counted'
)
ENGINE = ReplacingMergeTree(as_of)
ORDER BY (site, funnel, definition, step_no)
TTL toDateTime(as_of) + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'Results of the saved funnels of large sites';

-- One row is one goal of a container, as published at one moment; current are the rows whose `published_at` is that of the
-- row in `weir.sites`, as with funnel steps. `weir.goals` reads the current ones.
CREATE TABLE IF NOT EXISTS weir.goal_definitions
(
    site              LowCardinality(String)  COMMENT 'site id',
    goal              LowCardinality(String)  COMMENT 'name of the goal in the container',
    published_at      DateTime64(3, 'UTC')    COMMENT 'same moment as in `weir.sites`',
    step              String                  COMMENT 'what counts as reaching it, in the step language; empty: the end of `funnel`',
    funnel            LowCardinality(String)  COMMENT 'the funnel whose last step it is; or empty',
    value             String                  COMMENT 'what it is worth: a number, the name of a property, or empty',
    view              String                  COMMENT 'ready view of this goal, in database `weir`',
    container_version UInt32                  COMMENT 'number of the release'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, goal, published_at)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'Goals of every container published';

-- One row is one goal on one day, as counted at `as_of`: what the ready view of a large site reads. A day is counted again
-- when the number of its events has changed.
CREATE TABLE IF NOT EXISTS weir.goal_days
(
    site             LowCardinality(String)  COMMENT 'site id',
    goal             LowCardinality(String)  COMMENT 'name of the goal in the container',
    definition       UInt64                  COMMENT 'hash of what the goal asks for',
    session_date     Date                    COMMENT 'day on which the session began, in the time zone of the site',
    reached          UInt64                  COMMENT 'how often the goal was reached',
    persons_reached  UInt64                  COMMENT 'persons who reached it',
    persons          UInt64                  COMMENT 'persons who were there or reached it',
    sessions_reached UInt64                  COMMENT 'sessions in which it was reached',
    sessions         UInt64                  COMMENT 'all sessions',
    value            Decimal(18, 2)          COMMENT 'what it was worth',
    events_seen      UInt64                  COMMENT 'events of the day when it was counted',
    as_of            DateTime64(3, 'UTC')    COMMENT 'when this was counted'
)
ENGINE = ReplacingMergeTree(as_of)
ORDER BY (site, goal, definition, session_date)
TTL toDateTime(as_of) + INTERVAL 800 DAY DELETE
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'Goals of large sites by day';

-- One row is one KPI of a container, as published at one moment; current as with goals.
CREATE TABLE IF NOT EXISTS weir.kpi_targets
(
    site              LowCardinality(String)  COMMENT 'site id',
    kpi               String                  COMMENT 'what people call it',
    published_at      DateTime64(3, 'UTC')    COMMENT 'same moment as in `weir.sites`',
    position          UInt16                  COMMENT 'place in the container, from 1',
    metric            LowCardinality(String)  COMMENT 'which number',
    page              String                  COMMENT 'of people who entered there; a `*` at its end is anything',
    goal              LowCardinality(String)  COMMENT 'which goal',
    funnel            LowCardinality(String)  COMMENT 'which funnel',
    channel           LowCardinality(String)  COMMENT 'of one channel only',
    baseline          Nullable(Float64)       COMMENT 'what it was at the beginning; null: what was counted first',
    target            Float64                 COMMENT 'what it is to be',
    deadline          Date                    COMMENT 'the last day for it',
    container_version UInt32                  COMMENT 'number of the release'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, kpi, published_at)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'KPIs of every container published';

-- One row is the value of one KPI over the 30 days that end with `day`.
CREATE TABLE IF NOT EXISTS weir.kpi_values
(
    site        LowCardinality(String)  COMMENT 'site id',
    kpi         String                  COMMENT 'what people call it',
    definition  UInt64                  COMMENT 'hash of what it counts: another target changes nothing, another metric does',
    day         Date                    COMMENT 'last of the 30 days, in the time zone of the site',
    numerator   Nullable(Float64)       COMMENT 'above the line; null: there is nothing to count it from',
    denominator Nullable(Float64)       COMMENT 'below the line; null: the number is no share',
    as_of       DateTime64(3, 'UTC')    COMMENT 'when this was counted'
)
ENGINE = ReplacingMergeTree(as_of)
ORDER BY (site, kpi, definition, day)
SETTINGS non_replicated_deduplication_window = 100
COMMENT 'KPIs by day';

-- How a funnel counts. Empty in rows of before: the comment of the ready view says it.
ALTER TABLE weir.funnel_steps
    ADD COLUMN IF NOT EXISTS mode LowCardinality(String) COMMENT 'ordered, strict or any',
    ADD COLUMN IF NOT EXISTS unit LowCardinality(String) COMMENT 'person or session';

-- Why `user_id` is believed. What a page says of its user without a signature is weak: it never makes one person of two.
ALTER TABLE weir.events
    ADD COLUMN IF NOT EXISTS user_source LowCardinality(String) COMMENT 'why user_id is believed: claimed (by the page), signed (by the site), server (a token). Empty: there is none, or it was stored before the column existed' AFTER origin;

-- Whose each known browser is: what the last round of resolving people found. In memory, so that it can be looked up for
-- every event at once; made anew by each round.
CREATE TABLE IF NOT EXISTS weir.known_visitors
(
    site       String  COMMENT 'site id',
    visitor_id UInt64  COMMENT 'the browser',
    person_id  UInt64  COMMENT 'the person that its events without a user belong to',
    is_strong  UInt8   COMMENT 'a signature or a server says so: what its page claims counts for nothing'
)
ENGINE = Join(ANY, LEFT, site, visitor_id)
COMMENT 'Browsers whose person is known';

-- Users that a server has renamed (`alias`): the id that counts now.
CREATE TABLE IF NOT EXISTS weir.user_aliases
(
    site      String  COMMENT 'site id',
    user_id   String  COMMENT 'an id of before',
    canonical String  COMMENT 'the id that counts'
)
ENGINE = Join(ANY, LEFT, site, user_id)
COMMENT 'User ids that stand for another one';
