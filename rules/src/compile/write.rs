//! Records and texts -> the bytes of a release, as `release.rs` reads them.

use crate::release::FORMAT;

pub(super) fn release(records: &[Vec<u32>], texts: &[String]) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    write_list(&mut bytes, records.iter().map(Vec::len));
    write_list(&mut bytes, texts.iter().map(String::len));
    for word in records.iter().flatten() {
        write_word(&mut bytes, *word);
    }
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

fn write_list(bytes: &mut Vec<u8>, lengths: impl ExactSizeIterator<Item = usize>) {
    write_word(bytes, super::word(lengths.len()));
    for length in lengths {
        write_word(bytes, super::word(length));
    }
}

fn write_word(bytes: &mut Vec<u8>, word: u32) {
    let mut rest = word;
    while rest >= 0x80 {
        bytes.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push((rest & 0x7F) as u8);
}
