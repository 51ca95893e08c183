-- Question:  what did the visits of a period consist of, by any quality of a visit?
-- One row:   one value of the quality asked for; with by = '', the whole period.
-- Call:      weir_fn.traffic(site = 'shop', from = '2026-11-01', to = '2026-11-30', by = 'country'). `by` is channel,
--            utm_source, utm_medium, utm_campaign, utm_content, utm_term, referrer_host, landing_host, landing_page,
--            exit_page, click_id_type, device, browser, os, country, city, day, week (its Monday), month (its first
--            day), or empty.
-- Units:     as weir.channels; visitors are those of the whole period.
-- Limits:    as weir.sessions. Another `by` is an error.
CREATE OR REPLACE VIEW weir_fn.traffic AS
SELECT
    -- All but the one asked for are constants, so that only it is read.
    concat(
        '',
        if({by:String} = 'channel', toString(sessions.channel), ''),
        if({by:String} = 'utm_source', toString(sessions.utm_source), ''),
        if({by:String} = 'utm_medium', toString(sessions.utm_medium), ''),
        if({by:String} = 'utm_campaign', toString(sessions.utm_campaign), ''),
        if({by:String} = 'utm_content', toString(sessions.utm_content), ''),
        if({by:String} = 'utm_term', toString(sessions.utm_term), ''),
        if({by:String} = 'referrer_host', toString(sessions.referrer_host), ''),
        if({by:String} = 'landing_host', toString(sessions.landing_host), ''),
        if({by:String} = 'landing_page', toString(sessions.landing_page), ''),
        if({by:String} = 'exit_page', toString(sessions.exit_page), ''),
        if({by:String} = 'click_id_type', toString(sessions.click_id_type), ''),
        if({by:String} = 'device', toString(sessions.device), ''),
        if({by:String} = 'browser', toString(sessions.browser), ''),
        if({by:String} = 'os', toString(sessions.os), ''),
        if({by:String} = 'country', toString(sessions.country), ''),
        if({by:String} = 'city', toString(sessions.city), ''),
        if({by:String} = 'day', toString(session_date), ''),
        if({by:String} = 'week', toString(toMonday(session_date)), ''),
        if({by:String} = 'month', toString(toStartOfMonth(session_date)), '')) AS value,
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
WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    -- Looked at while the query is read, before any event is.
    AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last') OR throwIf({by:String} NOT IN ('channel', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'referrer_host', 'landing_host', 'landing_page', 'exit_page', 'click_id_type', 'device', 'browser', 'os', 'country', 'city', 'day', 'week', 'month', ''), 'weir: `by` is one of channel, utm_source, utm_medium, utm_campaign, utm_content, utm_term, referrer_host, landing_host, landing_page, exit_page, click_id_type, device, browser, os, country, city, day, week, month, or empty')) = 0
GROUP BY value
ORDER BY sessions DESC, value;
