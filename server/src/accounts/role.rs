//! What people may do, and the language they read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do; a later one may do all that an earlier one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at reports.
    Viewer,
    /// And sees their SQL, and takes data away.
    Analyst,
    /// And changes and publishes rules.
    Editor,
    /// And decides about people and sites.
    Owner,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Analyst, Self::Editor, Self::Owner];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The language of somebody's pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Locale {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::En, Self::Ru]
            .into_iter()
            .find(|locale| locale.name() == name)
    }
}
