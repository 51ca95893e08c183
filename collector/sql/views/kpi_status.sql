-- Question:  will each KPI reach its target in time?
-- One row:   one KPI of a site's current container.
-- Units:     `value` the number over the 30 days that end with `value_day`, the last whole day in the time zone of the site:
--            numerator / denominator where it is a share or an average, else the numerator; `baseline` what it was at the
--            beginning, as the container says or as counted first. `share_of_way` from baseline to target (1: there, below 0:
--            further away than at the beginning), `share_of_time` from the first day it was counted to the deadline.
--            `forecast` the value at the deadline, if it goes on as the straight line through the days counted so far (least
--            squares; null with fewer than three days). `days_left` until the deadline, `as_of` when it was counted last, UTC.
--            `status`: done, the target is reached; on_track, the forecast reaches it, or the way is at least as far as the
--            time; at_risk, neither; missed, the deadline is over and it was not reached; no_data, nothing to count it from.
-- Limits:    what needs costs, or numbers from outside, has no data until such are there: cac, ltv, ltv_to_cac, romi, roas, drr,
--            social_engagement. A new metric, page, goal, funnel or channel begins anew; another target does not.
CREATE OR REPLACE VIEW weir.kpi_status AS
WITH
    -- A target below the baseline is to be reached from above.
    if(target >= baseline, 1, -1) AS direction
SELECT
    site,
    kpi,
    metric,
    page,
    goal,
    funnel,
    channel,
    ifNull(stated_baseline, first_value) AS baseline,
    target,
    deadline,
    last_numerator AS numerator,
    last_denominator AS denominator,
    value,
    value_day,
    (value - baseline) / nullIf(target - baseline, 0) AS share_of_way,
    if(deadline > first_day, least(greatest((toInt32(value_day) - toInt32(first_day)) / (toInt32(deadline) - toInt32(first_day)), 0), 1), 1) AS share_of_time,
    if(days_counted < 3, NULL, line.1 * (toInt32(deadline) - toInt32(first_day)) + line.2) AS forecast,
    multiIf(
        value IS NULL, 'no_data',
        direction * (value - target) >= 0, 'done',
        value_day >= deadline, 'missed',
        direction * (forecast - target) >= 0, 'on_track',
        share_of_way >= share_of_time, 'on_track',
        'at_risk') AS status,
    greatest(toInt32(deadline) - toInt32(value_day), 0) AS days_left,
    as_of
FROM
(
    SELECT
        targets.site AS site,
        targets.kpi AS kpi,
        any(targets.position) AS place,
        any(targets.metric) AS metric,
        any(targets.page) AS page,
        any(targets.goal) AS goal,
        any(targets.funnel) AS funnel,
        any(targets.channel) AS channel,
        any(targets.baseline) AS stated_baseline,
        any(targets.target) AS target,
        any(targets.deadline) AS deadline,
        argMax(tuple(counts.numerator), counts.day).1 AS last_numerator,
        argMax(tuple(counts.denominator), counts.day).1 AS last_denominator,
        argMax(tuple(counts.counted), counts.day).1 AS value,
        argMinIf(counts.counted, counts.day, isNotNull(counts.counted)) AS first_value,
        max(counts.day) AS value_day,
        min(counts.day) AS first_day,
        count(counts.counted) AS days_counted,
        simpleLinearRegressionIf(toInt32(assumeNotNull(counts.day)) - toInt32(assumeNotNull(counts.first_counted)), assumeNotNull(counts.counted), isNotNull(counts.counted)) AS line,
        max(counts.counted_at) AS as_of
    FROM
    (
        SELECT *, cityHash64(metric, page, goal, funnel, channel) AS definition
        FROM weir.kpi_targets FINAL
        WHERE (site, published_at) IN (SELECT id, max(published_at) FROM weir.sites GROUP BY id)
    ) AS targets
    LEFT JOIN
    (
        SELECT
            site,
            kpi,
            definition,
            day,
            numerator,
            denominator,
            numerator / if(denominator IS NULL, 1, nullIf(denominator, 0)) AS counted,
            as_of AS counted_at,
            min(day) OVER (PARTITION BY site, kpi, definition) AS first_counted
        FROM weir.kpi_values FINAL
    ) AS counts ON counts.site = targets.site AND counts.kpi = targets.kpi AND counts.definition = targets.definition
    GROUP BY site, kpi
)
ORDER BY site, place
SETTINGS join_use_nulls = 1
COMMENT 'Targets and deadlines of the KPIs: value, share of the way, forecast, status';
