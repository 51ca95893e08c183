-- Which files of `tables/` this database has been given. Written by the migration runner, one row per file.
CREATE TABLE IF NOT EXISTS weir.migrations
(
    number       UInt32                COMMENT 'the four digits its name begins with',
    name         String                COMMENT 'file name without its ending',
    checksum     String                COMMENT 'SHA-256 of the file, hexadecimal: an applied file is never edited',
    applied_at   DateTime64(3, 'UTC')  COMMENT 'when',
    weir_version String                COMMENT 'by which version of Weir'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY number
COMMENT 'Migrations that have been applied';
