-- Question:  what was each visit shown, and what of it did it click?
-- One row:   one item (promo, product, banner) in one session that saw or clicked it.
-- Units:     `impressions` and `clicks` are numbers of different elements: the same element seen or clicked again in the
--            same session counts once. `estimated_…` the same without sampling: what a tag sent one of ten times stands for ten.
-- Limits:    events `impression` and `click` that carry an `item`; bots and events without a session are left out.
--            Filter by `site` and `session_date`: both prune what is read.
CREATE OR REPLACE VIEW weir.session_items AS
SELECT
    site,
    session_date,
    session_id,
    item,
    any(visitor_id) AS visitor_id,
    -- As it was at last, where somebody became known in between.
    argMax(person_id, (ts, session_seq)) AS person_id,
    uniqExactIf(element, name = 'impression') AS impressions,
    uniqExactIf(element, name = 'click') AS clicks,
    arraySum(mapValues(maxMapIf(map(element, 1 / round(toFloat64(sample_rate), 6)), name = 'impression'))) AS estimated_impressions,
    arraySum(mapValues(maxMapIf(map(element, 1 / round(toFloat64(sample_rate), 6)), name = 'click'))) AS estimated_clicks,
    any(channel) AS channel,
    any(device) AS device
FROM weir.events FINAL
PREWHERE name IN ('impression', 'click')
WHERE item != '' AND session_id != 0 AND bot = ''
GROUP BY site, session_date, session_id, item
COMMENT 'One row per item that a visit saw or clicked. Filter by site and session_date.';
