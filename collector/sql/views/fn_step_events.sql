-- Question:  which events do steps of a funnel, or reach a goal, and which steps does each do?
-- One row:   one event from the midnight at which the period begins to `window_s` seconds after the one at which it ends.
-- Call:      weir_fn.step_events(site = 'shop', steps = ['/product/*', 'add_to_cart'], window_s = 0, mode = 'ordered',
--            unit = 'person', breakdown = '', from = '2026-11-01', to = '2026-11-30'); days in the time zone of the site,
--            both included. `mode`, `unit`, `breakdown` and what a step is: as in weir_fn.funnel_entries_by.
-- Units:     `steps_done` has a bit for each step, the first in the lowest; `unit_id` whose event it is; `value` that of the
--            breakdown; `is_in_period` 0 for what came after the period; `position` the milliseconds since the day before
--            the period in its upper 38 bits, then 14 bits of `session_seq`, then 12 that are free.
-- Limits:    12 steps, 24 conditions in all, 3000 days with the window; bots are left out; sessions and devices: only events
--            that have one. With mode = 'strict' also the events that do no step, but for `engagement`, `impression`
--            and `view_…`.
CREATE OR REPLACE VIEW weir_fn.step_events AS
WITH
    -- What each step asks for, read once: the event names; then the conditions of all steps in one list,
    -- each as a pattern on the text of a field; then, per step, which of them it needs, as bits.
    (
        SELECT if(
            -- Looked at while the query is read, before any event is.
            throwIf({mode:String} NOT IN ('ordered', 'strict', 'any'), 'weir: the mode of a funnel is ordered, strict or any')
                OR throwIf({unit:String} NOT IN ('person', 'session', 'device'), 'weir: the unit of a funnel is person, session or device')
                OR throwIf(length({steps:Array(String)}) > 12, 'weir: a funnel has at most 12 steps')
                OR throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')
                OR throwIf(toUInt32({to:Date}) > toUInt32({from:Date}) + 3000 OR {window_s:UInt64} > 86400 * 3000, 'weir: a funnel spans at most 3000 days'),
            [],
            arrayMap(step -> if(startsWith(step, '/'), 'pageview', splitByChar('#', splitByChar('?', step, 2)[1], 2)[1]), {steps:Array(String)}))
    ) AS names,
    (
        WITH
            text -> regexpQuoteMeta(decodeURLComponent(text)) AS literal,
            (operator, operand) -> multiIf(
                operator = '=', concat('(?s)^(?:', arrayStringConcat(arrayMap(text -> literal(text), splitByChar('|', operand)), '|'), ')$'),
                operator = '^=', concat('(?s)^', literal(operand)),
                operator = '$=', concat('(?s)', literal(operand), '$'),
                operator = '*=', literal(operand),
                operator = '~=', concat('(?-s)', decodeURLComponent(operand)),
                '(?s).') AS pattern,
            condition -> extractGroups(condition, '(?s)^(!?)([^=!^$*~<>]+)(?:(!?)([$^*~]?=)(.*))?$') AS read,
            arrayMap(step -> splitByChar('?', step, 2), {steps:Array(String)}) AS parts,
            arrayFlatten(arrayMap(
                (part, step) -> arrayConcat(
                    if(startsWith(part[1], '/'),
                        [(step, 'page.path', 0, concat('(?s)^', arrayStringConcat(arrayMap(text -> literal(text), splitByChar('*', part[1])), '.*'), '$'))],
                        []),
                    if(NOT startsWith(part[1], '/') AND position(part[1], '#') > 0,
                        [(step, 'item', 0, pattern('=', splitByChar('#', part[1], 2)[2]))],
                        []),
                    arrayMap(
                        group -> (step, decodeURLComponent(group[2]), toUInt8(group[1] = '!' OR group[3] = '!'), pattern(group[4], group[5])),
                        arrayMap(condition -> read(condition), if(length(part) > 1, splitByChar('&', part[2]), [])))),
                parts, arrayEnumerate(parts))) AS found
        SELECT if(
            throwIf(length(found) > 24, 'weir: the steps of a funnel have at most 24 conditions in all')
                OR throwIf(arrayExists(condition -> condition.2 = '', found), 'weir: a condition of a step cannot be read: it is `field`, `!field`, or a field, one of = != ^= !^= $= !$= *= !*= ~= !~= and a text'),
            [],
            found)
    ) AS conditions,
    (
        SELECT arrayMap(
            step -> arraySum(arrayMap((condition, i) -> if(condition.1 = step, bitShiftLeft(1, i - 1), 0), conditions, arrayEnumerate(conditions))),
            range(1, 13))
    ) AS needed,
    -- The period, from midnight to midnight in the time zone of the site.
    coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = {site:String}), ''), 'UTC') AS zone,
    toUnixTimestamp(toDateTime({from:Date}, zone)) * 1000 AS period_start,
    toUnixTimestamp(toDateTime({to:Date} + 1, zone)) * 1000 AS period_end,

    toUInt64(period_end) - (toUInt64({from:Date}) - 1) * 86400000 AS period_ms,

    -- One field of the event as text. All but the one asked for are constants, so that only it is read.
    field -> concat(
        '',
        if(field = 'page.url', page_url, ''),
        if(field = 'page.host', page_host, ''),
        if(field = 'page.path', page_path, ''),
        if(field = 'page.title', page_title, ''),
        if(field = 'element', element, ''),
        if(field = 'item', item, ''),
        if(field = 'channel', channel, ''),
        if(field = 'device', device, ''),
        if(field = 'order_id', order_id, ''),
        if(field = 'revenue', toString(revenue), ''),
        if(field = 'currency', currency, ''),
        if(field IN ('', 'page.url', 'page.host', 'page.path', 'page.title', 'element', 'item', 'channel', 'device', 'order_id', 'revenue', 'currency'), '', props[field])) AS text_of,
    (field, negated, pattern, bit) -> if(match(text_of(field), pattern) != negated, bit, 0) AS holds,
    (held, step_name, need, bit) -> if(step_name != '', if(name = step_name AND bitAnd(held, need) = need, bit, 0), 0) AS does
SELECT
    unit_id,
    value,
    period_ms,
    is_in_period,
    position,
    session_date,
    session_id,
    person_id,
    revenue,
    currency,
    props,
    name,
    order_id,
    event_id,
    origin,
    does(held, names[1], needed[1], 1) + does(held, names[2], needed[2], 2) + does(held, names[3], needed[3], 4)
    + does(held, names[4], needed[4], 8) + does(held, names[5], needed[5], 16) + does(held, names[6], needed[6], 32)
    + does(held, names[7], needed[7], 64) + does(held, names[8], needed[8], 128) + does(held, names[9], needed[9], 256)
    + does(held, names[10], needed[10], 512) + does(held, names[11], needed[11], 1024) + does(held, names[12], needed[12], 2048) AS steps_done
FROM
(
    -- A column of its own: written out for each step, the conditions would take the engine longer to read than to test.
    SELECT
        name,
        order_id,
        event_id,
        origin,
        session_date,
        session_id,
        person_id,
        revenue,
        currency,
        props,
        multiIf({unit:String} = 'person', person_id, {unit:String} = 'session', session_id, visitor_id) AS unit_id,
        concat(
            '',
            if({breakdown:String} = 'channel', channel, ''),
            if({breakdown:String} = 'device', device, ''),
            if({breakdown:String} = 'browser', browser, ''),
            if({breakdown:String} = 'os', os, ''),
            if({breakdown:String} = 'country', country, ''),
            if({breakdown:String} = 'city', city, ''),
            if({breakdown:String} = 'utm_source', utm_source, ''),
            if({breakdown:String} = 'utm_medium', utm_medium, ''),
            if({breakdown:String} = 'utm_campaign', utm_campaign, ''),
            if({breakdown:String} = 'page.host', page_host, ''),
            if({breakdown:String} = 'page.path', page_path, ''),
            if({breakdown:String} = 'item', item, ''),
            if({breakdown:String} = 'element', element, ''),
            if({breakdown:String} IN ('', 'channel', 'device', 'browser', 'os', 'country', 'city', 'utm_source', 'utm_medium', 'utm_campaign', 'page.host', 'page.path', 'item', 'element'), '', props[{breakdown:String}])) AS value,
        toUnixTimestamp64Milli(ts) AS at,
        period_ms,
        at < period_end AS is_in_period,
        bitOr(
            bitShiftLeft(toUInt64(at - (toUInt64({from:Date}) - 1) * 86400000), 26),
            bitShiftLeft(toUInt64(least(session_seq, 16383)), 12)) AS position,
        holds(conditions[1].2, conditions[1].3, conditions[1].4, 1) + holds(conditions[2].2, conditions[2].3, conditions[2].4, 2)
        + holds(conditions[3].2, conditions[3].3, conditions[3].4, 4) + holds(conditions[4].2, conditions[4].3, conditions[4].4, 8)
        + holds(conditions[5].2, conditions[5].3, conditions[5].4, 16) + holds(conditions[6].2, conditions[6].3, conditions[6].4, 32)
        + holds(conditions[7].2, conditions[7].3, conditions[7].4, 64) + holds(conditions[8].2, conditions[8].3, conditions[8].4, 128)
        + holds(conditions[9].2, conditions[9].3, conditions[9].4, 256) + holds(conditions[10].2, conditions[10].3, conditions[10].4, 512)
        + holds(conditions[11].2, conditions[11].3, conditions[11].4, 1024) + holds(conditions[12].2, conditions[12].3, conditions[12].4, 2048)
        + holds(conditions[13].2, conditions[13].3, conditions[13].4, 4096) + holds(conditions[14].2, conditions[14].3, conditions[14].4, 8192)
        + holds(conditions[15].2, conditions[15].3, conditions[15].4, 16384) + holds(conditions[16].2, conditions[16].3, conditions[16].4, 32768)
        + holds(conditions[17].2, conditions[17].3, conditions[17].4, 65536) + holds(conditions[18].2, conditions[18].3, conditions[18].4, 131072)
        + holds(conditions[19].2, conditions[19].3, conditions[19].4, 262144) + holds(conditions[20].2, conditions[20].3, conditions[20].4, 524288)
        + holds(conditions[21].2, conditions[21].3, conditions[21].4, 1048576) + holds(conditions[22].2, conditions[22].3, conditions[22].4, 2097152)
        + holds(conditions[23].2, conditions[23].3, conditions[23].4, 4194304) + holds(conditions[24].2, conditions[24].3, conditions[24].4, 8388608) AS held
    FROM weir.events FINAL
    -- Of the sorting key, so that repeats of an event agree on it: what is not wanted is left before repeats are looked for.
    PREWHERE name IN names OR ({mode:String} = 'strict' AND name NOT IN ('engagement', 'impression') AND NOT startsWith(name, 'view_'))
    WHERE site = {site:String}
        -- Prunes what is read; a session lasts a day at most, so that its events stand near its first day.
        AND session_date BETWEEN {from:Date} - 2 AND addDays({to:Date}, 2 + intDiv({window_s:UInt64}, 86400))
        AND bot = ''
        AND ({unit:String} != 'session' OR session_id != 0)
        AND ({unit:String} != 'device' OR visitor_id != 0)
        AND ts >= fromUnixTimestamp64Milli(toInt64(period_start), 'UTC')
        AND ts < fromUnixTimestamp64Milli(toInt64(period_end + {window_s:UInt64} * 1000), 'UTC')
)
WHERE steps_done != 0 OR {mode:String} = 'strict';
