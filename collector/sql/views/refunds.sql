-- Question:  what was given back, and when?
-- One row:   one refund: an event `refund`. Its `order_id` says of which order; its `revenue`, how much. A refund without
--            an amount gives back what is left of the order, in the order's own currency, whatever currency it says itself.
-- Units:     `refunded` in the currency of the site; refunds in another one are 0 here, with `is_other_currency` set.
-- Limits:    bots are left out. A refund counts on the day it was made, not on the day of its order, so that the sums of
--            past days stay what they were. Where the server reports refunds of an order, those of the browser are left
--            out. A refund of the whole order, reported again, counts once; of several reports of the same amount each
--            is a part: repeats must carry the same event id.
CREATE OR REPLACE VIEW weir.refunds AS
WITH
    (SELECT mapFromArrays(groupArray(id), groupArray(toString(currency))) FROM weir.sites FINAL) AS site_currency,
    if(bought.currency != '', bought.currency, site_currency[refund.site]) AS order_currency,
    -- A part in another currency leaves as much of the order as there was.
    refund.parts[''] + if(order_currency = '', toDecimal64(0, 2), refund.parts[order_currency]) AS parts_of_order
SELECT
    refund.site AS site,
    refund.refund_date AS refund_date,
    refund.refunded_at AS refunded_at,
    refund.order_id AS order_id,
    refund.person_id AS person_id,
    if(refund.currency != '' AND (refund.amount != 0 OR bought.currency = ''), refund.currency, order_currency) AS currency,
    toUInt8(currency != site_currency[refund.site]) AS is_other_currency,
    if(is_other_currency, toDecimal64(0, 2), if(refund.amount = 0, greatest(bought.gross_revenue - parts_of_order, toDecimal64(0, 2)), refund.amount)) AS refunded
FROM
(
    SELECT
        site,
        refund_date,
        refunded_at,
        order_id,
        person_id,
        currency,
        amount,
        sumMap(map(currency, amount)) OVER (PARTITION BY site, order_key) AS parts
    FROM
    (
        SELECT
            site,
            session_date AS refund_date,
            ts AS refunded_at,
            events.order_id AS order_id,
            person_id,
            toString(events.currency) AS currency,
            abs(events.revenue) AS amount,
            origin IN ('api', 'import') OR (origin = '' AND session_id = 0) AS is_server,
            if(events.order_id = '', concat('event ', toString(event_id)), events.order_id) AS order_key,
            max(is_server) OVER (PARTITION BY site, order_key) AS has_server,
            row_number() OVER (PARTITION BY site, order_key, is_server, amount = 0 ORDER BY ts, toString(event_id)) AS report_no
        FROM weir.events AS events FINAL
        PREWHERE name = 'refund'
        WHERE bot = ''
    )
    WHERE is_server = has_server AND (amount != 0 OR report_no = 1)
) AS refund
LEFT JOIN
(
    -- Of all the orders of a site few were given back.
    SELECT site, order_id, currency, gross_revenue
    FROM weir.orders
    -- Not FINAL: an order looked up in vain changes nothing.
    WHERE order_id GLOBAL IN (SELECT order_id FROM weir.events WHERE name = 'refund')
) AS bought ON bought.site = refund.site AND bought.order_id = refund.order_id
COMMENT 'One row per refund, on the day it was made. Filter by site and refund_date.';
