//! The handshake of clickhouse-go over HTTP (Grafana's data source).
//!
//! It asks for blocks of its own protocol revision (`client_protocol_version`), and decodes the answer to its first
//! statement so, before it knows whom it talks to. From then on it decodes by the revision that this answer names. The
//! engine writes blocks of revision 0 only: so the first answer is written here, in the form that is expected of it, and
//! names revision 0.
//!
//! ```text
//! block:  1, is overflow (1 byte) | 2, bucket (4 bytes LE) | 0 | columns | rows | columns
//! column: name | type | 0 (plain serialisation) | values
//! ```
//! Numbers without a size are variable-length; texts have their length before them.

use bytes::Bytes;

/// From this revision on, columns say how they are serialised.
const CUSTOM_SERIALIZATION: u32 = 54_454;
/// What the client asks first.
const STATEMENT: &str = "SELECT displayName(), version(), revision(), timezone()";

/// Whether this is that first statement of such a client.
pub(super) fn is_hello(sql: &str, protocol_version: u32, format: &str) -> bool {
    protocol_version >= CUSTOM_SERIALIZATION && format == "Native" && sql.trim() == STATEMENT
}

/// The answer.
pub(super) fn hello(display_name: &str, version: &str, timezone: &str) -> Bytes {
    // No overflow rows, no bucket.
    let mut block = vec![1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0];
    block.extend([4, 1]);
    for (name, value) in [("displayName()", display_name), ("version()", version)] {
        text_column(&mut block, name, value);
    }
    text(&mut block, "revision()");
    text(&mut block, "UInt32");
    block.push(0);
    block.extend(0_u32.to_le_bytes());
    text_column(&mut block, "timezone()", timezone);
    block.into()
}

fn text_column(block: &mut Vec<u8>, name: &str, value: &str) {
    text(block, name);
    text(block, "String");
    block.push(0);
    text(block, value);
}

fn text(block: &mut Vec<u8>, value: &str) {
    let mut rest = value.len();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        if rest == 0 {
            block.push(low);
            break;
        }
        block.push(low | 0x80);
    }
    block.extend(value.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_what_the_client_decodes() {
        let expected = b"\x01\x00\x02\xff\xff\xff\xff\x00\x04\x01\
            \x0ddisplayName()\x06String\x00\x04weir\
            \x09version()\x06String\x00\x0426.7\
            \x0arevision()\x06UInt32\x00\x00\x00\x00\x00\
            \x0atimezone()\x06String\x00\x03UTC";
        assert_eq!(hello("weir", "26.7", "UTC").as_ref(), expected);
        let long = "x".repeat(300);
        let mut block = Vec::new();
        text(&mut block, &long);
        assert_eq!(block.get(..2), Some([0xac, 0x02].as_slice()));
    }

    #[test]
    fn nobody_else_gets_it() {
        assert!(is_hello(STATEMENT, 54_460, "Native"));
        assert!(!is_hello(STATEMENT, 54_405, "Native"));
        assert!(!is_hello(STATEMENT, 54_460, "JSON"));
        assert!(!is_hello("SELECT 1", 54_460, "Native"));
    }
}
