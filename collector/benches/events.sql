-- A shop's half year, for measuring: some 2.75 events a visit, 180 days, the same every time but for the dates.
--
-- `{visits}` is replaced by a number: 3,640,000 visits are ten million events; `{first_day}` by the day on which they begin. Everything follows from hashes of the
-- visit's number. People come back with a long tail (the number of a person is drawn by a power of a uniform number),
-- a third of them on two or three devices. What a visit consists of is one of twenty kinds, each with its weight; the
-- letters say which page an event is on: L landing, H home, C category, P product, K cart, O checkout, T thanks,
-- G prices, F contacts, B blog. Event ids are random in all their 122 bits; those of the tag are in 74, behind
-- the time.
INSERT INTO weir.events
    (site, name, event_id, ts, received_at, session_date, session_id, session_seq, session_number, visitor_id, person_id,
     user_id, page_url, page_host, page_path, page_title, referrer, channel, utm_source, utm_medium, utm_campaign,
     click_id_type, click_id, device, browser, os, country, city, element, item, order_id, revenue, currency, engaged_ms,
     tag, trigger, container_version, consent, sample_rate, batch_id, props)
WITH
    [
        (400, ['pageview'], 'L'),
        (120, ['pageview', 'engagement'], 'LL'),
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
            toUInt64(floor(840000 * pow((cityHash64(number, 1) % 1000003) / 1000003, 1.6))) AS person,
            multiIf(person % 100 < 8, cityHash64(number, 2) % 3, person % 100 < 33, cityHash64(number, 2) % 2, 0) AS device_no,
            cityHash64(person, 'device', device_no) AS visitor,
            toUInt32(toUnixTimestamp('{first_day} 00:00:00', 'Europe/Moscow') + cityHash64(number, 3) % (180 * 86400)) AS start_s,
            kinds[kind_by_weight[1 + cityHash64(number, 4) % length(kind_by_weight)]] AS kind,
            landing_pages[1 + cityHash64(number, 5) % length(landing_pages)] AS landing,
            cityHash64(number, 6) % 100 AS source,
            -- Seconds between the events of a visit: up to a minute and a half.
            arrayCumSum(i -> if(i = 1, 0, 800 + cityHash64(number, i, 'pause') % 90000), arrayEnumerate(kind.2)) AS offsets_ms
        FROM numbers({visits})
    )
SELECT
    'shop',
    event_name,
    reinterpretAsUUID(concat(reinterpretAsString(cityHash64(visit, position, 'low')), reinterpretAsString(cityHash64(visit, position, 'high')))),
    fromUnixTimestamp64Milli(toInt64(start_s) * 1000 + offset_ms, 'UTC') AS at,
    at + toIntervalMillisecond(150 + cityHash64(visit, position) % 3000),
    toDate(toDateTime(start_s, 'Europe/Moscow')),
    bitOr(bitShiftLeft(toUInt64(start_s), 32), cityHash64(visit) % 4294967296),
    position,
    1 + cityHash64(visit, 'number') % 9,
    visitor,
    cityHash64('person', person),
    if(event_name IN ('purchase', 'lead', 'login'), concat('u', toString(person)), ''),
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
    concat('Shop: ', path),
    multiIf(source < 22, '', source < 45, 'https://www.google.com/', source < 62, 'https://yandex.ru/', source < 70, 'https://vk.com/', source < 76, 'https://t.me/', source < 90, 'https://yandex.ru/', 'https://mail.ru/'),
    multiIf(source < 22, 'Direct', source < 62, 'Organic Search', source < 76, 'Organic Social', source < 90, 'Paid Search', source < 95, 'Email', 'Referral'),
    multiIf(source BETWEEN 76 AND 81, 'google', source BETWEEN 82 AND 89, 'yandex', source BETWEEN 90 AND 94, 'newsletter', ''),
    multiIf(source BETWEEN 76 AND 89, 'cpc', source BETWEEN 90 AND 94, 'email', ''),
    if(source BETWEEN 76 AND 94, concat('campaign_', toString(cityHash64(visit, 8) % 12)), ''),
    multiIf(source BETWEEN 76 AND 81, 'gclid', source BETWEEN 82 AND 89, 'yclid', ''),
    if(source BETWEEN 76 AND 89, hex(cityHash64(visit, 9)), ''),
    ['desktop', 'mobile', 'mobile', 'tablet'][1 + visitor % 4],
    ['Chrome', 'Chrome', 'Yandex Browser', 'Safari', 'Firefox'][1 + visitor % 5],
    ['Windows', 'Android', 'iOS', 'macOS'][1 + visitor % 4],
    ['RU', 'RU', 'RU', 'KZ', 'BY', 'DE'][1 + cityHash64(person) % 6],
    ['Moscow', 'Saint Petersburg', 'Kazan', 'Almaty', 'Minsk', 'Berlin'][1 + cityHash64(person, 3) % 6],
    if(event_name IN ('impression', 'click'), 'a.hero', ''),
    multiIf(event_name IN ('impression', 'click'), concat('promo_', toString(cityHash64(visit, 11) % 8)), event_name IN ('view_item', 'add_to_cart'), concat('sku_', toString(1 + cityHash64(visit, position) % 500)), ''),
    if(event_name = 'purchase', concat('o', toString(visit)), ''),
    if(event_name = 'purchase', toDecimal64(500 + cityHash64(visit, 12) % 9500, 2) + toDecimal64(0.99, 2), toDecimal64(0, 2)),
    if(event_name = 'purchase', 'RUB', ''),
    if(event_name = 'engagement', 1000 + cityHash64(visit, position, 'engaged') % 45000, 0),
    if(event_name IN ('pageview', 'engagement'), '', event_name),
    if(event_name IN ('pageview', 'engagement'), '', concat(event_name, ' happens')),
    7,
    'analytics',
    1,
    reinterpretAsUUID(concat(reinterpretAsString(intDiv(visit, 20000)), 'weirweir')),
    multiIf(
        event_name = 'nps', map('score', toString([10, 9, 9, 8, 7, 10, 6, 4, 9, 10][1 + cityHash64(visit, 13) % 10])),
        event_name IN ('view_item', 'add_to_cart'), map('color', ['red', 'blue', 'green'][1 + cityHash64(visit, position) % 3]),
        map())
FROM visits
ARRAY JOIN kind.2 AS event_name, arrayEnumerate(kind.2) AS position, offsets_ms AS offset_ms, splitByString('', kind.3) AS letter
SETTINGS max_insert_threads = 1
