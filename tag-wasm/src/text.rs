//! Texts taken apart and numbers as text, without the searching and formatting machinery of the standard library: that
//! would make a third of the module.

use alloc::string::String;

/// What is before the first `separator`, which is ASCII, and what is after it; `None` if there is none.
pub(crate) fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    let at = text
        .bytes()
        .position(|byte| byte == separator)
        .unwrap_or(text.len());
    (text.get(..at).unwrap_or_default(), text.get(at + 1..))
}

/// The pieces between separators; none of an empty text.
pub(crate) struct Pieces<'a> {
    pub(crate) rest: &'a str,
    pub(crate) separator: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (piece, rest) = cut(self.rest, self.separator);
        self.rest = rest.unwrap_or_default();
        Some(piece)
    }
}

/// Appends a whole number.
pub(crate) fn push_integer(out: &mut String, number: u64) {
    if number > 9 {
        push_integer(out, number / 10);
    }
    push_digit(out, number % 10);
}

/// Appends `digits` hexadecimal digits, the lower ones of `number`.
pub(crate) fn push_hex(out: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        push_digit(out, number.checked_shr(4 * place).unwrap_or(0) & 15);
    }
}

/// Reads hexadecimal digits, sixteen at most.
pub(crate) fn parse_hex(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    text.chars().try_fold(0, |number, char| {
        Some(number << 4 | u64::from(char.to_digit(16)?))
    })
}

/// Reads a whole number.
pub(crate) fn parse_integer(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.chars().try_fold(0_u64, |number, char| {
        number
            .checked_mul(10)?
            .checked_add(u64::from(char.to_digit(10)?))
    })
}

fn push_digit(out: &mut String, digit: u64) {
    if let Some(char) = u32::try_from(digit)
        .ok()
        .and_then(|digit| char::from_digit(digit, 16))
    {
        out.push(char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_the_way_through_text() {
        for number in [0, 7, 10, 1_795_463_112_345, u64::MAX] {
            let (mut decimal, mut hex) = (String::new(), String::new());
            push_integer(&mut decimal, number);
            push_hex(&mut hex, number, 16);
            assert_eq!(decimal, number.to_string());
            assert_eq!(parse_integer(&decimal), Some(number));
            assert_eq!(hex, format!("{number:016x}"));
            assert_eq!(parse_hex(&hex), Some(number));
        }
    }

    #[test]
    fn texts_come_apart_at_separators() {
        assert_eq!(cut("a=b=c", b'='), ("a", Some("b=c")));
        assert_eq!(cut("a=", b'='), ("a", Some("")));
        assert_eq!(cut("ключ", b'='), ("ключ", None));
        let pieces = |rest| {
            Pieces {
                rest,
                separator: b' ',
            }
            .collect::<Vec<_>>()
        };
        assert_eq!(pieces("a б  c"), ["a", "б", "", "c"]);
        assert_eq!(pieces("a "), ["a"]);
        assert!(pieces("").is_empty());
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "x",
            "-1",
            "1 ",
            "18446744073709551616",
            "99999999999999999999",
        ] {
            assert_eq!(parse_integer(text), None, "{text}");
        }
        for text in ["", "g", "0x1", "12345678901234567"] {
            assert_eq!(parse_hex(text), None, "{text}");
        }
    }
}
