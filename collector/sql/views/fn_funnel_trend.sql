-- Question:  does a funnel convert better or worse from day to day?
-- One row:   one day, week (its Monday) or month (its first day) in which somebody entered.
-- Call:      weir_fn.funnel_trend(site = 'shop', steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800,
--            mode = 'ordered', unit = 'person', period = 'day', from = '2026-11-01', to = '2026-11-30'). `period`: day,
--            week, month; the others as in weir_fn.funnel_entries_by.
-- Window:    as weir_fn.funnel_entries_by: a unit belongs to the period of its entry, whenever it gets to the end.
-- Units:     `entered`, `converted` (did the last step); `conversion` = converted / entered, with its Wilson interval of
--            95 %; `maturing` entered less than the window ago and may still convert; `median_s` seconds from entry to
--            the last step.
-- Limits:    as weir_fn.funnel_entries_by. Each period is counted for itself: its row is what weir_fn.funnel_by says when
--            asked for that period alone. Who entered in two periods counts in both, so that periods do not add up to the
--            whole. Of the first and the last period, only the days that were asked for.
CREATE OR REPLACE VIEW weir_fn.funnel_trend AS
WITH
    (conversion + 3.8416 / 2 / entered) / (1 + 3.8416 / entered) AS center,
    1.96 * sqrt(conversion * (1 - conversion) / entered + 3.8416 / 4 / entered / entered) / (1 + 3.8416 / entered) AS half_width
SELECT
    entry_period,
    count() AS entered,
    countIf(level = length({steps:Array(String)})) AS converted,
    converted / nullIf(entered, 0) AS conversion,
    greatest(center - half_width, 0) AS ci_low,
    least(center + half_width, 1) AS ci_high,
    countIf(level < length({steps:Array(String)}) AND last_entry_at > now64(3) - toIntervalSecond({window_s:UInt64})) AS maturing,
    if(converted = 0, NULL, quantileExactInclusiveIf(0.5)(dateDiff('millisecond', step_at[1], step_at[level]), level = length({steps:Array(String)})) / 1000) AS median_s
FROM weir_fn.funnel_entries_per(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = '', period = {period:String}, from = {from:Date}, to = {to:Date})
GROUP BY entry_period
ORDER BY entry_period;
