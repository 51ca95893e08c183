-- Question:  what did each visit consist of?
-- One row:   one session: a visit as the tag cut it (30 minutes idle, 24 hours at most, a new campaign).
-- Units:     times in UTC; `session_date` in the time zone of the site; `engaged_ms` milliseconds with the page in front
--            of the visitor; `revenue` in the currency of the site.
-- Limits:    bots and events without a session (server-side ones) are left out. A purchase in another currency counts as
--            a purchase but not in `revenue`; `purchases_in_other_currency` says how many there are. An order that the
--            session reports again (a reloaded thank-you page) is counted once; at most 100 purchase events of a session
--            are looked at. Filter by `site` and `session_date`: both prune what is read.
--
-- A session is engaged with two page views, ten seconds of engagement, or a conversion; it bounced if it was not engaged.
-- Its landing page is its first page view, never another event: empty if there was none. It is new if it is the browser's
-- first (`session_number` 1, counted by the tag; 0 where an import does not say).
CREATE OR REPLACE VIEW weir.sessions AS
SELECT
    site,
    session_date,
    session_id,
    visitor_id,
    person_id,
    session_number,
    toUInt8(session_number = 1) AS is_new,
    started_at,
    ended_at,
    dateDiff('millisecond', started_at, ended_at) / 1000 AS duration_s,
    pageviews,
    events,
    engaged_ms,
    toUInt8(pageviews >= 2 OR engaged_ms >= 10000 OR conversions > 0) AS is_engaged,
    toUInt8(NOT is_engaged) AS is_bounce,
    toUInt8(conversions > 0) AS is_converted,
    toUInt32(length(orders)) AS purchases,
    leads,
    arraySum(arrayMap(o -> if(o.4 = '' OR (site, o.4) IN (SELECT id, toString(currency) FROM weir.sites FINAL), o.5, toDecimal64(0, 2)), orders)) AS revenue,
    toUInt32(arrayCount(o -> o.4 != '' AND (site, o.4) NOT IN (SELECT id, toString(currency) FROM weir.sites FINAL), orders)) AS purchases_in_other_currency,
    landing_host,
    landing_page,
    exit_host,
    exit_page,
    referrer,
    domainWithoutWWW(referrer) AS referrer_host,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    click_id_type,
    device,
    browser,
    os,
    country,
    city
FROM
(
    -- Days that go on, and days of which something has changed. Whoever changes here what a session is gives
    -- the definition another number (the third of `ready`), so that the days that were put together before are put together anew.
    WITH
        -- Where an event stands in its session: by time, then by the number the tag gave it. One number of 64 bits
        -- (44 of milliseconds, 20 of sequence) compares nearly four times faster than the pair.
        bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(ts)), 20), least(session_seq, 1048575)) AS position,
        arraySort(groupArrayIf(100)((ts, session_seq, order_id, toString(currency), revenue), name = 'purchase')) AS purchase_events
    SELECT
        site,
        session_date,
        session_id,
        argMin(visitor_id, position) AS visitor_id,
        argMax(person_id, position) AS person_id,
        max(session_number) AS session_number,
        min(ts) AS started_at,
        max(ts) AS ended_at,
        toUInt32(countIf(name = 'pageview')) AS pageviews,
        toUInt32(count()) AS events,
        sum(events.engaged_ms) AS engaged_ms,
        countIf(name IN ('purchase', 'lead', 'generate_lead', 'sign_up')) AS conversions,
        toUInt32(countIf(name IN ('lead', 'generate_lead'))) AS leads,
        -- Of an order that is reported again, the first report.
        arrayFilter((purchase, nth) -> purchase.3 = '' OR nth = 1, purchase_events, arrayEnumerateUniq(purchase_events.3)) AS orders,
        argMinIf(page_host, position, name = 'pageview') AS landing_host,
        argMinIf(page_path, position, name = 'pageview') AS landing_page,
        argMaxIf(page_host, position, name = 'pageview') AS exit_host,
        argMaxIf(page_path, position, name = 'pageview') AS exit_page,
        argMin(events.referrer, position) AS referrer,
        toLowCardinality(argMin(events.channel, position)) AS channel,
        toLowCardinality(argMin(events.utm_source, position)) AS utm_source,
        toLowCardinality(argMin(events.utm_medium, position)) AS utm_medium,
        toLowCardinality(argMin(events.utm_campaign, position)) AS utm_campaign,
        argMin(events.utm_content, position) AS utm_content,
        argMin(events.utm_term, position) AS utm_term,
        toLowCardinality(argMin(events.click_id_type, position)) AS click_id_type,
        toLowCardinality(argMin(events.device, position)) AS device,
        toLowCardinality(argMin(events.browser, position)) AS browser,
        toLowCardinality(argMin(events.os, position)) AS os,
        toLowCardinality(argMin(events.country, position)) AS country,
        toLowCardinality(argMin(events.city, position)) AS city
    FROM weir.events FINAL
    PREWHERE (site, session_date) NOT IN (SELECT site, session_date FROM weir.ready_days FINAL WHERE ready[1] = changes AND ready[3] = 1 AND getSettingOrDefault('enable_shared_storage_snapshot_in_query', false))
    WHERE session_id != 0 AND bot = ''
    GROUP BY site, session_date, session_id
    UNION ALL
    -- Past days, put together ahead: of each day, the rows of one version. Behind the others, because what is ready must be
    -- looked up before what is read: a version noted in between has rows that are not seen yet.
    SELECT
        site, session_date, session_id, visitor_id, person_id, session_number, started_at, ended_at, pageviews,
        events, engaged_ms, conversions, leads, orders, landing_host, landing_page, exit_host,
        exit_page, referrer, channel, utm_source, utm_medium, utm_campaign, utm_content, utm_term, click_id_type,
        device, browser, os, country, city
    FROM weir.ready_sessions
    PREWHERE version IN (SELECT ready[2] FROM weir.ready_days FINAL WHERE ready[1] = changes AND ready[3] = 1 AND getSettingOrDefault('enable_shared_storage_snapshot_in_query', false))
)
COMMENT 'One row per visit: pages, time, conversions, landing page, source. Filter by site and session_date.';
