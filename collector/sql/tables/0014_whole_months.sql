-- A month in which nothing was stored for a day is merged into one part: such a month needs no search for repeats, which takes up
-- to half of the time of a question (`FINAL`), and orders are looked for in all months. Once a day a month at most is written anew for it,
-- which is why it is a day and not an hour.
ALTER TABLE weir.events
    MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
