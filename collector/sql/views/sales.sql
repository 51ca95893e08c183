-- Question:  how much was sold, day by day?
-- One row:   one day of one site that had an order or a refund.
-- Units:     money in the currency of the site, Decimal; `gross_revenue` what was bought, `refunds` what was given back
--            that day, `revenue` = gross_revenue − refunds; `average_order` = gross_revenue / orders, null without orders.
-- Limits:    as weir.orders and weir.refunds. Orders in another currency are counted in `orders` and
--            `orders_in_other_currency`, not in the money. Sums of several days add up, averages and `customers` do not:
--            for a period, with the growth against the period before and the year before, use weir_fn.sales.
CREATE OR REPLACE VIEW weir.sales AS
SELECT
    site,
    sales_date,
    countIf(is_order) AS orders,
    uniqExactIf(person_id, is_order) AS customers,
    countIf(is_first_order) AS new_customers,
    sum(bought) AS gross_revenue,
    sum(given_back) AS refunds,
    gross_revenue - refunds AS revenue,
    toFloat64(gross_revenue) / nullIf(orders - orders_in_other_currency, 0) AS average_order,
    countIf(is_order AND is_other_currency) AS orders_in_other_currency
FROM
(
    SELECT
        site,
        order_date AS sales_date,
        1 AS is_order,
        is_other_currency,
        person_id,
        row_number() OVER (PARTITION BY site, person_id ORDER BY order_date, ordered_at, order_id) = 1 AS is_first_order,
        orders.revenue AS bought,
        toDecimal64(0, 2) AS given_back
    FROM weir.orders AS orders
    UNION ALL
    SELECT site, refund_date, 0, is_other_currency, person_id, 0, toDecimal64(0, 2), refunded
    FROM weir.refunds
)
GROUP BY site, sales_date
COMMENT 'Orders, revenue, refunds, average order per day. For a period and its growth: weir_fn.sales(site, from, to).';
