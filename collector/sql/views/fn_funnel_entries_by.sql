-- Question:  who entered a funnel in a period, and how far did they get; in order, strictly, or in any order; person by person,
--            session by session, or browser by browser?
-- One row:   one unit that entered in the period: the deepest step reached, when each step was done, and the value of the
--            breakdown at the entry.
-- Call:      weir_fn.funnel_entries_by(site = 'shop', steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800,
--            mode = 'ordered', unit = 'person', breakdown = 'channel', from = '2026-11-01', to = '2026-11-30'); days in the
--            time zone of the site, both included.
--            `mode`: ordered, strict, any. `unit`: person, session, device (a browser).
--            `breakdown`: channel, device, browser, os, country, city, utm_source, utm_medium, utm_campaign, page.host,
--            page.path, item, element, the name of a property, or empty for none.
-- Window:    `window_s` seconds from the first step to the last. The period selects entries; the steps after an entry may
--            come up to the window later.
-- Units:     times in UTC; `level` the number of steps reached; `step_at` one time per step reached; `last_entry_at` the
--            last time the unit entered in the period: until the window behind it is over, it may still get further.
-- Limits:    12 steps, 24 conditions in all, 3000 days with the window; bots are left out; sessions and devices: only events
--            that have one.
--
-- ordered: steps are done in order, others may happen in between, and one event does at most one step. Of several ways
-- through the steps the one with the latest entry counts (latest-entry dynamic programming): whoever looked in March and
-- again in May, and bought in May, converts within a week. `step_at` is the first way that got as far as `level`, each
-- step taken as late as possible. Events of the same millisecond are ordered by `session_seq`, then by the steps they can
-- do.
-- strict: the next event of the unit must be the next step. What only tells what a page shows (`engagement`, `impression`,
-- events whose names begin with `view_`) does not come in between unless a step asks for it.
-- any: how many different steps were done within one window, in any order. An event does every step it fits. `level` is the
-- most that were done, `step_at` when, sorted: of each step the last time, looked at from the first moment at which `level`
-- was reached; where all of them lie after the period, the last event in it stands for one of the steps that it does.
-- The filter of a funnel is a condition of its first step: `/product/*?channel=Paid%20Search`.
--
-- A step is `event`, `event#item` or `/path` (a page view; `*` is anything), then `?condition&condition`. A condition is
-- a field and an operator: `=` (one of `a|b`), `^=` begins, `$=` ends, `*=` contains, `~=` matches a pattern; `!` before
-- the operator negates; a field alone: it has a value, `!field`: it has none. Fields: page.url, page.host, page.path,
-- page.title, element, item, channel, device, browser, os, country, city, utm_source, utm_medium, utm_campaign, utm_content,
-- utm_term, order_id, revenue, currency, or a property. Text is percent-encoded.
--
-- How it is read: every event becomes one number of 64 bits, so that the events of a unit sort and scan fast:
--     38 bits  milliseconds since the day before the period
--     14 bits  session_seq
--     12 bits  which steps the event can do, the first step in the lowest bit
CREATE OR REPLACE VIEW weir_fn.funnel_entries_by AS
-- Question:  who entered a funnel in each day, week or month of a period, and how far did they get?
-- One row:   one unit in one period in which it entered, as weir_fn.funnel_entries_by has it when asked for that period alone.
-- Call:      weir_fn.funnel_entries_per(site = 'shop', steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800,
--            mode = 'ordered', unit = 'person', breakdown = '', period = 'week', from = '2026-11-01', to = '2026-11-30').
--            `period`: day, week, month; the others as in weir_fn.funnel_entries_by.
-- Window:    as weir_fn.funnel_entries_by.
-- Units:     `entry_period` the first day of the period; the others as in weir_fn.funnel_entries_by.
-- Limits:    as weir_fn.funnel_entries_by. Who entered in two periods has two rows. Of the first and the last period, only the
--            days that were asked for.
CREATE OR REPLACE VIEW weir_fn.funnel_entries_per AS
WITH
    coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = {site:String}), ''), 'UTC') AS zone,  -- [per period]
    (toUInt64({from:Date}) - 1) * 86400000 AS epoch
SELECT
    entry_period,  -- [per period]
    unit_id,
    toUInt8(length(times)) AS level,
    step_at[1] AS entered_at,
    arrayMap(time -> fromUnixTimestamp64Milli(toInt64(epoch + time), 'UTC'), times) AS step_at,
    fromUnixTimestamp64Milli(toInt64(epoch + bitShiftRight(last_entry, 26)), 'UTC') AS last_entry_at,
    -- Where several events look the same, the least of their values; in any order `entry` is none of them.
    if({breakdown:String} = '', '', if(
        countEqual(entries, entry) = 1,
        values[indexOf(entries, entry)],
        arrayMin(arrayFilter((value, event) -> if({mode:String} = 'any', bitShiftRight(event, 26) = times[1], event = entry), values, entries)))) AS breakdown
FROM
(
    SELECT
        period.1 AS entry_period,  -- [per period]
        unit_id,
        entries,
        values,
        last_entry,
        -- Back from the event that first did the deepest step, to the latest event before it that can do the step before.
        if({mode:String} = 'any', [toUInt32(0)], arrayFold(
            (chain, step) -> arrayPushFront(chain, arrayLastIndex((event, i) -> bitTest(event, step - 1) AND i < chain[1], events, arrayEnumerate(events))),
            reverse(range(1, arrayCount(i -> i > 0, first_at_step))),
            [first_at_step[arrayCount(i -> i > 0, first_at_step)]])) AS chain,
        if({mode:String} = 'any', toUInt64(0), events[chain[1]]) AS entry,
        if({mode:String} = 'any', found, arrayMap(i -> bitShiftRight(events[i], 26), chain)) AS times
    FROM
    (
        WITH
            -- A branch that begins with it is not read where it is not needed: `fn_step_events.sql` says why.
            is_needed -> tupleElement(tuple(0), if(is_needed, 1, 2)) AS only_if,
            event -> if({mode:String} = 'any', bitShiftRight(event, 26) < end_of_period, bitTest(event, 0)) AS can_be_entry
        SELECT
            period,  -- [per period]
            unit_id,
            -- Gathered once: what can be read from the array costs less than an aggregate of its own.
            groupArray(event) AS gathered,  -- [at once]
            -- Up to the window after the end of the period; what came after its end is no entry.  -- [per period]
            arrayMap(  -- [per period]
                event -> if({mode:String} = 'any' OR bitShiftRight(event, 26) < period.3, event, bitAnd(event, bitNot(toUInt64(1)))),  -- [per period]
                arrayFilter(event -> bitShiftRight(event, 26) >= period.2 AND bitShiftRight(event, 26) < period.3 + {window_s:UInt64} * 1000, of_unit)) AS gathered,  -- [per period]
            arraySort(gathered) AS events,
            if({mode:String} = 'any', any(period_ms), 0) AS end_of_period,  -- [at once]
            if({mode:String} = 'any', period.3, 0) AS end_of_period,  -- [per period]
            arrayLast(event -> can_be_entry(event), events) AS last_entry,
            -- What the breakdown was at the events that can be entries, both in the order they were gathered in; nothing where
            -- nobody asks.
            if({breakdown:String} = '', emptyArrayUInt64(), arrayFilter(event -> can_be_entry(event), gathered)) AS entries,
            if({breakdown:String} = '', emptyArrayString(), groupArrayIf(value, can_enter)) AS values,  -- [at once]
            if({breakdown:String} = '', emptyArrayString(), arrayFilter(  -- [per period]
                (value, entry) -> bitShiftRight(entry, 26) >= period.2 AND bitShiftRight(entry, 26) < period.3,  -- [per period]
                values_of_unit, entries_of_unit)) AS values,  -- [per period]
            -- Who never did the second step has no events to be looked through for it.
            if(arrayExists(event -> bitTest(event, 1), gathered), events, emptyArrayUInt64()) AS deep,
            -- Forth, step by step, all events at once. `walk` holds, for each event, the latest entry of a chain that has reached
            -- the step by then, in strict mode at this very event (0: none has); and of each step the event that reached it first
            -- (0: none did, nor will one reach a later step).
            if({mode:String} = 'any', emptyArrayUInt32(), arrayFold(
                (walk, step) -> (
                    arrayFill(
                        entry -> entry > 0 OR {mode:String} = 'strict',
                        arrayMap(
                            (event, entry) -> if(bitTest(event, step - 1) AND entry > 0 AND bitShiftRight(event, 26) - entry <= {window_s:UInt64} * 1000, entry, toUInt64(0)),
                            deep, arrayPopBack(arrayPushFront(walk.1, toUInt64(0))))) AS reached,
                    arrayPushBack(walk.2, arrayFirstIndex(entry -> entry > 0, reached))),
                range(2, length({steps:Array(String)}) + 1),
                (arrayFill(entry -> entry > 0 OR {mode:String} = 'strict', arrayMap(event -> if(bitTest(event, 0), bitShiftRight(event, 26), toUInt64(0)), deep)),
                    [arrayFirstIndex(event -> bitTest(event, 0), events)])).2) AS first_at_step,
            -- In any order: when each step was done last, when the unit last entered, the most steps done within one
            -- window, and when.
            if({mode:String} != 'any', CAST([], 'Array(UInt64)'), tupleElement((only_if({mode:String} = 'any'), arrayFold(
                (seen, event) -> (
                    arrayMap((last, step) -> if(bitTest(event, step - 1), bitShiftRight(event, 26), last), seen.1, arrayEnumerate(seen.1)) AS latest,
                    -- With the steps that are done at that moment.
                    if(bitShiftRight(event, 26) < end_of_period, if(bitShiftRight(event, 26) = bitShiftRight(seen.2, 26), bitOr(event, bitAnd(seen.2, 4095)), event), seen.2) AS last_in_period,
                    if(bitShiftRight(last_in_period, 26) + {window_s:UInt64} * 1000 >= bitShiftRight(event, 26),
                        arraySort(arrayFilter(time -> time > 0 AND time + {window_s:UInt64} * 1000 >= bitShiftRight(event, 26), latest)),
                        CAST([], 'Array(UInt64)')) AS within,
                    -- Where all were done again after the period, the entry stands for a step that it does, the one done again soonest.
                    if(length(within) > length(seen.4),
                        if(within[1] < end_of_period, within, arrayPushFront(arrayFilter((time, i) -> i != indexOf(within, arrayMin(arrayFilter((last, step) -> bitTest(last_in_period, step - 1), latest, arrayEnumerate(latest)))), within, arrayEnumerate(within)), bitShiftRight(last_in_period, 26))),
                        seen.4)),
                events,
                (arrayWithConstant(length({steps:Array(String)}), toUInt64(0)), toUInt64(0), CAST([], 'Array(UInt64)'), CAST([], 'Array(UInt64)'))).4), 2)) AS found
        FROM
        (
            SELECT  -- [per period]
                unit_id,  -- [per period]
                groupArray(event) AS of_unit,  -- [per period]
                groupUniqArrayIf(period, can_enter) AS periods,  -- [per period]
                if({breakdown:String} = '', emptyArrayString(), groupArrayIf(value, can_enter)) AS values_of_unit,  -- [per period]
                if({breakdown:String} = '', emptyArrayUInt64(), groupArrayIf(event, can_enter)) AS entries_of_unit  -- [per period]
            FROM  -- [per period]
            (  -- [per period]
            -- Only events of the period itself can be entries.
            SELECT
                unit_id,
                value,
                period_ms,
                if({mode:String} = 'any', is_in_period, is_in_period AND bitTest(steps_done, 0)) AS can_enter,
                -- Its first day; the milliseconds at which what was asked of it begins and ends.  -- [per period]
                toDate(fromUnixTimestamp64Milli(toInt64(epoch + bitShiftRight(position, 26)), 'UTC'), zone) AS day,  -- [per period]
                multiIf({period:String} = 'week', toMonday(day), {period:String} = 'month', toStartOfMonth(day), day) AS first_day,  -- [per period]
                multiIf({period:String} = 'week', first_day + 7, {period:String} = 'month', first_day + toIntervalMonth(1), first_day + 1) AS next_day,  -- [per period]
                (  -- [per period]
                    first_day,  -- [per period]
                    toUnixTimestamp(toDateTime(greatest(first_day, {from:Date}), zone)) * 1000 - epoch,  -- [per period]
                    least(toUnixTimestamp(toDateTime(next_day, zone)) * 1000 - epoch, period_ms)  -- [per period]
                ) AS period,  -- [per period]
                toUInt64(bitOr(position, if(is_in_period OR {mode:String} = 'any', steps_done, bitAnd(steps_done, 4094)))) AS event
            FROM weir_fn.step_events(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = {breakdown:String}, from = {from:Date}, to = {to:Date})
            )  -- [per period]
            GROUP BY unit_id  -- [per period]
        )
        ARRAY JOIN periods AS period  -- [per period]
        -- The period is looked at while the query is read, before any event is.  -- [per period]
        WHERE last_entry > 0 AND (SELECT throwIf({period:String} NOT IN ('day', 'week', 'month'), 'weir: `period` is day, week or month')) = 0  -- [per period]
        GROUP BY unit_id  -- [at once]
        HAVING last_entry > 0  -- [at once]
    )
);
