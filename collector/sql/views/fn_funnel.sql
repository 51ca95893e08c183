-- Question:  of those who entered a funnel in a period, how many reached each step?
-- One row:   one step.
-- Call:      weir_fn.funnel(site = 'shop', steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800,
--            from = '2026-11-01', to = '2026-11-30'); days in the time zone of the site, both included.
-- Window:    `window_s` seconds from the first step to the last. The period selects entries; the steps after an entry may
--            come up to the window later.
-- Units:     `persons` who reached the step; rates are fractions, null without a denominator: `conversion_from_start` of
--            the persons of step 1, `conversion_from_prev` of those of the step before; `drop_off` persons who reached
--            the step before and not this one; `median_s_from_prev` seconds from the step before, median of those who
--            reached this one; `maturing` how many of `drop_off` entered less than the window ago and may still come.
-- Limits:    as weir_fn.funnel_entries, which also explains what a step is and which way through the steps counts.
CREATE OR REPLACE VIEW weir_fn.funnel AS
WITH
    lagInFrame(persons) OVER (ORDER BY step_no) AS persons_before
SELECT
    step_no,
    step,
    persons,
    persons / nullIf(first_value(persons) OVER (ORDER BY step_no), 0) AS conversion_from_start,
    if(step_no = 1, persons / nullIf(persons, 0), persons / nullIf(persons_before, 0)) AS conversion_from_prev,
    if(step_no = 1, 0, persons_before - persons) AS drop_off,
    median_s_from_prev,
    maturing
FROM
(
    SELECT
        toUInt8(step_no) AS step_no,
        {steps:Array(String)}[step_no] AS step,
        at_step[step_no] AS persons,
        if(step_no = 1 OR persons = 0, NULL, from_prev[step_no - 1] / 1000) AS median_s_from_prev,
        maturing_at[step_no] AS maturing
    FROM
    (
        SELECT
            countForEach(step_at) AS at_step,
            quantileExactInclusiveForEach(0.5)(arrayMap((at, before) -> dateDiff('millisecond', before, at), arrayPopFront(step_at), arrayPopBack(step_at))) AS from_prev,
            sumForEachIf(arrayPushBack(arrayWithConstant(level, 0), 1), level > 0 AND last_entry_at > now64(3) - toIntervalSecond({window_s:UInt64})) AS maturing_at
        FROM weir_fn.funnel_entries(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, from = {from:Date}, to = {to:Date})
    )
    -- Every step has its row, even when nobody entered.
    ARRAY JOIN range(1, length({steps:Array(String)}) + 1) AS step_no
)
ORDER BY step_no;
