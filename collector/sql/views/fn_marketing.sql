-- Question:  what did marketing cost in a period, and what did it bring, by channel, source or campaign?
-- One row:   one value of what is asked for, of costs, visits, leads or orders; with by = '', the whole. What costs belong to no such
--            value (a salary has no channel) has a row of its own, `is_general` 1 and `value` '', so that the sums are the whole.
-- Call:      weir_fn.marketing(site = 'shop', by = 'channel', lead = '', model = 'last_non_direct', lookback_days = 30,
--            from = '2026-11-01', to = '2026-11-30'); both days included, days in the time zone of the site. `by` is channel,
--            utm_source, utm_medium, utm_campaign, or empty. `lead` is a step of the step language that is a lead ('lead',
--            '/thanks'), or empty: events `lead` and `generate_lead` in visits; a lead in a visit is of what the visit is of. `model` is first, last, last_non_direct,
--            linear, position or time_decay, `lookback_days` as in weir_fn.attribution_touches.
-- Units:     money in the currency of the site. `cost` all costs of marketing, `ad_spend` those of kind ads, `serving_cost` those of
--            kind serving, which are in none of the others. `impressions`, `clicks` of advertisements, as imported; `ad_ctr` =
--            clicks / impressions, `cpc` = ad_spend / clicks. `sessions` visits that began in the period. `cost_per_lead` = cost /
--            leads. `orders`, `new_customers`, `gross_revenue`, `refunds` in shares: of each order of the period, what the
--            model gives to the value; `revenue` = gross_revenue − refunds; `new_customers` those whose first order ever it
--            is. `cac` = cost / new_customers, `romi` = (revenue − cost) / cost, `margin_romi` = (revenue − serving_cost −
--            cost) / cost, `ad_revenue` the revenue from channels that had ad spend in the period, `roas` = ad_revenue /
--            ad_spend, `drr` = ad_spend / revenue.
-- Limits:    `romi` is of revenue; of margin, where what customers cost is imported: `margin_romi`, null without. Refunds are
--            taken off the orders of the period, whenever they were made; one that names no order is not. Orders without a visit
--            in the look-back are of channel Unknown. Source, medium and campaign are compared without regard to case. Without
--            any cost of marketing in the period `cost_per_lead`, `cac` and `drr` are null: nothing imported is not nothing spent.
CREATE OR REPLACE VIEW weir_fn.marketing AS
WITH
    (SELECT countIf(is_marketing) > 0 FROM weir.costs WHERE site = {site:String} AND cost_date BETWEEN {from:Date} AND {to:Date}) AS has_costs,
    (SELECT groupUniqArrayIf(toString(channel), kind = 'ads' AND cost > 0) FROM weir.costs WHERE site = {site:String} AND cost_date BETWEEN {from:Date} AND {to:Date}) AS ad_channels,
    -- All but the one asked for are constants, so that only it is read.
    (of_channel, of_source, of_medium, of_campaign) -> concat(
        '',
        if({by:String} = 'channel', of_channel, ''),
        if({by:String} = 'utm_source', lowerUTF8(of_source), ''),
        if({by:String} = 'utm_medium', lowerUTF8(of_medium), ''),
        if({by:String} = 'utm_campaign', lowerUTF8(of_campaign), '')) AS asked_for
SELECT
    parts.value AS value,
    toUInt8(parts.is_general) AS is_general,
    sum(parts.cost) AS cost,
    sum(parts.ad_spend) AS ad_spend,
    sum(parts.serving_cost) AS serving_cost,
    sum(parts.impressions) AS impressions,
    sum(parts.clicks) AS clicks,
    clicks / nullIf(impressions, 0) AS ad_ctr,
    toFloat64(ad_spend) / nullIf(clicks, 0) AS cpc,
    sum(parts.sessions) AS sessions,
    sum(parts.leads) AS leads,
    if(has_costs, toFloat64(cost) / nullIf(leads, 0), NULL) AS cost_per_lead,
    sum(parts.orders) AS orders,
    sum(parts.new_customers) AS new_customers,
    if(has_costs, toFloat64(cost) / nullIf(new_customers, 0), NULL) AS cac,
    sum(parts.gross_revenue) AS gross_revenue,
    sum(parts.refunds) AS refunds,
    -- Shares that cancel out leave a trace of themselves, of which ratios would be made.
    if(abs(gross_revenue - refunds) <= 1e-12 * gross_revenue, 0., gross_revenue - refunds) AS revenue,
    (revenue - toFloat64(cost)) / nullIf(toFloat64(cost), 0) AS romi,
    if(serving_cost > 0, (revenue - toFloat64(serving_cost) - toFloat64(cost)) / nullIf(toFloat64(cost), 0), NULL) AS margin_romi,
    sum(parts.ad_revenue) AS ad_revenue,
    ad_revenue / nullIf(toFloat64(ad_spend), 0) AS roas,
    if(has_costs, toFloat64(ad_spend) / nullIf(revenue, 0), NULL) AS drr
FROM
(
    SELECT
        asked_for(toString(channel), toString(utm_source), toString(utm_medium), utm_campaign) AS value,
        {by:String} != '' AND value = '' AS is_general,
        if(is_marketing, costs.cost, toDecimal64(0, 2)) AS cost,
        if(kind = 'ads', costs.cost, toDecimal64(0, 2)) AS ad_spend,
        if(is_marketing, toDecimal64(0, 2), costs.cost) AS serving_cost,
        if(kind = 'ads', costs.impressions, toUInt64(0)) AS impressions,
        if(kind = 'ads', costs.clicks, toUInt64(0)) AS clicks,
        toUInt64(0) AS sessions,
        toUInt64(0) AS leads,
        toFloat64(0) AS orders,
        toFloat64(0) AS new_customers,
        toFloat64(0) AS gross_revenue,
        toFloat64(0) AS refunds,
        toFloat64(0) AS ad_revenue
    FROM weir.costs AS costs
    WHERE site = {site:String} AND cost_date BETWEEN {from:Date} AND {to:Date}
        -- Looked at while the query is read, before any event is.
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
        AND (SELECT throwIf({by:String} NOT IN ('channel', 'utm_source', 'utm_medium', 'utm_campaign', ''), 'weir: `by` is one of channel, utm_source, utm_medium, utm_campaign, or empty')) = 0
        AND (SELECT throwIf({model:String} NOT IN ('first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'), 'weir: `model` is one of first, last, last_non_direct, linear, position, time_decay')) = 0
    UNION ALL
    SELECT
        asked_for(toString(channel), toString(utm_source), toString(utm_medium), toString(utm_campaign)) AS value,
        false, toDecimal64(0, 2), toDecimal64(0, 2), toDecimal64(0, 2), 0, 0,
        count(),
        sum(if({lead:String} = '', sessions.leads, 0)),
        0, 0, 0, 0, 0
    FROM weir.sessions AS sessions
    WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    GROUP BY value
    UNION ALL
    SELECT
        -- Of the visit it was in: what a server sends says how somebody came with the first event of a visit only.
        if(events.session_id != 0, visits.value, if({by:String} = 'channel', events.value, lowerUTF8(events.value))) AS value,
        false, toDecimal64(0, 2), toDecimal64(0, 2), toDecimal64(0, 2), 0, 0,
        0,
        count(),
        0, 0, 0, 0, 0
    FROM weir_fn.step_events(site = {site:String}, steps = [if({lead:String} = '', 'lead', {lead:String})], window_s = 0, mode = 'ordered', unit = 'person', breakdown = {by:String}, from = {from:Date} - 1, to = {to:Date} + 1) AS events
    LEFT JOIN
    (
        SELECT session_date, session_id, asked_for(toString(channel), toString(utm_source), toString(utm_medium), toString(utm_campaign)) AS value
        FROM weir.sessions
        WHERE {lead:String} != '' AND site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
    ) AS visits ON visits.session_date = events.session_date AND visits.session_id = events.session_id
    WHERE {lead:String} != '' AND events.session_date BETWEEN {from:Date} AND {to:Date}
    GROUP BY value
    UNION ALL
    SELECT
        asked_for(touches.channel, touches.utm_source, touches.utm_medium, touches.utm_campaign) AS value,
        false, toDecimal64(0, 2), toDecimal64(0, 2), toDecimal64(0, 2), 0, 0, 0, 0,
        sum(credit),
        sumIf(credit, touches.is_first_order = 1),
        sum(credit * touches.revenue),
        sum(credit * given_back.refunded),
        sumIf(credit * (touches.revenue - given_back.refunded), has(ad_channels, touches.channel))
    FROM
    (
        SELECT
            conversion_id,
            is_first_order,
            channel,
            utm_source,
            utm_medium,
            utm_campaign,
            revenue,
            multiIf({model:String} = 'first', first, {model:String} = 'last', last, {model:String} = 'linear', linear, {model:String} = 'position', position, {model:String} = 'time_decay', time_decay, last_non_direct) AS credit
        FROM weir_fn.attribution_touches(site = {site:String}, conversion = 'purchase', lookback_days = {lookback_days:UInt16}, from = {from:Date}, to = {to:Date})
    ) AS touches
    LEFT JOIN
    (
        SELECT order_id, toFloat64(sum(refunds.refunded)) AS refunded
        FROM weir.refunds AS refunds
        WHERE site = {site:String} AND order_id != ''
        GROUP BY order_id
    ) AS given_back ON given_back.order_id = touches.conversion_id
    GROUP BY value
) AS parts
GROUP BY value, is_general
ORDER BY is_general, cost DESC, revenue DESC, value;
