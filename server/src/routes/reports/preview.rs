//! `POST /api/v1/sites/{site}/funnels/preview`: a funnel that is not published yet, counted as it would be.
//!
//! It is written as in a container and goes through the same check and the same translation into steps: what is previewed is
//! what will be published.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::error::Body;
use super::super::sites::require;
use super::super::{ApiError, App};
use super::asked::Funnel;
use super::{Answer, Pairs, analyst, catalogue, language, run};
use crate::accounts::Signed;
use crate::cli::Language;
use crate::container;
use weir_collector::warehouse::{FunnelCount, FunnelMode};

/// What the funnel is called while it is looked at.
const NAME: &str = "preview";
/// Bytes of a funnel, at most.
const MOST_BYTES: usize = 256 * 1024;

/// A funnel as in a container.
#[derive(Deserialize, ToSchema)]
#[schema(as = FunnelDraft)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct Draft {
    steps: Vec<Value>,
    within: Option<String>,
    order: Option<String>,
    per: Option<String>,
    /// Which of the reports about funnels; `funnel` when not given.
    report: Option<String>,
}

/// The report about the funnel of the body. The query of the address is that of the report.
#[utoipa::path(post, path = "/api/v1/sites/{site}/funnels/preview", tag = "reports", request_body = Draft,
    params(("site" = String, Path), ("period" = Option<String>, Query), ("from" = Option<String>, Query), ("to" = Option<String>, Query),
        ("breakdown" = Option<String>, Query), ("lang" = Option<String>, Query)),
    responses((status = 200, body = Answer),
        (status = 422, body = Body, description = "The funnel has errors: beside the error stands `problems`"),
        (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(in crate::routes) async fn preview(
    State(app): State<Arc<App>>,
    signed: Option<Extension<Signed>>,
    Path(site): Path<String>,
    Query(pairs): Pairs,
    body: Bytes,
) -> Result<Response, ApiError> {
    require(&app.published.load(), &site)?;
    let language = language(&pairs);
    if body.len() > MOST_BYTES {
        return Err(unreadable("it is too long"));
    }
    let draft: Draft =
        serde_json::from_slice(&body).map_err(|error| unreadable(&error.to_string()))?;
    let id = draft.report.clone().unwrap_or_else(|| "funnel".to_owned());
    let known = ["funnel", "funnel_trend", "funnel_drop_offs"];
    let Some(report) = catalogue::find(&id).filter(|report| known.contains(&report.id)) else {
        let id = id.chars().take(80).collect();
        return Err(super::Fault::UnknownReport { id }.told(language, &known));
    };
    match translate(&site, &draft, language) {
        Err(problems) => Ok(*problems),
        Ok(funnel) => {
            let mut answer = run(&app, report, &site, &pairs, Some(funnel), language).await?;
            if analyst(signed.as_ref()).is_err() {
                answer.sql = None;
            }
            Ok(Json(answer).into_response())
        }
    }
}

/// The funnel in the words of the views, or what is wrong with it.
fn translate(site: &str, draft: &Draft, language: Language) -> Result<Funnel, Box<Response>> {
    let mut funnel = json!({ "steps": draft.steps });
    for (name, word) in [
        ("within", &draft.within),
        ("order", &draft.order),
        ("per", &draft.per),
    ] {
        if let (Some(word), Some(fields)) = (word, funnel.as_object_mut()) {
            fields.insert(name.to_owned(), json!(word));
        }
    }
    let text =
        json!({ "weir": 1, "site": { "id": site }, "funnels": { NAME: funnel } }).to_string();
    let checked = container::check_published(&text);
    let definition = checked.container.map(|container| container.definition(0));
    let found = definition.and_then(|definition| definition.funnels.into_iter().next());
    let Some(found) = found else {
        let told: Vec<_> = checked
            .problems
            .iter()
            .map(|problem| container::told(problem, language))
            .filter(|problem| problem.severity == "error")
            .collect();
        let first = told.first();
        let body = json!({
            "error": {
                "code": "problems",
                "message": first.map_or("the funnel cannot be counted", |problem| problem.message.as_str()),
                "hint": first.map_or("", |problem| problem.hint.as_str()),
            },
            "problems": told,
        });
        return Err(Box::new(
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response(),
        ));
    };
    let (labels, steps) = found.steps.into_iter().unzip();
    Ok(Funnel {
        labels,
        steps,
        window_s: found.within_s,
        mode: match found.mode {
            FunnelMode::Ordered => "ordered",
            FunnelMode::Strict => "strict",
            FunnelMode::Any => "any",
        }
        .to_owned(),
        unit: match found.count {
            FunnelCount::Persons => "person",
            FunnelCount::Sessions => "session",
        }
        .to_owned(),
    })
}

fn unreadable(why: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "bad_body",
        format!("the body is no funnel: {why}"),
        "send {\"steps\": [{\"event\": \"pageview\"}, …], \"within\": \"7 days\"}, as in a container",
    )
    .in_russian(
        format!("тело запроса — не воронка: {why}"),
        "пришлите {\"steps\": [{\"event\": \"pageview\"}, …], \"within\": \"7 days\"}, как в контейнере",
    )
}
