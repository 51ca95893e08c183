//! Values in addresses: percent-encoded as `encodeURIComponent` does it.

use alloc::string::String;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends a text so that it is one value of a query.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = HEX.get(usize::from(digit)).copied().unwrap_or_default();
                out.push(char::from(digit));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::push_encoded;

    #[test]
    fn encodes_as_browsers_do() {
        for (text, encoded) in [
            ("", ""),
            ("Az09-_.!~*'()", "Az09-_.!~*'()"),
            ("a b&c=d", "a%20b%26c%3Dd"),
            ("1 990,50 ₽", "1%20990%2C50%20%E2%82%BD"),
            ("🎉\u{200f}", "%F0%9F%8E%89%E2%80%8F"),
            ("\"<>`{}\n%", "%22%3C%3E%60%7B%7D%0A%25"),
        ] {
            let mut out = String::new();
            push_encoded(&mut out, text);
            assert_eq!(out, encoded, "{text}");
        }
    }
}
