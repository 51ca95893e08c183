//! Bodies that come in: JSON of a bounded size, or an error that says what is wrong with it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::ApiError;
use crate::publish::MAX_CONTAINER_BYTES;

/// Bytes of a body, unless it carries a container or a page.
pub(super) const MAX_BODY_BYTES: usize = 64 << 10;
/// Bytes of a body that carries a container: in JSON, its quotes and line ends take two.
pub(super) const MAX_CONTAINER_BODY_BYTES: usize = 12 << 20;

/// A body as JSON.
pub(super) struct Input<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        // A form of another site's page can send text, and without asking first; JSON it cannot.
        let kind = request.headers().get(CONTENT_TYPE);
        let json = kind
            .and_then(|kind| kind.to_str().ok())
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !json {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "the body is not announced as JSON",
                "send the header `Content-Type: application/json`",
            ));
        }
        let body =
            Bytes::from_request(request, state)
                .await
                .map_err(|rejection| match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                    _ => bad_json(&rejection.body_text()),
                })?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|error| bad_json(&error.to_string()))
    }
}

fn bad_json(reason: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "bad_json",
        format!("the body cannot be read: {reason}"),
        "send what `/api/openapi.json` describes",
    )
}

fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "the body is too large",
        format!(
            "a container has at most {} MiB, other bodies {} KiB",
            MAX_CONTAINER_BYTES >> 20,
            MAX_BODY_BYTES >> 10
        ),
    )
}

/// A container that is not larger than one may be.
pub(super) fn bounded(source: &str) -> Result<(), ApiError> {
    if source.len() as u64 > MAX_CONTAINER_BYTES {
        return Err(too_large());
    }
    Ok(())
}
