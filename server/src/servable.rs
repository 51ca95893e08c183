//! A body ready to be served: compressed once, with its tag for revalidation.
//!
//! Owns content negotiation (brotli, gzip, plain) and conditional requests. Knows nothing of what the bodies are.

use std::io::Write;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

/// Brotli's best; bodies are compressed once per publication, not per request.
const BROTLI_QUALITY: i32 = 11;
const BROTLI_WINDOW: i32 = 22;
/// Bytes of the content hash used in names and entity tags: 64 bits.
const HASH_BYTES: usize = 8;
/// Bodies smaller than this gain nothing from compression.
const MIN_COMPRESSED_BYTES: usize = 256;

/// A body with its compressed forms.
#[derive(Debug, Clone)]
pub struct Servable {
    content_type: HeaderValue,
    cache_control: HeaderValue,
    hash: String,
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// The compressed forms that an asker takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Accepted {
    brotli: bool,
    gzip: bool,
}

impl Servable {
    /// Compresses a body of text or wasm.
    pub fn compressed(
        body: impl Into<Bytes>,
        content_type: &'static str,
        cache_control: &'static str,
    ) -> Self {
        let mut servable = Self::plain(body, content_type, cache_control);
        if servable.plain.len() >= MIN_COMPRESSED_BYTES {
            servable.gzip = smaller(gzip(&servable.plain, Compression::best()), &servable.plain);
            servable.brotli = smaller(brotli(&servable.plain), &servable.plain);
        }
        servable
    }

    /// Compresses a body that is made for one answer only: quickly.
    pub fn quick(
        body: impl Into<Bytes>,
        content_type: &'static str,
        cache_control: &'static str,
    ) -> Self {
        let mut servable = Self::plain(body, content_type, cache_control);
        if servable.plain.len() >= MIN_COMPRESSED_BYTES {
            servable.gzip = smaller(gzip(&servable.plain, Compression::fast()), &servable.plain);
        }
        servable
    }

    /// A body whose compressed forms are there already.
    pub fn made(
        body: impl Into<Bytes>,
        brotli: Option<Vec<u8>>,
        gzip: Option<Vec<u8>>,
        content_type: &'static str,
        cache_control: &'static str,
    ) -> Self {
        let mut servable = Self::plain(body, content_type, cache_control);
        servable.brotli = smaller(brotli, &servable.plain);
        servable.gzip = smaller(gzip, &servable.plain);
        servable
    }

    /// A body that is compressed already, such as an image.
    pub fn plain(
        body: impl Into<Bytes>,
        content_type: &'static str,
        cache_control: &'static str,
    ) -> Self {
        let plain = body.into();
        Self {
            content_type: HeaderValue::from_static(content_type),
            cache_control: HeaderValue::from_static(cache_control),
            hash: content_hash(&plain),
            plain,
            gzip: None,
            brotli: None,
        }
    }

    /// Hash of the body, for names that change with it.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Length of the smallest form.
    #[must_use]
    pub fn brotli_bytes(&self) -> usize {
        self.brotli.as_ref().unwrap_or(&self.plain).len()
    }

    /// The body as it is.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.plain
    }

    /// Answers a request for this body: 200, or 304 when the asker has it.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        let accepted = Accepted::read(request);
        let (name, body) = match (&self.brotli, &self.gzip) {
            (Some(body), _) if accepted.brotli => (Some("br"), body),
            (_, Some(body)) if accepted.gzip => (Some("gzip"), body),
            _ => (None, &self.plain),
        };
        // Weak, because the compressed forms share it.
        let etag = format!("W/\"{}\"", self.hash);
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(value) = HeaderValue::from_str(&etag) {
            headers.insert(ETAG, value);
        }
        if has_current(request, &etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        if let Some(name) = name {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        (headers, Body::from(body.clone())).into_response()
    }
}

/// Short hash of a body, in hexadecimal.
pub fn content_hash(body: &[u8]) -> String {
    Sha256::digest(body)
        .iter()
        .take(HASH_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn smaller(compressed: Option<Vec<u8>>, plain: &Bytes) -> Option<Bytes> {
    compressed
        .filter(|compressed| compressed.len() < plain.len())
        .map(Bytes::from)
}

/// `None` cannot happen when writing to memory; the plain body serves then.
fn gzip(body: &[u8], level: Compression) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

fn brotli(mut body: &[u8]) -> Option<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: body.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut body, &mut compressed, &params).ok()?;
    Some(compressed)
}

impl Accepted {
    /// Weights other than zero are not compared: brotli is always the smallest.
    fn read(request: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        let offers = request
            .get_all(ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok());
        for offer in offers.flat_map(|value| value.split(',')) {
            let mut parts = offer.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0))
            });
            match name {
                "br" => accepted.brotli = !refused,
                "gzip" => accepted.gzip = !refused,
                _ => {}
            }
        }
        accepted
    }
}

fn has_current(request: &HeaderMap, etag: &str) -> bool {
    let strong = etag.trim_start_matches("W/");
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value
                .split(',')
                .map(str::trim)
                .any(|known| known == "*" || known.trim_start_matches("W/") == strong)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn asking(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    fn script() -> Servable {
        Servable::compressed("console.log(1);".repeat(100), "text/javascript", "no-cache")
    }

    #[test]
    fn takes_the_smallest_form_that_is_accepted() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip;q=1.0, br;q=0", Some("gzip")),
            ("br;q=0.1", Some("br")),
            ("deflate", None),
            ("gzip;q=0.0", None),
            ("", None),
        ] {
            let response = script().respond(&asking(ACCEPT_ENCODING, accepted));
            let encoding = response
                .headers()
                .get(CONTENT_ENCODING)
                .map(|v| v.to_str().unwrap());
            assert_eq!(encoding, expected, "{accepted}");
        }
    }

    #[test]
    fn all_forms_hold_the_same_body() {
        let script = script();
        let mut gzip = String::new();
        flate2::read::GzDecoder::new(script.gzip.as_deref().unwrap())
            .read_to_string(&mut gzip)
            .unwrap();
        let mut brotli = Vec::new();
        brotli::BrotliDecompress(&mut script.brotli.as_deref().unwrap(), &mut brotli).unwrap();
        assert_eq!(gzip.as_bytes(), script.plain);
        assert_eq!(brotli, script.plain);
    }

    #[test]
    fn small_and_incompressible_bodies_travel_as_they_are() {
        let tiny = Servable::compressed("x", "text/plain", "no-cache");
        assert!(tiny.gzip.is_none() && tiny.brotli.is_none());
        let response = tiny.respond(&asking(ACCEPT_ENCODING, "br"));
        assert_eq!(response.headers().get(CONTENT_ENCODING), None);
    }

    #[test]
    fn a_known_body_is_not_sent_again() {
        let script = script();
        let first = script.respond(&HeaderMap::new());
        let etag = first.headers().get(ETAG).unwrap().clone();
        let known = HeaderMap::from_iter([(IF_NONE_MATCH, etag)]);
        assert_eq!(script.respond(&known).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(
            script.respond(&asking(IF_NONE_MATCH, "\"x\", *")).status(),
            StatusCode::NOT_MODIFIED
        );
        assert_eq!(
            script.respond(&asking(IF_NONE_MATCH, "\"x\"")).status(),
            StatusCode::OK
        );
    }
}
