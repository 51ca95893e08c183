-- Question:  of the people who came for the first time in a period, how many come back, day by day, week by week or month
--            by month?
-- One row:   one cohort (people whose first activity was in the same day, week or month) in one period after it; number 0
--            is the period of the first activity itself.
-- Call:      weir_fn.retention(site = 'shop', period = 'week', event = '', from = '2026-09-01', to = '2026-11-30'): cohorts
--            from the one that `from` is in to the one that `to` is in. `period` is day, week (from Monday) or month.
--            `event` is what counts as activity:
--            the name of an event, or empty for any event of a visit.
-- Units:     `persons` in the cohort; `active` of them in the period `period_no` after; `retention` = active / persons.
-- Limits:    first activity is the first over all history, not the first in the period asked for. `is_complete` 0: the
--            period is not over, the number can still grow. Bots are left out; with event = '', events of the server
--            without a session as well.
CREATE OR REPLACE VIEW weir_fn.retention AS
WITH
    coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = {site:String}), ''), 'UTC') AS zone,
    toDate(now(), zone) AS today,
    day -> multiIf({period:String} = 'week', toMonday(day), {period:String} = 'month', toStartOfMonth(day), day) AS period_of,
    (one, other) -> multiIf({period:String} = 'week', dateDiff('week', one, other), {period:String} = 'month', dateDiff('month', one, other), dateDiff('day', one, other)) AS periods_between
SELECT
    cohort,
    period_no,
    persons,
    active,
    active / nullIf(persons, 0) AS retention,
    toUInt8(multiIf({period:String} = 'week', addWeeks(cohort, period_no + 1), {period:String} = 'month', addMonths(cohort, period_no + 1), addDays(cohort, period_no + 1)) <= today) AS is_complete
FROM
(
    SELECT
        cohort,
        count() AS persons,
        sumForEach(arrayMap(n -> toUInt64(has(numbers, n)), range(0, periods_between(cohort, period_of(today)) + 1))) AS active_by_period
    FROM
    (
        SELECT
            person_id,
            min(active_in) AS cohort,
            arrayMap(day -> periods_between(cohort, day), groupArray(active_in)) AS numbers
        FROM
        (
            SELECT DISTINCT person_id, period_of(session_date) AS active_in
            -- Not FINAL: an event stored twice makes nobody more active.
            FROM weir.events
            WHERE site = {site:String} AND bot = ''
                AND if({event:String} = '', session_id != 0, name = {event:String})
                -- Looked at while the query is read, before any event is.
                AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last') OR throwIf({period:String} NOT IN ('day', 'week', 'month'), 'weir: `period` is day, week or month')) = 0
        )
        GROUP BY person_id
        HAVING cohort BETWEEN period_of({from:Date}) AND {to:Date}
    )
    GROUP BY cohort
)
ARRAY JOIN active_by_period AS active, arrayMap(i -> toUInt32(i - 1), arrayEnumerate(active_by_period)) AS period_no
ORDER BY cohort, period_no;
