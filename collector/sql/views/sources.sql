-- Question:  what did each source bring, day by day?
-- One row:   one source: channel, utm_source, utm_medium and the host of the referrer on one day of one site.
-- Units:     rates are fractions of `sessions`, null without a denominator; `engaged_s` seconds in all; `revenue` in the
--            currency of the site.
-- Limits:    a session belongs to the source of its first event; `referrer_host` is empty for visits that came from nowhere.
--            Counts of several days add up, rates do not (divide the sums), and neither do the visitors: for a period use
--            weir_fn.sources.
CREATE OR REPLACE VIEW weir.sources AS
SELECT
    site,
    session_date,
    channel,
    utm_source,
    utm_medium,
    referrer_host,
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
GROUP BY site, session_date, channel, utm_source, utm_medium, referrer_host
COMMENT 'Visits, bounces, conversions and revenue per source per day. For a whole period: weir_fn.sources(site, from, to).';
