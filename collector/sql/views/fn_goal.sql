-- Question:  how often was a goal reached, day by day, by how many, and what was it worth?
-- One row:   one day of the period with a visit or a goal reached.
-- Call:      weir_fn.goal(site = 'shop', step = 'lead?form!=newsletter', value = '500', from = '2026-11-01',
--            to = '2026-11-30'), both days included, days on which the session began in the time zone of the site. `step`
--            is what counts, as in weir_fn.funnel_entries_by, `value` a number, `revenue`, the name of a property, or empty.
-- Units:     `reached` times, `persons_reached` of `persons`, who were there or reached it, `sessions_reached` of `sessions`,
--            rates are fractions, null without a denominator. `value` in the currency of the site: `reached` times the
--            number, or the sum of what the events say, revenue in another currency is left out.
-- Limits:    bots are left out. A purchase that the browser and the server report is one, the server's, if the reports are a day
--            apart at most. `reached`, `sessions` and `value` of several days add up, persons do not.
CREATE OR REPLACE VIEW weir_fn.goal AS
WITH
    (SELECT argMax(toString(currency), published_at) FROM weir.sites WHERE id = {site:String}) AS site_currency
SELECT
    session_date,
    countIf(is_goal) AS reached,
    uniqExactIf(person_id, is_goal) AS persons_reached,
    uniqExact(person_id) AS persons,
    persons_reached / nullIf(persons, 0) AS conversion_rate,
    uniqExactIf(session_id, is_goal AND session_id != 0) AS sessions_reached,
    uniqExactIf(session_id, session_id != 0) AS sessions,
    sessions_reached / nullIf(sessions, 0) AS session_conversion_rate,
    sum(amount) AS value
FROM
(
    SELECT
        session_date,
        person_id,
        max(session_id) OVER (PARTITION BY order_key) AS session_id,
        true AS is_goal,
        if(name = 'purchase' AND order_id != '', concat('order ', order_id), toString(event_id)) AS order_key,
        origin IN ('api', 'import') OR (origin = '' AND events.session_id = 0) AS is_server,
        row_number() OVER (PARTITION BY order_key ORDER BY is_server DESC, if(is_server, -toInt64(position), toInt64(position)), toString(event_id)) AS report_no,
        multiIf(
            {value:String} = '', toDecimal64(0, 2),
            {value:String} = 'revenue', if(currency IN ('', site_currency), revenue, toDecimal64(0, 2)),
            match({value:String}, '^[0-9]'), toDecimal64OrZero({value:String}, 2),
            toDecimal64OrZero(props[{value:String}], 2)) AS amount
    FROM weir_fn.step_events(site = {site:String}, steps = [{step:String}], window_s = 0, mode = 'ordered', unit = 'person', breakdown = '', from = {from:Date} - 1, to = {to:Date} + 1) AS events
    UNION ALL
    SELECT DISTINCT session_date, person_id, session_id, false, '', false, 1, toDecimal64(0, 2)
    -- Not FINAL: an event stored twice makes nobody more of a visitor.
    FROM weir.events
    WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} AND session_id != 0 AND bot = ''
        -- Looked at while the query is read, before any event is.
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
)
WHERE report_no = 1 AND session_date BETWEEN {from:Date} AND {to:Date}
GROUP BY session_date
ORDER BY session_date;
