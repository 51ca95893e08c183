-- Question:  which events do steps of a funnel, or reach a goal, and which steps does each do?
-- One row:   one event from the midnight at which the period begins to `window_s` seconds after the one at which it ends.
-- Call:      weir_fn.step_events(site = 'shop', steps = ['/product/*', 'add_to_cart'], window_s = 0, mode = 'ordered',
--            unit = 'person', breakdown = '', from = '2026-11-01', to = '2026-11-30'); days in the time zone of the site,
--            both included. `mode`, `unit`, `breakdown` and what a step is: as in weir_fn.funnel_entries_by.
-- Units:     `steps_done` has a bit for each step, the first in the lowest; `unit_id` whose event it is; `value` that of the
--            breakdown; `is_in_period` 0 for what came after the period; `position` the milliseconds since the day before
--            the period in its upper 38 bits, then 14 bits of `session_seq`, then 12 that are free.
-- Limits:    12 steps, 24 conditions in all, 3000 days with the window; bots are left out; sessions and devices: only events
--            that have one. Needs the engine's analyzer (`enable_analyzer`, on unless a profile turns it off). With mode = 'strict' also the events that do no step, but for `engagement`, `impression`
--            and `view_…`.
CREATE OR REPLACE VIEW weir_fn.step_events AS
WITH
    -- The engine reads both branches of an `if`, also of one whose answer is known beforehand: of few conditions, reading the
    -- text for all 24 took longer than most answers. Only a branch that is an error is dropped unread. So a branch that is
    -- rarely needed begins with this, an error where it is not: the tuple has one field.
    is_needed -> tupleElement(tuple(0), if(is_needed, 1, 2)) AS only_if,
    -- What each step asks for, read once: the event names; then the conditions of all steps in one list,
    -- each as the bit of its step and a pattern on the text of a field.
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
    match(arrayStringConcat({steps:Array(String)}), '[/#?]') AS may_have_conditions,
    if(
        NOT may_have_conditions,
        CAST([], 'Array(Tuple(UInt16, String, UInt8, String, String))'),
        tupleElement((only_if(may_have_conditions),
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
                    (part, bit) -> arrayConcat(
                        if(startsWith(part[1], '/'),
                            [(bit, 'page.path', 0, concat('(?s)^', arrayStringConcat(arrayMap(text -> literal(text), splitByChar('*', part[1])), '.*'), '$'))],
                            []),
                        if(NOT startsWith(part[1], '/') AND position(part[1], '#') > 0,
                            [(bit, 'item', 0, pattern('=', splitByChar('#', part[1], 2)[2]))],
                            []),
                        arrayMap(
                            group -> (bit, decodeURLComponent(group[2]), toUInt8(group[1] = '!' OR group[3] = '!'), pattern(group[4], group[5])),
                            arrayMap(condition -> read(condition), if(length(part) > 1, splitByChar('&', part[2]), [])))),
                    parts, arrayMap(step -> toUInt16(bitShiftLeft(1, step - 1)), arrayEnumerate(parts)))) AS found
            SELECT if(
                throwIf(length(found) > 24, 'weir: the steps of a funnel have at most 24 conditions in all')
                    OR throwIf(arrayExists(condition -> condition.2 = '', found), 'weir: a condition of a step cannot be read: it is `field`, `!field`, or a field, one of = != ^= !^= $= !$= *= !*= ~= !~= and a text'),
                [],
                arrayMap(condition -> (condition.1, condition.2, condition.3, condition.4, if(condition.2 IN ('page.url', 'page.host', 'page.path', 'page.title', 'element', 'item', 'channel', 'device', 'browser', 'os', 'country', 'city', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'order_id', 'revenue', 'currency'), '', condition.2)), found))
        )), 2)) AS conditions,
    length(conditions) AS condition_count,
    -- Each name once, and which steps it does, as bits.
    arrayDistinct(names) AS step_names,
    (
        SELECT arrayMap(
            step_name -> toUInt16(arraySum(arrayMap((other, step) -> if(other = step_name, bitShiftLeft(1, step - 1), 0), names, arrayEnumerate(names)))),
            step_names)
    ) AS steps_of_names,
    -- The period, from midnight to midnight in the time zone of the site.
    coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = {site:String}), ''), 'UTC') AS zone,
    toUnixTimestamp(toDateTime({from:Date}, zone)) * 1000 AS period_start,
    toUnixTimestamp(toDateTime({to:Date} + 1, zone)) * 1000 AS period_end,

    toUInt64(period_end) - (toUInt64({from:Date}) - 1) * 86400000 AS period_ms,

    -- One field of the event as text. All but the one asked for are constants, so that only it is read.
    (field, property) -> concat(
        '',
        if(field = 'page.url', page_url, ''),
        if(field = 'page.host', page_host, ''),
        if(field = 'page.path', page_path, ''),
        if(field = 'page.title', page_title, ''),
        if(field = 'element', element, ''),
        if(field = 'item', item, ''),
        if(field = 'channel', channel, ''),
        if(field = 'device', device, ''),
        if(field = 'browser', browser, ''),
        if(field = 'os', os, ''),
        if(field = 'country', country, ''),
        if(field = 'city', city, ''),
        if(field = 'utm_source', utm_source, ''),
        if(field = 'utm_medium', utm_medium, ''),
        if(field = 'utm_campaign', utm_campaign, ''),
        if(field = 'utm_content', utm_content, ''),
        if(field = 'utm_term', utm_term, ''),
        if(field = 'order_id', order_id, ''),
        if(field = 'revenue', toString(revenue), ''),
        if(field = 'currency', currency, ''),
        if(property = '', '', props[property])) AS text_of,
    condition -> if(match(text_of(condition.2, condition.5), condition.4) != condition.3, toUInt16(0), condition.1) AS fails
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
    bitAnd(transform(name, step_names, steps_of_names, toUInt16(0)), bitNot(steps_failed)) AS steps_done
FROM
(
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
        -- Steps that an event of their name does not do, because a condition of theirs does not hold.
        if(condition_count <= 0, toUInt16(0), tupleElement((only_if(condition_count > 0),
            bitOr(fails(conditions[1]), bitOr(fails(conditions[2]),
        if(condition_count <= 2, toUInt16(0), tupleElement((only_if(condition_count > 2),
            bitOr(fails(conditions[3]), bitOr(fails(conditions[4]),
        if(condition_count <= 4, toUInt16(0), tupleElement((only_if(condition_count > 4),
            bitOr(fails(conditions[5]), bitOr(fails(conditions[6]), bitOr(fails(conditions[7]), bitOr(fails(conditions[8]),
        if(condition_count <= 8, toUInt16(0), tupleElement((only_if(condition_count > 8),
            bitOr(fails(conditions[9]), bitOr(fails(conditions[10]), bitOr(fails(conditions[11]), bitOr(fails(conditions[12]),
            bitOr(fails(conditions[13]), bitOr(fails(conditions[14]), bitOr(fails(conditions[15]), bitOr(fails(conditions[16]),
        if(condition_count <= 16, toUInt16(0), tupleElement((only_if(condition_count > 16),
            bitOr(fails(conditions[17]), bitOr(fails(conditions[18]), bitOr(fails(conditions[19]), bitOr(fails(conditions[20]),
            bitOr(fails(conditions[21]), bitOr(fails(conditions[22]), bitOr(fails(conditions[23]), bitOr(fails(conditions[24]),
            toUInt16(0)))))))))), 2))))))))))), 2))))))), 2))))), 2))))), 2)) AS steps_failed
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
