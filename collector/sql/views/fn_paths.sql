-- Question:  from this page, where do visitors go next, in a period?
-- One row:   one step from a page to the next one in the same session. An empty `next_page` is the end of the session.
-- Call:      weir_fn.paths(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on which the
--            session began in the time zone of the site.
-- Units:     as weir.paths.
-- Limits:    as weir.paths.
CREATE OR REPLACE VIEW weir_fn.paths AS
SELECT
    page,
    next_page,
    count() AS transitions,
    uniqExact(session_id) AS sessions,
    sum(transitions) OVER (PARTITION BY page) AS from_page,
    transitions / nullIf(from_page, 0) AS share
FROM
(
    SELECT
        site,
        session_date,
        session_id,
        -- Pages in order, those that repeat the page before left out; '' is where a session ends.
        arrayCompact(arrayMap(view -> view.2, arraySort(groupArray(10000)((
            bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(ts)), 20), least(session_seq, 1048575)), page_path))))) AS pages
    FROM weir.events FINAL
    WHERE name = 'pageview' AND session_id != 0 AND bot = '' AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    GROUP BY site, session_date, session_id
)
ARRAY JOIN pages AS page, arrayPushBack(arrayPopFront(pages), '') AS next_page
GROUP BY page, next_page
ORDER BY transitions DESC, page, next_page;
