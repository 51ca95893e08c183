-- Question:  what brought the conversions and the revenue of a period, by six ways of giving credit?
-- One row:   one value of the quality of a visit asked for; with by = '', all of them together.
-- Call:      weir_fn.attribution(site = 'shop', conversion = 'purchase', by = 'channel', lookback_days = 30,
--            from = '2026-11-01', to = '2026-11-30'); conversions of these days, both included. `by` is channel, utm_source, utm_medium,
--            utm_campaign, referrer_host, landing_page, or empty.
-- Units:     `conversions_…` are numbers of conversions, in shares of one; `revenue_…` in the currency of the site. In each
--            model the sum over all rows is the number of conversions and their revenue.
-- Limits:    as weir_fn.attribution_touches, which also says what the models are. Conversions without any visit in the
--            look-back (a phone order, say) stand under channel Unknown. Revenue is before refunds.
CREATE OR REPLACE VIEW weir_fn.attribution AS
SELECT
    concat(
        '',
        if({by:String} = 'channel', touches.channel, ''),
        if({by:String} = 'utm_source', touches.utm_source, ''),
        if({by:String} = 'utm_medium', touches.utm_medium, ''),
        if({by:String} = 'utm_campaign', touches.utm_campaign, ''),
        if({by:String} = 'referrer_host', touches.referrer_host, ''),
        if({by:String} = 'landing_page', touches.landing_page, '')) AS value,
    sum(touches.first) AS conversions_first,
    sum(touches.last) AS conversions_last,
    sum(touches.last_non_direct) AS conversions_last_non_direct,
    sum(touches.linear) AS conversions_linear,
    sum(touches.position) AS conversions_position,
    sum(touches.time_decay) AS conversions_time_decay,
    sum(touches.first * touches.revenue) AS revenue_first,
    sum(touches.last * touches.revenue) AS revenue_last,
    sum(touches.last_non_direct * touches.revenue) AS revenue_last_non_direct,
    sum(touches.linear * touches.revenue) AS revenue_linear,
    sum(touches.position * touches.revenue) AS revenue_position,
    sum(touches.time_decay * touches.revenue) AS revenue_time_decay
FROM weir_fn.attribution_touches(site = {site:String}, conversion = {conversion:String}, lookback_days = {lookback_days:UInt16}, from = {from:Date}, to = {to:Date}) AS touches
-- Looked at while the query is read, before any event is.
WHERE (SELECT throwIf({by:String} NOT IN ('channel', 'utm_source', 'utm_medium', 'utm_campaign', 'referrer_host', 'landing_page', ''), 'weir: `by` is one of channel, utm_source, utm_medium, utm_campaign, referrer_host, landing_page, or empty')) = 0
GROUP BY value
ORDER BY conversions_last_non_direct DESC, value;
