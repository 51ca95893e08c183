-- The ready view of a funnel: what was counted last (`weir.funnel_results`), and when that was.
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
    maturing,
    as_of
FROM weir.funnel_results FINAL
WHERE site = {site:String} AND funnel = {funnel:String} AND definition = {definition:UInt64}
ORDER BY step_no
