-- Question:  what becomes of the visits that enter on a page, day by day?
-- One row:   one landing page (host and path of a session's first page view) on one day of one site.
-- Units:     rates are fractions of `sessions`, null without a denominator; `engaged_s` seconds in all; `revenue` in the
--            currency of the site.
-- Limits:    counts of several days add up, rates do not (divide the sums), and neither do the visitors: for a period use
--            weir_fn.landing_pages. Sessions without any page view stand in the row with an empty page, so that the sum
--            over pages is all sessions. A session, its purchases and its leads belong to the page it entered on, however
--            many pages it saw.
CREATE OR REPLACE VIEW weir.landing_pages AS
-- Question:  what becomes of the visits that enter on a page?
-- One row:   one landing page (host and path of a session's first page view).
-- Call:      weir_fn.landing_pages(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on
--            which the session began in the time zone of the site.
-- Units:     `bounce_rate`, `session_conversion_rate` are fractions of sessions, `visitor_conversion_rate` of visitors, null
--            without a denominator; `engaged_s` seconds in all; `revenue` in the currency of the site.
-- Limits:    as weir.landing_pages.
CREATE OR REPLACE VIEW weir_fn.landing_pages AS
SELECT
    site,  -- [by day]
    session_date,  -- [by day]
    landing_host,
    landing_page,
    count() AS sessions,
    uniqExact(visitor_id) AS visitors,
    uniqExactIf(visitor_id, is_new) AS new_visitors,
    sum(is_bounce) AS bounces,
    bounces / nullIf(sessions, 0) AS bounce_rate,
    sum(is_engaged) AS engaged_sessions,
    sum(sessions.pageviews) AS pageviews,
    pageviews / nullIf(sessions, 0) AS pages_per_session,
    sum(engaged_ms) / 1000 AS engaged_s,
    engaged_s / nullIf(sessions, 0) AS engaged_s_per_session,
    sum(is_converted) AS converted_sessions,
    converted_sessions / nullIf(sessions, 0) AS session_conversion_rate,
    uniqExactIf(visitor_id, is_converted) AS converted_visitors,
    converted_visitors / nullIf(visitors, 0) AS visitor_conversion_rate,
    sum(sessions.purchases) AS purchases,
    sum(sessions.leads) AS leads,
    sum(sessions.revenue) AS revenue,
    toFloat64(revenue) / nullIf(sessions, 0) AS revenue_per_session
FROM weir.sessions AS sessions
WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}  -- [over a period]
    -- Looked at while the query is read, before any event is.  -- [over a period]
    AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0  -- [over a period]
GROUP BY site, session_date, landing_host, landing_page  -- [by day]
COMMENT 'Visits, bounces, conversions and revenue per landing page and day. For a whole period: weir_fn.landing_pages(site, from, to).';  -- [by day]
GROUP BY landing_host, landing_page  -- [over a period]
ORDER BY sessions DESC, landing_host, landing_page;  -- [over a period]
