//! What each metric asks: a query with two numbers, what stands above the line and what below.

use super::Reached;

/// The visits of the period that the KPI is about.
const VISITS: &str = "FROM weir.sessions WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} \
    AND {channel:String} IN ('', toString(channel)) \
    AND ({page:String} = '' OR if(endsWith({page:String}, '*'), \
        startsWith(landing_page, substring({page:String}, 1, length({page:String}) - 1)), landing_page = {page:String}))";
/// Who reached the goal, and in which session.
const REACHED_STEP: &str = "SELECT person_id, session_id FROM weir_fn.step_events(site = {site:String}, \
    steps = [{step:String}], window_s = 0, mode = 'ordered', unit = 'person', breakdown = '', from = {from:Date}, \
    to = {to:Date})";
const ENTERED: &str = "weir_fn.funnel_entries_by(site = {site:String}, steps = {steps:Array(String)}, \
    window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = 'channel', from = {from:Date}, \
    to = {to:Date}) WHERE {channel:String} IN ('', breakdown)";
const ORDERS: &str = "FROM weir.orders AS orders WHERE site = {site:String} AND order_date BETWEEN {from:Date} AND {to:Date} \
    AND {channel:String} IN ('', toString(channel))";
const CUSTOMERS: &str = "FROM weir_fn.customers(site = {site:String}, lost_after_days = 90, from = {from:Date}, to = {to:Date})";

/// Costs and what they brought, of a channel or of the whole. Never without a row: what is not there adds up to nothing.
const MARKETING: &str = "FROM weir_fn.marketing(site = {site:String}, by = if({channel:String} = '', '', 'channel'), \
    lead = {step:String}, model = 'last_non_direct', lookback_days = 30, from = {from:Date}, to = {to:Date}) \
    WHERE value = {channel:String} AND NOT is_general";
const LTV: &str = "FROM weir_fn.ltv(site = {site:String}, lost_after_days = 90, from = {from:Date}, to = {to:Date})";
const COSTS: &str = "FROM weir.costs WHERE site = {site:String} AND cost_date BETWEEN {from:Date} AND {to:Date} \
    AND {channel:String} IN ('', toString(channel))";

/// What is sold in a period, refunds taken off where no channel is asked for: a refund has none.
fn revenue(from: &str, to: &str) -> String {
    format!(
        "((SELECT toFloat64(sum(orders.revenue)) FROM weir.orders AS orders WHERE site = {{site:String}} \
           AND order_date BETWEEN {from} AND {to} AND {{channel:String}} IN ('', toString(channel))) \
        - (SELECT toFloat64(sum(refunded)) FROM weir.refunds WHERE site = {{site:String}} \
           AND refund_date BETWEEN {from} AND {to} AND {{channel:String}} = ''))"
    )
}

/// The query of a metric: two numbers. `None`: there is nothing here to count it from.
pub(super) fn question(metric: &str, reached: Reached) -> Option<String> {
    let who_reached = match reached {
        Reached::Step => Some(REACHED_STEP.to_owned()),
        Reached::Funnel => Some(format!(
            "SELECT unit_id AS person_id, toUInt64(0) AS session_id FROM {ENTERED} AND level = length({{steps:Array(String)}})"
        )),
        Reached::Nothing => None,
    };
    let above = |number: &str, from: &str| format!("SELECT toFloat64({number}), NULL {from}");
    let share = |above: &str, below: &str, from: &str| {
        format!("SELECT toFloat64({above}), toFloat64({below}) {from}")
    };
    Some(match metric {
        "traffic" => above("count()", VISITS),
        "reach" => above("uniqExact(person_id)", VISITS),
        "engagement" => share("sum(is_engaged)", "count()", VISITS),
        "leads" => match (reached, who_reached) {
            (_, None) => above("sum(leads)", VISITS),
            (Reached::Step, Some(who)) => above(
                &format!(
                    "countIf(({{channel:String}} = '' AND {{page:String}} = '') OR session_id IN (SELECT session_id {VISITS}))"
                ),
                &format!("FROM ({who})"),
            ),
            (_, Some(who)) => above("count()", &format!("FROM ({who})")),
        },
        "conversion_rate" | "landing_conversion" => share(
            &format!(
                "uniqExactIf(person_id, person_id IN (SELECT person_id FROM ({})))",
                who_reached?
            ),
            "uniqExact(person_id)",
            VISITS,
        ),
        "funnel" => share(
            "countIf(level = length({steps:Array(String)}))",
            "count()",
            &format!("FROM {ENTERED}"),
        ),
        "ctr" => share(
            "sum(clicks)",
            "sum(impressions)",
            "FROM weir.session_items WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} \
             AND {channel:String} IN ('', toString(channel))",
        ),
        "revenue" => above(&revenue("{from:Date}", "{to:Date}"), ""),
        "orders" => above("count()", ORDERS),
        "aov" => share(
            "sum(orders.revenue)",
            "countIf(NOT is_other_currency)",
            ORDERS,
        ),
        "sales_growth" => share(
            &format!(
                "{} - {}",
                revenue("{from:Date}", "{to:Date}"),
                revenue("{from:Date} - 30", "{from:Date} - 1")
            ),
            // Where more was given back than sold, there is nothing to have grown from.
            &format!(
                "greatest({}, 0)",
                revenue("{from:Date} - 30", "{from:Date} - 1")
            ),
            "",
        ),
        "retention" => share("active_at_start - lost", "active_at_start", CUSTOMERS),
        "churn" => share("lost", "active_at_start", CUSTOMERS),
        "rpr" => share("repeat_customers_in_life", "customers", CUSTOMERS),
        "nps" => share(
            "100 * (countIf(score >= 9) - countIf(score <= 6))",
            "count()",
            "FROM (SELECT person_id, argMax(toInt32OrZero(props['score']), (ts, session_seq)) AS score FROM weir.events FINAL \
             WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} AND name = 'nps' AND bot = '' \
             AND {channel:String} IN ('', toString(channel)) GROUP BY person_id)",
        ),
        // Nothing imported is not nothing spent.
        "cac" => share("nullIf(sum(cost), 0)", "sum(new_customers)", MARKETING),
        "cost_per_lead" => match (reached, who_reached) {
            (Reached::Funnel, Some(who)) => share(
                &format!("(SELECT nullIf(sum(cost), 0) {MARKETING})"),
                "count()",
                &format!("FROM ({who})"),
            ),
            _ => share("nullIf(sum(cost), 0)", "sum(leads)", MARKETING),
        },
        "romi" => share(
            "sum(revenue) - toFloat64(sum(cost))",
            "sum(cost)",
            MARKETING,
        ),
        "roas" => share("sum(ad_revenue)", "sum(ad_spend)", MARKETING),
        "drr" => share("nullIf(sum(ad_spend), 0)", "sum(revenue)", MARKETING),
        "ltv" => above("ltv", LTV),
        "ltv_to_cac" => share("ltv", "cac", LTV),
        "social_engagement" => share("sum(likes + comments + shares)", "sum(reach)", COSTS),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::inline;

    #[test]
    fn what_a_metric_asks_is_in_one_text() {
        for metric in [
            "traffic",
            "leads",
            "conversion_rate",
            "funnel",
            "revenue",
            "sales_growth",
            "nps",
        ] {
            for reached in [Reached::Step, Reached::Funnel] {
                let sql = inline::query(&question(metric, reached).unwrap());
                for view in ["weir_fn.step_events", "weir_fn.funnel_entries"] {
                    assert!(!sql.contains(view), "{metric}: {sql}");
                }
            }
        }
        let marketing = inline::query(&question("romi", Reached::Nothing).unwrap());
        assert!(!marketing.contains("weir_fn.marketing("), "{marketing}");
        assert_eq!(question("nonsense", Reached::Nothing), None);
        assert_eq!(question("conversion_rate", Reached::Nothing), None);
    }
}
