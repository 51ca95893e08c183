//! What every request needs, in one place.

use std::sync::Arc;

use crate::guard::Guard;
use crate::held::Sessions;
use crate::http::origin::AllowedHosts;
use crate::kill::Killer;
use crate::pool::Pool;
use crate::session::Engine;
use crate::user::Secret;

/// Shared by all requests.
#[derive(Debug)]
pub(crate) struct Facade {
    pub(crate) engine: Engine,
    pub(crate) pool: Pool,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) killer: Killer,
    pub(crate) secret: Secret,
    pub(crate) hosts: AllowedHosts,
    pub(crate) timezone: String,
    /// The engine's.
    pub(crate) version: String,
    pub(crate) guard: Guard,
}
