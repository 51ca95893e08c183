//! Saved funnels: one ready view for each funnel of a site's container.
//!
//! A saved view reads what was counted last ([`super::refresh`]) and says when that was: it answers in milliseconds, where
//! reading a text that counts would take the engine longer than most counting. Its body holds the names of the site and the
//! funnel, which are checked identifiers, and nothing that people wrote. What counts is the text of `weir_fn.funnel`.
//!
//! It is called `funnel_<site>_<funnel>`. Where `<site>_<funnel>` is longer than 64 characters, or another funnel has the
//! name already (`shop` with `eu_checkout` and `shop_eu` with `checkout`), the name is cut and ends in eight digits of a
//! hash. Whose a view is stands in its comment; what a funnel's view is called, in `weir.funnels`.

use clickhouse::Client;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::client::{execute, fetch, run};
use super::error::WarehouseError;
use super::{glossary, inline};

/// `weir_fn.funnel`, which counts them.
pub(super) const FUNNEL: &str = include_str!("../../sql/views/fn_funnel.sql");
/// What the saved views are.
const FUNNEL_STORED: &str = include_str!("../../sql/saved/funnel_stored.sql");

/// In what order the steps of a funnel are to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FunnelMode {
    /// In order, others may happen in between.
    #[default]
    Ordered,
    /// In order, nothing in between.
    Strict,
    /// In any order.
    Any,
}

/// Whose steps a funnel looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FunnelCount {
    /// A person's, across visits.
    #[default]
    Persons,
    /// Those of one visit.
    Sessions,
}

impl FunnelMode {
    const ALL: [Self; 3] = [Self::Ordered, Self::Strict, Self::Any];

    /// From its name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// As the views call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Strict => "strict",
            Self::Any => "any",
        }
    }
}

impl FunnelCount {
    const ALL: [Self; 2] = [Self::Persons, Self::Sessions];

    /// From the name of its unit.
    pub(super) fn of_unit(unit: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|count| count.unit() == unit)
    }

    /// As the views call it.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Persons => "person",
            Self::Sessions => "session",
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Self::Persons => "persons",
            Self::Sessions => "sessions",
        }
    }
}

/// Longest `<site>_<funnel>` in the name of a view.
const MAX_NAME: usize = 64;
/// Hexadecimal digits of the hash that tells cut names apart.
const HASH_DIGITS: usize = 8;

/// A saved view that is there.
#[derive(Debug, Clone, PartialEq, Eq, clickhouse::Row, Deserialize)]
pub(super) struct ExistingView {
    /// Without the database.
    pub(super) name: String,
    comment: String,
}

impl ExistingView {
    /// Whether it is the view of this funnel.
    fn is_of(&self, site: &str, funnel: &str) -> bool {
        self.comment.starts_with(&whose(site, funnel))
    }

    /// What it counts, and how: its comment says so.
    pub(super) fn manner(&self) -> (FunnelMode, FunnelCount) {
        let mode = FunnelMode::ALL
            .into_iter()
            .find(|mode| self.comment.ends_with(&format!("({})", mode.name())));
        let count = FunnelCount::ALL
            .into_iter()
            .find(|count| self.comment.contains(&format!("`: {} ", count.plural())));
        (mode.unwrap_or_default(), count.unwrap_or_default())
    }

    /// Whether it belongs to this site.
    pub(super) fn belongs_to(&self, site: &str) -> bool {
        self.comment.contains(&format!("` of site `{site}`: "))
    }
}

/// How a saved view's word about itself begins: this is how it is told whose it is.
fn whose(site: &str, funnel: &str) -> String {
    format!("Funnel `{funnel}` of site `{site}`: ")
}

/// What a saved view says about itself.
fn comment((site, funnel): (&str, &str), (mode, count): (FunnelMode, FunnelCount)) -> String {
    let (whose, who, how) = (whose(site, funnel), count.plural(), mode.name());
    format!("{whose}{who} that entered in the last 30 days, by step, as counted last ({how})")
}

/// All saved views of the database.
pub(super) async fn existing(client: &Client) -> Result<Vec<ExistingView>, WarehouseError> {
    let query = client.query_raw(
        "SELECT name, comment FROM system.tables \
         WHERE database = 'weir' AND engine = 'View' AND startsWith(comment, 'Funnel `') ORDER BY name",
    );
    fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("listing the saved funnels", error))
}

/// The name of a funnel's view among those that exist.
pub(super) fn view_name(site: &str, funnel: &str, existing: &[ExistingView]) -> String {
    name_of("funnel", site, funnel, |name| {
        existing
            .iter()
            .any(|view| view.name == name && !view.is_of(site, funnel))
    })
}

/// `<kind>_<site>_<thing>`, unless that is too long or somebody else's.
pub(super) fn name_of(
    kind: &str,
    site: &str,
    thing: &str,
    is_taken: impl Fn(&str) -> bool,
) -> String {
    let plain = format!("{site}_{thing}");
    let full = format!("{kind}_{plain}");
    if plain.len() <= MAX_NAME && !is_taken(&full) {
        return full;
    }
    let hash = Sha256::digest(format!("{site}/{thing}"));
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let kept: String = plain.chars().take(MAX_NAME - HASH_DIGITS - 1).collect();
    let tail: String = digits.chars().take(HASH_DIGITS).collect();
    format!("{kind}_{kept}_{tail}")
}

/// Makes or replaces the view of a funnel. The names have been checked.
pub(super) async fn create(
    client: &Client,
    view: &str,
    (site, funnel): (&str, &str),
    manner: (FunnelMode, FunnelCount),
    definition: u64,
) -> Result<(), WarehouseError> {
    let sql = create_statement(view, (site, funnel), manner, definition);
    let sql = glossary::with_columns(client, view, &sql).await?;
    run(client, &format!("making view `weir.{view}`"), &sql).await
}

/// A funnel to be counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) site: &'a str,
    pub(super) funnel: &'a str,
    pub(super) manner: (FunnelMode, FunnelCount),
    pub(super) definition: u64,
    /// What people call its steps, and what counts as them.
    pub(super) labels: &'a [String],
    pub(super) steps: &'a [String],
    pub(super) window_s: u64,
}

/// Counts a funnel over the 30 days that end with `today`, and keeps the result for its view.
pub(super) async fn count(
    client: &Client,
    asked: Asked<'_>,
    today: Date,
) -> Result<(), WarehouseError> {
    let query = client
        .query_raw(&format!(
            "INSERT INTO weir.funnel_results \
             (site, funnel, definition, step_no, step, persons, median_s_from_prev, maturing, as_of) \
             SELECT {{site:String}}, {{funnel:String}}, {{definition:UInt64}}, step_no, step, persons, median_s_from_prev, \
             maturing, now64(3) FROM ({})",
            counting_query(asked.manner)
        ))
        .param("site", asked.site)
        .param("funnel", asked.funnel)
        .param("definition", asked.definition)
        .param("labels", asked.labels)
        .param("steps", asked.steps)
        .param("window_s", asked.window_s)
        .param("from", today.saturating_sub(29.days()).to_string())
        .param("to", today.to_string());
    let (site, funnel) = (asked.site, asked.funnel);
    execute(query).await.map_err(|error| {
        WarehouseError::from_client(
            format!("counting funnel `{funnel}` of site `{site}`"),
            error,
        )
    })
}

/// Removes a view.
pub(super) async fn drop(client: &Client, view: &str) -> Result<(), WarehouseError> {
    run(
        client,
        &format!("removing view `weir.{view}`"),
        &format!("DROP VIEW IF EXISTS weir.{view}"),
    )
    .await
}

fn create_statement(
    view: &str,
    (site, funnel): (&str, &str),
    manner: (FunnelMode, FunnelCount),
    definition: u64,
) -> String {
    let query = inline::with_values(
        FUNNEL_STORED,
        &[
            ("site", &format!("'{site}'")),
            ("funnel", &format!("'{funnel}'")),
            ("definition", &definition.to_string()),
        ],
    );
    format!(
        "CREATE OR REPLACE VIEW weir.{view} AS\n{query}\nCOMMENT '{}'",
        comment((site, funnel), manner)
    )
}

/// What counts a funnel of a container, with parameters.
fn counting_query((mode, count): (FunnelMode, FunnelCount)) -> String {
    // In any order, no step has a place of its own.
    let label = match mode {
        FunnelMode::Any => {
            "concat(toString(step_no), ' of ', toString(length({labels:Array(String)})))"
        }
        FunnelMode::Ordered | FunnelMode::Strict => "{labels:Array(String)}[step_no]",
    };
    let body = inline::split(FUNNEL)
        .1
        .replace("weir_fn.funnel_entries(", &entries_call(mode, count));
    inline::query(&body).replace("{steps:Array(String)}[step_no]", label)
}

/// How the call of `weir_fn.funnel_entries` begins that looks at a funnel in its own manner.
fn entries_call(mode: FunnelMode, count: FunnelCount) -> String {
    format!(
        "weir_fn.funnel_entries_by(mode = '{}', unit = '{}', breakdown = '', ",
        mode.name(),
        count.unit()
    )
}

/// The time zone of a site, as SQL. When a view is made, ClickHouse takes the look-up itself for empty, which is no time
/// zone.
pub(super) fn zone_of(site: &str) -> String {
    format!(
        "coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = '{site}'), ''), 'UTC')"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, site: &str, funnel: &str) -> ExistingView {
        ExistingView {
            name: name.to_owned(),
            comment: comment((site, funnel), (FunnelMode::Ordered, FunnelCount::Persons)),
        }
    }

    #[test]
    fn a_view_is_called_after_site_and_funnel() {
        assert_eq!(view_name("shop", "checkout", &[]), "funnel_shop_checkout");
        let own = view("funnel_shop_checkout", "shop", "checkout");
        assert_eq!(
            view_name("shop", "checkout", &[own]),
            "funnel_shop_checkout"
        );
    }

    #[test]
    fn two_funnels_never_share_a_view() {
        let first = view("funnel_shop_eu_checkout", "shop", "eu_checkout");
        let second = view_name("shop_eu", "checkout", std::slice::from_ref(&first));
        assert!(second.starts_with("funnel_shop_eu_checkout_"), "{second}");
        assert_eq!(second.len(), "funnel_shop_eu_checkout_".len() + HASH_DIGITS);
        // Once it has its name, it keeps it.
        let both = [first, view(&second, "shop_eu", "checkout")];
        assert_eq!(view_name("shop_eu", "checkout", &both), second);
        assert_eq!(
            view_name("shop", "eu_checkout", &both),
            "funnel_shop_eu_checkout"
        );
    }

    #[test]
    fn a_long_name_is_cut_and_stays_unique() {
        let site = "s".repeat(64);
        let one = view_name(&site, "checkout", &[]);
        let other = view_name(&site, "checkout_2", &[]);
        assert_eq!(one.len(), "funnel_".len() + MAX_NAME);
        assert_ne!(one, other);
        let fits = view_name(&"s".repeat(55), "checkout", &[]);
        assert_eq!(fits, format!("funnel_{}_checkout", "s".repeat(55)));
    }

    #[test]
    fn a_view_knows_its_site() {
        let own = view("funnel_shop_eu_checkout", "shop", "eu_checkout");
        assert!(own.belongs_to("shop"));
        assert!(
            !own.belongs_to("shop_eu") && !own.belongs_to("eu_checkout") && !own.belongs_to("")
        );
    }

    #[test]
    fn a_saved_view_has_no_parameters_left() {
        for mode in FunnelMode::ALL {
            for count in FunnelCount::ALL {
                let counting = counting_query((mode, count));
                assert!(!counting.contains("weir_fn."), "{counting}");
                let sql = create_statement("funnel_a_b", ("a", "b"), (mode, count), 7);
                assert!(!sql.contains('{'), "{sql}");
                let (_, comment) = sql.split_once("COMMENT '").unwrap();
                let made = ExistingView {
                    name: "funnel_a_b".to_owned(),
                    comment: comment.trim_end_matches('\'').to_owned(),
                };
                assert_eq!(made.manner(), (mode, count));
                assert!(made.is_of("a", "b") && !made.is_of("a", "c"));
            }
        }
        let manner = (FunnelMode::Ordered, FunnelCount::Persons);
        assert!(counting_query(manner).contains("{labels:Array(String)}[step_no] AS step,"));
        let sql = create_statement("funnel_shop_checkout", ("shop", "checkout"), manner, 7);
        assert!(sql.starts_with("CREATE OR REPLACE VIEW weir.funnel_shop_checkout AS\n"));
        let older = ExistingView {
            name: "funnel_a_b".to_owned(),
            comment: "Funnel `b` of site `a`: persons who entered in the last 30 days, by step"
                .to_owned(),
        };
        assert!(older.is_of("a", "b"), "made by the version before");
        assert_eq!(older.manner(), manner);
    }
}
