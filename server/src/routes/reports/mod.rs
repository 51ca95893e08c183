//! `/api/v1/sites/{site}/reports…`: the reports of the UI, and of whoever asks with a token.
//!
//! A report is an entry of the catalogue: words, columns, SQL over the views. One handler runs them all: reads what is asked
//! ([`asked`]), looks up a saved funnel or a goal, asks ClickHouse for the period, the one beside it and the releases in it.
//! It counts nothing itself: whatever a number means is in the views.

mod asked;
mod beside;
mod catalogue;
mod column;
mod csv;
mod fault;
mod lookup;
mod names;
mod period;
mod preview;
mod question;
#[cfg(test)]
mod tests;
mod views;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

// Whole modules: beside each handler stands what describes it.
pub(super) use names::*;
pub(super) use preview::*;

use super::error::Body;
use super::sites::require;
use super::{ApiError, App};
use crate::accounts::{Role, Signed};
use crate::cli::Language;
use crate::sql::{SqlError, Table, number};
use asked::{Asked, MOST_ROWS};
use catalogue::{Report, Takes};
use column::ToldColumn;
use fault::Fault;
use period::Period;
use question::{Question, Value};

/// What a report may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Questions to ClickHouse at once; the others wait, so that a page of many charts leaves room for intake.
static AT_ONCE: Semaphore = Semaphore::const_new(4);
/// Releases that are marked on a chart.
const MOST_RELEASES: u32 = 200;

/// Pairs of the address's query, names may repeat.
type Pairs = Query<Vec<(String, String)>>;

/// One report, as the catalogue tells it.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportKind)]
pub(super) struct ToldReport {
    id: &'static str,
    title: &'static str,
    definition: &'static str,
    columns: Vec<ToldColumn>,
    breakdowns: &'static [&'static str],
    filters: &'static [&'static str],
    parameters: Vec<ToldParameter>,
    compares: bool,
    view: &'static str,
}

/// One parameter, as the catalogue tells it.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportParameter)]
struct ToldParameter {
    name: &'static str,
    /// `word`, `number`, `text`, `goal` or `funnel`.
    takes: &'static str,
    values: &'static [&'static str],
    usual: &'static str,
    required: bool,
}

/// A report with its numbers.
#[derive(Serialize, ToSchema)]
#[schema(as = Report)]
pub(super) struct Answer {
    id: &'static str,
    title: &'static str,
    definition: &'static str,
    columns: Vec<ToldColumn>,
    rows: Vec<Vec<serde_json::Value>>,
    previous: Option<Vec<Vec<serde_json::Value>>>,
    /// The same over the days that are over alone, where today is in the period: what `previous`, which is then as many days, is
    /// to be compared with. Null where rows are times, of which each stands for itself.
    whole: Option<Vec<Vec<serde_json::Value>>>,
    from: String,
    to: String,
    /// The last day of `whole`.
    whole_to: Option<String>,
    previous_from: Option<String>,
    previous_to: Option<String>,
    /// What a row is of where rows are times: `day`, `week` or `month`.
    by: Option<String>,
    /// Today, in the time zone of the site: a period that has it in it goes on.
    today: String,
    timezone: String,
    currency: String,
    /// Whether there are more rows than were asked for.
    truncated: bool,
    /// The query as it can be pasted anywhere; null for who may not see it.
    sql: Option<String>,
    /// Where an analyst goes on.
    view: String,
    /// Views that are read like tables, without parameters: of the funnel, of the goal, of what the report is made of.
    views: Vec<String>,
    releases: Vec<Release>,
    took_ms: u64,
}

/// A release in the period.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ReleaseMark)]
struct Release {
    #[serde(deserialize_with = "number")]
    at: i64,
    /// The day in the time zone of the site.
    day: String,
    #[serde(deserialize_with = "number")]
    version: u32,
    author: String,
    note: String,
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Number(number) => serializer.serialize_u64(*number),
        }
    }
}

/// The language of sentences.
fn language(pairs: &[(String, String)]) -> Language {
    match pairs.iter().find(|(name, _)| name == "lang") {
        Some((_, word)) if word == "ru" => Language::Ru,
        _ => Language::En,
    }
}

fn ids() -> Vec<&'static str> {
    catalogue::all().map(|report| report.id).collect()
}

/// The catalogue: what each report counts, and what it may be asked.
#[utoipa::path(get, path = "/api/v1/sites/{site}/reports", tag = "reports",
    params(("site" = String, Path), ("lang" = Option<String>, Query, description = "`en` or `ru`")),
    responses((status = 200, body = Vec<ToldReport>), (status = "4XX", body = Body)))]
pub(super) async fn catalogue(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(pairs): Pairs,
) -> Result<Json<Vec<ToldReport>>, ApiError> {
    require(&app.published.load(), &site)?;
    let language = language(&pairs);
    let told: Vec<ToldReport> = catalogue::all()
        .map(|report| ToldReport {
            id: report.id,
            title: report.title.of(language),
            definition: report.definition.of(language),
            columns: report
                .columns
                .iter()
                .map(|column| column.told(language))
                .collect(),
            breakdowns: report.breakdowns,
            filters: report.filters,
            parameters: report.parameters.iter().map(told_parameter).collect(),
            compares: report.compares,
            view: report.view,
        })
        .collect();
    Ok(Json(told))
}

fn told_parameter(parameter: &catalogue::Parameter) -> ToldParameter {
    let (takes, values): (_, &'static [&'static str]) = match parameter.takes {
        Takes::Word(known) => ("word", known),
        Takes::Number { .. } => ("number", &[]),
        Takes::Text => ("text", &[]),
        Takes::Goal | Takes::RequiredGoal => ("goal", &[]),
        Takes::Funnel => ("funnel", &[]),
    };
    ToldParameter {
        name: parameter.name,
        takes,
        values,
        usual: parameter.usual,
        required: matches!(parameter.takes, Takes::RequiredGoal | Takes::Funnel),
    }
}

/// One report; with `.csv` after its id, as a file. What else it takes, the catalogue says: `goal`, `by`, `name` and others.
#[utoipa::path(get, path = "/api/v1/sites/{site}/reports/{id}", tag = "reports",
    params(("site" = String, Path), ("id" = String, Path),
        ("period" = Option<String>, Query, description = "`today`, `7d`, `last_month` and others, where no days are given"),
        ("from" = Option<String>, Query, description = "First day, as 2026-11-28, in the time zone of the site"),
        ("to" = Option<String>, Query, description = "Last day"),
        ("compare" = Option<String>, Query, description = "`previous`, `year` or `none`"),
        ("only" = Option<String>, Query, description = "`rows` of the period itself, or what they are `compared` with: for whoever asks for one after the other"),
        ("breakdown" = Option<String>, Query, description = "One of the report's breakdowns"),
        ("filter" = Option<Vec<String>>, Query, description = "`channel:Email`, `device!:mobile`; may be repeated"),
        ("limit" = Option<u64>, Query, description = "Rows, at most"),
        ("lang" = Option<String>, Query, description = "`en` or `ru`")),
    responses((status = 200, body = Answer), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn report(
    State(app): State<Arc<App>>,
    signed: Option<Extension<Signed>>,
    Path((site, id)): Path<(String, String)>,
    Query(mut pairs): Pairs,
) -> Result<Response, ApiError> {
    let language = language(&pairs);
    require(&app.published.load(), &site)?;
    let (id, as_file) = id
        .strip_suffix(".csv")
        .map_or((id.as_str(), false), |id| (id, true));
    let report = catalogue::find(id).ok_or_else(|| {
        let id = id.chars().take(80).collect();
        Fault::UnknownReport { id }.told(language, &ids())
    })?;
    if as_file {
        analyst(signed.as_ref())?;
    }
    // A file has the rows of the period: nothing is counted that is not in it.
    if as_file && report.compares && !pairs.iter().any(|(name, _)| name == "only") {
        pairs.push(("only".to_owned(), "rows".to_owned()));
    }
    if as_file && !pairs.iter().any(|(name, _)| name == "limit") {
        pairs.push(("limit".to_owned(), MOST_ROWS.to_string()));
    }
    let only_compared = |(name, word): &(String, String)| name == "only" && word == "compared";
    if as_file && pairs.iter().any(only_compared) {
        let fault = Fault::NoSuchWord {
            parameter: "only",
            word: "compared".to_owned(),
            known: vec!["rows".to_owned()],
        };
        return Err(fault.told(language, &ids()));
    }
    let mut answer = run(&app, report, &site, &pairs, None, language).await?;
    if as_file {
        return Ok(file(&site, &answer));
    }
    if analyst(signed.as_ref()).is_err() {
        answer.sql = None;
    }
    Ok(Json(answer).into_response())
}

/// Refuses filters of visits that no report takes.
pub(super) fn filters_of_visits(filters: &[String], language: Language) -> Result<(), ApiError> {
    asked::filters_of_visits(filters).map_err(|fault| fault.told(language, &[]))
}

/// Refuses somebody who is signed in and no analyst. Programs that may read a site may read all of it.
fn analyst(signed: Option<&Extension<Signed>>) -> Result<(), ApiError> {
    signed.map_or(Ok(()), |signed| signed.require(Role::Analyst))
}

/// Runs a report. `funnel`: what was made up elsewhere than in the address.
async fn run(
    app: &App,
    report: &'static Report,
    site: &str,
    pairs: &[(String, String)],
    funnel: Option<asked::Funnel>,
    language: Language,
) -> Result<Answer, ApiError> {
    let began = Instant::now();
    let known = lookup::site(&app.sql, site).await?;
    let told = |fault: Fault| fault.told(language, &ids());
    let mut asked = Asked::read(report, site, pairs, known.today, funnel).map_err(told)?;
    lookup::names(&app.sql, &mut asked).await?.map_err(told)?;

    let question = asked.question((report.sql)(&asked));
    let by = report.row_is_of(&asked);
    let other = report
        .compares
        .then(|| asked.period.compared(asked.compare))
        .flatten();
    // A day that goes on beside one that is over looks like a loss.
    let whole = (other.is_some() && by.is_none())
        .then(|| asked.period.over(known.today))
        .flatten();
    let other = other.map(|period| whole.map_or(period, |whole| period.as_long_as(whole)));
    let ((table, [previous, of_whole]), releases) = tokio::try_join!(
        beside::tables(app, report, &asked, [other, whole], language),
        releases(app, site, asked.period, &known.timezone)
    )?;
    let columns = report.columns_of(&asked);
    let most = usize::try_from(asked.rows).unwrap_or(usize::MAX);
    let truncated = table.rows.len() > most;
    let cut = |mut rows: Vec<Vec<serde_json::Value>>| {
        rows.truncate(most);
        rows
    };
    Ok(Answer {
        id: report.id,
        title: report.title.of(language),
        definition: report.definition.of(language),
        columns: columns.iter().map(|column| column.told(language)).collect(),
        rows: cut(table.rows),
        previous: previous.map(|table| cut(table.rows)),
        whole: of_whole.map(|table| cut(table.rows)),
        from: asked.period.from.to_string(),
        to: asked.period.to.to_string(),
        whole_to: whole.map(|period| period.to.to_string()),
        previous_from: other.map(|period| period.from.to_string()),
        previous_to: other.map(|period| period.to.to_string()),
        by: by.map(str::to_owned),
        today: known.today.to_string(),
        timezone: known.timezone,
        currency: known.currency,
        truncated,
        sql: Some(question.shown()),
        views: views::plain(&asked, report.view),
        view: asked.view.unwrap_or_else(|| report.view.to_owned()),
        releases,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// The catalogue and the SQL must agree: else numbers would stand under the wrong title.
fn check_columns(
    report: &Report,
    columns: &[column::Column],
    table: &Table,
) -> Result<(), SqlError> {
    let same = columns.len() == table.columns.len()
        && columns
            .iter()
            .zip(&table.columns)
            .all(|(column, name)| column.name == name);
    if same {
        return Ok(());
    }
    Err(SqlError::Unreadable(format!(
        "the report `{}` has other columns than its catalogue: {}",
        report.id,
        table.columns.join(", ")
    )))
}

/// One question, when it is its turn.
async fn ask(app: &App, question: &Question, language: Language) -> Result<Table, ApiError> {
    let _turn = AT_ONCE.acquire().await;
    let asked = app
        .sql
        .table(&question.asked(), &question.values, PATIENCE)
        .await;
    asked.map_err(|error| {
        let fault = if matches!(error, SqlError::TooSlow) {
            Fault::TooSlow
        } else if let Some(why) = error.refusal_of_view() {
            Fault::Refused {
                why: why.to_owned(),
            }
        } else {
            return ApiError::from(error);
        };
        fault.told(language, &[])
    })
}

/// Releases of the period, for the marks on charts.
async fn releases(
    app: &App,
    site: &str,
    period: Period,
    timezone: &str,
) -> Result<Vec<Release>, ApiError> {
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let query = format!(
        "SELECT toUnixTimestamp64Milli(published_at) AS at, toString(toDate(published_at, ?)) AS day, version, author, note \
         FROM weir.releases FINAL \
         WHERE site = ? AND toDate(published_at, ?) BETWEEN toDate(?) AND toDate(?) ORDER BY version LIMIT {MOST_RELEASES}"
    );
    let bind = [timezone, site, timezone, &from, &to];
    Ok(app.sql.rows(&query, &bind).await?)
}

/// A report as a file to be saved.
fn file(site: &str, answer: &Answer) -> Response {
    let header = answer.columns.iter().map(|column| column.title);
    let body = csv::write(header, &answer.rows);
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    // Site ids, report ids and days are plain letters.
    let name = format!(
        "attachment; filename=\"{site}-{}-{}-{}.csv\"",
        answer.id, answer.from, answer.to
    );
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}
