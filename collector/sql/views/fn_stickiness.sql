-- Question:  how many people come in a day, a week, a month, and how often do they?
-- One row:   one day of the period.
-- Call:      weir_fn.stickiness(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on which
--            the session began in the time zone of the site.
-- Units:     as weir.stickiness.
-- Limits:    as weir.stickiness; days without a visit have their row as well.
CREATE OR REPLACE VIEW weir_fn.stickiness AS
SELECT
    session_date,
    sum(daily) OVER so_far AS dau,
    sum(weekly) OVER so_far AS wau,
    sum(monthly) OVER so_far AS mau,
    dau / nullIf(mau, 0) AS stickiness,
    dau / nullIf(wau, 0) AS weekly_stickiness
FROM
(
    SELECT greatest(change.1, {from:Date}) AS session_date, sum(change.2) AS daily, sum(change.3) AS weekly, sum(change.4) AS monthly
    FROM
    (
        SELECT
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
        WHERE site = {site:String} AND session_date BETWEEN {from:Date} - 29 AND {to:Date} AND bot = '' AND session_id != 0
            -- Looked at while the query is read, before any event is.
            AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
        GROUP BY person_id
        UNION ALL
        -- Nobody, so that every day has its row.
        SELECT [], arrayMap(i -> ({from:Date} + i, 0, 0, 0), range(toUInt32(greatest({to:Date} - {from:Date} + 1, 0))))
    )
    ARRAY JOIN changes AS change
    WHERE change.1 <= {to:Date}
    GROUP BY session_date
)
WINDOW so_far AS (ORDER BY session_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY session_date;
