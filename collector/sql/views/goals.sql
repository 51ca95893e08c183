-- Question:  which goals are there, and what counts as reaching them?
-- One row:   one goal of a site's current container.
-- Units:     `step` in the step language, or empty where the goal is the end of `funnel`, `value` a number, the name of a
--            property, or empty, `view` the ready view in database `weir`.
CREATE OR REPLACE VIEW weir.goals AS
SELECT site, goal, step, funnel, value, view
FROM weir.goal_definitions FINAL
WHERE (site, published_at) IN (SELECT id, max(published_at) FROM weir.sites GROUP BY id)
COMMENT 'Goals of the current containers, and their views';
