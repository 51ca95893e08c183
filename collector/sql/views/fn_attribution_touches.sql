-- Question:  which visits led to each conversion of a period, and what share of it does each get?
-- One row:   one touch of one conversion: a session of the person that began before the conversion, at most
--            `lookback_days` earlier. A conversion without any has one row with an empty `session_id`.
-- Call:      weir_fn.attribution_touches(site = 'shop', conversion = 'purchase', lookback_days = 30,
--            from = '2026-11-01', to = '2026-11-30'); conversions of these days, both included. `conversion` is the name
--            of an event; with 'purchase', orders count, each once, as in weir.orders.
-- Units:     the shares of a conversion add up to 1 in each model: `first` touch; `last` touch; `last_non_direct`,
--            `linear`, all alike; `position`, 40 % first, 40 % last, the rest shared (two touches: half each),
--            `time_decay`, half as much for each seven days earlier. `revenue` in the currency of the site. `is_first_order`
--            1: the order is the first ever of its person; 0 of other conversions.
-- Limits:    the last four leave out visits of channel Direct, unless a conversion has no others. Bots are left out.
--            Touches are those of the person, on whatever browser.
CREATE OR REPLACE VIEW weir_fn.attribution_touches AS
WITH
    conversions AS
    (
        SELECT order_id AS conversion_id, order_date AS conversion_date, ordered_at AS converted_at, person_id, value, is_first_order
        FROM
        (
            SELECT
                order_id,
                order_date,
                ordered_at,
                person_id,
                toFloat64(orders.revenue) AS value,
                toUInt8(row_number() OVER (PARTITION BY person_id ORDER BY order_date, ordered_at, order_id) = 1) AS is_first_order
            FROM weir.orders AS orders
            WHERE site = {site:String} AND {conversion:String} = 'purchase'
        )
        WHERE order_date BETWEEN {from:Date} AND {to:Date}
            -- Looked at while the query is read, before any event is.
            AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
        UNION ALL
        SELECT toString(event_id), session_date, ts, person_id, 0, 0
        FROM weir.events FINAL
        PREWHERE name = {conversion:String} AND {conversion:String} != 'purchase'
        WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} AND bot = ''
    ),
    -- Whoever may have one: found sooner than the conversions themselves, which are not counted twice for it.
    converted AS
    (
        SELECT person_id
        -- Not FINAL: an event stored twice is of one person, or of who that person was before.
        FROM weir.events
        PREWHERE name = {conversion:String}
        WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    ),
    -- Half of the weight for each seven days, in seconds.
    touch -> exp2(-dateDiff('millisecond', touch.1, converted_at) / 604800000) AS decay
SELECT
    conversion_id,
    conversion_date,
    converted_at,
    person_id,
    value AS revenue,
    is_first_order,
    touch.1 AS touched_at,
    touch.2 AS session_id,
    touch.3 AS channel,
    sources[touch.4] AS utm_source,
    mediums[touch.4] AS utm_medium,
    campaigns[touch.4] AS utm_campaign,
    referrer_hosts[touch.4] AS referrer_host,
    landing_pages[touch.4] AS landing_page,
    toFloat64(position_of_all = 1) AS first,
    toFloat64(position_of_all = length(touches)) AS last,
    toFloat64(place > 0 AND place = length(places)) AS last_non_direct,
    if(place > 0, 1 / length(places), 0) AS linear,
    multiIf(place = 0, 0, length(places) = 1, 1, length(places) = 2, 0.5, place IN (1, length(places)), 0.4, 0.2 / (length(places) - 2)) AS position,
    if(place > 0, decay(touch) / arraySum(i -> decay(touches[i]), places), 0) AS time_decay
FROM
(
    SELECT
        conversion_id,
        conversion_date,
        converted_at,
        person_id,
        value,
        is_first_order,
        sources,
        mediums,
        campaigns,
        referrer_hosts,
        landing_pages,
        arrayFilter(
            visit -> visit.1 <= converted_at AND visit.1 >= converted_at - toIntervalDay({lookback_days:UInt16}),
            visits) AS found,
        if(notEmpty(found), found, [(converted_at, toUInt64(0), 'Unknown', toUInt32(length(visits) + 1))]) AS touches,
        arrayFilter((i, visit) -> visit.3 != 'Direct', arrayEnumerate(touches), touches) AS not_direct,
        -- Where in `touches` those stand that the last four models look at.
        if(notEmpty(not_direct), not_direct, arrayEnumerate(touches)) AS places
    FROM conversions
    LEFT JOIN
    (
        SELECT
            person_id,
            groupArray((started_at, session_id, toString(channel))) AS unsorted,
            -- The last of each: where what else is known of the visit stands. What nobody asks for is not read.
            arraySort(arrayMap((visit, i) -> (visit.1, visit.2, visit.3, i), unsorted, arrayEnumerate(unsorted))) AS visits,
            groupArray(toString(utm_source)) AS sources,
            groupArray(toString(utm_medium)) AS mediums,
            groupArray(toString(utm_campaign)) AS campaigns,
            groupArray(referrer_host) AS referrer_hosts,
            groupArray(landing_page) AS landing_pages
        FROM weir.sessions
        WHERE site = {site:String} AND session_date BETWEEN {from:Date} - {lookback_days:UInt16} - 2 AND {to:Date} + 1
            AND person_id GLOBAL IN (SELECT person_id FROM converted)
            -- Only their visits are put together.
            AND session_id GLOBAL IN (
                SELECT session_id
                -- Not FINAL: one visit more than needed changes nothing.
                FROM weir.events
                WHERE site = {site:String} AND session_date BETWEEN {from:Date} - {lookback_days:UInt16} - 2 AND {to:Date} + 1
                    AND person_id GLOBAL IN (SELECT person_id FROM converted))
        GROUP BY person_id
    ) AS of_person USING (person_id)
)
ARRAY JOIN touches AS touch, arrayEnumerate(touches) AS position_of_all, arrayMap(i -> indexOf(places, i), arrayEnumerate(touches)) AS place;
