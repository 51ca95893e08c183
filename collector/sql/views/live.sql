-- Question:  what is happening right now?
-- One row:   one site that had an event in the last 30 minutes.
-- Units:     visitors with an event in the last 5 and in the last 30 minutes; the other counts are of the last 30 minutes,
--            `revenue` of the purchases reported in them, in the site's currency; `last_event_at` in UTC.
-- Limits:    bots are left out. Events arrive here a second or so after the collector has them. A purchase reported twice
--            counts once.
CREATE OR REPLACE VIEW weir.live AS
WITH
    (SELECT mapFromArrays(groupArray(id), groupArray(toString(currency))) FROM weir.sites FINAL) AS site_currency
SELECT
    site,
    uniqExactIf(visitor_id, session_id != 0 AND ts > now64(3) - toIntervalMinute(5)) AS visitors_5m,
    uniqExactIf(visitor_id, session_id != 0) AS visitors_30m,
    countIf(name = 'pageview') AS pageviews,
    count() AS events,
    uniqExactIf(if(order_id = '', toString(event_id), order_id), name = 'purchase') AS purchases,
    arraySum(mapValues(maxMapIf(
        map(if(order_id = '', toString(event_id), order_id), events.revenue),
        name = 'purchase' AND currency IN ('', site_currency[site])))) AS revenue,
    countIf(name IN ('lead', 'generate_lead')) AS leads,
    max(ts) AS last_event_at
FROM weir.events AS events FINAL
WHERE bot = '' AND session_date >= today() - 2 AND ts > now64(3) - toIntervalMinute(30)
GROUP BY site
COMMENT 'Visitors, page views and sales of the last minutes. Pages: weir.live_pages.';
