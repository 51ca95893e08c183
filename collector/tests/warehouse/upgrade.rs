//! Data of versions before open in this one: nothing is lost, and the reports say what they said.

use std::path::Path;
use std::process::Command;

use weir_collector::warehouse::{self, Refresher};

use crate::engine::Engine;
use crate::restart::restart;

pub(crate) async fn run() {
    let data = tempfile::tempdir().unwrap();
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/warehouse/upgrade/migration_7.tar.gz");
    let unpacked = Command::new("tar")
        .arg("xzf")
        .arg(&sample)
        .arg("-C")
        .arg(data.path())
        .status()
        .unwrap();
    assert!(unpacked.success(), "{}", sample.display());
    let mut engine = Engine::start_in(data).await;
    let (writer, reader) = (engine.writer(), engine.analyst());

    let before = answers(&reader).await;
    let migrated = warehouse::migrate(&writer).await.unwrap();
    assert!(
        migrated
            .applied
            .starts_with(&["0008_codecs_and_saved_reports".to_owned()]),
        "{migrated:?}"
    );
    warehouse::create_views(&writer).await.unwrap();
    warehouse::check_views(&writer).await.unwrap();
    assert_eq!(answers(&reader).await, before, "after the migration");

    // Packed anew, counted anew.
    let pack = "OPTIMIZE TABLE weir.events FINAL";
    writer.query_raw(pack).execute().await.unwrap();
    Refresher::new(0).refresh(&writer).await.unwrap();
    assert_eq!(answers(&reader).await, before, "after packing");

    // What was acknowledged outlives a process that is killed.
    restart(&mut engine, |_| ()).await;
    assert_eq!(answers(&engine.analyst()).await, before, "after a kill");
    println!("data of before opens: {}", before.join(" | "));
}

async fn answers(reader: &clickhouse::Client) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT toString(tuple(count(), sum(revenue), uniqExact(visitor_id), countIf(session_id != 0))) FROM weir.events FINAL",
        "SELECT toString(tuple(orders, customers, gross_revenue, refunds)) \
         FROM weir_fn.sales(site = 'shop', from = '2026-10-01', to = '2026-10-31') WHERE period_no = 1",
        "SELECT toString(groupArray((step_no, persons))) FROM weir_fn.funnel(site = 'shop', \
         steps = ['/product/*', 'purchase'], window_s = 604800, from = '2026-10-01', to = '2026-10-31')",
        "SELECT toString(tuple(sum(sessions), sum(purchases), sum(revenue))) FROM weir.landing_pages WHERE site = 'shop'",
        "SELECT toString(groupArray((step_no, step, persons > 10000))) FROM weir.funnel_shop_checkout",
    ] {
        let answer = reader
            .query_raw(sql)
            .fetch_one::<String>()
            .await
            .unwrap_or_else(|error| panic!("{sql}\n{error}"));
        all.push(answer);
    }
    assert_eq!(all[0], "(59,1723,18,54)", "{all:?}");
    all
}
