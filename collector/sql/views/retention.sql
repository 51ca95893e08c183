-- Question:  of the people who came for the first time in a week, how many come back in the weeks after?
-- One row:   one cohort (people of one site whose first visit was in the week that begins on Monday `cohort`) in one week
--            after it; number 0 is the week of the first visit itself.
-- Units:     `persons` in the cohort; `active` of them in the week; `retention` = active / persons.
-- Limits:    cohorts of the last 26 weeks; the first visit is the first over all history. `is_complete` 0: the week is
--            not over, the number can still grow. Bots and events without a session are left out. By days, by months, or
--            by another event: weir_fn.retention.
CREATE OR REPLACE VIEW weir.retention AS
SELECT
    site,
    cohort,
    week_no,
    persons,
    active,
    active / nullIf(persons, 0) AS retention,
    toUInt8(addWeeks(cohort, week_no + 1) <= today()) AS is_complete
FROM
(
    SELECT
        site,
        cohort,
        count() AS persons,
        sumForEach(arrayMap(n -> toUInt64(has(numbers, n)), range(0, intDiv(toMonday(today()) - cohort, 7) + 1))) AS active_by_week
    FROM
    (
        SELECT
            site,
            person_id,
            min(active_in) AS cohort,
            arrayMap(day -> intDiv(day - cohort, 7), groupArray(active_in)) AS numbers
        FROM
        (
            SELECT DISTINCT site, person_id, toMonday(session_date) AS active_in
            -- Not FINAL: an event stored twice makes nobody more active.
            FROM weir.events
            WHERE bot = '' AND session_id != 0
        )
        GROUP BY site, person_id
        HAVING cohort BETWEEN toMonday(today()) - 175 AND toMonday(today())
    )
    GROUP BY site, cohort
)
ARRAY JOIN active_by_week AS active, arrayMap(i -> toUInt32(i - 1), arrayEnumerate(active_by_week)) AS week_no
COMMENT 'Weekly cohorts of the last 26 weeks and how many come back. By day, month or event: weir_fn.retention.';
