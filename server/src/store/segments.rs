//! Segments: filters of reports that people have given a name, for everybody who sees the site.
//!
//! Whether names and filters are good is the routes' business; here, how many of them a site may have.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::audit::{self, Action, Actor};
use super::{Store, StoreError};

/// Segments of one site, at most: more of them nobody finds again in a list.
pub const MOST_SEGMENTS: u32 = 200;

/// One segment of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSegment {
    /// What people call it.
    pub name: String,
    /// Its filters, as reports take them.
    pub filters: Vec<String>,
    /// When it was saved, in milliseconds since 1970 UTC.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: String,
}

impl Store {
    /// The segments of a site, by name.
    pub fn segments(&self, site: &str) -> Result<Vec<StoredSegment>, StoreError> {
        let connection = self.lock();
        let mut statement =
            connection.prepare(&format!("{SELECT} WHERE site = ?1 ORDER BY name"))?;
        let rows = statement.query_map([site], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Saves a segment, in the place of the one of the same name. None: the site has as many as it may have.
    pub fn set_segment(
        &self,
        site: &str,
        name: &str,
        filters: &[String],
        actor: Actor<'_>,
    ) -> Result<Option<StoredSegment>, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = segment(&transaction, site, name)?;
        if let Some(before) = before.as_ref().filter(|it| it.filters == filters) {
            return Ok(Some(before.clone()));
        }
        if before.is_none() {
            let sql = "SELECT count(*) FROM segments WHERE site = ?1";
            let there: u32 = transaction.query_row(sql, [site], |row| row.get(0))?;
            if there >= MOST_SEGMENTS {
                return Ok(None);
            }
        }
        let list = serde_json::json!(filters).to_string();
        transaction.execute(
            "INSERT INTO segments (site, name, filters, updated_at, updated_by) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET filters = ?3, updated_at = ?4, updated_by = ?5",
            params![site, name, list, actor.now_ms, actor.who],
        )?;
        let detail = format!("{name}: {}", filters.join(", "));
        audit::note(&transaction, actor, Action::SegmentSet, site, &detail)?;
        let saved = segment(&transaction, site, name)?;
        transaction.commit()?;
        Ok(saved)
    }

    /// Removes a segment. Says whether there was one.
    pub fn remove_segment(
        &self,
        site: &str,
        name: &str,
        actor: Actor<'_>,
    ) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let removed = transaction.execute(
            "DELETE FROM segments WHERE site = ?1 AND name = ?2",
            [site, name],
        )? > 0;
        if removed {
            audit::note(&transaction, actor, Action::SegmentRemove, site, name)?;
        }
        transaction.commit()?;
        Ok(removed)
    }
}

const SELECT: &str = "SELECT name, filters, updated_at, updated_by FROM segments";

fn segment(
    connection: &Connection,
    site: &str,
    name: &str,
) -> rusqlite::Result<Option<StoredSegment>> {
    let sql = format!("{SELECT} WHERE site = ?1 AND name = ?2");
    connection.query_row(&sql, [site, name], read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredSegment> {
    let filters: String = row.get(1)?;
    Ok(StoredSegment {
        name: row.get(0)?,
        // Written above: a list of strings.
        filters: serde_json::from_str(&filters).unwrap_or_default(),
        updated_at: row.get(2)?,
        updated_by: row.get(3)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Actor<'_> = Actor {
        who: "ann@x",
        now_ms: 10,
    };

    #[test]
    fn a_segment_is_kept_by_its_name_and_every_change_is_written_down() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        let mobile = ["device:mobile".to_owned()];
        let set = |site: &str, name: &str, filters: &[String]| {
            store.set_segment(site, name, filters, ANN).unwrap()
        };
        let saved = set("shop", "С телефона", &mobile).unwrap();
        assert_eq!(
            (saved.filters.as_slice(), saved.updated_by.as_str()),
            (&mobile[..], "ann@x")
        );
        set("shop", "С телефона", &mobile).unwrap();
        set("shop", "С телефона", &["device!:desktop".to_owned()]).unwrap();
        set("other", "All", &mobile).unwrap();
        let told = store.segments("shop").unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].filters, ["device!:desktop"]);
        assert!(store.remove_segment("shop", "С телефона", ANN).unwrap());
        assert!(!store.remove_segment("shop", "С телефона", ANN).unwrap());
        assert!(store.segments("shop").unwrap().is_empty());
        let actions: Vec<String> = store
            .audit(Some("shop"), None, 10)
            .unwrap()
            .into_iter()
            .map(|entry| entry.action)
            .collect();
        assert_eq!(
            actions,
            ["segment.remove", "segment.set", "segment.set"],
            "saving the same again is no change"
        );
    }

    #[test]
    fn a_site_has_so_many_segments_and_no_more() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        let set = |name: &str, filter: &str| {
            let filters = [filter.to_owned()];
            store.set_segment("shop", name, &filters, ANN).unwrap()
        };
        for no in 0..MOST_SEGMENTS {
            assert!(set(&no.to_string(), "os:iOS").is_some());
        }
        assert_eq!(set("one more", "os:iOS"), None);
        assert!(set("0", "os:Android").is_some(), "one that is there");
    }
}
