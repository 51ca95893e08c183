-- Question:  which ways through the site do visitors take, from a page or from the landing page on?
-- One row:   one way: the pages one after another, up to `steps` of them.
-- Call:      weir_fn.journeys(site = 'shop', start = '/product/42', steps = 4, from = '2026-11-01', to = '2026-11-30'); with
--            start = '' the way begins at the landing page. Days as in weir_fn.paths.
-- Units:     `sessions` that took exactly this way (or longer ones, cut at `steps`); `share` of all sessions that have the
--            start.
-- Limits:    a session counts once, from its first view of the start. Views of the same page one after another are one.
--            The 1000 most frequent ways; `sessions_from_start` and `share` count all.
CREATE OR REPLACE VIEW weir_fn.journeys AS
SELECT
    journey,
    count() AS sessions,
    sum(sessions) OVER () AS sessions_from_start,
    sessions / nullIf(sessions_from_start, 0) AS share
FROM
(
    SELECT
        arrayCompact(arrayMap(view -> view.2, arraySort(groupArray(10000)((
            bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(ts)), 20), least(session_seq, 1048575)), page_path))))) AS pages,
        if({start:String} = '', 1, indexOf(pages, {start:String})) AS first,
        arraySlice(pages, first, {steps:UInt8}) AS journey
    FROM weir.events FINAL
    PREWHERE name = 'pageview'
    WHERE session_id != 0 AND bot = ''
        AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
        -- Looked at while the query is read, before any event is.
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
    GROUP BY session_date, session_id
    HAVING first > 0
)
GROUP BY journey
ORDER BY sessions DESC, journey
LIMIT 1000;
