//! Saved funnels: one ready view for each funnel of a site's container.
//!
//! A saved view is the text of `weir_fn.funnel`, with each parameter replaced by a look-up in `weir.funnels`: its body
//! holds the names of the site and the funnel, which are checked identifiers, and nothing else that people wrote.
//!
//! It is called `funnel_<site>_<funnel>`. Where `<site>_<funnel>` is longer than 64 characters, or another funnel has the
//! name already (`shop` with `eu_checkout` and `shop_eu` with `checkout`), the name is cut and ends in eight digits of a
//! hash. Whose a view is stands in its comment; what a funnel's view is called, in `weir.funnels`.

use clickhouse::Client;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::client::{fetch, run};
use super::error::WarehouseError;

/// `weir_fn.funnel_entries_by`, which the saved views contain.
pub(super) const FUNNEL_ENTRIES_BY: &str = include_str!("../../sql/views/fn_funnel_entries_by.sql");
/// `weir_fn.funnel`, which the saved views are.
pub(super) const FUNNEL: &str = include_str!("../../sql/views/fn_funnel.sql");

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

    /// As the views call it.
    fn name(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Strict => "strict",
            Self::Any => "any",
        }
    }
}

impl FunnelCount {
    const ALL: [Self; 2] = [Self::Persons, Self::Sessions];

    /// As the views call it.
    fn unit(self) -> &'static str {
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
fn comment(site: &str, funnel: &str, mode: FunnelMode, count: FunnelCount) -> String {
    let (whose, who, how) = (whose(site, funnel), count.plural(), mode.name());
    format!("{whose}{who} that entered in the last 30 days, by step ({how})")
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
    let plain = format!("{site}_{funnel}");
    let full = format!("funnel_{plain}");
    let is_taken = existing
        .iter()
        .any(|view| view.name == full && !view.is_of(site, funnel));
    if plain.len() <= MAX_NAME && !is_taken {
        return full;
    }
    let hash = Sha256::digest(format!("{site}/{funnel}"));
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let kept: String = plain.chars().take(MAX_NAME - HASH_DIGITS - 1).collect();
    let tail: String = digits.chars().take(HASH_DIGITS).collect();
    format!("funnel_{kept}_{tail}")
}

/// Makes or replaces the view of a funnel. The names have been checked.
pub(super) async fn create(
    client: &Client,
    view: &str,
    (site, funnel): (&str, &str),
    (mode, count): (FunnelMode, FunnelCount),
) -> Result<(), WarehouseError> {
    run(
        client,
        &format!("making view `weir.{view}`"),
        &create_statement(view, (site, funnel), (mode, count)),
    )
    .await
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
    (mode, count): (FunnelMode, FunnelCount),
) -> String {
    let of_funnel = |column: &str| {
        format!(
            "(SELECT any({column}) FROM weir.funnels WHERE site = '{site}' AND funnel = '{funnel}')"
        )
    };
    // When a view is made, ClickHouse takes the look-up itself for empty, which is no time zone.
    let zone = format!(
        "coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = '{site}'), ''), 'UTC')"
    );
    // In any order, no step has a place of its own.
    let label = match mode {
        FunnelMode::Any => format!(
            "concat(toString(step_no), ' of ', toString(length({})))",
            of_funnel("labels")
        ),
        FunnelMode::Ordered | FunnelMode::Strict => format!("{}[step_no]", of_funnel("labels")),
    };
    let body = body(FUNNEL)
        .replace(ENTRIES_CALL, &format!("({})", body(FUNNEL_ENTRIES_BY)))
        // Labels for people; before the steps themselves, which the same text asks for.
        .replace("{steps:Array(String)}[step_no]", &label)
        .replace("{mode:String}", &format!("'{}'", mode.name()))
        .replace("{unit:String}", &format!("'{}'", count.unit()))
        .replace("{breakdown:String}", "''")
        .replace("{steps:Array(String)}", &of_funnel("steps"))
        .replace("{window_s:UInt64}", &of_funnel("window_s"))
        .replace("{from:Date}", &format!("(toDate(now(), {zone}) - 29)"))
        .replace("{to:Date}", &format!("toDate(now(), {zone})"))
        .replace("{site:String}", &format!("'{site}'"));
    format!(
        "CREATE OR REPLACE VIEW weir.{view} AS\n{body}\nCOMMENT '{}'",
        comment(site, funnel, mode, count)
    )
}

/// How `weir_fn.funnel` calls `weir_fn.funnel_entries`.
const ENTRIES_CALL: &str = "weir_fn.funnel_entries(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, from = {from:Date}, to = {to:Date})";

/// The query of a view's file.
fn body(sql: &'static str) -> &'static str {
    sql.split_once(" AS\n")
        .map_or(sql, |(_, body)| body)
        .trim_end()
        .trim_end_matches(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, site: &str, funnel: &str) -> ExistingView {
        ExistingView {
            name: name.to_owned(),
            comment: comment(site, funnel, FunnelMode::Ordered, FunnelCount::Persons),
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
                let sql = create_statement("funnel_a_b", ("a", "b"), (mode, count));
                assert!(!sql.contains('{') && !sql.contains("weir_fn."), "{sql}");
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
        let sql = create_statement("funnel_shop_checkout", ("shop", "checkout"), manner);
        assert!(sql.contains(
            "SELECT any(labels) FROM weir.funnels WHERE site = 'shop' AND funnel = 'checkout'"
        ));
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
