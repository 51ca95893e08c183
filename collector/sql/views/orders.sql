-- Question:  what was bought, each order once, however many sources reported it?
-- One row:   one order: a `purchase` with its `order_id`; a purchase without one is an order of its own.
-- Units:     `gross_revenue` in `currency`, what was bought; `revenue` the same where `currency` is that of the site, else
--            0, so that it adds up; times in UTC; `order_date` the day of the report that counts, in the time zone of
--            the site (the day its session began, if it has one).
-- Limits:    bots are left out. A report of the server (`origin` api or import) wins over those of the browser, the
--            latest of several; of the browser's, the first counts: a reloaded thank-you page changes nothing.
--            `session_id`, `visitor_id`, `channel` and the campaign are those of the browser's report, if there is one:
--            the server does not know them. `sources` says who reported it. Refunds are in weir.refunds.
CREATE OR REPLACE VIEW weir.orders AS
WITH
    -- Currency of each site, looked up once.
    (SELECT mapFromArrays(groupArray(id), groupArray(toString(currency))) FROM weir.sites FINAL) AS site_currency
SELECT
    site,
    counted.1 AS order_date,
    counted.2 AS ordered_at,
    order_key AS order_id,
    counted.3 AS person_id,
    counted.4 AS user_id,
    counted.5 AS gross_revenue,
    if(counted.6 = '', site_currency[site], counted.6) AS currency,
    if(currency = site_currency[site], gross_revenue, toDecimal64(0, 2)) AS revenue,
    toUInt8(currency != site_currency[site]) AS is_other_currency,
    from_browser.1 AS session_id,
    from_browser.2 AS visitor_id,
    from_browser.3 AS channel,
    from_browser.4 AS utm_source,
    from_browser.5 AS utm_medium,
    from_browser.6 AS utm_campaign,
    multiIf(server_reports > 0 AND browser_reports > 0, 'server and browser', server_reports > 0, 'server', 'browser') AS sources,
    server_reports + browser_reports AS reports
FROM
(
    WITH
        (session_date, ts, person_id, user_id, events.revenue, toString(events.currency)) AS report,
        -- Events stored before `origin` was: those of a server have no session.
        origin IN ('api', 'import') OR (origin = '' AND session_id = 0) AS is_server
    SELECT
        site,
        if(order_id = '', concat('event ', toString(event_id)), order_id) AS order_key,
        toUInt32(countIf(is_server)) AS server_reports,
        toUInt32(countIf(NOT is_server)) AS browser_reports,
        if(
            server_reports > 0,
            argMaxIf(report, (ts, toString(event_id)), is_server),
            argMinIf(report, (ts, session_seq, toString(event_id)), NOT is_server)) AS counted,
        argMinIf(
            (session_id, visitor_id, toString(events.channel), toString(events.utm_source), toString(events.utm_medium), toString(events.utm_campaign)),
            (ts, session_seq, toString(event_id)),
            NOT is_server) AS from_browser
    FROM weir.events AS events FINAL
    -- Of the sorting key, so that repeats of an event agree on it: what is not wanted is left before repeats are looked for.
    PREWHERE name = 'purchase'
    WHERE bot = ''
    GROUP BY site, order_key
)
COMMENT 'One row per order, whoever reported it. Filter by site and order_date.';
