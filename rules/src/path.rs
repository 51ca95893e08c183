//! The path of an address as people write it: `/каталог/чай`, not `/%D0%BA…`.
//!
//! Rules compare and reports show this form, so it must be the same in the page, in `simulate` and in the collector. The
//! page has it from the browser's `decodeURI`; this does the same.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Characters that would mean something else if they were not encoded: `decodeURI` leaves them.
const RESERVED: &[u8] = b";/?:@&=+$,#";

/// Decodes `path` as `decodeURI` does. What it would throw at stays as it is.
pub fn readable_path(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let decoded = decode(path.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map_or(Cow::Borrowed(path), Cow::Owned)
}

fn decode(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
        let byte = u8::try_from(high? << 4 | low?).ok()?;
        if RESERVED.contains(&byte) {
            decoded.push(b'%');
            decoded.extend(digits);
        } else {
            decoded.push(byte);
        }
        rest = after;
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_people_write_them() {
        // The second column is what `decodeURI` answers in a browser.
        let cases = [
            ("/product/42", "/product/42"),
            ("/%D0%BA%D0%B0%D1%82%D0%B0%D0%BB%D0%BE%D0%B3/", "/каталог/"),
            ("/%f0%9f%8d%b5", "/🍵"),
            ("/a%20b%25", "/a b%"),
            ("/a%2Fb%3fc%23", "/a%2Fb%3fc%23"),
        ];
        for (path, readable) in cases {
            assert_eq!(readable_path(path), readable);
        }
    }

    #[test]
    fn what_cannot_be_decoded_stays() {
        for path in [
            "/100%",
            "/%4",
            "/%zz",
            "/%FF",
            "/%D0",
            "/%D0%BA%",
            "/%ED%A0%80",
        ] {
            assert_eq!(readable_path(path), path);
        }
    }
}
