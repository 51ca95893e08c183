-- Question:  of those who saw an item, how many clicked it, day by day?
-- One row:   one item (promo, product, banner) on one day of one site.
-- Units:     rates are fractions, null without a denominator. `ctr` = clicks / impressions, both counted once per session
--            and element; `session_ctr` = sessions_clicked / sessions_exposed; `visitor_ctr` and `person_ctr` likewise for
--            visitors and persons.
--            `estimated_…` without sampling, where a tag sends a share of its events: they differ when impressions and clicks
--            are sampled differently, and then they are the ones to look at.
-- Limits:    counts of several days add up, rates do not (divide the sums), and neither do visitors and persons: for a period use
--            weir_fn.ctr. `sessions_clicked` counts sessions that also saw the item, in whatever order: a quick click
--            comes before the second that makes an impression. `clicks_without_impression`, which are part of `clicks`,
--            should be near zero: more of them means that impressions are not measured where clicks are.
CREATE OR REPLACE VIEW weir.ctr AS
-- Question:  of those who saw an item in a period, how many clicked it?
-- One row:   one item (promo, product, banner).
-- Call:      weir_fn.ctr(site = 'shop', from = '2026-11-01', to = '2026-11-30'), both days included, days on which the
--            session began in the time zone of the site.
-- Units:     rates are fractions, null without a denominator. `ctr` = clicks / impressions, both counted once per session
--            and element; `session_ctr` = sessions_clicked / sessions_exposed; `visitor_ctr` and `person_ctr` likewise for
--            visitors and persons.
--            `estimated_…` without sampling, where a tag sends a share of its events: they differ when impressions and clicks
--            are sampled differently, and then they are the ones to look at.
-- Limits:    as weir.ctr.
CREATE OR REPLACE VIEW weir_fn.ctr AS
SELECT
    site,  -- [by day]
    session_date,  -- [by day]
    item,
    sum(items.impressions) AS impressions,
    sum(items.clicks) AS clicks,
    clicks / nullIf(impressions, 0) AS ctr,
    countIf(items.impressions > 0) AS sessions_exposed,
    countIf(items.impressions > 0 AND items.clicks > 0) AS sessions_clicked,
    sessions_clicked / nullIf(sessions_exposed, 0) AS session_ctr,
    uniqExactIf(visitor_id, items.impressions > 0) AS visitors_exposed,
    uniqExactIf(visitor_id, items.impressions > 0 AND items.clicks > 0) AS visitors_clicked,
    visitors_clicked / nullIf(visitors_exposed, 0) AS visitor_ctr,
    uniqExactIf(person_id, items.impressions > 0) AS persons_exposed,
    uniqExactIf(person_id, items.impressions > 0 AND items.clicks > 0) AS persons_clicked,
    persons_clicked / nullIf(persons_exposed, 0) AS person_ctr,
    sumIf(items.clicks, items.impressions = 0) AS clicks_without_impression,
    sum(items.estimated_impressions) AS estimated_impressions,
    sum(items.estimated_clicks) AS estimated_clicks,
    estimated_clicks / nullIf(estimated_impressions, 0) AS estimated_ctr
FROM weir.session_items AS items
WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}  -- [over a period]
    -- Looked at while the query is read, before any event is.  -- [over a period]
    AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0  -- [over a period]
GROUP BY site, session_date, item  -- [by day]
COMMENT 'Impressions, clicks and their rate per item and day. For a whole period: weir_fn.ctr(site, from, to).';  -- [by day]
GROUP BY item  -- [over a period]
ORDER BY impressions DESC, item;  -- [over a period]
