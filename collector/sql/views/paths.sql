-- Question:  from this page, where do visitors go next, day by day?
-- One row:   one step from a page to the next one in the same session, on one day of one site. An empty `next_page` is the
--            end of the session.
-- Units:     `transitions` how often the step was made, `sessions` in how many sessions; `from_page` all steps from the
--            page, `share` = transitions / from_page.
-- Limits:    pages are told apart by path. Views of the same page one after another (a reload) are one. Bots and events
--            without a session are left out; of a session 10,000 views are looked at. `transitions` and `from_page` of
--            several days add up.
CREATE OR REPLACE VIEW weir.paths AS
SELECT
    site,
    session_date,
    page,
    next_page,
    count() AS transitions,
    uniqExact(session_id) AS sessions,
    sum(transitions) OVER (PARTITION BY site, session_date, page) AS from_page,
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
    WHERE name = 'pageview' AND session_id != 0 AND bot = ''
    GROUP BY site, session_date, session_id
)
ARRAY JOIN pages AS page, arrayPushBack(arrayPopFront(pages), '') AS next_page
GROUP BY site, session_date, page, next_page
COMMENT 'Steps from page to page and their share per day. For a whole period: weir_fn.paths(site, from, to).';
