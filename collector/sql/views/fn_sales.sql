-- Question:  how much was sold in a period, and how much more or less than before?
-- One row:   one period: number 1 the one asked for, 2 the period before it, 3 the same period a year before.
-- Call:      weir_fn.sales(site = 'shop', from = '2026-11-01', to = '2026-11-30'); both days included, days in the time
--            zone of the site.
-- Units:     money in the currency of the site, Decimal; `gross_revenue` what was bought, `refunds` what was given back
--            in the period, `revenue` = gross_revenue − refunds; `average_order` = gross_revenue / orders. `…_growth` is
--            the share by which the period asked for is above (below: negative) this row's: 0.12 is 12 % more; null in its
--            own row.
-- Limits:    like is compared with like: a period that is still going on is compared by its whole days only, those before
--            today, with as many days of the others (`days` says how many). `revenue_so_far` has today in it. A period
--            of whole months is compared with as many months before it, any other with as many days before it. Nothing
--            to divide by, or less than nothing, because more was given back than sold: null.
CREATE OR REPLACE VIEW weir_fn.sales AS
WITH
    coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = {site:String}), ''), 'UTC') AS zone,
    {from:Date} AS first_day,
    {to:Date} AS last_day,
    least(last_day, toDate(now(), zone) - 1) AS last_whole_day,
    toUInt16(greatest(toInt32(last_whole_day) - toInt32(first_day) + 1, 0)) AS whole_days,
    first_day = toStartOfMonth(first_day) AND last_day = toLastDayOfMonth(last_day) AS is_whole_months,
    if(is_whole_months, addMonths(first_day, -dateDiff('month', first_day, last_day) - 1), first_day - (last_day - first_day + 1)) AS before_first_day,
    addYears(first_day, -1) AS year_before_first_day,
    -- Whole months differ in length: a period that is over is compared with the whole of the one before.
    if(is_whole_months AND last_whole_day = last_day, first_day - 1, least(before_first_day + whole_days - 1, first_day - 1)) AS before_last_day,
    multiIf(
        last_whole_day != last_day, year_before_first_day + whole_days - 1,
        -- A February of 28 days beside one of 29.
        is_whole_months, toLastDayOfMonth(addYears(last_day, -1)),
        addYears(last_day, -1)) AS year_before_last_day
SELECT
    period_no,
    ['this period', 'the period before', 'the year before'][period_no] AS period,
    [first_day, before_first_day, year_before_first_day][period_no] AS period_from,
    [last_whole_day, before_last_day, year_before_last_day][period_no] AS period_to,
    toUInt16(greatest(toInt32(period_to) - toInt32(period_from) + 1, 0)) AS days,
    countIf(is_order AND day BETWEEN period_from AND period_to) AS orders,
    uniqExactIf(person_id, is_order AND day BETWEEN period_from AND period_to) AS customers,
    countIf(is_first_order AND day BETWEEN period_from AND period_to) AS new_customers,
    sumIf(bought, day BETWEEN period_from AND period_to) AS gross_revenue,
    sumIf(given_back, day BETWEEN period_from AND period_to) AS refunds,
    gross_revenue - refunds AS revenue,
    toFloat64(gross_revenue) / nullIf(orders - orders_in_other_currency, 0) AS average_order,
    countIf(is_order AND is_other_currency AND day BETWEEN period_from AND period_to) AS orders_in_other_currency,
    if(period_no = 1, NULL, toFloat64(any(revenue) OVER this_period) / nullIf(greatest(toFloat64(revenue), 0), 0) - 1) AS revenue_growth,
    if(period_no = 1, NULL, any(orders) OVER this_period / nullIf(orders, 0) - 1) AS orders_growth,
    if(period_no = 1, NULL, any(average_order) OVER this_period / nullIf(average_order, 0) - 1) AS average_order_growth,
    if(period_no = 1, sumIf(bought - given_back, day BETWEEN first_day AND last_day), NULL) AS revenue_so_far
FROM
(
    SELECT
        order_date AS day,
        1 AS is_order,
        is_other_currency,
        person_id,
        row_number() OVER (PARTITION BY person_id ORDER BY order_date, ordered_at, order_id) = 1 AS is_first_order,
        orders.revenue AS bought,
        toDecimal64(0, 2) AS given_back
    FROM weir.orders AS orders
    WHERE site = {site:String} AND order_date <= {to:Date}
        -- Looked at while the query is read, before any event is.
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
    UNION ALL
    SELECT refund_date, 0, is_other_currency, person_id, 0, toDecimal64(0, 2), refunded
    FROM weir.refunds
    WHERE site = {site:String} AND refund_date <= {to:Date}
    UNION ALL
    -- Nothing, so that every period has its row even when nothing was sold.
    SELECT toDate(0), 0, 0, 0, 0, toDecimal64(0, 2), toDecimal64(0, 2)
)
ARRAY JOIN [1, 2, 3] AS period_no
GROUP BY period_no
WINDOW this_period AS (ORDER BY period_no ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER BY period_no;
