-- Question:  which pages are looked at, entered on and left from, day by day?
-- One row:   one page (host and path) on one day of one site.
-- Units:     `views` page views, `estimated_views` what there would be without sampling; `visitors` and `sessions` that had
--            one; `entries` sessions whose first page view it was,
--            `exits` whose last; `exit_rate` = exits / views, null without views; `engaged_s` seconds with the page in front
--            of the visitor.
-- Limits:    bots and events without a session are left out. Each session with a page view has one entry and one exit, so
--            that both add up to those sessions; counts of several days add up, rates, visitors and sessions do not: for a
--            period use weir_fn.pages. What becomes of those who enter on a page stands in weir.landing_pages.
CREATE OR REPLACE VIEW weir.pages AS
-- Question:  which pages are looked at, entered on and left from in a period?
-- One row:   one page (host and path).
-- Call:      weir_fn.pages(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on which the
--            session began in the time zone of the site.
-- Units:     as weir.pages; visitors and sessions are those of the whole period.
-- Limits:    as weir.pages.
CREATE OR REPLACE VIEW weir_fn.pages AS
SELECT
    site,  -- [by day]
    session_date,  -- [by day]
    page_host,
    page_path,
    sum(pages.views) AS views,
    sum(pages.estimated_views) AS estimated_views,
    sum(pages.visitors) AS visitors,
    sum(pages.sessions) AS sessions,
    sum(pages.entries) AS entries,
    sum(pages.exits) AS exits,
    exits / nullIf(views, 0) AS exit_rate,
    sum(pages.engaged_ms) / 1000 AS engaged_s,
    engaged_s / nullIf(views, 0) AS engaged_s_per_view
FROM
(
    SELECT
        site,  -- [by day]
        session_date,  -- [by day]
        page_host,
        page_path,
        countIf(name = 'pageview') AS views,
        sumIf(1 / round(toFloat64(sample_rate), 6), name = 'pageview') AS estimated_views,
        uniqExactIf(visitor_id, name = 'pageview') AS visitors,
        uniqExactIf(session_id, name = 'pageview') AS sessions,
        0 AS entries,
        0 AS exits,
        sum(events.engaged_ms) AS engaged_ms
    FROM weir.events AS events FINAL
    PREWHERE name IN ('pageview', 'engagement')
    WHERE session_id != 0 AND bot = ''
        AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}  -- [over a period]
        -- Looked at while the query is read, before any event is.  -- [over a period]
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0  -- [over a period]
    GROUP BY site, session_date, page_host, page_path  -- [by day]
    GROUP BY page_host, page_path  -- [over a period]
    UNION ALL
    -- The ends of the visits as in weir.sessions, which would read the events that are no page views, too.
    SELECT
        site,  -- [by day]
        session_date,  -- [by day]
        page.1,
        page.2,
        0,
        0,
        0,
        0,
        sum(page.3),
        sum(page.4),
        0
    FROM
    (
        WITH bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(ts)), 20), least(session_seq, 1048575)) AS position
        SELECT
            site,
            session_date,
            [
                (argMin(page_host, position), argMin(page_path, position), 1, 0),
                (argMax(page_host, position), argMax(page_path, position), 0, 1)
            ] AS ends
        FROM weir.events FINAL
        PREWHERE name = 'pageview'
        WHERE session_id != 0 AND bot = ''
            AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}  -- [over a period]
        GROUP BY site, session_date, session_id
    )
    ARRAY JOIN ends AS page
    GROUP BY site, session_date, page.1, page.2  -- [by day]
    GROUP BY page.1, page.2  -- [over a period]
) AS pages
GROUP BY site, session_date, page_host, page_path  -- [by day]
COMMENT 'Views, visitors, entries and exits per page and day. For a whole period: weir_fn.pages(site, from, to).';  -- [by day]
GROUP BY page_host, page_path  -- [over a period]
ORDER BY views DESC, page_host, page_path;  -- [over a period]
