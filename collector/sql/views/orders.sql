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
    counted_date AS order_date,
    counted_at AS ordered_at,
    order_key AS order_id,
    counted_person AS person_id,
    counted_user AS user_id,
    counted_revenue AS gross_revenue,
    if(counted_currency = '', site_currency[site], counted_currency) AS currency,
    if(currency = site_currency[site], gross_revenue, toDecimal64(0, 2)) AS revenue,
    toUInt8(currency != site_currency[site]) AS is_other_currency,
    browser_session AS session_id,
    browser_visitor AS visitor_id,
    browser_channel AS channel,
    browser_source AS utm_source,
    browser_medium AS utm_medium,
    browser_campaign AS utm_campaign,
    multiIf(server_reports > 0 AND browser_reports > 0, 'server and browser', server_reports > 0, 'server', 'browser') AS sources,
    server_reports + browser_reports AS reports
FROM
(
    WITH
        -- Events stored before `origin` was: those of a server have no session.
        origin IN ('api', 'import') OR (origin = '' AND session_id = 0) AS is_server,
        -- How far a report counts, as one number, because numbers are compared many times as fast as tuples: the server's above
        -- the browser's, of the server's the latest, of the browser's the first; `event_id` is compared as it is written.
        bitShiftLeft(toInt256(toUnixTimestamp64Milli(ts)), 160) + bitShiftLeft(toInt256(if(is_server, 0, session_seq)), 128) + toUInt128(event_id) AS place,
        if(is_server, bitShiftLeft(toInt256(1), 250) + place, -place) AS weight
    SELECT
        site,
        if(order_id = '', concat('event ', toString(event_id)), order_id) AS order_key,
        toUInt32(countIf(is_server)) AS server_reports,
        toUInt32(countIf(NOT is_server)) AS browser_reports,
        -- Each by itself: what nobody asks for is not read.
        argMax(session_date, weight) AS counted_date,
        argMax(ts, weight) AS counted_at,
        argMax(person_id, weight) AS counted_person,
        argMax(user_id, weight) AS counted_user,
        argMax(events.revenue, weight) AS counted_revenue,
        argMax(toString(events.currency), weight) AS counted_currency,
        argMaxIf(session_id, weight, NOT is_server) AS browser_session,
        argMaxIf(visitor_id, weight, NOT is_server) AS browser_visitor,
        argMaxIf(toString(events.channel), weight, NOT is_server) AS browser_channel,
        argMaxIf(toString(events.utm_source), weight, NOT is_server) AS browser_source,
        argMaxIf(toString(events.utm_medium), weight, NOT is_server) AS browser_medium,
        argMaxIf(toString(events.utm_campaign), weight, NOT is_server) AS browser_campaign
    FROM weir.events AS events FINAL
    -- Of the sorting key, so that repeats of an event agree on it: what is not wanted is left before repeats are looked for.
    PREWHERE name = 'purchase'
    WHERE bot = ''
    GROUP BY site, order_key
)
COMMENT 'One row per order, whoever reported it. Filter by site and order_date.';
