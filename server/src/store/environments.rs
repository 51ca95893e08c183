//! Environments of sites that are managed in the page, and their hosts.
//!
//! The releases of an environment are those of its companion site (`id`), so that they are numbered, kept and listed as every
//! other site's are. Whether hosts and names are good is the publisher's business.

use rusqlite::{Row, TransactionBehavior, params};

use super::audit::{self, Action, Actor};
use super::{Draft, Store, StoreError, latest_of_site, next_release};

/// One environment of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEnvironment {
    /// The site whose rules are tried there.
    pub site: String,
    /// How it is called: `staging`.
    pub name: String,
    /// The companion site that its visits and releases belong to.
    pub id: String,
    /// Its hosts, as patterns.
    pub hosts: Vec<String>,
}

impl Store {
    /// All environments, by site and name.
    pub fn environments(&self) -> Result<Vec<StoredEnvironment>, StoreError> {
        let connection = self.lock();
        let mut statement = connection
            .prepare("SELECT site, name, id, hosts FROM environments ORDER BY site, name")?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Makes an environment, or gives it other hosts. A new one starts with `first`, which is what is live; one that was removed
    /// goes on with what it had.
    pub fn set_environment(
        &self,
        environment: &StoredEnvironment,
        first: Draft<'_>,
        compile: impl FnOnce(u32) -> Vec<u8>,
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let StoredEnvironment {
            site,
            name,
            id,
            hosts,
        } = environment;
        let list = serde_json::json!(hosts).to_string();
        let known = transaction.execute(
            "UPDATE environments SET hosts = ?3 WHERE site = ?1 AND name = ?2",
            params![site, name, list],
        )?;
        if known == 0 {
            transaction.execute(
                "INSERT INTO environments (site, name, id, hosts, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![site, name, id, list, first.now_ms, first.author],
            )?;
            if latest_of_site(&transaction, id)?.is_none() {
                next_release(&transaction, first, compile)?;
            }
        }
        let detail = format!("{name}: {}", hosts.join(", "));
        let actor = first.actor();
        audit::note(&transaction, actor, Action::EnvironmentSet, site, &detail)?;
        transaction.commit()?;
        Ok(())
    }

    /// Removes an environment; its visits and releases stay. Says whether there was one.
    pub fn remove_environment(
        &self,
        site: &str,
        name: &str,
        actor: Actor<'_>,
    ) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let removed = transaction.execute(
            "DELETE FROM environments WHERE site = ?1 AND name = ?2",
            [site, name],
        )? > 0;
        if removed {
            audit::note(&transaction, actor, Action::EnvironmentRemove, site, name)?;
        }
        transaction.commit()?;
        Ok(removed)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredEnvironment> {
    let hosts: String = row.get(3)?;
    Ok(StoredEnvironment {
        site: row.get(0)?,
        name: row.get(1)?,
        id: row.get(2)?,
        // Written above: a list of strings.
        hosts: serde_json::from_str(&hosts).unwrap_or_default(),
    })
}
