-- The half year of the prototype that the goal of 45 bytes an event was set with: 1,820,000 visits are five million
-- events. What it does not have (titles, positions in a list) stays empty; what the table has besides follows from it:
-- the address is host and path, an event arrives 150 ms after it happened.
--
-- `{visits}` and `{days}` are replaced by numbers. Event ids have 64 random bits, as those of the prototype had. Batches
-- are what the collector makes of a busy site: 50,000 visits that followed one another.
INSERT INTO weir.prototype_events
    (site, name, event_id, ts, received_at, session_date, session_id, session_seq, session_number, visitor_id, person_id,
     user_id, page_url, page_host, page_path, referrer, channel, utm_source, utm_medium, utm_campaign, click_id_type,
     click_id, device, browser, os, country, city, element, item, order_id, revenue, currency, engaged_ms,
     container_version, consent, sample_rate, origin, batch_id, props)
WITH
    [
        (400, ['pageview'], 'L'),
        (120, ['pageview', 'scroll'], 'LL'),
        (100, ['pageview', 'impression'], 'LL'),
        (60, ['pageview', 'impression', 'click', 'pageview'], 'LLLC'),
        (90, ['pageview', 'pageview', 'view_item'], 'LCP'),
        (70, ['pageview', 'impression', 'pageview', 'view_item', 'view_item', 'view_item'], 'LLCPPP'),
        (45, ['pageview', 'pageview', 'view_item', 'add_to_cart'], 'LCPP'),
        (30, ['pageview', 'search', 'view_item', 'add_to_cart', 'pageview'], 'LCPPK'),
        (22, ['pageview', 'view_item', 'add_to_cart', 'pageview', 'begin_checkout'], 'LPPKO'),
        (14, ['pageview', 'pageview', 'view_item', 'add_to_cart', 'pageview', 'begin_checkout', 'add_payment_info'], 'LCPPKOO'),
        (16, ['pageview', 'pageview', 'view_item', 'add_to_cart', 'pageview', 'begin_checkout', 'add_payment_info', 'purchase'], 'LCPPKOOT'),
        (6, ['pageview', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase', 'pageview'], 'LPPOTH'),
        (20, ['pageview', 'pageview', 'lead'], 'LFF'),
        (15, ['pageview', 'pageview', 'pageview', 'lead', 'pageview'], 'LGFFH'),
        (25, ['pageview', 'login', 'pageview', 'view_item'], 'LHCP'),
        (10, ['pageview', 'login', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase'], 'LHPPOT'),
        (40, ['pageview', 'pageview', 'pageview', 'pageview'], 'LBBH'),
        (12, ['pageview', 'view_item', 'view_item', 'add_to_cart', 'view_item', 'add_to_cart', 'pageview', 'pageview'], 'LPPPPPKC'),
        (5, ['add_to_cart', 'pageview', 'view_item'], 'PCP'),
        (3, ['pageview', 'nps'], 'LL')
    ] AS kinds,
    arrayFlatten(arrayMap((kind, i) -> arrayWithConstant(kind.1, i), kinds, arrayEnumerate(kinds))) AS kind_by_weight,
    ['/', '/', '/', '/lp/spring', '/lp/spring', '/lp/sale', '/lp/b2b', '/blog/kpi', '/blog/funnel', '/catalog/a', '/catalog/b', '/product/17'] AS landing_pages,
    visits AS
    (
        SELECT
            number AS visit,
            -- People come back with a long tail; a quarter of them have two devices, some three.
            toUInt64(floor(420000 * pow((cityHash64(number, 1) % 1000003) / 1000003, 1.6))) AS person,
            multiIf(person % 100 < 8, cityHash64(number, 2) % 3, person % 100 < 33, cityHash64(number, 2) % 2, 0) AS device_no,
            cityHash64(person, 'd', device_no) AS visitor,
            toUInt32(toUnixTimestamp('2025-01-01 00:00:00', 'UTC') + floor({days} * 86400 * ((cityHash64(number, 3) % 1000003) / 1000003))) AS start_s,
            kinds[kind_by_weight[1 + cityHash64(number, 4) % length(kind_by_weight)]] AS kind,
            landing_pages[1 + cityHash64(number, 5) % length(landing_pages)] AS landing,
            cityHash64(number, 6) % 100 AS source,
            arrayCumSum(i -> if(i = 1, 0, 800 + cityHash64(number, i, 'gap') % 90000), arrayEnumerate(kind.2)) AS offsets_ms
        FROM numbers({visits})
    )
SELECT
    'shop',
    event_name,
    reinterpretAsUUID(concat(reinterpretAsString(cityHash64(visit, position)), unhex('0000000000000070'))),
    fromUnixTimestamp64Milli(toInt64(start_s) * 1000 + offset_ms, 'UTC') AS at,
    at + toIntervalMillisecond(150),
    toDate(toDateTime(start_s, 'Europe/Moscow')),
    bitOr(bitShiftLeft(toUInt64(start_s), 32), cityHash64(visit) % 4294967296),
    position,
    1,
    visitor,
    cityHash64('p', person),
    if((has(kind.2, 'login') AND position >= indexOf(kind.2, 'login')) OR event_name IN ('purchase', 'lead'), concat('u', toString(person)), ''),
    concat('https://shop.example', path) AS url,
    'shop.example',
    multiIf(
        letter = 'L', landing,
        letter = 'H', '/',
        letter = 'C', concat('/catalog/', ['a', 'b', 'c', 'd'][1 + cityHash64(visit, position) % 4]),
        letter = 'P', concat('/product/', toString(1 + cityHash64(visit, position) % 500)),
        letter = 'K', '/cart',
        letter = 'O', '/checkout',
        letter = 'T', '/thanks',
        letter = 'G', '/pricing',
        letter = 'F', '/contacts',
        concat('/blog/', toString(cityHash64(visit, position) % 40))) AS path,
    multiIf(source < 22, '', source < 45, 'google.com', source < 62, 'yandex.ru', source < 70, 'vk.com', source < 76, 't.me', source < 82, 'google.com', source < 90, 'yandex.ru', source < 95, 'mail.ru', 'partner.example'),
    multiIf(source < 22, 'Direct', source < 62, 'Organic Search', source < 76, 'Organic Social', source < 90, 'Paid Search', source < 95, 'Email', 'Referral'),
    multiIf(source BETWEEN 76 AND 81, 'google', source BETWEEN 82 AND 89, 'yandex', source BETWEEN 90 AND 94, 'newsletter', ''),
    multiIf(source BETWEEN 76 AND 89, 'cpc', source BETWEEN 90 AND 94, 'email', ''),
    if(source BETWEEN 76 AND 94, concat('camp_', toString(cityHash64(visit, 8) % 12)), ''),
    multiIf(source BETWEEN 76 AND 81, 'gclid', source BETWEEN 82 AND 89, 'yclid', ''),
    if(source BETWEEN 76 AND 89, hex(cityHash64(visit, 9)), ''),
    ['desktop', 'mobile', 'mobile', 'tablet'][1 + visitor % 4],
    ['Chrome', 'Chrome', 'Yandex', 'Safari', 'Firefox'][1 + visitor % 5],
    ['Windows', 'Android', 'iOS', 'macOS'][1 + visitor % 4],
    ['RU', 'RU', 'RU', 'KZ', 'BY', 'DE'][1 + cityHash64(person) % 6],
    ['Moscow', 'SPB', 'Kazan', 'Almaty', 'Minsk', 'Berlin'][1 + cityHash64(person, 3) % 6],
    if(event_name IN ('impression', 'click'), 'hero', ''),
    if(event_name IN ('impression', 'click'), concat('promo_', toString(cityHash64(visit, 11) % 8)), ''),
    if(event_name = 'purchase', concat('o', toString(visit)), ''),
    if(event_name = 'purchase', toDecimal64(500 + cityHash64(visit, 12) % 9500, 2) + toDecimal64(0.99, 2), toDecimal64(0, 2)),
    if(event_name = 'purchase', 'RUB', ''),
    if(event_name = 'pageview', cityHash64(visit, position, 5) % 45000, 0),
    7,
    'analytics',
    1,
    'browser',
    reinterpretAsUUID(concat(reinterpretAsString(intDiv(start_s, 86400)), unhex('0000000000000070'))),
    multiIf(
        event_name = 'nps', map('score', toString([10, 9, 9, 8, 7, 10, 6, 4, 9, 10][1 + cityHash64(visit, 13) % 10])),
        event_name = 'view_item', map('item_id', toString(1 + cityHash64(visit, position) % 500)),
        map())
FROM visits
ARRAY JOIN kind.2 AS event_name, arrayEnumerate(kind.2) AS position, offsets_ms AS offset_ms, splitByString('', kind.3) AS letter
SETTINGS max_insert_threads = 1
