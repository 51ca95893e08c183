-- Question:  will each KPI reach its target in time?
-- One row:   one KPI of a site's current container.
-- Units:     `value` the number over the 30 days that end with `value_day`, the last whole day in the time zone of the site or the
--            deadline, or in all from the day `since` on: numerator / denominator where it is a share or an average, else the
--            numerator; `so_far` the same with the day that goes on, `so_far_day`; null where that is not counted. `baseline`
--            what it was at the beginning, as the container says or as counted when it was set, of what is counted in all 0. `share_of_way` from baseline to target (1: there, below 0: further away than at the beginning),
--            `share_of_time` from the day before it was set, or from `since`, to the deadline. `forecast` the value at the
--            deadline, if it goes on as the straight line through the days counted so far (least squares), those before it was
--            set among them, or in all as much a day as so far; null with fewer than three days of that. A line needs seven days,
--            each of which knows at least 14 of its 30 days (`known_days`), of a sum all of them: of a young site the number still
--            swings with each day that is added. `days_left` until the deadline, `as_of` when it was counted last, UTC.
--            `status`: done, the target is reached; on_track, the forecast reaches it, or the way is at least as far as the
--            time; at_risk, neither; missed, the deadline is over and it was not reached; too_early, there is no forecast yet,
--            or no whole day to count; no_data, nothing to count it from.
-- Limits:    what needs costs has no data until some are imported (weir.costs): cac, cost_per_lead, ltv, ltv_to_cac, romi, roas, drr; and
--            social_engagement none until a reach is. They count as weir_fn.marketing does, by the last touch that was not
--            direct within 30 days, and as weir_fn.ltv, where a customer is lost after 90 days. A new metric, page, goal,
--            funnel, channel or `since` begins anew; another target does not. Days before the site's first event are not
--            counted; of the days before it was set, the last thirty, where a number adds up those whose thirty days all lie
--            after the first event.
CREATE OR REPLACE VIEW weir.kpi_status AS
WITH
    -- A target below the baseline is to be reached from above.
    if(target >= baseline, 1, -1) AS direction,
    -- Of what is counted in all, the days of the period that are over, and all its days.
    toInt32(value_day) - toInt32(since) + 1 AS days_over,
    toInt32(deadline) - toInt32(since) + 1 AS days_in_all
SELECT
    site,
    kpi,
    metric,
    page,
    goal,
    funnel,
    channel,
    if(since IS NULL, ifNull(stated_baseline, first_value), 0) AS baseline,
    target,
    since,
    deadline,
    last_numerator AS numerator,
    last_denominator AS denominator,
    value,
    value_day,
    if(so_far_on > ifNull(value_day, toDate(0)), so_far_value, NULL) AS so_far,
    if(so_far_on > ifNull(value_day, toDate(0)), so_far_on, NULL) AS so_far_day,
    (value - baseline) / nullIf(target - baseline, 0) AS share_of_way,
    multiIf(
        value_day IS NULL, NULL,
        since IS NOT NULL, least(greatest(days_over / days_in_all, 0), 1),
        deadline > first_day, least(greatest((toInt32(value_day) - toInt32(first_day)) / (toInt32(deadline) - toInt32(first_day)), 0), 1),
        1) AS share_of_time,
    multiIf(
        since IS NOT NULL, if(days_over < 3, NULL, value * days_in_all / days_over),
        days_of_line < 7, NULL,
        line.1 * (toInt32(deadline) - toInt32(first_counted_day)) + line.2) AS forecast,
    multiIf(
        value_day IS NULL, if(deadline < today() - 1, 'missed', 'too_early'),
        value IS NULL, 'no_data',
        direction * (value - target) >= 0, 'done',
        value_day >= deadline, 'missed',
        forecast IS NULL, 'too_early',
        direction * (forecast - target) >= 0, 'on_track',
        -- Where it began is no way gone, however little time is.
        share_of_way > 0 AND share_of_way >= share_of_time, 'on_track',
        'at_risk') AS status,
    if(value_day IS NULL, NULL, greatest(toInt32(deadline) - toInt32(value_day), 0)) AS days_left,
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
        any(targets.since) AS since,
        any(targets.deadline) AS deadline,
        argMax(tuple(counts.numerator), counts.day).1 AS last_numerator,
        argMax(tuple(counts.denominator), counts.day).1 AS last_denominator,
        argMax(tuple(counts.counted), counts.day).1 AS value,
        argMinIf(counts.counted, counts.day, isNotNull(counts.counted) AND counts.is_before = 0) AS first_value,
        max(counts.day) AS value_day,
        minIf(counts.day, counts.is_before = 0) AS first_day,
        min(counts.day) AS first_counted_day,
        any(today.day) AS so_far_on,
        any(today.counted) AS so_far_value,
        countIf(isNotNull(counts.counted) AND counts.knows_enough) AS days_of_line,
        simpleLinearRegressionIf(toInt32(assumeNotNull(counts.day)) - toInt32(assumeNotNull(counts.first_counted)), assumeNotNull(counts.counted), isNotNull(counts.counted) AND counts.knows_enough) AS line,
        max(counts.counted_at) AS as_of
    FROM
    (
        SELECT *, definition
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
            is_before,
            -- A sum grows with each day that is added, a share only swings.
            known_days >= if(denominator IS NULL, 30, 14) AS knows_enough,
            numerator / if(denominator IS NULL, 1, nullIf(denominator, 0)) AS counted,
            as_of AS counted_at,
            min(day) OVER (PARTITION BY site, kpi, definition) AS first_counted
        FROM weir.kpi_values FINAL
    ) AS counts ON counts.site = targets.site AND counts.kpi = targets.kpi AND counts.definition = targets.definition
    LEFT JOIN
    (
        SELECT site, kpi, definition, day, numerator / if(denominator IS NULL, 1, nullIf(denominator, 0)) AS counted
        FROM weir.kpi_so_far FINAL
    ) AS today ON today.site = targets.site AND today.kpi = targets.kpi AND today.definition = targets.definition
    GROUP BY site, kpi
)
ORDER BY site, place
SETTINGS join_use_nulls = 1
COMMENT 'Targets and deadlines of the KPIs: value, share of the way, forecast, status';
