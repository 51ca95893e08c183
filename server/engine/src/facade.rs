//! What every request needs, in one place.

use crate::guard::Guard;
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
    pub(crate) killer: Killer,
    pub(crate) secret: Secret,
    pub(crate) hosts: AllowedHosts,
    pub(crate) timezone: String,
    pub(crate) guard: Guard,
}
