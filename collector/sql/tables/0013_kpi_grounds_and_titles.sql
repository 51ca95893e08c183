-- On how much a day of a KPI stands: a forecast is drawn through days that know enough, and a day is counted again when an import
-- has changed what it was counted from, whoever was running then. Rows of before stay as they are: all days known.
ALTER TABLE weir.kpi_values
    ADD COLUMN IF NOT EXISTS known_days UInt16 DEFAULT 30 COMMENT 'how many of the 30 days lie after the site\'s first event: of fewer the number moves with each day that is added' AFTER is_before,
    ADD COLUMN IF NOT EXISTS events UInt64 COMMENT 'events of the site in the 30 days when this was counted. 0: not known' AFTER known_days;

-- What people call a funnel, in any language. Empty in rows of before: it is called by its name, until it is published again.
ALTER TABLE weir.funnel_steps
    ADD COLUMN IF NOT EXISTS title String COMMENT 'what people call the funnel; empty: by its name';
