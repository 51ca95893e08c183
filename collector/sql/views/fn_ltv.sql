-- Question:  what does a customer bring in a life, by the formula, and how much more is that than acquiring one costs?
-- One row:   the period.
-- Call:      weir_fn.ltv(site = 'shop', lost_after_days = 90, from = '2026-11-01', to = '2026-11-30'); both days included, days in
--            the time zone of the site.
-- Units:     `average_order` = revenue / orders, `revenue` net of what was given back in the period; `purchases_per_customer` = orders
--            / active_customers, these the mean of the customers active at the start and at the end (weir_fn.customers says who
--            is); `lifetime` = 1 / churn_rate, in periods as long as the one asked for; `value_before_costs` = average_order ×
--            purchases_per_customer × lifetime; `serving_per_customer` = serving_cost / active_customers × lifetime; `cac` = cost /
--            new_customers; `ltv` = value_before_costs − serving_per_customer − cac; `ltv_to_cac` = ltv / cac. Money in the
--            currency of the site.
-- Limits:    a forecast: it takes for granted that customers go on leaving and buying as in the period; what they have brought indeed
--            is in weir_fn.customer_value. Null while nobody is lost or nobody was there at the start, and without any cost
--            of marketing. `lost_after_days` should be as long as the period at least.
CREATE OR REPLACE VIEW weir_fn.ltv AS
SELECT
    customers.orders AS orders,
    customers.revenue AS revenue,
    revenue / nullIf(orders, 0) AS average_order,
    customers.active_at_start AS active_at_start,
    customers.active_at_end AS active_at_end,
    (active_at_start + active_at_end) / 2 AS active_customers,
    orders / nullIf(active_customers, 0) AS purchases_per_customer,
    customers.lost AS lost,
    lost / nullIf(active_at_start, 0) AS churn_rate,
    1 / nullIf(churn_rate, 0) AS lifetime,
    average_order * purchases_per_customer * lifetime AS value_before_costs,
    toFloat64(costs.serving) AS serving_cost,
    serving_cost / nullIf(active_customers, 0) * lifetime AS serving_per_customer,
    toFloat64(costs.marketing) AS cost,
    customers.newcomers AS new_customers,
    if(costs.known > 0, cost / nullIf(new_customers, 0), NULL) AS cac,
    value_before_costs - serving_per_customer - cac AS ltv,
    ltv / nullIf(cac, 0) AS ltv_to_cac
FROM
(
    SELECT
        sum(of_person.in_period) AS orders,
        toFloat64(sum(of_person.bought)) - (
            SELECT toFloat64(sum(refunded)) FROM weir.refunds WHERE site = {site:String} AND refund_date BETWEEN {from:Date} AND {to:Date}) AS revenue,
        countIf(of_person.in_period > 0 AND of_person.first_day >= {from:Date}) AS newcomers,
        countIf(of_person.was_active) AS active_at_start,
        countIf(of_person.is_active) AS active_at_end,
        countIf(of_person.was_active AND NOT of_person.is_active) AS lost
    FROM
    (
        SELECT
            min(order_date) AS first_day,
            countIf(order_date >= {from:Date}) AS in_period,
            sumIf(orders.revenue, order_date >= {from:Date}) AS bought,
            countIf(order_date BETWEEN {from:Date} - {lost_after_days:UInt16} AND {from:Date} - 1) > 0 AS was_active,
            countIf(order_date > {to:Date} - {lost_after_days:UInt16}) > 0 AS is_active
        FROM weir.orders AS orders
        WHERE site = {site:String} AND order_date <= {to:Date}
            -- Looked at while the query is read, before any event is.
            AND (SELECT throwIf({from:Date} > {to:Date}, 'weir: the period ends before it begins: from is its first day, to its last')) = 0
        GROUP BY person_id
    ) AS of_person
) AS customers
CROSS JOIN
(
    SELECT
        countIf(is_marketing) AS known,
        sumIf(spent.cost, is_marketing) AS marketing,
        sumIf(spent.cost, NOT is_marketing) AS serving
    FROM weir.costs AS spent
    WHERE site = {site:String} AND cost_date BETWEEN {from:Date} AND {to:Date}
) AS costs;
