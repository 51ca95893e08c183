//! Sites beside the one that is compared: one that nobody has been at, and one of which not all can be counted.

use super::*;

/// Of a site that nobody has been at, no day is counted, and nothing is said to be on its way.
pub(super) async fn nobody_there(writer: &Client, reader: &Client) {
    let mut site = definition(1);
    site.id = "nobody".to_owned();
    (site.funnels, site.goals) = (Vec::new(), Vec::new());
    site.kpis
        .retain(|kpi| kpi.funnel.is_empty() && kpi.goal.is_empty());
    let counted = warehouse::publish_site(writer, &site).await.unwrap();
    assert_eq!(counted.dropped, Vec::<String>::new());
    Refresher::new(0).refresh(writer).await.unwrap();
    let sql = "SELECT DISTINCT concat(kpi, ' ', ifNull(toString(value), '-'), ' ', status) FROM weir.kpi_status \
         WHERE site = 'nobody' AND kpi IN ('Визиты', 'Всего', 'Прошло') ORDER BY ALL";
    assert_eq!(
        text(reader, sql).await,
        "Визиты - too_early\nВсего - too_early\nПрошло - missed"
    );
}

/// A funnel, a goal and a target that the server refuses keep nothing else from being counted, of their site and of those
/// behind it.
pub(super) async fn what_cannot_be_counted(writer: &Client, reader: &Client) {
    let mut site = definition(2);
    "broken".clone_into(&mut site.id);
    for (funnel, step) in site.funnels.iter_mut().zip(["/lp/*?color~=(", "/lp/*"]) {
        if let Some(first) = funnel.steps.first_mut() {
            step.clone_into(&mut first.1);
        }
    }
    site.goals.retain(|goal| goal.name != "done");
    if let Some(goal) = site.goals.first_mut() {
        goal.reached = GoalStep::Step("purchase?color~=(".to_owned());
    }
    site.kpis.retain(|kpi| kpi.metric != "landing_conversion");
    warehouse::publish_site(writer, &site).await.unwrap();
    let copied = "INSERT INTO weir.events SELECT * REPLACE ('broken' AS site) FROM \
         (SELECT * FROM weir.events WHERE site = 'ready' AND name IN ('pageview', 'purchase') ORDER BY session_id, session_seq LIMIT 100)";
    writer.query_raw(copied).execute().await.unwrap();
    let mut refresher = Refresher::new(0);
    let done = refresher.refresh(writer).await.unwrap();
    assert_eq!(
        done.funnels, 3,
        "one of the two, and those of the other site: {done:?}"
    );
    let counted = |what: &str| {
        format!("SELECT toString(count() > 0 AND min(as_of) > now64(3) - 600) FROM {what}")
    };
    assert_eq!(
        text(reader, &counted("weir.funnel_broken_visit")).await,
        "1"
    );
    assert_eq!(text(reader, &counted("weir.goal_broken_sold")).await, "1");
    let kpis = "SELECT arrayStringConcat(arraySort(groupUniqArray(kpi)), ' ') FROM weir.kpi_values WHERE site = 'broken' \
         AND numerator IS NOT NULL AND kpi IN ('Визиты', 'Конверсия', 'Воронка')";
    assert_eq!(text(reader, kpis).await, "Визиты");

    // Mended, it is counted at the next round.
    let mut mended = definition(2);
    "broken".clone_into(&mut mended.id);
    mended.container_version = 3;
    warehouse::publish_site(writer, &mended).await.unwrap();
    refresher.refresh(writer).await.unwrap();
    assert_eq!(text(reader, &counted("weir.funnel_broken_main")).await, "1");
    assert_eq!(text(reader, kpis).await, "Визиты Воронка Конверсия");
    (mended.funnels, mended.goals, mended.kpis) = (Vec::new(), Vec::new(), Vec::new());
    warehouse::publish_site(writer, &mended).await.unwrap();
}

/// Dashboards look into every table that they are shown.
pub(super) async fn what_is_shown_can_be_read(writer: &Client, reader: &Client) {
    let known = "SELECT toString(count()) FROM system.tables WHERE database = 'weir' AND name = 'known_visitors' AND total_rows > 0";
    assert_eq!(text(writer, known).await, "1", "it is filled");
    let names = "SELECT arrayStringConcat(groupArray(name), ' ') FROM system.tables WHERE database = 'weir'";
    let shown = text(reader, names).await;
    assert!(
        shown.contains("sessions") && !shown.contains("known_visitors"),
        "{shown}"
    );
    for name in shown.split(' ') {
        let sql = format!(
            "SELECT toString(count(ignore(*)) < 2) FROM (SELECT * FROM weir.{name} LIMIT 1)"
        );
        assert_eq!(text(reader, &sql).await, "1", "{name}");
    }
}
