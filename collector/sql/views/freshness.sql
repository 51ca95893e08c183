-- Question:  are the events of a site arriving, and how late?
-- One row:   one site with events in the last seven days.
-- Units:     times in UTC; `silent_s` seconds since the last event arrived; `lag_…_s` seconds from an event's happening to
--            its arrival, median, 95 of 100 and largest of the last 24 hours (events of a page that was closed or offline
--            arrive when it is back); `events_24h` and `events_day_before` for comparison.
-- Limits:    bots count here: they show that events arrive. Times of imported events are those of their happening.
CREATE OR REPLACE VIEW weir.freshness AS
SELECT
    site,
    max(received_at) AS last_received_at,
    max(ts) AS last_event_at,
    dateDiff('millisecond', last_received_at, now64(3)) / 1000 AS silent_s,
    countIf(received_at > now64(3) - toIntervalHour(24)) AS events_24h,
    countIf(received_at <= now64(3) - toIntervalHour(24) AND received_at > now64(3) - toIntervalHour(48)) AS events_day_before,
    if(events_24h = 0, NULL, quantileIf(0.5)(lag_ms, received_at > now64(3) - toIntervalHour(24)) / 1000) AS lag_median_s,
    if(events_24h = 0, NULL, quantileIf(0.95)(lag_ms, received_at > now64(3) - toIntervalHour(24)) / 1000) AS lag_p95_s,
    if(events_24h = 0, NULL, maxIf(lag_ms, received_at > now64(3) - toIntervalHour(24)) / 1000) AS lag_max_s
FROM
(
    SELECT site, ts, received_at, greatest(dateDiff('millisecond', ts, received_at), 0) AS lag_ms
    FROM weir.events FINAL
    WHERE session_date >= today() - 8
)
GROUP BY site
COMMENT 'When the last event of each site arrived, and how late events arrive';
