//! Identifiers inside one release: positions in its tables, each of a type of its own so that they cannot be mixed up.
//!
//! They are 16 bits wide, which bounds every table of a release at 65,536 entries. They mean nothing outside the release
//! they come from: what is stored or sent carries names.

use serde::Deserialize;

macro_rules! table_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[cfg_attr(feature = "authoring", derive(serde::Serialize))]
        #[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
        pub struct $name(u16);

        impl $name {
            /// The id of the entry at `index`, unless the table is too long to have one.
            pub fn from_index(index: usize) -> Option<Self> {
                u16::try_from(index).ok().map(Self)
            }

            /// The position in the table.
            pub fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    };
}

table_id! {
    /// A tag of the release.
    TagId
}
table_id! {
    /// A trigger of the release.
    TriggerId
}
table_id! {
    /// A variable of the release, built in or named.
    VariableId
}
table_id! {
    /// A CSS selector of the release.
    SelectorId
}
table_id! {
    /// A pattern of the release.
    PatternId
}
table_id! {
    /// A condition of the release.
    ConditionId
}
