//! The body of a request: read within its limits, unpacked if it is packed.
//!
//! Senders announce compression wrongly as often as rightly, so headers are not asked: no JSON begins with the bytes that
//! gzip and zlib begin with. What comes out is bounded like what comes in, so that a small body cannot become a large one.

use std::future::{Future, poll_fn};
use std::io::Read;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::HttpBody;
use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;

use crate::limits::MAX_DISCARDED_BYTES;
use crate::outcome::Refusal;
use crate::parse::Refused;

/// Reads the body of a request, as JSON should be.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: impl HttpBody<Data = Bytes> + Unpin,
    max_bytes: usize,
    timeout: Duration,
) -> Result<Bytes, Refused> {
    let mut reading = pin!(read(headers, body, max_bytes));
    // Most bodies came with their head: for them no timer is set.
    let read = match poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
        Poll::Ready(body) => body,
        Poll::Pending => match tokio::time::timeout(timeout, reading).await {
            Ok(body) => body,
            Err(_) => return Err(Refused::new(Refusal::SlowBody, "")),
        },
    };
    unpack(read?, max_bytes)
}

fn too_large(max_bytes: usize) -> Refused {
    Refused::new(Refusal::TooLarge, max_bytes.to_string())
}

/// Reads the body while it is within its limit. More is read and thrown away, up to a limit of its own: a sender that is
/// still writing would not hear the answer.
async fn read(
    headers: &HeaderMap,
    mut body: impl HttpBody<Data = Bytes> + Unpin,
    max_bytes: usize,
) -> Result<Bytes, Refused> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|text| text.parse().ok())
        .is_some_and(|length: u64| length > MAX_DISCARDED_BYTES as u64)
    {
        return Err(too_large(max_bytes));
    }
    // Nearly every body comes in one piece, and is then not copied.
    let mut first = Bytes::new();
    let mut joined = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refused::new(Refusal::SlowBody, ""))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > MAX_DISCARDED_BYTES {
            return Err(too_large(max_bytes));
        }
        if length > max_bytes {
            first = Bytes::new();
            joined = Vec::new();
        } else if first.is_empty() {
            first = data;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&data);
        }
    }
    if length > max_bytes {
        return Err(too_large(max_bytes));
    }
    Ok(if joined.is_empty() {
        first
    } else {
        joined.into()
    })
}

/// Unpacks what is packed; everything else stays as it is.
fn unpack(body: Bytes, max_bytes: usize) -> Result<Bytes, Refused> {
    match *body {
        [0x1f, 0x8b, ..] => inflate(MultiGzDecoder::new(&*body), max_bytes),
        // The second byte makes both together a multiple of 31: no text does that by chance and begins with `x`.
        [0x78, flags, ..] if (0x7800 | u16::from(flags)) % 31 == 0 => {
            inflate(ZlibDecoder::new(&*body), max_bytes)
        }
        _ => Ok(body),
    }
}

fn inflate(packed: impl Read, max_bytes: usize) -> Result<Bytes, Refused> {
    let mut plain = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    let read = packed.take(limit.saturating_add(1)).read_to_end(&mut plain);
    if plain.len() > max_bytes {
        return Err(too_large(max_bytes));
    }
    match read {
        Ok(_) => Ok(plain.into()),
        Err(_) => Err(Refused::new(
            Refusal::NotJson,
            "it begins like gzip, but cannot be unpacked",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn packed_bodies_are_unpacked_and_others_left_alone() {
        let text = b"{\"v\":1}";
        let twice = [gzip(b"{\"v\""), gzip(b":1}")].concat();
        for body in [text.to_vec(), gzip(text), zlib(text), twice] {
            assert_eq!(unpack(body.into(), 100).unwrap(), text.as_slice());
        }
        for plain in ["", "x", "x{}", "\u{1f}"] {
            assert_eq!(unpack(plain.into(), 100).unwrap(), plain);
        }
    }

    #[test]
    fn what_is_larger_inside_than_allowed_is_refused_before_it_is_there() {
        let bomb = gzip(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 300_000);
        let refused = unpack(bomb.into(), 1_000_000).unwrap_err();
        assert_eq!(refused, too_large(1_000_000));
        assert_eq!(unpack(gzip(&[b' '; 100]).into(), 100).unwrap().len(), 100);
        assert!(unpack(gzip(&[b' '; 101]).into(), 100).is_err());
    }

    #[test]
    fn broken_gzip_is_no_json() {
        let mut broken = gzip(b"{\"v\":1, \"site\": \"shop\"}");
        broken.truncate(broken.len() - 6);
        assert_eq!(
            unpack(broken.into(), 100).unwrap_err().reason,
            Refusal::NotJson
        );
        assert_eq!(
            unpack(vec![0x1f, 0x8b].into(), 100).unwrap_err().reason,
            Refusal::NotJson
        );
    }
}
