-- Question:  which pages are being looked at right now?
-- One row:   one page of one site on which somebody is.
-- Units:     `visitors` whose last event of the last five minutes, of any name, was on this page: who goes back to an older tab
--            and clicks there is on that page. Each visitor is on one.
-- Limits:    bots and events without a session are left out; a visitor who reads the same page for longer than five minutes
--            without any event is not seen.
CREATE OR REPLACE VIEW weir.live_pages AS
SELECT site, page_host, page_path, count() AS visitors
FROM
(
    SELECT
        site,
        visitor_id,
        argMax(events.page_host, (ts, session_seq)) AS page_host,
        argMax(events.page_path, (ts, session_seq)) AS page_path
    -- Not FINAL: an event stored twice changes no last page.
    FROM weir.events AS events
    WHERE bot = '' AND session_id != 0 AND events.page_path != ''
        AND session_date >= today() - 2 AND ts > now64(3) - toIntervalMinute(5)
    GROUP BY site, visitor_id
)
GROUP BY site, page_host, page_path
COMMENT 'Pages people are on, last five minutes';
