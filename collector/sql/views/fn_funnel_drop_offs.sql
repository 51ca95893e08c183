-- Question:  what did those who left a funnel do instead of the next step?
-- One row:   one thing done first after the last step reached: a path (a page view), the name of another event, or empty
--            for nothing, within the window.
-- Call:      weir_fn.funnel_drop_offs(site = 'shop', steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800,
--            mode = 'ordered', unit = 'person', from = '2026-11-01', to = '2026-11-30'); as weir_fn.funnel_by.
-- Window:    as weir_fn.funnel_entries_by; what came later than the window after the entry is nothing.
-- Units:     `after_step` the step they stopped at, from 1; `units` that did this; `share` of all that stopped there.
-- Limits:    as weir_fn.funnel_entries_by. What only tells what a page shows is not looked at: `engagement`, `impression`, and
--            events whose names begin with `view_` (else the `view_item` of a product's own page would be the answer
--            everywhere); nor a page that is loaded again, one after the other in a visit. The 20 most frequent things for each step; `share` is of all.
CREATE OR REPLACE VIEW weir_fn.funnel_drop_offs AS
SELECT
    after_step,
    {steps:Array(String)}[after_step] AS step,
    instead,
    count() AS units,
    units / sum(units) OVER (PARTITION BY after_step) AS share
FROM
(
    SELECT
        unit_id,
        any(level) AS after_step,
        -- Of one moment, the first by number; of one number, the first by name.
        arraySort(groupArrayArray(done))[1].3 AS instead
    FROM
    (
        SELECT
            stopped.unit_id AS unit_id,
            any(stopped.level) AS level,
            any(stopped.stopped_at) AS stopped_at,
            -- What the visit had until the window is over: page views from its beginning, the others after the last step.
            groupArrayIf((at, number, what), NOT is_view AND at > stopped.stopped_at AND at <= stopped.window_end) AS others,
            arraySort(groupArrayIf((at, number, page_host, what), is_view AND at <= stopped.window_end)) AS views,
            -- A page that is loaded again is none that somebody went to.
            arrayFilter(
                (view, i) -> view.1 > stopped_at AND (i = 1 OR (view.3, view.4) != (views[i - 1].3, views[i - 1].4)),
                views, arrayEnumerate(views)) AS moves,
            arrayConcat(others, arrayMap(view -> (view.1, view.2, view.4), moves)) AS done
        FROM
        (
            SELECT
                multiIf({unit:String} = 'person', person_id, {unit:String} = 'session', session_id, visitor_id) AS unit_id,
                session_id,
                ts AS at,
                session_seq AS number,
                name = 'pageview' AS is_view,
                page_host,
                if(is_view, page_path, toString(name)) AS what
            FROM weir.events FINAL
            PREWHERE name NOT IN ('engagement', 'impression') AND NOT startsWith(name, 'view_')
            WHERE site = {site:String}
                AND session_date BETWEEN {from:Date} - 2 AND addDays({to:Date}, 2 + intDiv({window_s:UInt64}, 86400))
                AND bot = ''
        ) AS events
        -- Who did nothing else has a row, too.
        RIGHT JOIN
        (
            SELECT unit_id, level, step_at[level] AS stopped_at, entered_at + toIntervalSecond({window_s:UInt64}) AS window_end
            FROM weir_fn.funnel_entries_by(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = '', from = {from:Date}, to = {to:Date})
            WHERE level < length({steps:Array(String)})
        ) AS stopped ON stopped.unit_id = events.unit_id
        GROUP BY unit_id, session_id
    )
    GROUP BY unit_id
)
GROUP BY after_step, instead
ORDER BY after_step, units DESC, instead
LIMIT 20 BY after_step;
