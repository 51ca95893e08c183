//! What can become of a request and of each of its events: closed lists of reasons with stable names.
//!
//! The names go into answers and metrics and are never renamed. Whatever is not stored, or not stored as it came, has a
//! reason here and is counted under it. The sentences that people read are in `message.rs`.

use http::StatusCode;

/// Declares a closed list of reasons: the enum, all of its values in order, and their names.
macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All of them, in the order of [`index`](Self::index).
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The position in [`ALL`](Self::ALL).
            pub(crate) fn index(self) -> usize {
                self as usize
            }
        }
    };
}

reasons! {
    /// Why a whole request was refused.
    Refusal {
        /// The body is no JSON.
        NotJson = "not_json",
        /// JSON, but not the shape of a batch.
        BadBatch = "bad_batch",
        /// `v` is none that this collector speaks.
        UnsupportedVersion = "unsupported_version",
        /// `visitor` is not 16 hexadecimal digits, or all zero.
        BadVisitor = "bad_visitor",
        /// `session.id` is not 16 hexadecimal digits.
        BadSession = "bad_session",
        /// No page, or too many.
        BadPages = "bad_pages",
        /// No event.
        NoEvents = "no_events",
        /// More events than one batch may hold.
        TooManyEvents = "too_many_events",
        /// Server-side sending without a token.
        NoToken = "no_token",
        /// The token is none of ours.
        BadToken = "bad_token",
        /// The token was taken back.
        RevokedToken = "revoked_token",
        /// The token does not allow sending.
        WrongScope = "wrong_scope",
        /// No such site here.
        UnknownSite = "unknown_site",
        /// The page is on none of the site's domains.
        ForeignOrigin = "foreign_origin",
        /// The method is not POST.
        WrongMethod = "wrong_method",
        /// The body is larger than allowed.
        TooLarge = "too_large",
        /// The body did not arrive in time, or its sender went away.
        SlowBody = "slow_body",
        /// More requests than can be worked on.
        Overloaded = "overloaded",
        /// An address sends more often than it may.
        AddressRate = "address_rate",
        /// An address has more requests under way than it may.
        AddressShare = "address_share",
        /// A site sends more events than it may.
        SiteRate = "site_rate",
        /// A site takes up more than its share while others wait.
        SiteShare = "site_share",
        /// The spool, or its disk, is full.
        SpoolFull = "spool_full",
        /// The spool could not be written or synced.
        SpoolTrouble = "spool_trouble",
        /// The collector is about to stop.
        Stopping = "stopping",
    }
}

impl Refusal {
    /// Whether the same request may be taken later.
    pub(crate) fn is_passing(self) -> bool {
        self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// The status of the answer. Only 503 makes a sender keep its batch.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NotJson
            | Self::BadBatch
            | Self::UnsupportedVersion
            | Self::BadVisitor
            | Self::BadSession
            | Self::BadPages
            | Self::NoEvents => StatusCode::BAD_REQUEST,
            Self::NoToken | Self::BadToken | Self::RevokedToken => StatusCode::UNAUTHORIZED,
            Self::ForeignOrigin | Self::WrongScope => StatusCode::FORBIDDEN,
            Self::UnknownSite => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge | Self::TooManyEvents => StatusCode::PAYLOAD_TOO_LARGE,
            // Not 429: senders answer that by dropping the batch, or by hammering.
            Self::SlowBody
            | Self::Overloaded
            | Self::AddressRate
            | Self::AddressShare
            | Self::SiteRate
            | Self::SiteShare
            | Self::SpoolFull
            | Self::SpoolTrouble
            | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

reasons! {
    /// Why one event of an accepted batch was not stored.
    Reject {
        /// Not even an object.
        NotAnEvent = "not_an_event",
        /// No id, an empty one, or too long.
        BadEventId = "bad_event_id",
        /// The name is not `[a-z0-9_]{1,64}`.
        BadEventName = "bad_event_name",
        /// `ts` is missing or no time.
        BadTime = "bad_time",
        /// `seq` is no 32-bit number.
        BadSeq = "bad_seq",
        /// `page` is no index into the batch's pages.
        BadPage = "bad_page",
        /// `props` is no object.
        BadProps = "bad_props",
        /// More properties than one event may have.
        TooManyProps = "too_many_props",
        /// `type` is none of the calls that exist.
        BadType = "bad_type",
        /// `messageId` is neither text nor number, or too long.
        BadMessageId = "bad_message_id",
        /// Neither `userId` nor `anonymousId`.
        NoUser = "no_user",
        /// `event` is missing, or no name can be made of it.
        BadEvent = "bad_event",
        /// `timestamp` or `originalTimestamp` is no time.
        BadTimestamp = "bad_timestamp",
        /// `properties` is no object.
        BadProperties = "bad_properties",
        /// No event at all: the tag tells of a call of the page that makes no sense.
        BadCall = "bad_call",
        /// The visitor wants no part in this.
        OptedOut = "opted_out",
    }
}

reasons! {
    /// What was changed in an event that was stored.
    Change {
        /// The sender's clock was wrong; the time was corrected by the difference.
        ClockCorrected = "clock_corrected",
        /// Later than now; taken for now.
        FutureTime = "future_time",
        /// Too long ago; taken for now.
        AncientTime = "ancient_time",
        /// The session cannot have begun when its id says; its day is the event's.
        SessionStart = "session_start",
        /// A text was too long and was cut.
        TextCut = "text_cut",
        /// A property that is a list, an object or null was left out.
        PropNotScalar = "prop_not_scalar",
        /// A property with an empty or too long name was left out.
        PropName = "prop_name",
        /// `revenue` is no amount of money; it stayed a property.
        BadRevenue = "bad_revenue",
        /// `currency` is not three letters; it stayed a property.
        BadCurrency = "bad_currency",
        /// The signature of the user's id is wrong; the id counts as one that is not signed.
        BadSignature = "bad_signature",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_stable_distinct_and_in_order() {
        let refusals: Vec<_> = Refusal::ALL.iter().map(|reason| reason.name()).collect();
        let rejects: Vec<_> = Reject::ALL.iter().map(|reason| reason.name()).collect();
        let changes: Vec<_> = Change::ALL.iter().map(|reason| reason.name()).collect();
        for names in [&refusals, &rejects, &changes] {
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
            assert!(names.iter().all(|name| crate::site::is_name(name)));
        }
        for (at, reason) in Refusal::ALL.iter().enumerate() {
            assert_eq!(reason.index(), at);
        }
    }

    #[test]
    fn only_what_may_pass_is_worth_a_repeat() {
        for reason in Refusal::ALL {
            let passing = matches!(
                reason,
                Refusal::SlowBody
                    | Refusal::Overloaded
                    | Refusal::AddressRate
                    | Refusal::AddressShare
                    | Refusal::SiteRate
                    | Refusal::SiteShare
                    | Refusal::SpoolFull
                    | Refusal::SpoolTrouble
                    | Refusal::Stopping
            );
            assert_eq!(
                reason.status().is_server_error(),
                passing,
                "{}",
                reason.name()
            );
        }
    }
}
