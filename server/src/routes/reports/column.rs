//! Columns of reports: what they are called, what they mean, and in what they are counted.

use serde::Serialize;
use utoipa::ToSchema;

use crate::cli::Language;

/// The same text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) en: &'static str,
    pub(super) ru: &'static str,
}

impl Words {
    pub(super) fn of(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Ru => self.ru,
        }
    }
}

pub(super) const fn words(en: &'static str, ru: &'static str) -> Words {
    Words { en, ru }
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// `2026-11-28`.
    Day,
    /// `2026-11-28 17:05:00`, UTC.
    Time,
    /// A whole number of things.
    Count,
    /// A number of no unit.
    Number,
    /// A fraction: 0.25 is 25 %.
    Share,
    /// In the currency of the site.
    Money,
    Seconds,
    /// 0 or 1.
    Flag,
}

impl Kind {
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Day => "day",
            Self::Time => "time",
            Self::Count | Self::Number | Self::Share | Self::Money | Self::Seconds => "number",
            Self::Flag => "flag",
        }
    }

    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Share => "share",
            Self::Money => "money",
            Self::Seconds => "seconds",
            Self::Text | Self::Day | Self::Time | Self::Number | Self::Flag => "",
        }
    }
}

/// A column, as the catalogue has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) title: Words,
    pub(super) definition: Words,
    pub(super) kind: Kind,
}

pub(super) const fn column(
    name: &'static str,
    kind: Kind,
    title: Words,
    definition: Words,
) -> Column {
    Column {
        name,
        title,
        definition,
        kind,
    }
}

/// A column, as the API tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportColumn)]
pub(super) struct ToldColumn {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) definition: &'static str,
    pub(super) r#type: &'static str,
    pub(super) unit: &'static str,
}

impl Column {
    pub(super) fn told(&self, language: Language) -> ToldColumn {
        ToldColumn {
            name: self.name,
            title: self.title.of(language),
            definition: self.definition.of(language),
            r#type: self.kind.type_name(),
            unit: self.kind.unit(),
        }
    }
}
