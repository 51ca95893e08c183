-- Question:  what was spent on what, day by day?
-- One row:   one day of one cost, as it was imported; a cost of a month is a row for each of its days, which add up to it exactly.
-- Units:     `cost` in the currency of the site, Decimal: `amount` where `currency` is that of the site, else 0, so that it adds
--            up; `impressions`, `clicks`, `reach`, `likes`, `comments`, `shares` as imported; `cost_date` a day of the site.
-- Limits:    what was imported, nothing else: Weir asks no network. A cost without `channel` (`utm_source`, `utm_campaign`)
--            belongs to none. `kind` serving is no cost of marketing: `is_marketing` 0. `reach` counts people, so that the
--            sum of several days counts some of them more than once.
CREATE OR REPLACE VIEW weir.costs AS
WITH
    (SELECT mapFromArrays(groupArray(id), groupArray(toString(currency))) FROM weir.sites FINAL) AS site_currency
SELECT
    site,
    cost_date,
    kind,
    toUInt8(kind::String != 'serving') AS is_marketing,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    days.item AS item,
    if(is_other_currency, toDecimal64(0, 2), days.amount) AS cost,
    days.amount AS amount,
    days.currency::String AS currency,
    toUInt8(days.currency::String != site_currency[site::String]) AS is_other_currency,
    impressions,
    clicks,
    reach,
    likes,
    comments,
    shares,
    period_from,
    period_to,
    imported_at
FROM weir.cost_days AS days FINAL
WHERE NOT is_removed
COMMENT 'Costs by day, as imported. Filter by site and cost_date.';
