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

/// `weir_fn.funnel_entries`, which the saved views contain.
pub(super) const FUNNEL_ENTRIES: &str = include_str!("../../sql/views/fn_funnel_entries.sql");
/// `weir_fn.funnel`, which the saved views are.
pub(super) const FUNNEL: &str = include_str!("../../sql/views/fn_funnel.sql");

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
        self.comment == comment(site, funnel)
    }

    /// Whether it belongs to this site.
    pub(super) fn belongs_to(&self, site: &str) -> bool {
        self.comment.contains(&format!("` of site `{site}`: "))
    }
}

/// What a saved view says about itself, which is also how it is told whose it is.
fn comment(site: &str, funnel: &str) -> String {
    format!("Funnel `{funnel}` of site `{site}`: persons who entered in the last 30 days, by step")
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
    site: &str,
    funnel: &str,
) -> Result<(), WarehouseError> {
    run(
        client,
        &format!("making view `weir.{view}`"),
        &create_statement(view, site, funnel),
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

fn create_statement(view: &str, site: &str, funnel: &str) -> String {
    let of_funnel = |column: &str| {
        format!(
            "(SELECT any({column}) FROM weir.funnels WHERE site = '{site}' AND funnel = '{funnel}')"
        )
    };
    // When a view is made, ClickHouse takes the look-up itself for empty, which is no time zone.
    let zone = format!(
        "coalesce(nullIf((SELECT argMax(timezone, published_at) FROM weir.sites WHERE id = '{site}'), ''), 'UTC')"
    );
    let body = body(FUNNEL)
        .replace(ENTRIES_CALL, &format!("({})", body(FUNNEL_ENTRIES)))
        // Labels for people; before the steps themselves, which the same text asks for.
        .replace(
            "{steps:Array(String)}[step_no]",
            &format!("{}[step_no]", of_funnel("labels")),
        )
        .replace("{steps:Array(String)}", &of_funnel("steps"))
        .replace("{window_s:UInt64}", &of_funnel("window_s"))
        .replace("{from:Date}", &format!("(toDate(now(), {zone}) - 29)"))
        .replace("{to:Date}", &format!("toDate(now(), {zone})"))
        .replace("{site:String}", &format!("'{site}'"));
    format!(
        "CREATE OR REPLACE VIEW weir.{view} AS\n{body}\nCOMMENT '{}'",
        comment(site, funnel)
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
            comment: comment(site, funnel),
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
        let sql = create_statement("funnel_shop_checkout", "shop", "checkout");
        assert!(!sql.contains('{') && !sql.contains("weir_fn."), "{sql}");
        assert!(sql.contains(
            "SELECT any(labels) FROM weir.funnels WHERE site = 'shop' AND funnel = 'checkout'"
        ));
        assert!(sql.starts_with("CREATE OR REPLACE VIEW weir.funnel_shop_checkout AS\n"));
    }
}
