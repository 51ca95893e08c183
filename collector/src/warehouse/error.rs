//! What can go wrong between Weir and ClickHouse, in words that say what to do.

use thiserror::Error;

/// Server answers that pass by themselves: timeouts, too much at once, no memory, a table that is being replaced.
const PASSING_CODES: [&str; 9] = [
    "Code: 3.",
    "Code: 159.",
    "Code: 202.",
    "Code: 209.",
    "Code: 210.",
    "Code: 241.",
    "Code: 242.",
    "Code: 252.",
    "Code: 425.",
];

/// Something about ClickHouse did not work.
#[derive(Debug, Error)]
pub enum WarehouseError {
    /// The address cannot be used.
    #[error("`{url}` is not an address of ClickHouse's HTTP interface")]
    Address {
        /// As given.
        url: String,
    },
    /// It does not answer.
    #[error("ClickHouse does not answer while {doing}")]
    Unreachable {
        /// What was being done.
        doing: String,
        /// What the network said.
        #[source]
        source: clickhouse::error::Error,
    },
    /// It answered with an error.
    #[error("ClickHouse refused while {doing}: {source}")]
    Refused {
        /// What was being done.
        doing: String,
        /// What it said.
        #[source]
        source: clickhouse::error::Error,
    },
    /// A migration that this database already has reads differently now.
    #[error("migration `{name}` has been edited since it was applied")]
    EditedMigration {
        /// File name without its ending.
        name: String,
    },
    /// The servers know no cluster of this name.
    #[error("ClickHouse knows no cluster `{name}`; it knows {}", listed(known))]
    NoSuchCluster {
        /// As given.
        name: String,
        /// Those of `remote_servers`.
        known: Vec<String>,
    },
    /// The cluster lacks what replicated tables need.
    #[error("cluster `{name}` cannot be used: {what}")]
    ClusterSetUp {
        /// Its name.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A cluster is asked for, and there are the tables of one server.
    #[error("the tables are not on cluster `{name}`: they were made for one server")]
    SingleServer {
        /// As given.
        name: String,
    },
    /// Another cluster than the one that has the tables.
    #[error("the tables are on cluster `{there}`, not on `{name}`")]
    OtherCluster {
        /// As given.
        name: String,
        /// The one that has them.
        there: String,
    },
    /// Views that came with this version do not run. All others do.
    #[error("view `{view}` does not run{}: {source}", and_others(others))]
    BrokenViews {
        /// Database and name of the first.
        view: String,
        /// What ClickHouse said to it.
        #[source]
        source: clickhouse::error::Error,
        /// Names of the others.
        others: Vec<String>,
    },
    /// A name that becomes part of a view's name.
    #[error("`{name}` cannot name a {what}")]
    Name {
        /// Site or funnel.
        what: &'static str,
        /// As given.
        name: String,
    },
    /// A funnel that the views could not read.
    #[error("funnel `{funnel}` has {steps} steps")]
    StepCount {
        /// Its name.
        funnel: String,
        /// How many.
        steps: usize,
    },
    /// More conditions than the views look at.
    #[error("the steps of funnel `{funnel}` have {conditions} conditions")]
    ConditionCount {
        /// Its name.
        funnel: String,
        /// How many, those of all steps together.
        conditions: usize,
    },
    /// A conversion window that the views could not span.
    #[error("funnel `{funnel}` has a window of {within_s} s")]
    Window {
        /// Its name.
        funnel: String,
        /// Seconds.
        within_s: u64,
    },
    /// Not a name of the time zone database.
    #[error("`{timezone}` is not a time zone")]
    TimeZone {
        /// As given.
        timezone: String,
    },
}

fn and_others(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(", nor do {}", listed(names))
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl WarehouseError {
    /// Wraps `source`, which came up while `doing`.
    pub(crate) fn from_client(doing: impl Into<String>, source: clickhouse::error::Error) -> Self {
        use clickhouse::error::Error;
        let doing = doing.into();
        match source {
            Error::Network(_) | Error::TimedOut => Self::Unreachable { doing, source },
            _ => Self::Refused { doing, source },
        }
    }

    /// Whether doing the same again later may help.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { source, .. } | Self::BrokenViews { source, .. } => {
                let text = source.to_string();
                PASSING_CODES.iter().any(|code| text.contains(code))
            }
            Self::Address { .. }
            | Self::NoSuchCluster { .. }
            | Self::ClusterSetUp { .. }
            | Self::SingleServer { .. }
            | Self::OtherCluster { .. }
            | Self::EditedMigration { .. }
            | Self::Name { .. }
            | Self::StepCount { .. }
            | Self::ConditionCount { .. }
            | Self::Window { .. }
            | Self::TimeZone { .. } => false,
        }
    }

    /// Whether the server cannot be reached at all. A statement that takes too long is another thing.
    pub(super) fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { source, .. } if matches!(source, clickhouse::error::Error::Network(_)))
    }

    /// What the operator can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Address { .. } => {
                "write it like `http://127.0.0.1:8123`; for https put a proxy in between"
            }
            Self::Unreachable { .. } => {
                "check that it runs and that the address is right; Weir keeps events on disk until it answers"
            }
            Self::Refused { .. } => {
                "check the user's grants: it needs everything on databases `weir` and `weir_fn`, and SELECT on system.tables"
            }
            Self::NoSuchCluster { .. } => {
                "write a name of `SELECT cluster FROM system.clusters` after --clickhouse-cluster, or define it in `remote_servers`"
            }
            Self::ClusterSetUp { .. } => {
                "set the macros and `internal_replication` on every server as docs/scale.md shows"
            }
            Self::SingleServer { .. } => {
                "leave --clickhouse-cluster out, or give the address of a cluster without Weir's tables and move the data as docs/scale.md says"
            }
            Self::OtherCluster { .. } => {
                "give --clickhouse-cluster the name of the cluster that has the tables, or leave it out"
            }
            Self::EditedMigration { .. } => {
                "restore the file as it was released; a change of the schema is a new file with the next number"
            }
            Self::BrokenViews { .. } => {
                "the other views work; ClickHouse may be too old (Weir needs 25.8 or newer), or the user lacks grants: it needs everything on databases `weir` and `weir_fn`, and SELECT on system.tables"
            }
            Self::Name { .. } => "use 1 to 64 of `a`-`z`, `0`-`9` and `_`",
            Self::StepCount { .. } => "a funnel has 1 to 12 steps",
            Self::ConditionCount { .. } => {
                "a funnel has at most 24 conditions, a path or an item counting as one"
            }
            Self::Window { .. } => "a window is 1 second to 2900 days",
            Self::TimeZone { .. } => "use a name like `Europe/Moscow`",
        }
    }
}
