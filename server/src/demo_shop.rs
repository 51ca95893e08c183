//! The two sites of `--demo`: the shop that a stranger plays with, and the sample with a month of history.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::tz::TimeZone;
use weir_collector::sample;

use crate::assets::DEMO_CONTAINER;
use crate::container::{self, Container};
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// Id of the shop that takes events.
pub const SHOP: &str = "shop";
/// Id of the read-only sample.
pub const SAMPLE: &str = sample::SITE;

/// The sample is never published anew.
pub const SAMPLE_VERSION: u32 = 1;

/// Puts the shop's container where it can be edited, unless it is there already; says where.
pub fn container_file(data: &DataDir) -> Result<PathBuf, Failure> {
    let folder = data.containers();
    let file = folder.join("shop.json");
    let written = fs::create_dir_all(&folder).and_then(|()| match fs::File::create_new(&file) {
        Ok(mut created) => created.write_all(DEMO_CONTAINER.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    });
    written.map_err(|error| {
        Failure::environment(
            format!(
                "cannot write the demo's container to `{}`: {error}",
                file.display()
            ),
            "make the data folder writable, or choose another one with --data",
        )
    })?;
    Ok(file)
}

/// Days from today to the deadline of the sample's targets: a date in the file would be over one day.
const TARGET_DAYS: i64 = 60;

/// The sample: the shop's container under another id, with targets. `None` would be a mistake in the container, which a test
/// rules out.
pub fn sample_container() -> Option<Container> {
    container::check(&sample_text()?).container
}

/// The sample's container as it is written.
pub fn sample_text() -> Option<String> {
    with_targets(&renamed(DEMO_CONTAINER)?)
}

/// The container with what the sample's people are to reach, so that its page of targets shows something.
fn with_targets(container: &str) -> Option<String> {
    let today = TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
    let by = today.saturating_add(jiff::Span::new().days(TARGET_DAYS));
    let kpis = format!(
        r#""kpis": [
    {{ "name": "Visitors who buy", "metric": "conversion_rate", "goal": "bought", "from": 0.03, "to": 0.06, "by": "{by}" }},
    {{ "name": "Leads in 30 days", "metric": "leads", "goal": "lead", "from": 90, "to": 150, "by": "{by}" }},
    {{ "name": "Average order", "metric": "aov", "from": 3200, "to": 3600, "by": "{by}" }},
    {{ "name": "CTR of promos", "metric": "ctr", "from": 0.12, "to": 0.15, "by": "{by}" }},
    {{ "name": "CAC", "metric": "cac", "from": 460, "to": 400, "by": "{by}" }},
    {{ "name": "ROMI", "metric": "romi", "from": 7, "to": 8, "by": "{by}" }}
  ],

  "funnels""#
    );
    let (before, after) = container.split_once("\"funnels\"")?;
    Some(format!("{before}{kpis}{after}"))
}

/// Fills in what the sample's history lacks, while everything else goes on. The demo works without it.
pub async fn seed(client: &clickhouse::Client, data: &DataDir) {
    let Some(_alone) = data.seeding() else {
        tracing::info!("another weir is filling in the history of the sample site `{SAMPLE}`");
        return;
    };
    match sample::seed(client, jiff::Timestamp::now(), |_| {}).await {
        Ok(report) if report.added > 0 => tracing::info!(
            events = report.added,
            "the sample site `{SAMPLE}` has a month of history"
        ),
        Ok(_) => {}
        Err(error) => {
            tracing::warn!("{error}; `weir demo seed` tries again ({})", error.hint());
        }
    }
}

/// The container with the sample's id in place of the shop's.
fn renamed(container: &str) -> Option<String> {
    let (before, after) = container.split_once("\"id\"")?;
    let (colon, after) = after.split_once(&format!("\"{SHOP}\""))?;
    (colon.trim() == ":").then(|| format!("{before}\"id\"{colon}\"{SAMPLE}\"{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_container_is_good_and_becomes_the_sample() {
        let shop = container::check(DEMO_CONTAINER).container.unwrap();
        assert_eq!(shop.site(), SHOP);
        let sample = sample_container().unwrap();
        assert_eq!(sample.site(), SAMPLE);
        assert_eq!(sample.funnels(), shop.funnels());
        let definition = sample.definition(1);
        assert_eq!((definition.goals.len(), definition.kpis.len()), (2, 6));
        assert!(shop.funnels().contains(&"checkout".to_owned()));
    }

    #[test]
    fn an_edited_container_is_not_overwritten() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(temp.path()).unwrap();
        let file = container_file(&data).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), DEMO_CONTAINER);
        fs::write(&file, "edited").unwrap();
        assert_eq!(container_file(&data).unwrap(), file);
        assert_eq!(fs::read_to_string(&file).unwrap(), "edited");
    }
}
