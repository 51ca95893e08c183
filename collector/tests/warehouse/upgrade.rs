//! Data of versions before, and of this one, open in this version: nothing is lost, and the reports say what they said.

mod sample;

use std::path::Path;
use std::process::Command;

use clickhouse::Client;
use weir_collector::warehouse::{self, Refresher};

pub(crate) use sample::{definition, write};

use crate::engine::Engine;
use crate::restart::restart;

/// An engine's folder of some version, and what it has to answer. The days that are asked for are fixed, and so are the answers,
/// whenever this runs.
struct Sample {
    /// Its last migration.
    migration: u32,
    questions: &'static [&'static str],
    /// The answer to the first question.
    events: &'static str,
}

const MIGRATION_7: Sample = Sample {
    migration: 7,
    questions: &[
        "SELECT toString(tuple(count(), sum(revenue), uniqExact(visitor_id), countIf(session_id != 0))) FROM weir.events FINAL",
        "SELECT toString(tuple(orders, customers, gross_revenue, refunds)) \
         FROM weir_fn.sales(site = 'shop', from = '2026-10-01', to = '2026-10-31') WHERE period_no = 1",
        "SELECT toString(groupArray((step_no, persons))) FROM weir_fn.funnel(site = 'shop', \
         steps = ['/product/*', 'purchase'], window_s = 604800, from = '2026-10-01', to = '2026-10-31')",
        "SELECT toString(tuple(sum(sessions), sum(purchases), sum(revenue))) FROM weir.landing_pages WHERE site = 'shop'",
        "SELECT toString(groupArray((step_no, step, persons > 10000))) FROM weir.funnel_shop_checkout",
    ],
    events: "(59,1723,18,54)",
};

const MIGRATION_14: Sample = Sample {
    migration: 14,
    questions: &[
        "SELECT toString(tuple(count(), sum(revenue), uniqExact(visitor_id), uniqExact(person_id), countIf(session_id != 0))) \
         FROM weir.events FINAL WHERE site = 'shop'",
        "SELECT toString(tuple(orders, customers, new_customers, gross_revenue, refunds)) \
         FROM weir_fn.sales(site = 'shop', from = '2026-10-01', to = '2026-11-30') WHERE period_no = 1",
        "SELECT toString(groupArray((order_id, refunded))) FROM (SELECT order_id, refunded \
         FROM weir.refunds WHERE site = 'shop' ORDER BY order_id)",
        "SELECT toString(groupArray((step_no, step, persons))) FROM (SELECT * FROM weir_fn.funnel(site = 'shop', \
         steps = ['/product/*', 'add_to_cart', 'purchase'], window_s = 604800, from = '2026-10-01', to = '2026-11-30') ORDER BY step_no)",
        "SELECT toString(tuple(sum(reached), sum(value))) \
         FROM weir_fn.goal(site = 'shop', step = 'lead', value = '500', from = '2026-10-01', to = '2026-11-30')",
        "SELECT toString(tuple(sum(costs.cost), sum(costs.clicks))) FROM weir.costs AS costs WHERE site = 'shop'",
        "SELECT toString(tuple(sum(sessions), sum(purchases), sum(revenue), sum(leads))) FROM weir.landing_pages WHERE site = 'shop'",
        "SELECT toString(groupArray((step_no, step, persons > 10000))) FROM weir.funnel_shop_checkout",
        // The last four hundred days: none of them, in some year.
        "SELECT toString(arraySort(groupArray((goal, reached, worth)))) FROM \
         (SELECT 'lead' AS goal, sum(reached) AS reached, sum(value) AS worth FROM weir.goal_shop_lead \
          UNION ALL SELECT 'bought', sum(reached), sum(value) FROM weir.goal_shop_bought \
          UNION ALL SELECT 'done', sum(reached), sum(value) FROM weir.goal_shop_done)",
        "SELECT toString(groupArray((funnel, title, window_s, labels, steps))) FROM weir.funnels WHERE site = 'shop'",
        "SELECT toString(groupArray((kpi, goal, baseline, target, since, deadline))) \
         FROM (SELECT * FROM weir.kpi_status WHERE site = 'shop' ORDER BY kpi)",
        "SELECT toString(groupArray((version, author, note, source, hex(release)))) FROM weir.releases FINAL WHERE site = 'shop'",
        "SELECT toString(groupArray((id, kind, page_url, fired))) FROM (SELECT * FROM weir.preview_events WHERE site = 'shop' ORDER BY id)",
        "SELECT toString(tuple(any(reason), sum(count))) FROM weir.rejected_events WHERE site = 'shop'",
    ],
    events: "(188,1115.5,40,37,185)",
};

/// Opens them, and leaves the engine of the newest as it is: with every view, and the site `shop`.
pub(crate) async fn run() -> Engine {
    let (_, newest) = tokio::join!(MIGRATION_7.opens(), MIGRATION_14.opens());
    newest
}

impl Sample {
    async fn opens(&self) -> Engine {
        let mut engine = Engine::start_in(self.unpacked()).await;
        let (writer, reader) = (engine.writer(), engine.analyst());

        let before = self.answers(&reader).await;
        let migrated = warehouse::migrate(&writer).await.unwrap();
        let numbers: Vec<u32> = migrated
            .applied
            .iter()
            .map(|name| name[..4].parse().unwrap())
            .collect();
        let missing: Vec<u32> = (self.migration + 1..).take(numbers.len()).collect();
        assert_eq!(numbers, missing, "{migrated:?}");
        warehouse::create_views(&writer).await.unwrap();
        if self.migration == MIGRATION_7.migration {
            // The same views again on another's data would take as long and tell nothing.
            warehouse::check_views(&writer).await.unwrap();
        }
        assert_eq!(self.answers(&reader).await, before, "after the migration");

        // Packed anew, counted anew.
        let pack = "OPTIMIZE TABLE weir.events FINAL";
        writer.query_raw(pack).execute().await.unwrap();
        Refresher::new(0).refresh(&writer).await.unwrap();
        assert_eq!(self.answers(&reader).await, before, "after packing");

        // What was acknowledged outlives a process that is killed.
        restart(&mut engine, |_| ()).await;
        let after = self.answers(&engine.analyst()).await;
        assert_eq!(after, before, "after a kill");
        println!(
            "data of migration {} open: {}",
            self.migration,
            before.join(" | ")
        );
        engine
    }

    fn unpacked(&self) -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
            "tests/warehouse/upgrade/migration_{}.tar.gz",
            self.migration
        ));
        let unpacked = Command::new("tar")
            .arg("xzf")
            .arg(&sample)
            .arg("-C")
            .arg(data.path())
            .status()
            .unwrap();
        assert!(unpacked.success(), "{}", sample.display());
        data
    }

    async fn answers(&self, reader: &Client) -> Vec<String> {
        let mut all = Vec::new();
        for sql in self.questions {
            let answer = reader
                .query_raw(sql)
                .fetch_one::<String>()
                .await
                .unwrap_or_else(|error| panic!("{sql}\n{error}"));
            all.push(answer);
        }
        assert_eq!(all[0], self.events, "{all:?}");
        all
    }
}
