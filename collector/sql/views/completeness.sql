-- Question:  how complete are the events of a day?
-- One row:   one day of one site.
-- Units:     `events` stored, each once; `repeats` stored a second time and left out by every view, as far as they have not
--            been merged away; `bots` of `events`; `sampled` of `events`, which stand for others (`sample_rate` below 1),
--            `sampled_share` = sampled / events; `estimated_events` what there would be without sampling, the sum of
--            1 / sample_rate; `missing` events of visits that did not arrive: numbers left out in a visit's count,
--            `missing_share` = missing / (missing + arrived) in those visits.
-- Limits:    `missing` sees gaps, not the end of a visit that never arrived. Sampling leaves gaps as well, so that visits
--            with sampled events are left out of it; so are events without a number, as servers send them.
CREATE OR REPLACE VIEW weir.completeness AS
SELECT
    site,
    session_date,
    sum(once) AS events,
    sum(stored) - events AS repeats,
    sum(of_bots) AS bots,
    sum(of_sample) AS sampled,
    sampled / nullIf(events, 0) AS sampled_share,
    sum(estimate) AS estimated_events,
    sum(gaps) AS missing,
    missing / nullIf(missing + sum(numbers), 0) AS missing_share
FROM
(
    SELECT site, session_date, count() AS stored, 0 AS once, 0 AS of_bots, 0 AS of_sample, toFloat64(0) AS estimate, 0 AS gaps, 0 AS numbers
    -- Not FINAL: what is stored twice is counted.
    FROM weir.events
    GROUP BY site, session_date
    UNION ALL
    SELECT
        site,
        session_date,
        0,
        count(),
        countIf(bot != ''),
        countIf(sample_rate < 1) AS sampled_events,
        -- Of the number that was sent: 0.1 is a little more than that in 32 bits.
        sum(1 / round(toFloat64(sample_rate), 6)),
        if(session_id != 0 AND sampled_events = 0, max(session_seq) - uniqExactIf(session_seq, session_seq != 0), 0),
        if(session_id != 0 AND sampled_events = 0, uniqExactIf(session_seq, session_seq != 0), 0)
    FROM weir.events FINAL
    GROUP BY site, session_date, session_id
)
GROUP BY site, session_date
COMMENT 'Events, repeats, sampled share and gaps per day';
