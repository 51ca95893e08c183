//! What is asked and how it is refused, without ClickHouse. The numbers are compared on the real engine, in
//! `server/tests/binary/reports.rs`.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Request, StatusCode};
use jiff::civil::date;

use super::asked::Asked;
use super::catalogue::{self, Takes};
use super::fault::Fault;
use crate::demo_shop;
use crate::testing::{Bench, get, get_with, send};

fn read(report: &str, query: &[(&str, &str)]) -> Result<Asked, Fault> {
    let report = catalogue::find(report).unwrap();
    let pairs: Vec<_> = query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Asked::read(report, "shop", &pairs, date(2026, 11, 28), None)
}

fn shown(report: &str, query: &[(&str, &str)]) -> String {
    let asked = read(report, query).unwrap();
    let report = catalogue::find(report).unwrap();
    asked.question((report.sql)(&asked)).shown()
}

#[test]
fn the_catalogue_has_words_in_both_languages_and_no_name_twice() {
    let mut ids = BTreeSet::new();
    for report in catalogue::all() {
        assert!(ids.insert(report.id), "{} twice", report.id);
        let words = [report.title, report.definition];
        let of_columns = report
            .columns
            .iter()
            .flat_map(|column| [column.title, column.definition]);
        for words in words.into_iter().chain(of_columns) {
            assert!(
                !words.en.is_empty() && !words.ru.is_empty(),
                "{}",
                report.id
            );
        }
        let names: BTreeSet<_> = report.columns.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), report.columns.len(), "{}", report.id);
        assert!(!report.view.is_empty(), "{}", report.id);
        let takes_funnel = report
            .parameters
            .iter()
            .any(|parameter| parameter.takes == Takes::Funnel);
        assert!(
            !report.breaks_by_property || takes_funnel,
            "a breakdown by any name must be bound, not written"
        );
    }
    assert!(ids.len() >= 20);
}

#[test]
fn nothing_that_a_person_writes_becomes_part_of_the_query() {
    let evil = "x') OR 1=1 -- {site:String} \\";
    for (report, query) in [
        (
            "channels",
            vec![
                ("filter", format!("channel:{evil}")),
                ("filter", format!("landing_page!:{evil}")),
            ],
        ),
        ("paths", vec![("page", evil.to_owned())]),
        ("journeys", vec![("start", evil.to_owned())]),
        ("retention", vec![("event", evil.to_owned())]),
        ("attribution", vec![("conversion", evil.to_owned())]),
        ("target_days", vec![("kpi", evil.to_owned())]),
        (
            "funnel",
            vec![("steps", "a".to_owned()), ("breakdown", evil.to_owned())],
        ),
        ("ctr", vec![("filter", format!("device:{evil}"))]),
        ("overview", vec![("filter", format!("city:{evil}"))]),
        ("pages", vec![("filter", format!("city:{evil}"))]),
    ] {
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let asked = read(report, &query).unwrap();
        let question = asked.question((catalogue::find(report).unwrap().sql)(&asked));
        assert!(
            !question.sql.contains("OR 1=1"),
            "{report}: {}",
            question.sql
        );
        assert!(
            question
                .shown()
                .contains(r"x\') OR 1=1 -- {site:String} \\"),
            "{report}: {}",
            question.shown()
        );
    }
}

#[test]
fn every_parameter_of_a_query_is_bound() {
    for report in catalogue::all() {
        let mut query = Vec::new();
        for parameter in report.parameters {
            match parameter.takes {
                Takes::Funnel => query.push(("steps", "a")),
                Takes::RequiredGoal => query.push(("goal", "g")),
                _ => {}
            }
        }
        if let Some(filter) = report.filters.first() {
            query.push((
                "filter",
                if *filter == "channel" {
                    "channel:Email"
                } else {
                    "device:x"
                },
            ));
        }
        let mut asked = read(report.id, &query).unwrap();
        if asked.goal_name.is_some() {
            asked.goal = Some(super::asked::Goal {
                step: "lead".to_owned(),
                value: String::new(),
            });
        }
        let shown = asked.question((report.sql)(&asked)).shown();
        for kind in [":String}", ":Date}", ":UInt", ":Array("] {
            assert!(!shown.contains(kind), "{}: {shown}", report.id);
        }
    }
}

#[test]
fn the_filter_of_a_funnel_is_a_condition_of_its_first_step() {
    let steps = [
        ("steps", "/product/*"),
        ("steps", "purchase"),
        ("filter", "channel:Paid Search"),
        ("filter", "channel:Email"),
    ];
    let sql = shown("funnel", &steps);
    assert!(
        sql.contains("steps = ['/product/*?channel=Paid Search|Email', 'purchase']")
            || sql.contains(
                "steps = ['pageview?page.path^=/product/&channel=Paid Search|Email', 'purchase']"
            ),
        "{sql}"
    );
    let mut any = steps.to_vec();
    any.push(("mode", "any"));
    assert!(shown("funnel", &any).contains("'purchase?channel=Paid Search|Email'"));
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_can() {
    let fault = |report, query: &[(&str, &str)]| read(report, query).unwrap_err();
    assert!(matches!(
        fault("channels", &[("form", "2026-01-01")]),
        Fault::UnknownParameter { .. }
    ));
    assert!(matches!(
        fault("channels", &[("breakdown", "devise")]),
        Fault::NoSuchWord { .. }
    ));
    assert!(matches!(
        fault("channels", &[("compare", "last")]),
        Fault::NoSuchWord { .. }
    ));
    for (name, word) in [("only", "comparison"), ("only", "compared")] {
        assert!(matches!(
            fault("channels", &[(name, word)]),
            Fault::NoSuchWord { .. }
        ));
    }
    assert!(matches!(
        fault("retention", &[("only", "compared")]),
        Fault::UnknownParameter { .. }
    ));
    assert!(matches!(
        fault("channels", &[("filter", "device")]),
        Fault::BadFilter { .. }
    ));
    assert!(matches!(
        fault("channels", &[("filter", "divice:x")]),
        Fault::NoSuchWord { .. }
    ));
    assert!(matches!(
        fault("retention", &[("filter", "device:x")]),
        Fault::NoFilters
    ));
    assert!(matches!(
        fault("channels", &[("limit", "0")]),
        Fault::NoNumber { .. }
    ));
    assert!(matches!(
        fault("journeys", &[("length", "9")]),
        Fault::NoNumber { .. }
    ));
    assert!(matches!(
        fault("series", &[("by", "year")]),
        Fault::NoSuchWord { .. }
    ));
    assert!(matches!(
        fault("funnel", &[]),
        Fault::Missing { parameter: "name" }
    ));
    assert!(matches!(
        fault("goal", &[]),
        Fault::Missing { parameter: "goal" }
    ));
    assert!(matches!(
        fault("funnel", &[("steps", "?x")]),
        Fault::BadStep { no: 1, .. }
    ));
    assert!(matches!(
        fault("funnel", &[("steps", "a"), ("within", "soon")]),
        Fault::BadDuration { .. }
    ));
    assert!(matches!(
        fault("funnel", &[("steps", "a"), ("mode", "loose")]),
        Fault::NoSuchWord { .. }
    ));
    let many = vec![("steps", "a"); 13];
    assert!(matches!(fault("funnel", &many), Fault::TooMany { .. }));
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.publisher(&[], demo_shop::sample_container());
    bench
}

#[tokio::test]
async fn the_catalogue_is_told_in_both_languages() {
    let router = bench().router(true);
    let english = get(&router, "/api/v1/sites/demo/reports").await;
    assert_eq!(english.status, StatusCode::OK, "{}", english.text());
    let russian = get(&router, "/api/v1/sites/demo/reports?lang=ru").await;
    let title = |answer: &serde_json::Value| answer[0]["title"].as_str().unwrap().to_owned();
    assert_eq!(title(&english.json()), "Overview");
    assert_eq!(title(&russian.json()), "Обзор");
    let missing = get(&router, "/api/v1/sites/dem/reports").await;
    assert_eq!(missing.error_code(), "unknown_site");
}

#[tokio::test]
async fn a_report_that_cannot_be_answered_says_why() {
    let router = bench().router(true);
    let answer = get(&router, "/api/v1/sites/demo/reports/chanels").await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::NOT_FOUND, "unknown_report")
    );
    assert!(
        answer.text().contains("did you mean `channels`?"),
        "{}",
        answer.text()
    );
    let answer = get(&router, "/api/v1/sites/demo/reports/chanels?lang=ru").await;
    assert!(
        answer.text().contains("может быть, `channels`?"),
        "{}",
        answer.text()
    );
    for path in ["reports/channels", "reports/channels.csv", "names"] {
        let answer = get(&router, &format!("/api/v1/sites/demo/{path}")).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "clickhouse_away"),
            "{path}"
        );
        assert_eq!(answer.header("retry-after"), "2");
    }
    let answer = get(&router, "/api/v1/sites/demo/names?kind=evnt").await;
    assert_eq!(answer.error_code(), "unknown_value");
    let answer = get_with(
        &router,
        "/api/v1/sites/demo/reports",
        &[("host", "weir.example")],
    )
    .await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "numbers are for whoever may see them"
    );
}

#[tokio::test]
async fn a_funnel_is_checked_before_it_is_counted() {
    let router = bench().router(true);
    let post = async |body: &str| {
        let request = Request::post("/api/v1/sites/demo/funnels/preview")
            .header("host", "127.0.0.1:8080")
            .body(Body::from(body.to_owned()))
            .unwrap();
        send(&router, request).await
    };
    let answer = post("{\"stepps\": []}").await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::BAD_REQUEST, "bad_body")
    );
    let answer = post(r#"{"steps": [{"event": "pageview", "where": {"page.path": {"start_with": "/"}}}, {"event": "purchase"}]}"#).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.text()
    );
    assert!(
        answer.json()["problems"][0]["message"]
            .as_str()
            .unwrap()
            .contains("start_with"),
        "{}",
        answer.text()
    );
    let answer =
        post(r#"{"steps": [{"event": "pageview"}, {"event": "purchase"}], "within": "7 days"}"#)
            .await;
    assert_eq!(answer.error_code(), "clickhouse_away", "{}", answer.text());
}
