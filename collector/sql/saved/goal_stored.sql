-- The ready view of a goal: what was counted last (`weir.goal_days`), and when that was.
SELECT
    session_date,
    reached,
    persons_reached,
    persons,
    persons_reached / nullIf(persons, 0) AS conversion_rate,
    sessions_reached,
    sessions,
    sessions_reached / nullIf(sessions, 0) AS session_conversion_rate,
    value,
    as_of
FROM weir.goal_days FINAL
WHERE site = {site:String} AND goal = {goal:String} AND definition = {definition:UInt64} AND session_date >= toDate(now(), {zone:String}) - 399
ORDER BY session_date
