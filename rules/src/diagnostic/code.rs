//! The kinds of problems: names that never change, and how bad each is.

use super::Severity;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// The kind of a problem, by a name that never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name of the code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// How bad a problem of this kind is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// The text is not JSON.
    NotJson = "not_json", Error;
    /// A key that must be there is not.
    MissingKey = "missing_key", Error;
    /// A key that means nothing here.
    UnknownKey = "unknown_key", Error;
    /// A key written twice in one object.
    DuplicateKey = "duplicate_key", Error;
    /// A key that means nothing beside its neighbours.
    MisplacedKey = "misplaced_key", Error;
    /// A text where a number is expected, and the like.
    WrongType = "wrong_type", Error;
    /// A format of containers that this server does not know.
    UnsupportedFormatVersion = "unsupported_format_version", Error;
    /// Variables that need each other.
    VariableCycle = "variable_cycle", Error;
    /// A step of `then` that does not exist.
    UnknownTransform = "unknown_transform", Error;
    /// A group that a pattern does not have.
    UnknownGroup = "unknown_group", Error;
    /// A global variable that leads to what may not be read.
    ForbiddenPath = "forbidden_path", Error;
    /// A name of a form that names cannot have.
    InvalidName = "invalid_name", Error;
    /// No host name.
    InvalidDomain = "invalid_domain", Error;
    /// A time zone that does not exist.
    UnknownTimezone = "unknown_timezone", Error;
    /// A currency that does not exist.
    UnknownCurrency = "unknown_currency", Error;
    /// No length of time.
    InvalidDuration = "invalid_duration", Error;
    /// A unit of time that does not exist.
    UnknownUnit = "unknown_unit", Error;
    /// A number outside its bounds.
    OutOfRange = "out_of_range", Error;
    /// A trigger or variable of no kind.
    MissingKind = "missing_kind", Error;
    /// A trigger or variable of two kinds.
    SeveralKinds = "several_kinds", Error;
    /// A kind of trigger that does not exist.
    UnknownTriggerKind = "unknown_trigger_kind", Error;
    /// A kind of variable that does not exist.
    UnknownVariableKind = "unknown_variable_kind", Error;
    /// An operator that does not exist.
    UnknownOperator = "unknown_operator", Error;
    /// A word outside the list of those allowed.
    UnknownChoice = "unknown_choice", Error;
    /// A variable that does not exist.
    UnknownVariable = "unknown_variable", Error;
    /// A trigger that does not exist.
    UnknownTrigger = "unknown_trigger", Error;
    /// A field that steps of a funnel do not have.
    UnknownField = "unknown_field", Error;
    /// No CSS selector.
    InvalidSelector = "invalid_selector", Error;
    /// No pattern, or one that is not safe to run in a page.
    InvalidPattern = "invalid_pattern", Error;
    /// No template.
    InvalidTemplate = "invalid_template", Error;
    /// Two tags of one name.
    DuplicateTagName = "duplicate_tag_name", Error;
    /// Two targets of one name.
    DuplicateKpiName = "duplicate_kpi_name", Error;
    /// A text longer than allowed.
    TooLong = "too_long", Error;
    /// More entries than allowed.
    TooMany = "too_many", Error;
    /// Fewer entries than needed.
    TooFew = "too_few", Error;
    /// Conditions nested deeper than allowed.
    TooDeep = "too_deep", Error;
    /// Two keys of which there can be one.
    ConflictingKeys = "conflicting_keys", Error;
    /// No path of a page.
    InvalidPath = "invalid_path", Error;
    /// A group that waits for itself.
    TriggerCycle = "trigger_cycle", Error;
    /// No address of the web, or not one that can be used here.
    InvalidUrl = "invalid_url", Error;
    /// No hash of a script.
    InvalidIntegrity = "invalid_integrity", Error;
    /// A script from a host that the site does not list.
    HostNotApproved = "host_not_approved", Error;
    /// A category of consent that does not exist.
    UnknownConsent = "unknown_consent", Error;
    /// No day.
    InvalidDate = "invalid_date", Error;
    /// A day that has passed.
    DateInPast = "date_in_past", Warning;
    /// A goal that does not exist.
    UnknownGoal = "unknown_goal", Error;
    /// A funnel that does not exist.
    UnknownFunnel = "unknown_funnel", Error;
    /// A tag that does not exist.
    UnknownTag = "unknown_tag", Error;
    /// A metric that does not exist.
    UnknownMetric = "unknown_metric", Error;
    /// A step of an example that does not exist.
    UnknownStep = "unknown_step", Error;
    /// A target that is reached from the beginning.
    NothingToReach = "nothing_to_reach", Warning;
    /// What reports do not look at yet.
    NotInReports = "not_in_reports", Warning;
    /// A tag whose events nothing sends on yet.
    NothingForwards = "nothing_forwards", Warning;
    /// A trigger that waits for anything makes something fire.
    AnyEventFires = "any_event_fires", Warning;
    /// What comes of an example is not what it expects.
    ExampleFails = "example_fails", Error;
    /// A trigger that no tag uses.
    UnusedTrigger = "unused_trigger", Warning;
    /// A variable that nothing uses.
    UnusedVariable = "unused_variable", Warning;
    /// A tag that nothing can make fire.
    TagNeverFires = "tag_never_fires", Warning;
    /// An exception that waits for another kind of event than the tag.
    ExceptNeverApplies = "except_never_applies", Warning;
    /// Two tags that always send the same event.
    SameTags = "same_tags", Warning;
    /// A tag that sends what is sent anyway.
    AutomaticEvent = "automatic_event", Warning;
    /// A funnel step that no tag can send.
    FunnelEventNeverSent = "funnel_event_never_sent", Warning;
    /// A site without domains.
    NoDomains = "no_domains", Warning;
}
