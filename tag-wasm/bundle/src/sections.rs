//! One edit of a WebAssembly module: features dropped from its `target_features` section.
//!
//! ```text
//! module   = "\0asm" version section*
//! section  = id:u8 length:leb128 body        a custom section has id 0, and its body begins with its name
//! features = count:leb128 (prefix:u8 name)*  a name is length:leb128 and bytes
//! ```
//!
//! The section tells the tools that follow what the module may use. Nothing of ours uses what is dropped; but with it,
//! wasm-bindgen would add a second table, which `wasm2js` cannot translate.

use anyhow::{Context, Result, bail};

const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const TARGET_FEATURES: &[u8] = b"target_features";

/// The module without these features; everything else of it is unchanged.
pub(crate) fn without_features(module: &[u8], dropped: &[&str]) -> Result<Vec<u8>> {
    let mut rest = module
        .strip_prefix(&HEADER)
        .context("not a WebAssembly module")?;
    let mut out = HEADER.to_vec();
    while let Some((&id, after_id)) = rest.split_first() {
        let (length, after_length) = read_length(after_id)?;
        let (body, next) = split(after_length, length)?;
        rest = next;
        out.push(id);
        let edited = if id == CUSTOM {
            edit_custom(body, dropped)?
        } else {
            None
        };
        let body = edited.as_deref().unwrap_or(body);
        write_length(&mut out, body.len());
        out.extend_from_slice(body);
    }
    Ok(out)
}

/// `None` if it is another custom section.
fn edit_custom(body: &[u8], dropped: &[&str]) -> Result<Option<Vec<u8>>> {
    let (length, after_length) = read_length(body)?;
    let (name, features) = split(after_length, length)?;
    if name != TARGET_FEATURES {
        return Ok(None);
    }
    let (count, mut rest) = read_length(features)?;
    let mut kept = Vec::new();
    for _ in 0..count {
        let (&prefix, after_prefix) = rest.split_first().context("the list of features is torn")?;
        let (length, after_length) = read_length(after_prefix)?;
        let (feature, next) = split(after_length, length)?;
        rest = next;
        if !dropped.iter().any(|name| name.as_bytes() == feature) {
            kept.push((prefix, feature));
        }
    }
    let mut out = Vec::new();
    write_length(&mut out, name.len());
    out.extend_from_slice(name);
    write_length(&mut out, kept.len());
    for (prefix, feature) in kept {
        out.push(prefix);
        write_length(&mut out, feature.len());
        out.extend_from_slice(feature);
    }
    Ok(Some(out))
}

fn split(bytes: &[u8], length: usize) -> Result<(&[u8], &[u8])> {
    bytes.split_at_checked(length).context("the module is torn")
}

/// LEB128, of 32 bits at most.
fn read_length(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut length = 0;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((length, bytes.get(at + 1..).unwrap_or_default()));
        }
    }
    bail!("the module is torn")
}

fn write_length(out: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        if length == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![id];
        write_length(&mut out, body.len());
        out.extend_from_slice(body);
        out
    }

    fn features(names: &[&str]) -> Vec<u8> {
        let mut body = b"\x0ftarget_features".to_vec();
        write_length(&mut body, names.len());
        for name in names {
            body.push(b'+');
            write_length(&mut body, name.len());
            body.extend_from_slice(name.as_bytes());
        }
        section(CUSTOM, &body)
    }

    fn module(sections: &[Vec<u8>]) -> Vec<u8> {
        [HEADER.to_vec(), sections.concat()].concat()
    }

    #[test]
    fn only_the_named_features_go() {
        // Long enough for a length of two bytes.
        let code = section(10, &[0; 300]);
        let other = section(CUSTOM, b"\x04name\x01\x02");
        let before = module(&[
            code.clone(),
            features(&["sign-ext", "reference-types"]),
            other.clone(),
        ]);
        let after = module(&[code, features(&["sign-ext"]), other]);
        assert_eq!(
            without_features(&before, &["reference-types", "multivalue"]).unwrap(),
            after
        );
        assert_eq!(without_features(&before, &[]).unwrap(), before);
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        let whole = module(&[features(&["sign-ext"])]);
        assert!(without_features(b"not wasm", &[]).is_err());
        for end in 9..whole.len() {
            assert!(without_features(&whole[..end], &[]).is_err(), "{end}");
        }
    }
}
