-- Question:  what is happening right now?
-- One row:   one site that had an event in the last 30 minutes.
-- Units:     visitors with an event in the last 5 and in the last 30 minutes; the other counts are of the last 30 minutes,
--            `revenue` of the purchases reported in them, in the site's currency; `last_event_at` in UTC.
-- Limits:    bots are left out. Events arrive here a second or so after the collector has them. A purchase reported twice
--            counts once, by the report that weir.orders counts; one from before these minutes is not looked at.
CREATE OR REPLACE VIEW weir.live AS
WITH
    (SELECT mapFromArrays(groupArray(id), groupArray(toString(currency))) FROM weir.sites FINAL) AS site_currency,
    if(order_id = '', toString(event_id), order_id) AS order_key,
    origin IN ('api', 'import') OR (origin = '' AND session_id = 0) AS is_server,
    -- The server's word first, its latest; then that of the browser, its first.
    arraySort(groupArrayIf(
        (order_key, NOT is_server, if(is_server, -toUnixTimestamp64Milli(ts), toUnixTimestamp64Milli(ts)),
            if(currency IN ('', site_currency[site]), events.revenue, toDecimal64(0, 2))),
        name = 'purchase')) AS reports
SELECT
    site,
    uniqExactIf(visitor_id, session_id != 0 AND ts > now64(3) - toIntervalMinute(5)) AS visitors_5m,
    uniqExactIf(visitor_id, session_id != 0) AS visitors_30m,
    countIf(name = 'pageview') AS pageviews,
    count() AS events,
    uniqExactIf(order_key, name = 'purchase') AS purchases,
    toDecimal128(arraySum((report, i) -> if(i > 1 AND reports[i - 1].1 = report.1, toDecimal64(0, 2), report.4), reports, arrayEnumerate(reports)), 2) AS revenue,
    countIf(name IN ('lead', 'generate_lead')) AS leads,
    max(ts) AS last_event_at
FROM weir.events AS events FINAL
WHERE bot = '' AND session_date >= today() - 2 AND ts > now64(3) - toIntervalMinute(30)
GROUP BY site
COMMENT 'Visitors, page views and sales of the last minutes. Pages: weir.live_pages.';
