//! Event ids: UUID version 7, the time in the upper bits, so that ids made one after another lie close together.

use alloc::string::String;

use crate::text::push_hex;

/// Writes an id from a time in milliseconds and 128 random bits, of which 74 are used.
pub(crate) fn write(ms: u64, random: [u32; 4]) -> String {
    let [a, b, c, _] = random.map(u64::from);
    let mut out = String::with_capacity(36);
    push_hex(&mut out, ms >> 16, 8);
    out.push('-');
    push_hex(&mut out, ms, 4);
    out.push('-');
    push_hex(&mut out, 0x7000 | a & 0xfff, 4);
    out.push('-');
    push_hex(&mut out, 0x8000 | a >> 16 & 0x3fff, 4);
    out.push('-');
    push_hex(&mut out, b, 8);
    push_hex(&mut out, c, 4);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_time_the_version_and_the_variant() {
        assert_eq!(
            write(0x0194_1f29_7c00, [0x3abc_d123, 0x4567_89ab, 0xffff_cdef, 0]),
            "01941f29-7c00-7123-babc-456789abcdef"
        );
        assert_eq!(write(1, [0; 4]), "00000000-0001-7000-8000-000000000000");
        assert_eq!(
            write(u64::MAX, [u32::MAX; 4]),
            "ffffffff-ffff-7fff-bfff-ffffffffffff"
        );
    }
}
