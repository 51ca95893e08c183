-- Question:  which pages are looked at, entered on and left from in a period?
-- One row:   one page (host and path).
-- Call:      weir_fn.pages(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on which the
--            session began in the time zone of the site.
-- Units:     as weir.pages; visitors and sessions are those of the whole period.
-- Limits:    as weir.pages.
CREATE OR REPLACE VIEW weir_fn.pages AS
SELECT
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
        AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    GROUP BY page_host, page_path
    UNION ALL
    SELECT landing_host, landing_page, 0, 0, 0, 0, count(), 0, 0
    FROM weir.sessions
    WHERE sessions.pageviews > 0 AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    GROUP BY landing_host, landing_page
    UNION ALL
    SELECT exit_host, exit_page, 0, 0, 0, 0, 0, count(), 0
    FROM weir.sessions
    WHERE sessions.pageviews > 0 AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    GROUP BY exit_host, exit_page
) AS pages
GROUP BY page_host, page_path
ORDER BY views DESC, page_host, page_path;
