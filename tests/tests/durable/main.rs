//! What was answered 2xx is on disk, and in ClickHouse once, with everything in between failing.

mod chaos;
mod oracle;
mod spool;
mod trace;
