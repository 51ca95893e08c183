//! Takes events in, keeps them on disk, inserts them into ClickHouse once.
