//! What was answered 2xx is on disk, and in ClickHouse once, with everything in between failing.

mod chaos;
mod full_disk;
mod oracle;
mod spool;
mod trace;
