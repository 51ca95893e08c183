-- Question:  who entered a funnel in a period, and how far did they get?
-- One row:   one person who did the first step in the period: the deepest step reached and when each step was done.
-- Call:      weir_fn.funnel_entries(site = 'shop', steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800,
--            from = '2026-11-01', to = '2026-11-30'); days in the time zone of the site, both included.
-- Window:    `window_s` seconds from the first step to the last. The period selects entries; the steps after an entry may
--            come up to the window later.
-- Units:     times in UTC; `level` the number of steps reached; `step_at` one time per step reached.
-- Limits:    12 steps, 24 conditions in all, 3000 days with the window; bots are left out.
--
-- Steps are done in order, and one event does at most one step. Of several ways through the steps the one with the latest
-- entry counts (latest-entry dynamic programming): whoever looked in March and again in May, and bought in May, converts
-- within a week. `step_at` is the first way that got as far as `level`, each step taken as late as possible. Events of the
-- same millisecond are ordered by `session_seq`, then by the steps they can do.
--
-- A step is `event`, `event#item` or `/path` (a page view; `*` is anything), then `?condition&condition`. A condition is
-- a field and an operator: `=` (one of `a|b`), `^=` begins, `$=` ends, `*=` contains, `~=` matches a pattern; `!` before
-- the operator negates; a field alone: it has a value, `!field`: it has none. Fields: page.url, page.host, page.path,
-- page.title, element, item, channel, device, order_id, revenue, currency, or a property. Text is percent-encoded.
CREATE OR REPLACE VIEW weir_fn.funnel_entries AS
SELECT unit_id AS person_id, level, entered_at, step_at, last_entry_at
FROM weir_fn.funnel_entries_by(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, mode = 'ordered', unit = 'person', breakdown = '', from = {from:Date}, to = {to:Date});
