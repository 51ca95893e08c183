//! Forms of texts that several shapes have in common.

/// Names of sites, events, funnels and goals.
pub(super) const IDENTIFIER: &str = "^[a-z0-9_]{1,64}$";
/// Names that authors give: no spaces at the ends, no braces.
pub(super) const NAME: &str = "^[^\\s{}](?:[^{}]{0,98}[^\\s{}])?$";
/// A length of time.
pub(super) const DURATION: &str = "^\\s*[0-9]+\\s*(?:seconds?|minutes?|hours?|days?|weeks?)\\s*$";
/// A host, or `*.` and one. Hosts in other scripts than Latin are hosts too.
pub(super) const DOMAIN: &str = "^(?:\\*\\.)?[^\\s/:.*,]+(?:\\.[^\\s/:.*,]+)*$";
/// A day.
pub(super) const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// An address of another server.
pub(super) const ADDRESS: &str = "^https?://";
/// A path of a page, or with `*` at its end, the beginning of one.
pub(super) const PATH: &str = "^/[^?#]*$";
