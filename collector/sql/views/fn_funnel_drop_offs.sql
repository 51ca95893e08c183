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
        stopped.level AS after_step,
        if(next.at > stopped.window_end, '', next.what) AS instead
    FROM
    (
        SELECT unit_id, level, step_at[level] AS stopped_at, entered_at + toIntervalSecond({window_s:UInt64}) AS window_end
        FROM weir_fn.funnel_entries_by(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = '', from = {from:Date}, to = {to:Date})
        WHERE level < length({steps:Array(String)})
    ) AS stopped
    ASOF LEFT JOIN
    (
        -- Of one moment, the first by number; of one number, the first by name.
        SELECT unit_id, at, min((number, what)).2 AS what
        FROM
        (
            SELECT
                multiIf({unit:String} = 'person', person_id, {unit:String} = 'session', session_id, visitor_id) AS unit_id,
                ts AS at,
                session_seq AS number,
                name = 'pageview' AS is_view,
                if(is_view, page_path, toString(name)) AS what,
                is_view AND row_number() OVER of_visit > 1 AND lagInFrame((page_host, page_path)) OVER of_visit = (page_host, page_path) AS is_reload
            FROM weir.events FINAL
            PREWHERE name NOT IN ('engagement', 'impression') AND NOT startsWith(name, 'view_')
            WHERE site = {site:String}
                AND session_date BETWEEN {from:Date} - 2 AND addDays({to:Date}, 2 + intDiv({window_s:UInt64}, 86400))
                AND bot = ''
            WINDOW of_visit AS (PARTITION BY unit_id, session_id, is_view ORDER BY at, number, page_host, page_path)
        )
        WHERE NOT is_reload
        GROUP BY unit_id, at
    ) AS next ON next.unit_id = stopped.unit_id AND next.at > stopped.stopped_at
)
GROUP BY after_step, instead
ORDER BY after_step, units DESC, instead
LIMIT 20 BY after_step;
