-- Question:  what has a customer brought so far, by the month of the first order and the months since?
-- One row:   one cohort (the customers whose first order ever was in that month) at one age in months.
-- Call:      weir_fn.customer_value(site = 'shop', from = '2026-01-01', to = '2026-11-30'); cohorts whose first order was in
--            these days, both included, in the time zone of the site.
-- Units:     `customers` of the cohort; `age` 0 is the month of the first order; `orders` and `revenue` of that month of age,
--            `revenue` net of what was given back in it; `revenue_so_far` up to and with it; `revenue_per_customer` =
--            revenue_so_far / customers. Money in the currency of the site.
-- Limits:    fact, not forecast: as far as the current month, where `is_complete` is 0. As weir.orders and weir.refunds; orders in
--            another currency count in `orders`, not in the money; a refund that names no order is not taken off.
CREATE OR REPLACE VIEW weir_fn.customer_value AS
WITH
    coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = {site:String}), ''), 'UTC') AS zone,
    toStartOfMonth(toDate(now(), zone)) AS this_month
SELECT
    cohort,
    age,
    any(size) AS customers,
    sum(is_order) AS orders,
    sum(money) AS revenue,
    sum(revenue) OVER (PARTITION BY cohort ORDER BY age) AS revenue_so_far,
    toFloat64(revenue_so_far) / nullIf(customers, 0) AS revenue_per_customer,
    toUInt8(addMonths(cohort, age) < this_month) AS is_complete
FROM
(
    SELECT
        cohort,
        size,
        -- An age without an order has its row, too: what was brought so far stays.
        arrayJoin(range(toUInt32(greatest(dateDiff('month', cohort, this_month), toInt64(0))) + 1)) AS age,
        0 AS is_order,
        toDecimal64(0, 2) AS money
    FROM
    (
        SELECT cohort, count() AS size
        FROM (SELECT toStartOfMonth(min(order_date)) AS cohort, min(order_date) AS first_day FROM weir.orders WHERE site = {site:String} GROUP BY person_id)
        WHERE first_day BETWEEN {from:Date} AND {to:Date}
            -- Looked at while the query is read, before any event is.
            AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
        GROUP BY cohort
    )
    UNION ALL
    SELECT cohort, 0, toUInt32(dateDiff('month', cohort, order_date)) AS age, 1, bought
    FROM
    (
        SELECT
            order_date,
            orders.revenue AS bought,
            min(order_date) OVER (PARTITION BY person_id) AS first_day,
            toStartOfMonth(first_day) AS cohort
        FROM weir.orders AS orders
        WHERE site = {site:String}
    )
    WHERE first_day BETWEEN {from:Date} AND {to:Date}
    UNION ALL
    SELECT cohort, 0, toUInt32(greatest(dateDiff('month', cohort, refund_date), toInt64(0))) AS age, 0, -refunded
    FROM weir.refunds AS refunds
    INNER JOIN
    (
        SELECT
            order_id,
            min(order_date) OVER (PARTITION BY person_id) AS first_day,
            toStartOfMonth(first_day) AS cohort
        FROM weir.orders
        WHERE site = {site:String}
    ) AS bought ON bought.order_id = refunds.order_id
    WHERE refunds.site = {site:String} AND first_day BETWEEN {from:Date} AND {to:Date}
)
GROUP BY cohort, age
ORDER BY cohort, age;
