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
SELECT
    site,
    session_date,
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
        site,
        session_date,
        page_host,
        page_path,
        countIf(name = 'pageview') AS views,
        sumIf(1 / sample_rate, name = 'pageview') AS estimated_views,
        uniqExactIf(visitor_id, name = 'pageview') AS visitors,
        uniqExactIf(session_id, name = 'pageview') AS sessions,
        0 AS entries,
        0 AS exits,
        sum(events.engaged_ms) AS engaged_ms
    FROM weir.events AS events FINAL
    WHERE name IN ('pageview', 'engagement') AND session_id != 0 AND bot = ''
    GROUP BY site, session_date, page_host, page_path
    UNION ALL
    SELECT site, session_date, landing_host, landing_page, 0, 0, 0, 0, count(), 0, 0
    FROM weir.sessions
    WHERE sessions.pageviews > 0
    GROUP BY site, session_date, landing_host, landing_page
    UNION ALL
    SELECT site, session_date, exit_host, exit_page, 0, 0, 0, 0, 0, count(), 0
    FROM weir.sessions
    WHERE sessions.pageviews > 0
    GROUP BY site, session_date, exit_host, exit_page
) AS pages
GROUP BY site, session_date, page_host, page_path
COMMENT 'Views, visitors, entries and exits per page and day. For a whole period: weir_fn.pages(site, from, to).';
