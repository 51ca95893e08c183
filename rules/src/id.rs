//! Identifiers inside one release: positions in its tables, each of a type of its own so that they cannot be mixed up.
//!
//! They mean nothing outside the release they come from: what is stored or sent carries names.

macro_rules! table_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
        pub struct $name(u32);

        impl $name {
            /// The id of the entry at `index`. No table is as long as ids reach.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// The position in the table.
            pub fn index(self) -> usize {
                usize::try_from(self.0).unwrap_or(usize::MAX)
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
