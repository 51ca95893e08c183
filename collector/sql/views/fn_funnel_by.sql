-- Question:  of those who entered a funnel in a period, how many reached each step, by channel, device, page or whatever else,
--            how long did it take them, and how sure are the rates?
-- One row:   one step for one value of the breakdown.
-- Call:      weir_fn.funnel_by(site = 'shop', steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800,
--            mode = 'ordered', unit = 'person', breakdown = 'channel', from = '2026-11-01', to = '2026-11-30'); days in the
--            time zone of the site, both included. `mode`, `unit` and `breakdown` as in weir_fn.funnel_entries_by,
--            breakdown = '' for none.
-- Window:    `window_s` seconds from the first step to the last. The period selects entries; the steps after an entry may
--            come up to the window later.
-- Units:     `units` (persons, sessions or browsers) who reached the step; rates are fractions, null without a denominator:
--            `conversion_from_start` of the units of step 1, with its Wilson interval of 95 % from `ci_low` to `ci_high`,
--            `conversion_from_prev` of those of the step before; `drop_off` units that reached the step before and not
--            this one; `…_s_from_prev` seconds from the step before, quartiles of those who reached this one,
--            `median_s_from_start` from the first step; `maturing` how many of `drop_off` entered less than the window
--            ago and may still come.
-- Limits:    as weir_fn.funnel_entries_by. With mode = 'any' step 2 is "any two of the steps", and so on.
CREATE OR REPLACE VIEW weir_fn.funnel_by AS
WITH
    -- Wilson: 1.96² is 3.8416.
    (conversion_from_start + 3.8416 / 2 / entered) / (1 + 3.8416 / entered) AS center,
    1.96 * sqrt(conversion_from_start * (1 - conversion_from_start) / entered + 3.8416 / 4 / entered / entered) / (1 + 3.8416 / entered) AS half_width
SELECT
    breakdown,
    step_no,
    step,
    units,
    units / nullIf(entered, 0) AS conversion_from_start,
    -- Of the first step the rate is 1 by definition.
    if(step_no = 1, NULL, greatest(center - half_width, 0)) AS ci_low,
    if(step_no = 1, NULL, least(center + half_width, 1)) AS ci_high,
    if(step_no = 1, units / nullIf(units, 0), units / nullIf(units_before, 0)) AS conversion_from_prev,
    if(step_no = 1, 0, units_before - units) AS drop_off,
    quartiles[1] AS q25_s_from_prev,
    quartiles[2] AS median_s_from_prev,
    quartiles[3] AS q75_s_from_prev,
    median_s_from_start,
    maturing
FROM
(
    -- One row a breakdown, with a number for each step; then a row for each step.
    SELECT
        breakdown,
        toUInt8(step_no) AS step_no,
        if({mode:String} = 'any', concat(toString(step_no), ' of ', toString(length({steps:Array(String)}))), {steps:Array(String)}[step_no]) AS step,
        at_step[step_no] AS units,
        at_step[1] AS entered,
        at_step[greatest(step_no - 1, 1)] AS units_before,
        if(step_no = 1 OR units = 0, [NULL, NULL, NULL], arrayMap(ms -> toNullable(ms / 1000), from_prev[step_no - 1])) AS quartiles,
        if(step_no = 1 OR units = 0, NULL, from_start[step_no - 1] / 1000) AS median_s_from_start,
        maturing_at[step_no] AS maturing
    FROM
    (
        SELECT
            breakdown,
            countForEach(step_at) AS at_step,
            quantilesExactInclusiveForEach(0.25, 0.5, 0.75)(arrayMap((at, before) -> dateDiff('millisecond', before, at), arrayPopFront(step_at), arrayPopBack(step_at))) AS from_prev,
            quantileExactInclusiveForEach(0.5)(arrayMap(at -> dateDiff('millisecond', step_at[1], at), arrayPopFront(step_at))) AS from_start,
            sumForEachIf(arrayPushBack(arrayWithConstant(level, 0), 1), level > 0 AND last_entry_at > now64(3) - toIntervalSecond({window_s:UInt64})) AS maturing_at
        FROM
        (
            SELECT breakdown, level, step_at, last_entry_at
            FROM weir_fn.funnel_entries_by(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = {breakdown:String}, from = {from:Date}, to = {to:Date})
            -- Nobody, so that every step has its row even when nobody entered.
            UNION ALL
            SELECT '', toUInt8(0), CAST([], 'Array(DateTime64(3, \'UTC\'))'), toDateTime64(0, 3, 'UTC')
            WHERE {breakdown:String} = ''
        )
        GROUP BY breakdown
    )
    ARRAY JOIN range(1, length({steps:Array(String)}) + 1) AS step_no
)
ORDER BY breakdown, step_no;
