-- Question:  from this page, where do visitors go next, day by day?
-- One row:   one step from a page to the next one in the same session, on one day of one site. An empty `next_page` is the
--            end of the session.
-- Units:     `transitions` how often the step was made, `sessions` in how many sessions; `from_page` all steps from the
--            page, `share` = transitions / from_page.
-- Limits:    pages are told apart by path. Views of the same page one after another (a reload) are one. Bots and events
--            without a session are left out; of a session 10,000 views are looked at. `transitions` and `from_page` of
--            several days add up.
CREATE OR REPLACE VIEW weir.paths AS
-- Question:  from this page, where do visitors go next, in a period?
-- One row:   one step from a page to the next one in the same session. An empty `next_page` is the end of the session.
-- Call:      weir_fn.paths(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on which the
--            session began in the time zone of the site.
-- Units:     as weir.paths.
-- Limits:    as weir.paths.
CREATE OR REPLACE VIEW weir_fn.paths AS
SELECT
    site,  -- [by day]
    session_date,  -- [by day]
    page,
    next_page,
    count() AS transitions,
    uniqExact(session_id) AS sessions,
    sum(transitions) OVER (PARTITION BY site, session_date, page) AS from_page,  -- [by day]
    sum(transitions) OVER (PARTITION BY page) AS from_page,  -- [over a period]
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
    PREWHERE name = 'pageview'
    WHERE session_id != 0 AND bot = ''
        AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}  -- [over a period]
        -- Looked at while the query is read, before any event is.  -- [over a period]
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0  -- [over a period]
    GROUP BY site, session_date, session_id
)
ARRAY JOIN pages AS page, arrayPushBack(arrayPopFront(pages), '') AS next_page
GROUP BY site, session_date, page, next_page  -- [by day]
COMMENT 'Steps from page to page and their share per day. For a whole period: weir_fn.paths(site, from, to).';  -- [by day]
GROUP BY page, next_page  -- [over a period]
ORDER BY transitions DESC, page, next_page;  -- [over a period]
