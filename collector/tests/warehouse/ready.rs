//! Ready views and KPIs: what is read must be what the views with parameters count, whatever has happened in between.

use clickhouse::Client;
use weir_collector::warehouse::{
    self, FunnelCount, FunnelDefinition, FunnelMode, GoalDefinition, GoalStep, KpiDefinition,
    Refresher, SiteDefinition,
};

mod other_sites;

use other_sites::{nobody_there, what_cannot_be_counted, what_is_shown_can_be_read};

use crate::engine::Engine;
use crate::random::Random;

const SITE: &str = "ready";
/// Persons; a third of them comes on each of three days.
const PERSONS: u32 = 400;
const ZONE: &str = "Asia/Kolkata";
const WEEK_S: u64 = 86_400 * 7;

pub(crate) async fn run(engine: &Engine) {
    let (writer, reader) = (engine.writer(), engine.analyst());
    warehouse::publish_site(&writer, &definition(2))
        .await
        .unwrap();
    insert(
        &writer,
        "number, 10 * (number % 3), 10 * (number % 3)",
        PERSONS,
    )
    .await;

    assert_eq!(ready_views(&reader).await, "5");
    let published = everything(&reader).await;
    assert!(published.funnels.contains("(1,0,NULL"), "{published:?}");

    let mut refresher = Refresher::new(0);
    let counted = refresher.refresh(&writer).await.unwrap();
    assert!(
        counted.funnels == 2 && counted.goal_days >= 9 && counted.kpis >= 4,
        "{counted:?}"
    );
    let first = everything(&reader).await;
    assert!(
        first.funnels.lines().count() == 4 && first.goals.lines().count() >= 9,
        "{first:?}"
    );
    assert_eq!(first, asked(&reader, 2).await);
    let labels = "SELECT arrayStringConcat(groupArray(step), ' ') FROM weir.funnel_ready_main";
    assert_eq!(text(&reader, labels).await, "Пришёл Купил");

    // A period the wrong way round is told of, though no event is looked at.
    let backwards = "SELECT toString(count()) FROM weir_fn.funnel(site = 'ready', steps = ['a'], window_s = 60, \
                     from = '2026-02-02', to = '2026-02-01')";
    let error = reader.query_raw(backwards).fetch_one::<String>().await;
    let said = error.unwrap_err().to_string();
    assert!(said.contains("weir: the period ends before"), "{said}");

    // Nothing happened: nothing is counted.
    let idle = refresher.refresh(&writer).await.unwrap();
    assert_eq!((idle.funnels, idle.goal_days, idle.kpis), (0, 0, 0));

    // Late events of one day: goals of orders are counted on that day and the two within a week of it, the end of a funnel on
    // all four, and all agrees with counting anew.
    let mut patient = Refresher::new(u32::MAX);
    patient.refresh(&writer).await.unwrap();
    insert(&writer, "100 + number, 5, 5", 40).await;
    let before = everything(&reader).await;
    assert_eq!(before, first, "not counted yet");
    let late = refresher.refresh(&writer).await.unwrap();
    assert_eq!((late.funnels, late.goal_days), (2, 3 + 3 + 4), "{late:?}");
    let after = everything(&reader).await;
    assert_ne!(after, first);
    assert_eq!(after, asked(&reader, 2).await);

    // Edited: the ready view answers with the new funnel from the moment it is published.
    warehouse::publish_site(&writer, &definition(1))
        .await
        .unwrap();
    assert_eq!(ready_views(&reader).await, "5");
    let edited = everything(&reader).await;
    assert_eq!(edited.funnels.lines().count(), 2, "{edited:?}");
    assert_eq!(edited, asked(&reader, 1).await);

    // A site that was just counted rests, whatever has happened, until it is published anew.
    let woken = patient.refresh(&writer).await.unwrap();
    assert_eq!(woken.funnels, 2, "{woken:?}");
    insert(&writer, "200 + number, 4, 4", 10).await;
    let resting = patient.refresh(&writer).await.unwrap();
    assert_eq!((resting.funnels, resting.goal_days), (0, 0), "{resting:?}");
    refresher.refresh(&writer).await.unwrap();
    assert_eq!(everything(&reader).await, asked(&reader, 1).await);

    kpis(&writer, &reader).await;
    nobody_there(&writer, &reader).await;
    what_cannot_be_counted(&writer, &reader).await;
    whatever_happens(&writer, &reader).await;
    what_is_shown_can_be_read(&writer, &reader).await;

    let mut empty = definition(1);
    (empty.goals, empty.kpis) = (Vec::new(), Vec::new());
    let dropped = warehouse::publish_site(&writer, &empty).await.unwrap();
    assert_eq!(
        dropped.dropped,
        ["goal_ready_bought", "goal_ready_done", "goal_ready_sold"]
    );
    println!("ready views agree with counting anew");
}

/// Late visits, orders that are reported again before and after, people who turn out to be one, funnels that are edited: after
/// each round what is kept is what would be counted, in any order of these.
async fn whatever_happens(writer: &Client, reader: &Client) {
    let mut random = Random::new(20_261_128);
    let mut refresher = Refresher::new(0);
    refresher.refresh(writer).await.unwrap();
    let mut steps = 1;
    for round in 0..3 {
        let (day, person) = (random.below(10), random.below(300));
        let late = format!("{person} + number, {day}, {day}");
        insert(writer, &late, 30).await;
        let ordered = 10 * random.below(3);
        let again = (ordered + random.below(6)).saturating_sub(3);
        let person = random.below(300);
        let reported = format!("{person} + number, {again}, {ordered}");
        insert(writer, &reported, 30).await;
        let (one, other) = (1 + random.below(400), 1 + random.below(400));
        sign_in(writer, &format!("u{round}"), &[one, other]).await;
        if random.one_in(2) {
            steps = usize::try_from(1 + random.below(2)).unwrap();
            warehouse::publish_site(writer, &definition(steps))
                .await
                .unwrap();
        }
        let done = refresher.refresh(writer).await.unwrap();
        assert!(done.events_of_known_people > 0, "{done:?}");
        let kept = everything(reader).await;
        assert_eq!(kept, asked(reader, steps).await, "round {round}");
        // A server that has just started: no day has changed.
        let again = Refresher::new(0).refresh(writer).await.unwrap();
        assert_eq!(again.goal_days, 0, "{again:?}");
        assert_eq!(kept, everything(reader).await, "round {round}");
    }
    warehouse::publish_site(writer, &definition(1))
        .await
        .unwrap();
}

/// The site says who uses these browsers: all their events are one person's from then on, back to the first day.
async fn sign_in(writer: &Client, user: &str, visitors: &[u64]) {
    let sql = format!(
        "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, session_id, session_seq, visitor_id, \
             person_id, user_id, user_source, channel, sample_rate, origin, batch_id) \
         SELECT '{SITE}', 'login', generateUUIDv4(), now64(3) - 60, now64(3), toDate(now(), 'Asia/Kolkata'), \
             visitor * 1000 + 500, 1, visitor, visitor, '{user}', 'signed', 'Direct', 1, 'browser', generateUUIDv4() \
         FROM (SELECT arrayJoin({visitors:?}) AS visitor)"
    );
    writer
        .query_raw(&sql)
        .execute()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
}

fn definition(steps: usize) -> SiteDefinition {
    let step = |label: &str, step: &str| (label.to_owned(), step.to_owned());
    let funnel = |name: &str, mode, count| FunnelDefinition {
        name: name.to_owned(),
        title: String::new(),
        within_s: WEEK_S,
        mode,
        count,
        steps: [step("Пришёл", "/lp/*"), step("Купил", "purchase?color=red")]
            .into_iter()
            .take(steps)
            .collect(),
    };
    let goal = |name: &str, reached, value: &str| GoalDefinition {
        name: name.to_owned(),
        reached,
        value: value.to_owned(),
    };
    let kpi = |name: &str, metric: &str, goal: &str, target| KpiDefinition {
        name: name.to_owned(),
        metric: metric.to_owned(),
        page: String::new(),
        goal: goal.to_owned(),
        funnel: String::new(),
        channel: String::new(),
        baseline: Some(0.0),
        target,
        since: String::new(),
        deadline: "2037-12-31".to_owned(),
    };
    // In all, from some days ago to some days from now.
    let in_all = |name: &str, target, since: i32, by: i32| KpiDefinition {
        baseline: None,
        since: day(since),
        deadline: day(by),
        ..kpi(name, "traffic", "", target)
    };
    let mut of_funnel = kpi("Воронка", "funnel", "", 0.9);
    of_funnel.funnel = "main".to_owned();
    // It begins as it is when it is set.
    let mut unstated = kpi("Поставлено", "conversion_rate", "bought", 0.9);
    unstated.baseline = None;
    let mut of_page = kpi("Лендинг", "landing_conversion", "bought", 0.25);
    of_page.page = "/lp/*".to_owned();
    SiteDefinition {
        id: SITE.to_owned(),
        timezone: ZONE.to_owned(),
        currency: "RUB".to_owned(),
        container_version: u32::try_from(steps).unwrap(),
        funnels: vec![
            funnel("main", FunnelMode::Ordered, FunnelCount::Persons),
            funnel("visit", FunnelMode::Strict, FunnelCount::Sessions),
        ],
        goals: vec![
            goal("bought", GoalStep::Step("purchase".to_owned()), "revenue"),
            goal(
                "sold",
                GoalStep::Step("purchase?color=red".to_owned()),
                "500",
            ),
            goal("done", GoalStep::Funnel("main".to_owned()), "2.50"),
        ],
        kpis: vec![
            kpi("Визиты", "traffic", "", 400.0),
            kpi("Конверсия", "conversion_rate", "bought", 0.9),
            kpi("ROMI", "romi", "", 2.0),
            of_funnel,
            of_page,
            kpi("Ноль", "leads", "", 10.0),
            in_all("Всего", 600.0, -12, 12),
            in_all("Мало", 700.0, -12, 12),
            in_all("Набрано", 300.0, -12, 12),
            in_all("Рано", 700.0, -2, 12),
            in_all("Будет", 700.0, 1, 12),
            in_all("Прошло", 700.0, -12, -5),
            unstated,
        ],
    }
}

/// Visits of persons some days ago: a landing page, and for two of three a purchase. `who_and_when` is a person, how many
/// days ago, and how many days ago the order was first told of.
async fn insert(writer: &Client, who_and_when: &str, rows: u32) {
    let sql = format!(
        "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, session_id, session_seq, visitor_id, \
             person_id, page_path, channel, order_id, revenue, currency, sample_rate, origin, batch_id, props) \
         WITH ({who_and_when}) AS visit, toDate(now(), 'Asia/Kolkata') - visit.2 - 1 AS day \
         SELECT '{SITE}', name, generateUUIDv4(), \
             toDateTime64(toDateTime(day, 'Asia/Kolkata'), 3, 'UTC') + toIntervalSecond(3600 + visit.1 * 7 + step * 60) AS at, \
             now64(3), day, visit.1 * 1000 + visit.2 + 1, step, visit.1 + 1, visit.1 + 1, \
             if(visit.1 % 5 = 0, '/', '/lp/spring'), 'Direct', \
             if(name = 'purchase', concat('o', toString(visit.1), '_', toString(visit.3)), ''), \
             if(name = 'purchase', 100 + visit.1 % 7, 0), if(name = 'purchase' AND visit.1 % 11 = 0, 'EUR', ''), 1, 'browser', \
             generateUUIDv4(), if(visit.1 % 2 = 0, map('color', 'red'), map()) \
         FROM numbers({rows}) \
         ARRAY JOIN if(visit.1 % 3 = 0, ['pageview'], ['pageview', 'purchase']) AS name, \
             if(visit.1 % 3 = 0, [1], [1, 2]) AS step"
    );
    writer
        .query_raw(&sql)
        .execute()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
}

/// All that the ready views show, but for labels and when it was counted.
#[derive(Debug, PartialEq)]
struct Shown {
    funnels: String,
    goals: String,
}

async fn everything(reader: &Client) -> Shown {
    let mut shown = Shown {
        funnels: String::new(),
        goals: String::new(),
    };
    for view in ["funnel_ready_main", "funnel_ready_visit"] {
        let sql = format!("SELECT toString(tuple(* EXCEPT (step, as_of))) FROM weir.{view}");
        shown.funnels.push_str(&text(reader, &sql).await);
        shown.funnels.push('\n');
    }
    for view in ["goal_ready_bought", "goal_ready_sold", "goal_ready_done"] {
        let sql =
            format!("SELECT toString(tuple(* EXCEPT as_of)) FROM weir.{view} WHERE persons > 0");
        shown.goals.push_str(&text(reader, &sql).await);
        shown.goals.push('\n');
    }
    shown
}

/// The same as the views with parameters count it now, of funnels with so many steps.
async fn asked(reader: &Client, steps: usize) -> Shown {
    let zone = jiff::tz::TimeZone::get(ZONE).unwrap();
    let today = zone.to_datetime(jiff::Timestamp::now()).date();
    let days = |back: i64| {
        let first = today.saturating_sub(jiff::Span::new().days(back));
        format!("from = '{first}', to = '{today}'")
    };
    let steps = ["/lp/*", "purchase?color=red"][..steps].join("', '");
    let steps = format!("site = '{SITE}', steps = ['{steps}'], window_s = {WEEK_S}");
    let mut shown = Shown {
        funnels: String::new(),
        goals: String::new(),
    };
    for view in [
        format!("funnel({steps}, {})", days(29)),
        format!(
            "funnel_by({steps}, mode = 'strict', unit = 'session', breakdown = '', {})",
            days(29)
        ),
    ] {
        let who = if view.starts_with("funnel(") {
            "persons"
        } else {
            "units"
        };
        let sql = format!(
            "SELECT toString(tuple(step_no, {who}, conversion_from_start, conversion_from_prev, drop_off, \
             median_s_from_prev, maturing)) FROM weir_fn.{view} ORDER BY step_no"
        );
        shown.funnels.push_str(&text(reader, &sql).await);
        shown.funnels.push('\n');
    }
    let goal = |step: &str, value: &str| {
        let days = days(399);
        format!("goal(site = '{SITE}', step = '{step}', value = '{value}', {days})")
    };
    for view in [
        goal("purchase", "revenue"),
        goal("purchase?color=red", "500"),
        format!(
            "goal_funnel({steps}, mode = 'ordered', unit = 'person', value = '2.50', {})",
            days(399)
        ),
    ] {
        let sql = format!(
            "SELECT toString(tuple(*)) FROM weir_fn.{view} WHERE persons > 0 ORDER BY session_date"
        );
        shown.goals.push_str(&text(reader, &sql).await);
        shown.goals.push('\n');
    }
    shown
}

async fn text(reader: &Client, sql: &str) -> String {
    reader
        .query_raw(sql)
        .fetch_all::<String>()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"))
        .join("\n")
}

async fn ready_views(reader: &Client) -> String {
    text(
        reader,
        "SELECT toString(count()) FROM system.tables WHERE database = 'weir' \
         AND comment LIKE '%of site `ready`%, as counted last%'",
    )
    .await
}

async fn kpis(writer: &Client, reader: &Client) {
    // Nothing more comes: then past days are counted as well.
    let mut refresher = Refresher::new(0);
    while refresher.refresh(writer).await.unwrap().owes {}
    let found = text(
        reader,
        "SELECT concat(kpi, ' ', ifNull(toString(value), '-'), ' ', status) FROM weir.kpi_status \
         WHERE site = 'ready' AND kpi != 'Поставлено'",
    )
    .await;
    // 400 persons once each, 50 of them once more; two of three bought. Of those who landed on /lp/…, four of five.
    let bought = (0..PERSONS).filter(|person| person % 3 != 0).count() as f64;
    let landed = (0..PERSONS).filter(|person| person % 5 != 0).count() as f64;
    let both = (0..PERSONS)
        .filter(|person| person % 5 != 0 && person % 3 != 0)
        .count() as f64;
    let expected = [
        format!("Визиты {} done", PERSONS + 50),
        format!("Конверсия {} on_track", bought / f64::from(PERSONS)),
        "ROMI - no_data".to_owned(),
        "Воронка 1 done".to_owned(),
        format!("Лендинг {} done", both / landed),
        "Ноль 0 too_early".to_owned(),
        // Those of yesterday and of eleven days ago, and all who came late. With as many a day there will be 660.
        "Всего 317 on_track".to_owned(),
        "Мало 317 at_risk".to_owned(),
        "Набрано 317 done".to_owned(),
        "Рано 134 too_early".to_owned(),
        "Будет - too_early".to_owned(),
        "Прошло 183 missed".to_owned(),
    ];
    assert_eq!(found, expected.join("\n"));
    let of_all = text(
        reader,
        "SELECT toString((baseline, round(share_of_way, 4), share_of_time, round(forecast, 2), days_left, since < value_day)) \
         FROM weir.kpi_status WHERE site = 'ready' AND kpi = 'Всего'",
    )
    .await;
    assert_eq!(of_all, "(0,0.5283,0.48,660.42,13,1)");

    past_and_today(writer, reader).await;

    // Nothing so far is not on track, however little time is gone: after a week of days that know enough it is at risk.
    let week = "INSERT INTO weir.kpi_values (site, kpi, definition, day, numerator, as_of) \
         SELECT site, kpi, definition, toDate(now(), 'Asia/Kolkata') - 2 - number, 0, now64(3) \
         FROM (SELECT DISTINCT site, kpi, definition FROM weir.kpi_targets WHERE site = 'ready' AND kpi = 'Ноль') AS asked, \
              numbers(7) AS days";
    writer.query_raw(week).execute().await.unwrap();
    let zero = "SELECT assumeNotNull(concat(toString(forecast), ' ', toString(share_of_way), ' ', status)) FROM weir.kpi_status WHERE kpi = 'Ноль'";
    assert_eq!(text(reader, zero).await, "0 0 at_risk");
    young(writer, reader).await;
    imported_unseen(writer).await;
}

/// Of a site that is young, days that know too little swing with each visit: no line is drawn through them, and it is too early to
/// say where it will end.
async fn young(writer: &Client, reader: &Client) {
    let told = "SELECT concat(toString(forecast IS NULL), ' ', status) FROM weir.kpi_status WHERE site = 'ready' AND kpi = 'Конверсия'";
    // Of 21 days, the last eight know 14 of their thirty at least.
    assert_eq!(text(reader, told).await, "0 on_track");
    let known = "SELECT toString((max(known_days), countIf(known_days >= 14), min(events) > 0)) FROM weir.kpi_values FINAL \
         WHERE site = 'ready' AND kpi = 'Конверсия'";
    assert_eq!(text(reader, known).await, "(21,8,1)");
    let younger = "INSERT INTO weir.kpi_values (site, kpi, definition, day, numerator, denominator, is_before, known_days, events, as_of) \
         SELECT site, kpi, definition, day, numerator, denominator, is_before, known_days - 8, events, now64(3) + 1 \
         FROM weir.kpi_values FINAL WHERE site = 'ready' AND kpi = 'Конверсия' AND known_days > 8";
    writer.query_raw(younger).execute().await.unwrap();
    assert_eq!(text(reader, told).await, "1 too_early");
}

/// An import that came while no server was running is found by the next one: its days are counted again.
async fn imported_unseen(writer: &Client) {
    let sum = async || {
        text(
            writer,
            "SELECT toString(assumeNotNull(sum(denominator))) FROM weir.kpi_values FINAL WHERE site = 'ready' AND kpi = 'Поставлено' AND is_before",
        )
        .await
    };
    let before = sum().await;
    insert(writer, "950 + number, 12, 12", 40).await;
    let mut next = Refresher::new(0);
    while next.refresh(writer).await.unwrap().owes {}
    assert_ne!(sum().await, before);
}

/// A KPI that is set today has the days before it for its trend, and none of them for its beginning; and what there is today
/// so far stands beside the whole days.
async fn past_and_today(writer: &Client, reader: &Client) {
    let past = "SELECT toString((countIf(is_before), uniqExactIf(numerator / denominator, is_before) > 1, max(day) FILTER (WHERE is_before) < toDate(now(), 'Asia/Kolkata') - 1)) \
         FROM weir.kpi_values FINAL WHERE site = 'ready' AND kpi = 'Поставлено'";
    // From the day of the first visits, 21 days ago, until the day before yesterday.
    assert_eq!(text(reader, past).await, "(20,1,1)");
    let begun = "SELECT toString((baseline = value, share_of_way, share_of_time, forecast IS NOT NULL)) \
         FROM weir.kpi_status WHERE site = 'ready' AND kpi = 'Поставлено'";
    assert_eq!(text(reader, begun).await, "(1,0,0,1)");
    // What adds up would only seem to grow as long as its thirty days are not all known.
    let adds_up = "SELECT toString(countIf(is_before)) FROM weir.kpi_values FINAL WHERE site = 'ready' AND kpi = 'Визиты'";
    assert_eq!(text(reader, adds_up).await, "0");

    // One more today: the whole days stay as they are. `-1` is today: the days are counted from yesterday back.
    insert(writer, "900, -1, -1", 1).await;
    Refresher::new(0).refresh(writer).await.unwrap();
    let today = "SELECT arrayStringConcat(groupArray(concat(kpi, ' ', toString(assumeNotNull(value)), ' ', toString(assumeNotNull(so_far)), ' ', toString(so_far_day = toDate(now(), 'Asia/Kolkata')))), '; ') \
         FROM weir.kpi_status WHERE site = 'ready' AND kpi IN ('Визиты', 'Всего')";
    assert_eq!(
        text(reader, today).await,
        format!(
            "Визиты {0} {1} 1; Всего 317 318 1",
            PERSONS + 50,
            PERSONS + 51
        )
    );
    let over = "SELECT toString(so_far IS NULL) FROM weir.kpi_status WHERE site = 'ready' AND kpi = 'Прошло'";
    assert_eq!(
        text(reader, over).await,
        "1",
        "after the deadline nothing is added"
    );
}

/// So many days from today, in the time zone of the site.
fn day(from_today: i32) -> String {
    let zone = jiff::tz::TimeZone::get(ZONE).unwrap();
    let today = zone.to_datetime(jiff::Timestamp::now()).date();
    let span = jiff::Span::new().days(from_today);
    today.saturating_add(span).to_string()
}
