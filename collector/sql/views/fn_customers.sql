-- Question:  who bought in a period: for the first time, again, or no longer?
-- One row:   the period.
-- Call:      weir_fn.customers(site = 'shop', lost_after_days = 90, from = '2026-11-01', to = '2026-11-30'); both days
--            included, days in the time zone of the site.
-- Units:     `customers` persons with an order in the period; `new_customers` of them whose first order ever it is,
--            `repeat_customers` with two orders or more in the period, `repeat_customers_in_life` with two or more until
--            its end; `repeat_share`, `repeat_share_in_life` of `customers`. A customer is active at a moment who ordered in
--            the `lost_after_days` days before it: `active_at_start` of the period, `active_at_end`; `lost` were active at
--            the start and not at the end; `churn_rate` = lost / active_at_start, `retention_rate` = 1 − churn_rate. Rates
--            are null without a denominator.
-- Limits:    as weir.orders; orders that were given back count.
CREATE OR REPLACE VIEW weir_fn.customers AS
SELECT
    countIf(in_period > 0) AS customers,
    countIf(in_period > 0 AND first_day >= {from:Date}) AS new_customers,
    countIf(in_period > 1) AS repeat_customers,
    repeat_customers / nullIf(customers, 0) AS repeat_share,
    countIf(in_period > 0 AND in_life > 1) AS repeat_customers_in_life,
    repeat_customers_in_life / nullIf(customers, 0) AS repeat_share_in_life,
    countIf(was_active) AS active_at_start,
    countIf(is_active) AS active_at_end,
    countIf(was_active AND NOT is_active) AS lost,
    lost / nullIf(active_at_start, 0) AS churn_rate,
    1 - churn_rate AS retention_rate
FROM
(
    SELECT
        person_id,
        min(order_date) AS first_day,
        count() AS in_life,
        countIf(order_date >= {from:Date}) AS in_period,
        countIf(order_date BETWEEN {from:Date} - {lost_after_days:UInt16} AND {from:Date} - 1) > 0 AS was_active,
        countIf(order_date > {to:Date} - {lost_after_days:UInt16}) > 0 AS is_active
    FROM weir.orders
    WHERE site = {site:String} AND order_date <= {to:Date}
        -- Looked at while the query is read, before any event is.
        AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
    GROUP BY person_id
);
