-- Question:  of the people who came for the first time in a week, how many come back in the weeks after?
-- One row:   one cohort (people of one site whose first visit was in the week that begins on Monday `cohort`) in one week
--            after it; number 0 is the week of the first visit itself.
-- Units:     `persons` in the cohort; `active` of them in the week; `retention` = active / persons.
-- Limits:    cohorts of the last 26 weeks; the first visit is the first over all history. `is_complete` 0: the week is
--            not over, the number can still grow. Which day it is at a site is seen from its visits: where nobody comes, a
--            week begins and counts as over a day late at most. Bots and events without a session are left out. By days,
--            by months, or by another event: weir_fn.retention.
CREATE OR REPLACE VIEW weir.retention AS
SELECT
    site,
    cohort,
    week_no,
    persons,
    active,
    active / nullIf(persons, 0) AS retention,
    toUInt8(addWeeks(cohort, week_no + 1) <= day_there) AS is_complete
FROM
(
    SELECT
        site,
        cohort,
        count() AS persons,
        sumForEach(arrayMap(n -> toUInt64(has(numbers, n)), range(0, intDiv(toMonday(toDate(now('UTC')) + 1) - cohort, 7) + 1))) AS active_by_week,
        -- Wherever a site is, it is yesterday, today or tomorrow of UTC there, and a day with a visit has begun.
        greatest(least(max(max(last_day)) OVER (PARTITION BY site), toDate(now('UTC')) + 1), toDate(now('UTC')) - 1) AS day_there
    FROM
    (
        SELECT
            site,
            person_id,
            min(active_in) AS cohort,
            arrayMap(day -> intDiv(day - cohort, 7), groupArray(active_in)) AS numbers,
            max(last_day_of_week) AS last_day
        FROM
        (
            SELECT site, person_id, toMonday(session_date) AS active_in, max(session_date) AS last_day_of_week
            -- Not FINAL: an event stored twice makes nobody more active.
            FROM weir.events
            WHERE bot = '' AND session_id != 0
            GROUP BY site, person_id, active_in
        )
        GROUP BY site, person_id
        HAVING cohort BETWEEN toMonday(toDate(now('UTC')) - 1) - 175 AND toDate(now('UTC')) + 1
    )
    GROUP BY site, cohort
)
ARRAY JOIN active_by_week AS active, arrayMap(i -> toUInt32(i - 1), arrayEnumerate(active_by_week)) AS week_no
WHERE addWeeks(cohort, week_no) <= day_there AND cohort >= toMonday(day_there) - 175
COMMENT 'Weekly cohorts of the last 26 weeks and how many come back. By day, month or event: weir_fn.retention.';
