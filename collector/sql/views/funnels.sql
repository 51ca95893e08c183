-- Question:  which funnels are there, and what are their steps?
-- One row:   one funnel of a site's current container.
-- Units:     `window_s` seconds from the first step to the last; `mode` ordered, strict or any; `unit` person or session; `view`
--            the ready view in database `weir`. `title` what people call it; empty: by its name.
CREATE OR REPLACE VIEW weir.funnels AS
SELECT
    site,
    funnel,
    any(steps.view) AS view,
    any(within_s) AS window_s,
    any(steps.mode) AS mode,
    any(steps.unit) AS unit,
    any(steps.title) AS title,
    arrayMap(s -> s.2, arraySort(groupArray((step_no, label)))) AS labels,
    arrayMap(s -> s.2, arraySort(groupArray((step_no, step)))) AS steps
FROM weir.funnel_steps AS steps FINAL
WHERE (site, published_at) IN (SELECT id, max(published_at) FROM weir.sites GROUP BY id)
GROUP BY site, funnel
COMMENT 'Funnels of the current containers, with their steps';
