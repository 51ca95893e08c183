-- Question:  what did each campaign bring, day by day?
-- One row:   one campaign: utm_campaign with its utm_source and utm_medium on one day of one site.
-- Units:     rates are fractions of `sessions`, null without a denominator; `engaged_s` seconds in all; `revenue` in the
--            currency of the site.
-- Limits:    sessions without any utm parameter stand in the row where all three are empty, so that the sum is all sessions.
--            Counts of several days add up, rates do not (divide the sums), and neither do the visitors: for a period use
--            weir_fn.campaigns.
CREATE OR REPLACE VIEW weir.campaigns AS
-- Question:  what did each campaign bring in a period?
-- One row:   one campaign: utm_campaign with its utm_source and utm_medium.
-- Call:      weir_fn.campaigns(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on which the
--            session began in the time zone of the site.
-- Units:     as weir.campaigns; visitors are those of the whole period.
-- Limits:    as weir.campaigns.
CREATE OR REPLACE VIEW weir_fn.campaigns AS
SELECT
    site,  -- [by day]
    session_date,  -- [by day]
    utm_campaign,
    utm_source,
    utm_medium,
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
GROUP BY site, session_date, utm_campaign, utm_source, utm_medium  -- [by day]
COMMENT 'Visits, bounces, conversions and revenue per campaign per day. For a whole period: weir_fn.campaigns(site, from, to).';  -- [by day]
GROUP BY utm_campaign, utm_source, utm_medium  -- [over a period]
ORDER BY sessions DESC, utm_campaign, utm_source, utm_medium;  -- [over a period]
