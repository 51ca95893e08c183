-- Question:  how many people come in a day, a week, a month, and how often do they?
-- One row:   one day of one site, from the first day with a visit to the last.
-- Units:     persons with a visit that day (`dau`), in the seven days that end with it (`wau`), in the thirty (`mau`),
--            `stickiness` = dau / mau, `weekly_stickiness` = dau / wau, null without a denominator.
-- Limits:    bots and events without a session are left out. Persons of several days do not add up. Reads the whole history
--            of the site: for a period of a large site use weir_fn.stickiness.
CREATE OR REPLACE VIEW weir.stickiness AS
SELECT
    site,
    session_date,
    sum(daily) OVER so_far AS dau,
    sum(weekly) OVER so_far AS wau,
    sum(monthly) OVER so_far AS mau,
    dau / nullIf(mau, 0) AS stickiness,
    dau / nullIf(wau, 0) AS weekly_stickiness
FROM
(
    -- Each day of activity counts a person in from that day on, and out again when the period behind it is over, or when
    -- the next day of activity takes over.
    SELECT site, change.1 AS session_date, sum(change.2) AS daily, sum(change.3) AS weekly, sum(change.4) AS monthly
    FROM
    (
        SELECT
            site,
            last_day,
            arraySort(groupUniqArray(events.session_date)) AS days,
            arrayFlatten(arrayMap(
                (day, next) -> [
                    (day, 1, 1, 1),
                    (least(day + 1, next), -1, 0, 0),
                    (least(day + 7, next), 0, -1, 0),
                    (least(day + 30, next), 0, 0, -1)],
                days, arrayPushBack(arrayPopFront(days), toDate('2149-06-06')))) AS changes
        -- Not FINAL: an event stored twice makes nobody more active.
        FROM weir.events AS events
        -- Not FINAL: an event stored twice makes nobody more active.
        GLOBAL INNER JOIN (SELECT site, max(session_date) AS last_day FROM weir.events WHERE bot = '' AND session_id != 0 GROUP BY site) AS ends USING (site)
        WHERE bot = '' AND session_id != 0
        GROUP BY site, last_day, person_id
    )
    ARRAY JOIN changes AS change
    WHERE session_date <= last_day
    GROUP BY site, session_date
)
WINDOW so_far AS (PARTITION BY site ORDER BY session_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
COMMENT 'Active persons per day, week and month. For a period: weir_fn.stickiness(site, from, to).';
