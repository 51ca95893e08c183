//! Imports calls as a person would: to `/v1/batch` of a collector, packed, with a token of scope `import`; and reads answers as
//! texts, so that they are compared to the last digit.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Body;
use clickhouse::Client;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use weir_collector::warehouse::{self, SiteDefinition};
use weir_collector::{
    Collector, CollectorConfig, NewToken, SiteId, SiteSettings, Sites, TOKEN_RANDOM_BYTES,
    TokenRecord, TokenScope, Tokens,
};

/// A site that takes an import.
pub(crate) struct Importer {
    site: &'static str,
    zone: &'static str,
    currency: &'static str,
    token: NewToken,
}

impl Importer {
    pub(crate) async fn publish(
        client: &Client,
        site: &'static str,
        zone: &'static str,
        currency: &'static str,
    ) -> Self {
        let definition = SiteDefinition {
            id: site.to_owned(),
            timezone: zone.to_owned(),
            currency: currency.to_owned(),
            container_version: 1,
            funnels: Vec::new(),
            goals: Vec::new(),
            kpis: Vec::new(),
        };
        warehouse::publish_site(client, &definition).await.unwrap();
        Self {
            site,
            zone,
            currency,
            token: NewToken::mint([7; TOKEN_RANDOM_BYTES]),
        }
    }

    /// A collector that keeps what it takes below a folder.
    pub(crate) fn open(&self, folder: &Path, client: &Client) -> Collector {
        let site = SiteId::parse(self.site).unwrap();
        let sites = Sites::new();
        sites.replace(vec![SiteSettings {
            id: site.clone(),
            domains: Vec::new(),
            timezone: jiff::tz::TimeZone::get(self.zone).unwrap(),
            currency: self.currency.to_owned(),
            container_version: 1,
            cookieless: false,
        }]);
        let tokens = Tokens::new();
        tokens.replace(vec![TokenRecord {
            id: self.token.id().to_owned(),
            site,
            scope: TokenScope::Import,
            hash: self.token.hash(),
            revoked: false,
        }]);
        let config = CollectorConfig {
            spool_dir: folder.join("spool"),
            ..CollectorConfig::default()
        };
        Collector::open(config, sites, tokens, client.clone()).unwrap()
    }

    pub(crate) async fn post(&self, collector: &Collector, batch: &[Value]) -> Value {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed
            .write_all(json!({ "batch": batch }).to_string().as_bytes())
            .unwrap();
        let request = http::Request::post("/v1/batch")
            .header("authorization", format!("Bearer {}", self.token.expose()))
            .header("content-encoding", "gzip")
            .body(Body::from(packed.finish().unwrap()))
            .unwrap();
        let response = collector.router().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        let answer = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Waits until so many rows are in the warehouse.
    pub(crate) async fn until_stored(&self, client: &Client, rows: usize) {
        let deadline = Instant::now() + Duration::from_secs(120);
        let sql = format!(
            "SELECT count() FROM weir.events WHERE site = '{}'",
            self.site
        );
        loop {
            let found = client.query_raw(&sql).fetch_one::<u64>().await.unwrap();
            if usize::try_from(found).unwrap() >= rows {
                return;
            }
            assert!(Instant::now() < deadline, "{found} of {rows} are there");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Rows of a question as the engine writes them: numbers to the last digit.
pub(crate) async fn rows(reader: &Client, columns: &str, rest: &str) -> Vec<String> {
    let sql = format!("SELECT arrayStringConcat([{columns}], ' ') FROM {rest}");
    reader
        .query_raw(&sql)
        .fetch_all::<String>()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

pub(crate) fn text(columns: &[&str]) -> String {
    columns
        .iter()
        .map(|column| format!("toString({column})"))
        .collect::<Vec<_>>()
        .join(", ")
}
