-- Question:  how often was the end of a funnel reached, day by day, and what was it worth?
-- One row:   one day of the period with a visit or an end reached: the day of the last step.
-- Call:      weir_fn.goal_funnel(site = 'shop', steps = ['view_item', 'purchase'], window_s = 604800, mode = 'ordered',
--            unit = 'person', value = '500', from = '2026-11-01', to = '2026-11-30'), both days included, days in the time
--            zone of the site. `steps`, `window_s`, `mode`, `unit` as in weir_fn.funnel_entries_by, `value` a number or empty.
-- Units:     as weir_fn.goal, with unit = 'session' the persons are sessions.
-- Limits:    a person counts once, on the day of the first way that got to the end, entries are those from 30 days before the
--            period on. `sessions_reached` is 0: the end of a funnel belongs to no session.
CREATE OR REPLACE VIEW weir_fn.goal_funnel AS
WITH
    coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = {site:String}), ''), 'UTC') AS zone
SELECT
    day AS session_date,
    countIf(is_goal) AS reached,
    uniqExactIf(who, is_goal) AS persons_reached,
    uniqExact(who) AS persons,
    persons_reached / nullIf(persons, 0) AS conversion_rate,
    toUInt64(0) AS sessions_reached,
    uniqExactIf(session, session != 0) AS sessions,
    sessions_reached / nullIf(sessions, 0) AS session_conversion_rate,
    toDecimal64OrZero({value:String}, 2) * reached AS value
FROM
(
    SELECT toDate(step_at[level], zone) AS day, unit_id AS who, toUInt64(0) AS session, true AS is_goal
    FROM weir_fn.funnel_entries_by(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = '', from = {from:Date} - 30, to = {to:Date})
    WHERE level = length({steps:Array(String)})
    UNION ALL
    SELECT DISTINCT events.session_date, if({unit:String} = 'session', session_id, person_id), session_id, false
    -- Not FINAL: an event stored twice makes nobody more of a visitor.
    FROM weir.events AS events
    WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} AND session_id != 0 AND bot = ''
        -- Looked at while the query is read, before any event is.
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
)
WHERE day BETWEEN {from:Date} AND {to:Date}
GROUP BY day
ORDER BY day;
