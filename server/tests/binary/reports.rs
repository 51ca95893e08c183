//! Every report of the catalogue on the real engine with the sample's history: columns as promised, sums as the views have them.

#![expect(
    clippy::indexing_slicing,
    reason = "a test says what it expects of an answer by looking into it"
)]

use std::time::Instant;

use serde_json::Value;

use crate::support::{PATIENCE, POLL, Server, free_port, run, said};

async fn get(server: &Server, path: &str) -> (u16, Value) {
    let (status, body) = server
        .get(&format!("/api/v1/sites/demo/{path}"))
        .await
        .unwrap();
    let value = serde_json::from_str(&body).unwrap_or(Value::String(body));
    (status, value)
}

/// One number of the views.
fn view(sql: &str, statement: &str) -> f64 {
    let text = said(&run(&[
        "query",
        statement,
        "--format",
        "TabSeparated",
        "--sql",
        sql,
    ]));
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("{statement}: {text}"))
}

/// The column of a report, as numbers; null is nothing.
fn numbers(report: &Value, column: &str) -> Vec<f64> {
    let columns = report["columns"].as_array().unwrap();
    let at = columns
        .iter()
        .position(|known| known["name"] == column)
        .unwrap();
    let rows = report["rows"].as_array().unwrap();
    rows.iter().filter_map(|row| row[at].as_f64()).collect()
}

fn sum(report: &Value, column: &str) -> f64 {
    numbers(report, column).iter().sum()
}

#[track_caller]
fn same(what: &str, one: f64, other: f64) {
    assert!((one - other).abs() < 0.005, "{what}: {one} and {other}");
}

/// What a report needs to be asked at all.
fn needed(report: &Value) -> &'static str {
    match report["id"].as_str().unwrap() {
        "funnel" | "funnel_trend" | "funnel_drop_offs" => "&name=checkout",
        "goal" => "&goal=bought",
        _ => "",
    }
}

#[tokio::test]
async fn every_report_says_what_the_views_say() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let address = format!("127.0.0.1:{}", free_port());
    let server = Server::start(&data, &["--demo", "--sql-listen", &address]).await;
    let sql = format!("http://{address}");
    let end = Instant::now() + 3 * PATIENCE;
    loop {
        let last = said(&run(&[
            "query",
            "SELECT count() FROM weir.goals WHERE site = 'demo' AND (SELECT count() FROM weir.events WHERE site = 'demo') >= 100000 \
             AND (SELECT count() FROM weir.costs WHERE site = 'demo') > 100",
            "--format",
            "TabSeparated",
            "--sql",
            &sql,
        ]));
        if last.trim().parse::<u64>().is_ok_and(|goals| goals > 0) {
            break;
        }
        assert!(Instant::now() < end, "the sample is not there: {last}");
        tokio::time::sleep(POLL).await;
    }
    // Of yesterday and before, so that nothing changes meanwhile.
    let today = jiff::tz::TimeZone::UTC
        .to_datetime(jiff::Timestamp::now())
        .date();
    let (from, to) = (
        today - jiff::Span::new().days(20),
        today - jiff::Span::new().days(2),
    );
    let period = format!("from={from}&to={to}");

    every_report_runs(&server, &period).await;
    sums_are_those_of_the_views(
        &server,
        &sql,
        &period,
        &format!("site = 'demo', from = '{from}', to = '{to}'"),
    )
    .await;
    marketing_adds_up(&server, &sql, &period).await;
    filters_and_breakdowns_add_up(&server, &period).await;
    a_day_that_goes_on_is_no_loss(&server).await;
    funnels(&server, &sql, &period).await;
    names(&server, &sql).await;
    drafts_are_tried_on_what_is_stored(&server).await;
    the_shown_query_can_be_pasted(&server, &sql, &period).await;
}

async fn every_report_runs(server: &Server, period: &str) {
    for lang in ["en", "ru"] {
        let (status, catalogue) = get(server, &format!("reports?lang={lang}")).await;
        assert_eq!(status, 200, "{catalogue}");
        for report in catalogue.as_array().unwrap() {
            let id = report["id"].as_str().unwrap();
            let compares = report["compares"].as_bool().unwrap();
            for compare in ["none", "previous", "year"] {
                if compare != "none" && (!compares || lang == "ru") {
                    continue;
                }
                let compare = if compares {
                    format!("&compare={compare}")
                } else {
                    String::new()
                };
                let path = format!(
                    "reports/{id}?lang={lang}&{period}{compare}{}",
                    needed(report)
                );
                let (status, answer) = get(server, &path).await;
                assert_eq!(status, 200, "{path}: {answer}");
                let promised = report["columns"].as_array().unwrap();
                let columns = answer["columns"].as_array().unwrap();
                // What a report is broken down by without being told to comes first.
                let broken_down = columns.len() - promised.len();
                assert!(broken_down <= 1, "{path}");
                assert_eq!(&columns[broken_down..], promised.as_slice(), "{path}");
                let compared = compare.contains("previous") || compare.contains("year");
                assert_eq!(answer["previous"].is_array(), compared, "{path}");
                for row in answer["rows"].as_array().unwrap() {
                    for (column, value) in columns.iter().zip(row.as_array().unwrap()) {
                        let fits = value.is_null()
                            || match column["type"].as_str().unwrap() {
                                "number" | "flag" => value.is_number(),
                                _ => value.is_string() || value.is_array(),
                            };
                        assert!(fits, "{path}: {column}: {value}");
                    }
                }
            }
        }
    }
    // Each breakdown and each filter is a column of a view: a wrong name would only show here.
    let (_, catalogue) = get(server, "reports").await;
    for report in catalogue.as_array().unwrap() {
        let id = report["id"].as_str().unwrap();
        let names = |key: &str| -> Vec<String> {
            let names = report[key].as_array().unwrap().iter();
            names
                .map(|name| name.as_str().unwrap().to_owned())
                .collect()
        };
        if ["channels", "ctr"].contains(&id) {
            for breakdown in names("breakdowns") {
                let path = format!("reports/{id}?{period}&limit=5&breakdown={breakdown}");
                let (status, answer) = get(server, &path).await;
                assert_eq!(status, 200, "{path}: {answer}");
            }
        }
        let filters: String = names("filters")
            .iter()
            .map(|filter| format!("&filter={filter}!:x"))
            .collect();
        if !filters.is_empty() {
            let path = format!("reports/{id}?{period}&limit=5{filters}{}", needed(report));
            let (status, answer) = get(server, &path).await;
            assert_eq!(status, 200, "{path}: {answer}");
        }
    }
}

/// Channels, sources and campaigns are the whole, whatever the model, and the costs are those that the sample has.
async fn marketing_adds_up(server: &Server, sql: &str, period: &str) {
    let (_, whole) = get(server, &format!("reports/marketing?{period}&of=all")).await;
    let spent = period
        .replace("from=", "SELECT sum(cost) FROM weir.costs WHERE site = 'demo' AND is_marketing AND cost_date BETWEEN '")
        .replace("&to=", "' AND '");
    let spent = view(sql, &format!("{spent}'"));
    assert!(spent > 100_000.0, "{spent}");
    same("cost", sum(&whole, "cost"), spent);
    let romi = (sum(&whole, "revenue") - spent) / spent;
    same("romi", sum(&whole, "romi"), romi);
    same(
        "cac",
        sum(&whole, "cac"),
        spent / sum(&whole, "new_customers"),
    );
    for (of, model) in [
        ("channel", "linear"),
        ("utm_source", "first"),
        ("utm_campaign", "time_decay"),
    ] {
        let path = format!("reports/marketing?{period}&of={of}&model={model}&goal=lead");
        let (_, parts) = get(server, &path).await;
        for column in [
            "cost",
            "ad_spend",
            "clicks",
            "sessions",
            "orders",
            "new_customers",
            "revenue",
        ] {
            same(
                &format!("{path} {column}"),
                sum(&parts, column),
                sum(&whole, column),
            );
        }
    }
    let (_, costs) = get(server, &format!("reports/costs?{period}")).await;
    assert!(
        sum(&costs, "cost") > spent,
        "what serving takes is no marketing"
    );
}

async fn sums_are_those_of_the_views(server: &Server, sql: &str, period: &str, call: &str) {
    for (id, view_name, columns) in [
        (
            "channels",
            "channels",
            &[
                "sessions",
                "bounces",
                "purchases",
                "leads",
                "revenue",
                "visitors",
            ][..],
        ),
        ("sources", "sources", &["sessions", "converted_sessions"]),
        ("campaigns", "campaigns", &["sessions", "engaged_sessions"]),
        (
            "landing_pages",
            "landing_pages",
            &["sessions", "converted_visitors", "revenue"],
        ),
        ("pages", "pages", &["views", "visitors", "entries", "exits"]),
        ("paths", "paths", &["transitions", "sessions"]),
        (
            "ctr",
            "ctr",
            &[
                "impressions",
                "clicks",
                "sessions_clicked",
                "visitors_exposed",
            ],
        ),
    ] {
        let (_, report) = get(server, &format!("reports/{id}?{period}&limit=50000")).await;
        assert!(!report["rows"].as_array().unwrap().is_empty(), "{id}");
        for column in columns {
            let counted = view(
                sql,
                &format!("SELECT toFloat64(sum({column})) FROM weir_fn.{view_name}({call})"),
            );
            same(&format!("{id}.{column}"), sum(&report, column), counted);
        }
    }
    let (_, days) = get(server, &format!("reports/series?{period}")).await;
    assert_eq!(
        days["rows"].as_array().unwrap().len(),
        19,
        "a row for every day"
    );
    let sessions = view(
        sql,
        &format!("SELECT sessions FROM weir_fn.traffic({call}, by = '')"),
    );
    same("series", sum(&days, "sessions"), sessions);
    let (_, sales) = get(server, &format!("reports/sales?{period}")).await;
    for column in ["orders", "revenue", "new_customers"] {
        let counted = view(
            sql,
            &format!("SELECT toFloat64({column}) FROM weir_fn.sales({call}) WHERE period_no = 1"),
        );
        same(column, sum(&sales, column), counted);
    }
    let (_, overview) = get(
        server,
        &format!("reports/overview?{period}&compare=previous"),
    )
    .await;
    let of = |metric: &str| {
        let rows = overview["rows"].as_array().unwrap();
        rows.iter().find(|row| row[0] == metric).unwrap()[1]
            .as_f64()
            .unwrap()
    };
    same("overview", of("sessions"), sessions);
    same("revenue", of("revenue"), sum(&sales, "revenue"));
    same("orders", of("orders"), sum(&sales, "orders"));
    let goal = get(server, &format!("reports/goal?{period}&goal=bought"))
        .await
        .1;
    same("goal", sum(&goal, "reached"), of("orders"));
}

/// What has today in it is compared by the days that are over, with as many before.
async fn a_day_that_goes_on_is_no_loss(server: &Server) {
    let ask = |path: String| async move { get(server, &format!("reports/{path}")).await.1 };
    // Of today alone nothing is over: it stands beside the day before, and it is for the reader not to count them up.
    let alone = ask("overview?period=today&compare=previous".to_owned()).await;
    // In the time zone of the site, which may be a day ahead of this test.
    let today: jiff::civil::Date = alone["today"].as_str().unwrap().parse().unwrap();
    let ago = |days: i64| today - jiff::Span::new().days(days);
    assert_eq!(alone["whole"], serde_json::Value::Null);
    assert_eq!(alone["previous_to"], ago(1).to_string());
    // A funnel as any other report: who came in today has had no time to go on. The others are one question for all periods,
    // with few rows as well.
    for report in [
        "overview?",
        "funnel?name=checkout&",
        "traffic?",
        "traffic?breakdown=os&goal=lead&limit=2&",
        "channels?",
        "sources?",
        "campaigns?limit=3&",
        "landing_pages?breakdown=device&",
    ] {
        let asked = format!("{report}from={}&to={today}&compare=previous", ago(6));
        let open = ask(asked.clone()).await;
        let alone = ask(format!("{asked}&only=rows")).await;
        let only = ask(format!("{asked}&only=compared")).await;
        assert_eq!(open["rows"], alone["rows"], "{report}");
        assert_eq!(only["rows"], serde_json::json!([]), "{report}");
        for same in ["previous", "whole"] {
            assert_eq!(alone[same], serde_json::Value::Null, "{report}");
            assert_eq!(only[same], open[same], "{report}: {same}");
        }
        for same in [
            "from",
            "to",
            "previous_from",
            "previous_to",
            "whole_to",
            "columns",
        ] {
            assert_eq!(alone[same], open[same], "{report}: {same}");
            assert_eq!(only[same], open[same], "{report}: {same}");
        }
        let over = ask(format!("{report}from={}&to={}", ago(6), ago(1))).await;
        let before = ask(format!("{report}from={}&to={}", ago(13), ago(8))).await;
        assert_eq!(open["whole"], over["rows"], "{open}");
        assert_eq!(open["previous"], before["rows"], "{open}");
        assert_eq!(open["whole_to"], ago(1).to_string());
        assert_eq!(open["previous_to"], ago(8).to_string());
        assert_eq!(over["whole"], serde_json::Value::Null);
    }
    // Times stand each for itself, and say what they are.
    let series = ask("series?period=7d&compare=previous&by=week".to_owned()).await;
    assert_eq!(series["by"], "week");
    assert_eq!(series["whole"], serde_json::Value::Null);
    assert_eq!(series["previous_to"], ago(7).to_string());
}

async fn filters_and_breakdowns_add_up(server: &Server, period: &str) {
    let (_, whole) = get(server, &format!("reports/landing_pages?{period}")).await;
    let (_, mobile) = get(
        server,
        &format!("reports/landing_pages?{period}&filter=device:mobile"),
    )
    .await;
    let (_, others) = get(
        server,
        &format!("reports/landing_pages?{period}&filter=device!:mobile"),
    )
    .await;
    assert!(sum(&mobile, "sessions") > 0.0);
    same(
        "filters",
        sum(&mobile, "sessions") + sum(&others, "sessions"),
        sum(&whole, "sessions"),
    );
    for id in ["series", "landing_pages", "channels"] {
        let (_, broken) = get(server, &format!("reports/{id}?{period}&breakdown=device")).await;
        assert_eq!(broken["columns"][0]["name"], "breakdown");
        same(id, sum(&broken, "sessions"), sum(&whole, "sessions"));
    }
    let (_, goal) = get(server, &format!("reports/channels?{period}&goal=bought")).await;
    let (_, any) = get(server, &format!("reports/channels?{period}")).await;
    let (bought, converted) = (
        sum(&goal, "converted_sessions"),
        sum(&any, "converted_sessions"),
    );
    assert!(
        bought > 0.0 && bought <= converted,
        "{bought} of {converted}"
    );
    let (_, few) = get(server, &format!("reports/sources?{period}&limit=1")).await;
    assert_eq!(
        (few["rows"].as_array().unwrap().len(), &few["truncated"]),
        (1, &Value::Bool(true))
    );
}

async fn funnels(server: &Server, sql: &str, period: &str) {
    let (_, saved) = get(server, "reports/funnel?name=checkout").await;
    // Today goes on, but the sample gets no events. The view shows them when the server has counted them.
    let end = Instant::now() + PATIENCE;
    let mut counted = 0.0;
    while counted < sum(&saved, "units") && Instant::now() < end {
        tokio::time::sleep(POLL).await;
        counted = view(sql, "SELECT sum(persons) FROM weir.funnel_demo_checkout");
    }
    same("funnel", sum(&saved, "units"), counted);
    assert_eq!(saved["view"], "weir.funnel_demo_checkout");
    assert_eq!(
        saved["rows"][1][1], "Cart",
        "a saved funnel has its labels: {saved}"
    );

    let steps = "steps=/demo/product/*&steps=add_to_cart&steps=begin_checkout&steps=purchase&within=7%20days";
    let (_, made_up) = get(server, &format!("reports/funnel?{period}&{steps}")).await;
    let (_, named) = get(server, &format!("reports/funnel?{period}&name=checkout")).await;
    assert_eq!(numbers(&made_up, "units"), numbers(&named, "units"));
    let body = r#"{"within": "7 days", "steps": [{"event": "pageview", "where": {"page.path": {"starts_with": "/demo/product/"}}},
        {"event": "add_to_cart"}, {"event": "begin_checkout"}, {"event": "purchase"}]}"#;
    let path = format!("/api/v1/sites/demo/funnels/preview?{period}");
    let (status, preview) = server.post(&path, body.to_owned()).await.unwrap();
    let preview: Value = serde_json::from_str(&preview).unwrap();
    assert_eq!(status, 200, "{preview}");
    assert_eq!(numbers(&preview, "units"), numbers(&named, "units"));
    let (_, trend) = get(
        server,
        &format!("reports/funnel_trend?{period}&name=checkout"),
    )
    .await;
    // Each day says what the funnel says when asked for that day alone.
    let days = trend["rows"].as_array().unwrap();
    let (entered, converted) = (numbers(&trend, "entered"), numbers(&trend, "converted"));
    assert!(days.len() > 1, "{trend}");
    for at in [0, days.len() - 1] {
        let day = days[at][0].as_str().unwrap();
        let alone = format!("reports/funnel?from={day}&to={day}&name=checkout");
        let (_, alone) = get(server, &alone).await;
        same("trend", entered[at], numbers(&alone, "units")[0]);
        same("trend", converted[at], numbers(&alone, "units")[3]);
    }
    assert!(sum(&trend, "entered") >= numbers(&named, "units")[0]);

    let (status, none) = get(server, "reports/funnel?name=chekout&lang=ru").await;
    assert_eq!(
        (status, &none["error"]["code"]),
        (404, &Value::from("unknown_funnel")),
        "{none}"
    );
    assert!(
        none["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("`checkout`"),
        "{none}"
    );
    let many: String = (0..12).map(|_| "&steps=a?b%26c%26d").collect();
    let (status, refused) = get(server, &format!("reports/funnel?{period}{many}")).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (400, &Value::from("refused")),
        "{refused}"
    );
}

/// The draft is what is published: it would have fired exactly as often as it did.
async fn drafts_are_tried_on_what_is_stored(server: &Server) {
    let (_, draft) = get(server, "draft").await;
    let source = draft["source"].as_str().unwrap();
    let ask = async |source: &str, query: &str| {
        let body = serde_json::json!({ "source": source, "period": "7d" }).to_string();
        let path = format!("/api/v1/sites/demo/simulate/history{query}");
        let (status, body) = server.ask(&path, body).await.unwrap();
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let (status, tried) = ask(source, "").await;
    assert_eq!(status, 200, "{tried}");
    assert_eq!(tried["every"], 1);
    let tags = tried["tags"].as_array().unwrap();
    for tag in tags {
        assert_eq!(
            (&tag["answer"], &tag["bound"]),
            (&"counted".into(), &"exact".into()),
            "{tag}"
        );
        assert!(tag["times"].as_u64().unwrap() > 0, "{tag}");
        assert_eq!(tag["times"], tag["fired"], "{tag}");
    }
    let by = |name: &str| {
        let tag = tags.iter().find(|tag| tag["tag"] == name).unwrap();
        tag["triggers"][0]["by"].clone()
    };
    // Decided anew from addresses, and told by the tag's own events.
    assert_eq!(
        (by("Product view"), by("Lead")),
        ("pageviews".into(), "tag".into())
    );
    // Another selector: nobody knows.
    let edited = source.replace("form.lead", "form.order");
    let (_, tried) = ask(&edited, "?lang=ru").await;
    let tags = tried["tags"].as_array().unwrap();
    let lead = tags.iter().find(|tag| tag["tag"] == "Lead").unwrap();
    assert_eq!(
        (&lead["answer"], &lead["times"]),
        (&"unknown".into(), &Value::Null)
    );
    let why = lead["triggers"][0]["message"].as_str().unwrap();
    assert!(why.starts_with("сохранённые данные"), "{why}");
    let (status, refused) = ask("{", "").await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (422, &"problems".into())
    );
    let (status, signs) = get(server, "health/signs").await;
    assert_eq!(status, 200, "{signs}");
    for sign in signs.as_array().unwrap() {
        assert_eq!(
            sign["silent"],
            Value::Null,
            "every tag of the sample fires: {sign}"
        );
        for empty in sign["empty"].as_array().unwrap() {
            assert!(empty["events"].as_u64() <= sign["sent"].as_u64(), "{sign}");
        }
    }
}

async fn names(server: &Server, sql: &str) {
    for kind in [
        "event",
        "page",
        "element",
        "item",
        "goal",
        "funnel",
        "tag",
        "channel",
        "device",
        "browser",
        "os",
        "country",
        "city",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
        "referrer_host",
        "click_id_type",
        "host",
        "property",
        "value&property=step&event=quiz_answer",
    ] {
        let (status, names) = get(server, &format!("names?kind={kind}")).await;
        assert_eq!(status, 200, "{kind}: {names}");
        let lacks = [
            "utm_content",
            "utm_term",
            "country",
            "city",
            "click_id_type",
        ];
        assert!(
            lacks.contains(&kind) || names[0]["name"].is_string(),
            "{kind}: {names}"
        );
    }
    let (_, found) = get(server, "names?kind=event&q=CART").await;
    assert_eq!(found[0]["name"], "add_to_cart", "{found}");
    assert!(found[0]["persons"].as_u64().unwrap() > 100, "{found}");
    // A goal is told as often as its ready view has it, once that is counted.
    let end = Instant::now() + PATIENCE;
    loop {
        let (_, goals) = get(server, "names?kind=goal&q=bought").await;
        let counted = view(
            sql,
            "SELECT sum(reached) FROM weir.goal_demo_bought WHERE session_date > today() - 29",
        );
        let told = goals[0]["events"].as_f64().unwrap();
        if told > 100.0 && told >= counted {
            break;
        }
        assert!(Instant::now() < end, "{counted}: {goals}");
        tokio::time::sleep(POLL).await;
    }
}

async fn the_shown_query_can_be_pasted(server: &Server, sql: &str, period: &str) {
    for path in [
        "channels?filter=channel:Direct",
        "funnel?name=quiz",
        "overview?filter=device:mobile",
        "paths?page=/demo/cart/",
    ] {
        let (_, report) = get(server, &format!("reports/{path}&{period}")).await;
        let shown = report["sql"].as_str().unwrap();
        let rows = view(sql, &format!("SELECT count() FROM ({shown})"));
        let length = report["rows"].as_array().unwrap().len();
        assert_eq!(rows.to_string(), length.to_string(), "{path}: {shown}");
    }
    // The views that are named are there, and can be read like tables.
    for (path, first) in [
        ("funnel?name=quiz", "weir.funnel_demo_quiz"),
        ("landing_pages?goal=bought", "weir.goal_demo_bought"),
        ("marketing?", "weir.costs"),
    ] {
        let (_, report) = get(server, &format!("reports/{path}&{period}")).await;
        let views = report["views"].as_array().unwrap();
        assert_eq!(views[0], first, "{path}");
        for one in views {
            let statement = format!("SELECT count() FROM {}", one.as_str().unwrap());
            assert!(view(sql, &statement) > 0.0, "{statement}");
        }
    }
    let (status, csv) = get(server, &format!("reports/channels.csv?{period}&lang=ru")).await;
    let csv = csv.as_str().unwrap();
    assert_eq!(status, 200);
    assert!(csv.starts_with("\u{feff}Канал,Визиты,"), "{csv}");
    assert!(csv.lines().count() > 4, "{csv}");
    let only = format!("reports/channels.csv?{period}&compare=previous&only=compared");
    assert_eq!(get(server, &only).await.0, 400);
}
