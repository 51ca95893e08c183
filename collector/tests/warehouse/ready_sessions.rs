//! Ready sessions: `weir.sessions` answers the same whether the visits of a day are put together ahead or not, whatever happens
//! to the events, and at every moment while it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clickhouse::Client;
use weir_collector::warehouse::{self, Refresher, SiteDefinition};

use crate::engine::Engine;

const SITE: &str = "visits";
/// Past days that have visits; nothing is ready of the two last ones.
const DAYS: u32 = 40;
const READY_DAYS: usize = 38;
/// The same view without what is ready.
const OF_EVENTS: &str = "weir.sessions_of_events";

pub(crate) async fn run(engine: &Engine) {
    let (writer, reader) = (engine.writer(), engine.analyst());
    publish(&writer, "RUB").await;
    make_reference(&writer).await;
    visits(&writer, "0, number % 40", 4_000).await;
    let mut refresher = Refresher::new(0);
    assert_eq!(made(&mut refresher, &writer).await, READY_DAYS);
    assert!(stored(&writer).await >= 3_500);
    same(&reader, "put together").await;
    assert_eq!(made(&mut refresher, &writer).await, 0, "nothing changed");

    // Late events of visits that are there, and new ones.
    visits(&writer, "1, 5 + number % 3", 60).await;
    same(&reader, "late").await;
    assert_eq!(made(&mut refresher, &writer).await, 3);
    same(&reader, "late, put together").await;

    // The same again: repeats that are collapsed when they are read.
    visits(&writer, "1, 5 + number % 3", 60).await;
    same(&reader, "repeated").await;
    made(&mut refresher, &writer).await;
    execute(&writer, "OPTIMIZE TABLE weir.events FINAL").await;
    same(&reader, "collapsed").await;
    made(&mut refresher, &writer).await;
    same(&reader, "collapsed, put together").await;

    // Somebody signs in: visits of before are another person's.
    let first = people(&reader).await;
    let known = "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, session_id, session_seq, visitor_id, \
                     person_id, user_id, origin, batch_id) \
                 SELECT site, 'identify', generateUUIDv4(), ended_at, now64(3), session_date, session_id, 9, visitor_id, visitor_id, \
                     'ann', 'api', generateUUIDv4() \
                 FROM weir.sessions WHERE site = 'visits' AND visitor_id IN (13, 53, 93) AND session_date = toDate(now(), 'Asia/Kolkata') - 12";
    execute(&writer, known).await;
    made(&mut refresher, &writer).await;
    assert!(people(&reader).await < first);
    same(&reader, "other people").await;

    // The currency of a site is looked up when a question is asked.
    let before = text(
        &reader,
        "SELECT toString(sum(revenue)) FROM weir.sessions WHERE site = 'visits'",
    )
    .await;
    publish(&writer, "EUR").await;
    same(&reader, "another currency").await;
    let after = text(
        &reader,
        "SELECT toString(sum(revenue)) FROM weir.sessions WHERE site = 'visits'",
    )
    .await;
    assert_ne!(before, after);

    // Deleted by hand: what no insert tells of is found by the number of events.
    execute(
        &writer,
        "DELETE FROM weir.events WHERE site = 'visits' AND visitor_id % 10 = 3",
    )
    .await;
    execute(&writer, "DELETE FROM weir.events WHERE site = 'visits' AND session_date = toDate(now(), 'Asia/Kolkata') - 20").await;
    made(&mut refresher, &writer).await;
    same(&reader, "deleted").await;
    made(&mut refresher, &writer).await;
    same(&reader, "deleted, put together").await;

    // Another process begins with what it finds.
    let mut other = Refresher::new(0);
    assert_eq!(made(&mut other, &writer).await, 0);
    // One that does not know what is asked of a day leaves it until it is quiet.
    visits(&writer, "2, 15", 10).await;
    let mut patient = Refresher::new(1);
    assert_eq!(made(&mut patient, &writer).await, 0);
    same(&reader, "not quiet").await;
    assert_eq!(made(&mut other, &writer).await, 1);

    versions_that_do_not_count_are_deleted(&writer, &reader).await;
    what_nobody_tells_of_is_found(&writer, &reader).await;
    the_same_at_every_moment(engine).await;
    execute(&writer, &format!("DROP VIEW {OF_EVENTS}")).await;
}

/// Rows of an hour ago that no day names are gone after a start; those that count stay.
async fn versions_that_do_not_count_are_deleted(writer: &Client, reader: &Client) {
    let count = "SELECT toString(count()) FROM weir.ready_sessions WHERE version < 1000";
    execute(writer, "INSERT INTO weir.ready_sessions SELECT * REPLACE (5 AS version) FROM weir.ready_sessions LIMIT 100").await;
    assert_eq!(text(writer, count).await, "100");
    made(&mut Refresher::new(0), writer).await;
    assert_eq!(text(writer, count).await, "0");
    same(reader, "old versions deleted").await;
}

/// Changes that leave no mark: each is found, at the latest by the next process.
async fn what_nobody_tells_of_is_found(writer: &Client, reader: &Client) {
    let mut refresher = Refresher::new(0);
    made(&mut refresher, writer).await;
    // Visits that are not there any more.
    let lost = "DELETE FROM weir.ready_sessions WHERE site = 'visits' AND session_date = toDate(now(), 'Asia/Kolkata') - 9 \
                AND session_id % 3 = 0";
    execute(writer, lost).await;
    assert_eq!(made(&mut Refresher::new(0), writer).await, 1);
    same(reader, "lost visits").await;
    // An insert whose mark is lost.
    execute(writer, "DROP VIEW weir.changed_days").await;
    visits(writer, "3, 17", 200).await;
    warehouse::create_views(writer).await.unwrap();
    made(&mut refresher, writer).await;
    same(reader, "a lost mark").await;
    made(&mut refresher, writer).await;
    same(reader, "a lost mark, put together").await;
    // Days that are ready though they go on, as when the clock was ahead.
    let ahead = "INSERT INTO weir.ready_days (site, session_date, ready) \
                 SELECT 'visits', toDate(now(), 'Asia/Kolkata'), [changes, 7, 1, 3, 0] FROM (SELECT toUInt64(0) AS changes)";
    execute(writer, ahead).await;
    made(&mut Refresher::new(0), writer).await;
    same(reader, "ready too early").await;
    // A question that may see two states of what is ready reads none of it.
    let alone = "SELECT toString(count()) FROM weir.sessions WHERE site = 'visits' SETTINGS enable_shared_storage_snapshot_in_query = 0";
    let kept = text(
        reader,
        "SELECT toString(count()) FROM weir.sessions WHERE site = 'visits'",
    )
    .await;
    execute(writer, "INSERT INTO weir.ready_days (site, session_date, ready) \
                     SELECT site, session_date, [changes, 7, 1, 3, 0] FROM weir.ready_days FINAL WHERE NOT (notEmpty(ready) AND ready[1] = changes)").await;
    assert_eq!(text(writer, alone).await, kept);
    made(&mut Refresher::new(0), writer).await;
    same(reader, "wrongly ready").await;
    // What a retention rule does before it deletes events: the days are put together from what is left.
    let old = "site = 'visits' AND session_date < toDate('2000-01-01')";
    warehouse::delete_sessions(writer, old).await.unwrap();
    let some = "site = 'visits' AND session_date = toDate(now(), 'Asia/Kolkata') - 6";
    warehouse::delete_sessions(writer, some).await.unwrap();
    same(reader, "retention").await;
    assert_eq!(made(&mut Refresher::new(0), writer).await, 1);
    // Changed by hand, the number of events is what it was.
    let update =
        "ALTER TABLE weir.events UPDATE person_id = 1 WHERE site = 'visits' AND person_id = 2";
    let update = writer.query_raw(update).with_setting("mutations_sync", "1");
    update.execute().await.unwrap();
    made(&mut refresher, writer).await;
    same(reader, "changed by hand").await;
    made(&mut Refresher::new(0), writer).await;
}

/// While repeats arrive, which change no answer, days are put together and given up all the time: whoever asks meanwhile gets the
/// same numbers.
async fn the_same_at_every_moment(engine: &Engine) {
    const ROUNDS: u32 = 40;
    let numbers = "SELECT toString((count(), sum(events), sum(pageviews), sum(engaged_ms), groupBitXor(cityHash64(*)))) \
                   FROM weir.sessions WHERE site = 'visits'";
    let expected = text(&engine.analyst(), numbers).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (reader, is_over, expected) =
                (engine.analyst(), Arc::clone(&is_over), expected.clone());
            tokio::spawn(async move {
                let mut asked = 0_u32;
                while !is_over.load(Ordering::Relaxed) {
                    assert_eq!(
                        text(&reader, numbers).await,
                        expected,
                        "after {asked} questions"
                    );
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    let writer = engine.writer();
    let mut refresher = Refresher::new(0);
    let mut days = 0;
    for round in 0..ROUNDS {
        let again = format!(
            "INSERT INTO weir.events SELECT * REPLACE (generateUUIDv4() AS batch_id) FROM weir.events FINAL \
             WHERE site = 'visits' AND session_date = toDate(now(), 'Asia/Kolkata') - {} LIMIT 50",
            3 + round % 17
        );
        execute(&writer, &again).await;
        days += made(&mut refresher, &writer).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut asked = 0;
    for reader in readers {
        asked += reader.await.unwrap();
    }
    println!("ready sessions: {asked} questions while {days} days were put together again");
    assert!(
        asked > ROUNDS && days >= 20,
        "{asked} questions, {days} days"
    );
}

async fn publish(writer: &Client, currency: &str) {
    let site = SiteDefinition {
        id: SITE.to_owned(),
        timezone: "Asia/Kolkata".to_owned(),
        currency: currency.to_owned(),
        container_version: 1,
        funnels: Vec::new(),
        goals: Vec::new(),
        kpis: Vec::new(),
    };
    warehouse::publish_site(writer, &site).await.unwrap();
}

/// From the text of the view itself: no day has this definition.
async fn make_reference(writer: &Client) {
    let sql = include_str!("../../sql/views/sessions.sql");
    let other = sql
        .replace("ready[3] = 1", "ready[3] = 999")
        .replace("VIEW weir.sessions AS", &format!("VIEW {OF_EVENTS} AS"));
    assert_ne!(other, sql);
    execute(writer, other.trim_end().trim_end_matches(';')).await;
}

/// Visits of three events, one of them in four with a purchase: `of` is a salt and how many days ago. The same are the same events.
async fn visits(writer: &Client, of: &str, count: u32) {
    let sql = format!(
        "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, session_id, session_seq, session_number, \
             visitor_id, person_id, page_host, page_path, referrer, channel, utm_source, device, order_id, revenue, currency, \
             engaged_ms, bot, origin, batch_id) \
         WITH ({of}) AS visit, toDate(now(), 'Asia/Kolkata') - visit.2 AS day, cityHash64(number, visit.1) AS hash \
         SELECT '{SITE}', ['pageview', 'engagement', if(number % 4 = 0, 'purchase', 'pageview')][step], \
             reinterpretAsUUID(concat(reinterpretAsFixedString(cityHash64(number, visit.1, step, 1)), \
                 reinterpretAsFixedString(cityHash64(number, visit.1, step, 2)))), \
             toDateTime64(toDateTime(day, 'Asia/Kolkata'), 3, 'UTC') + toIntervalMillisecond(hash % 7000000 + step * 1000), \
             now64(3), day, number + 1, step + 3 * visit.1, number % 3 + 1, number % 500 + 1, number % 500 + 1, 'shop.example', \
             concat('/', toString((hash + step) % 7)), if(number % 2 = 0, 'https://www.example.org/', ''), \
             ['Direct', 'Email', 'Organic Search'][number % 3 + 1], if(number % 5 = 0, 'yandex', ''), 'mobile', \
             if(step = 3 AND number % 4 = 0, toString(hash % 1000), ''), if(step = 3, number % 90 + 0.5, 0), \
             ['', 'RUB', 'EUR'][number % 3 + 1], step * 4000, if(number % 50 = 49, 'user_agent', ''), 'browser', generateUUIDv4() \
         FROM numbers({count}) ARRAY JOIN [1, 2, 3] AS step WHERE day > toDate(now(), 'Asia/Kolkata') - {DAYS}"
    );
    execute(writer, &sql).await;
}

/// Asked as a whole, by day, and by what is counted of it.
async fn same(reader: &Client, when: &str) {
    for shown in [
        "SELECT toString((count(), groupBitXor(cityHash64(*)), sum(revenue), sum(purchases))) FROM {} WHERE site = 'visits'",
        "SELECT toString(groupArray(day)) FROM (SELECT (session_date, count(), uniqExact(person_id), sum(events), min(landing_page), \
             max(exit_page), sum(duration_s)) AS day FROM {} WHERE site = 'visits' GROUP BY session_date ORDER BY session_date)",
        "SELECT toString(groupArray(one)) FROM (SELECT tuple(*) AS one FROM {} WHERE site = 'visits' \
             AND session_date BETWEEN toDate(now(), 'Asia/Kolkata') - 7 AND toDate(now(), 'Asia/Kolkata') - 5 ORDER BY session_date, session_id)",
    ] {
        let [ready, of_events] =
            ["weir.sessions", OF_EVENTS].map(|view| text_of(reader, shown.replace("{}", view)));
        assert_eq!(ready.await, of_events.await, "{when}: {shown}");
    }
}

async fn made(refresher: &mut Refresher, writer: &Client) -> usize {
    refresher.refresh(writer).await.unwrap().session_days
}

async fn stored(writer: &Client) -> u64 {
    let sql = "SELECT count() FROM weir.ready_sessions WHERE site = 'visits'";
    writer.query_raw(sql).fetch_one().await.unwrap()
}

async fn people(reader: &Client) -> u64 {
    let sql = "SELECT uniqExact(person_id) FROM weir.sessions WHERE site = 'visits'";
    reader.query_raw(sql).fetch_one().await.unwrap()
}

async fn text(client: &Client, sql: &str) -> String {
    text_of(client, sql.to_owned()).await
}

async fn text_of(client: &Client, sql: String) -> String {
    client
        .query_raw(&sql)
        .fetch_one()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

async fn execute(writer: &Client, sql: &str) {
    writer
        .query_raw(sql)
        .execute()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
}
