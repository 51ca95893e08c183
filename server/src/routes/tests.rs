//! Every route and every error it can answer with, without a socket.

mod client;
mod costs;
mod editing;
mod environments;
mod invitations;
mod people;
mod preview;
mod segments;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

use crate::demo_shop;
use crate::testing::{Bench, broken, get, get_with, send};

/// The site `shop` is good, `sad` is broken and never was good.
fn bench() -> Bench {
    let mut bench = Bench::new();
    let shop = bench.write(
        "shop.json",
        "{ \"weir\": 1, \"site\": { \"id\": \"shop\", \"domains\": [\"shop.example\"] },
           \"funnels\": { \"checkout\": { \"within\": \"7 days\", \"steps\": [
             { \"name\": \"Visit\", \"event\": \"pageview\" },
             { \"name\": \"Look\", \"event\": \"engagement\" } ] } } }",
    );
    let sad = bench.write("sad.json", &broken("sad"));
    bench.publisher(&[&shop, &sad], demo_shop::sample_container());
    bench
}

fn router() -> (Bench, Router) {
    let bench = bench();
    let router = bench.router(true);
    (bench, router)
}

#[tokio::test]
async fn the_script_of_a_site_holds_its_release() {
    let (_bench, router) = router();
    let answer = get(&router, "/t/shop.js").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "public, no-cache");
    assert_eq!(answer.header("vary"), "accept-encoding");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        "cross-origin"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(
        answer.text().contains("\"site\":\"shop\",\"version\":1,"),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains("\"collect\":\"/c\""));
    assert!(!answer.text().contains("__WEIR_CONFIG__"));

    let etag = answer.header("etag");
    let again = get_with(&router, "/t/shop.js", &[("if-none-match", etag)]).await;
    assert_eq!(
        (again.status, again.body.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    for (accepted, encoding) in [("br", "br"), ("gzip", "gzip")] {
        let headers = [("accept-encoding", accepted)];
        let compressed = get_with(&router, "/t/shop.js", &headers).await;
        assert_eq!(compressed.header("content-encoding"), encoding);
        assert!(compressed.body.len() < answer.body.len());
    }
}

#[tokio::test]
async fn what_few_pages_call_is_beside_the_script() {
    let (_bench, router) = router();
    let answer = get(&router, "/t/shop.calls.js").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "public, no-cache");
    assert!(answer.text().contains("_weir_optout"));
    assert!(answer.text().ends_with("((window.__weir||{})[\"shop\"])"));
    let missing = get(&router, "/t/nosuch.calls.js").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_wasm_is_kept_for_ever_under_the_name_that_the_script_gives() {
    let (_bench, router) = router();
    let script = get(&router, "/t/shop.js").await;
    let (_, after) = script.text().split_once("\"wasm\":\"").unwrap();
    let (path, _) = after.split_once('"').unwrap();
    let wasm = get(&router, path).await;
    assert_eq!(wasm.status, StatusCode::OK);
    assert_eq!(wasm.header("content-type"), "application/wasm");
    assert_eq!(
        wasm.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(wasm.header("access-control-allow-origin"), "*");
    assert_eq!(wasm.header("cross-origin-resource-policy"), "cross-origin");
    assert!(wasm.body.starts_with(b"\0asm"));

    let other = get(&router, "/t/0123456789abcdef.wasm").await;
    assert_eq!(
        (other.status, other.error_code().as_str()),
        (StatusCode::NOT_FOUND, "not_found")
    );
}

#[tokio::test]
async fn a_script_that_is_not_there_says_why_to_whoever_looks() {
    let (_bench, router) = router();
    for (path, words) in [
        ("/t/nobody.js", "/* weir: the site `nobody` is not known"),
        (
            "/t/sad.js",
            "/* weir: the site `sad` has a container with errors",
        ),
        (
            "/t/demo.js",
            "/* weir: the site `demo` is the read-only sample",
        ),
        ("/t/a*%2Fevil().js", "/* weir: this site is not known"),
    ] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            answer.header("content-type"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(
            answer.text().starts_with(words),
            "{path}: {}",
            answer.text()
        );
        assert!(answer.text().ends_with("*/\n"));
        assert!(!answer.text().contains("evil"));
    }
}

#[tokio::test]
async fn the_page_runs_its_own_files_only() {
    let (_bench, router) = router();
    let page = get(&router, "/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let missing = get(&router, "/ui/nothing.js").await;
    assert_eq!(
        (missing.status, missing.error_code().as_str()),
        (StatusCode::NOT_FOUND, "not_found")
    );
}

#[tokio::test]
async fn every_page_of_the_application_is_one_file_and_nothing_else_is() {
    let (_bench, router) = router();
    let front = get(&router, "/").await;
    for path in ["/setup", "/sites/shop/tags/Add%20to%20cart", "/people"] {
        let page = get(&router, path).await;
        assert_eq!(
            (page.status, &page.body),
            (StatusCode::OK, &front.body),
            "{path}"
        );
        assert!(page.header("content-security-policy").contains("'none'"));
    }
    for path in ["/sitesx", "/wp-login.php", "/%00", "//sites"] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn files_named_by_their_content_are_kept_for_ever() {
    let (_bench, router) = router();
    let page = get(&router, "/").await;
    let script = page
        .text()
        .split('"')
        .find(|part| part.starts_with("/ui/assets/") && part.ends_with(".js"))
        .unwrap()
        .to_owned();
    for _ in 0..2 {
        let answer = get(&router, &script).await;
        assert!(answer.header("cache-control").contains("immutable"));
    }
    assert_eq!(page.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn every_file_that_the_page_names_is_there() {
    let (_bench, router) = router();
    let page = get(&router, "/").await;
    let files: Vec<&str> = page
        .text()
        .split('"')
        .filter(|part| part.starts_with("/ui/") && part.contains('.'))
        .collect();
    assert!(!files.is_empty());
    for file in files {
        let answer = get(&router, file).await;
        assert_eq!(answer.status, StatusCode::OK, "{file}");
        assert_ne!(
            answer.header("content-type"),
            "application/octet-stream",
            "{file}"
        );
    }
}

#[tokio::test]
async fn the_demo_shop_is_a_site_with_an_app_in_it() {
    let (_bench, router) = router();
    let moved = get(&router, "/demo").await;
    assert_eq!(moved.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(moved.header("location"), "/demo/");
    let shop = get(&router, "/demo/").await;
    assert_eq!(shop.status, StatusCode::OK);
    let policy = shop.header("content-security-policy");
    assert!(
        policy.contains("'wasm-unsafe-eval' http://127.0.0.1:8080;"),
        "{policy}"
    );
    assert!(shop.text().contains("src=\"/t/shop.js\""));
    let app = get(&router, "/demo/app/").await;
    for path in ["/demo/app/taste", "/demo/app/result/x", "/demo/app"] {
        let answer = get(&router, path).await;
        assert_eq!(
            (answer.status, &answer.body),
            (StatusCode::OK, &app.body),
            "{path}"
        );
    }
    let missing = get(&router, "/demo/nothing.html").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.header("content-type"), "text/html; charset=utf-8");
    let up = get(&router, "/demo/../Cargo.toml").await;
    assert_eq!(up.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_demo_shop_finds_the_tag_under_another_prefix() {
    let bench = bench();
    let router = bench.router_at("/stats/", true);
    let shop = get(&router, "/demo/").await;
    assert!(shop.text().contains("src=\"/stats/shop.js\""));
    assert_eq!(get(&router, "/stats/shop.js").await.status, StatusCode::OK);
    assert_eq!(
        get(&router, "/t/shop.js").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn without_demo_there_is_no_shop() {
    let bench = bench();
    let router = bench.router(false);
    let answer = get(&router, "/demo/").await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::NOT_FOUND, "not_found")
    );
}

#[tokio::test]
async fn the_api_lists_sites_with_their_problems() {
    let (bench, router) = router();
    let answer = get(&router, "/api/v1/sites").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let sites = answer.json();
    let ids: Vec<&str> = sites
        .as_array()
        .unwrap()
        .iter()
        .map(|site| site["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["demo", "sad", "shop"]);
    let (demo, sad, shop) = (&sites[0], &sites[1], &sites[2]);
    assert_eq!(
        (&demo["sample"], &demo["script_tag"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(shop["state"], "live");
    assert_eq!(shop["container_version"], 1);
    assert_eq!(shop["domains"], json!(["shop.example"]));
    assert_eq!(shop["funnels"], json!(["checkout"]));
    assert_eq!(
        shop["source"],
        bench.folder.path().join("shop.json").to_str().unwrap()
    );
    assert_eq!(
        shop["script_tag"],
        "<script async src=\"http://127.0.0.1:8080/t/shop.js\"></script>"
    );
    assert_eq!(sad["state"], "broken");
    assert_eq!(sad["container_version"], json!(null));
    let problem = &sad["problems"][0];
    assert_eq!(problem["code"], "unknown_key");
    assert_eq!(
        (&problem["path"], &problem["line"]),
        (&json!("tigers"), &json!(3))
    );

    let russian = get(&router, "/api/v1/sites?lang=ru").await.json();
    assert_ne!(russian[1]["problems"][0]["message"], problem["message"]);
}

#[tokio::test]
async fn the_api_is_for_this_machine() {
    let (_bench, router) = router();
    for path in ["/api/v1/sites", "/api/v1/status", "/api/v1/sites/shop/live"] {
        let headers = [("host", "rebound.example:8080")];
        let answer = get_with(&router, path, &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.error_code(), "not_loopback");
    }
}

#[tokio::test]
async fn a_token_reads_its_own_site_from_elsewhere_and_nothing_else() {
    use weir_collector::{NewToken, SiteId, TOKEN_RANDOM_BYTES, TokenRecord, TokenScope};
    let (bench, router) = router();
    let mint = |number, scope| {
        let token = NewToken::mint([number; TOKEN_RANDOM_BYTES]);
        let record = TokenRecord {
            id: token.id().to_owned(),
            site: SiteId::parse("shop").unwrap(),
            scope,
            hash: token.hash(),
            revoked: false,
        };
        (format!("Bearer {}", token.expose()), record)
    };
    let (read, first) = mint(1, TokenScope::Read);
    let (write, second) = mint(2, TokenScope::Write);
    bench.tokens.replace(vec![first, second]);
    for (path, token, allowed) in [
        ("/api/v1/sites/shop/funnels/none", &read, true),
        ("/api/v1/sites/shop/funnels/none", &write, false),
        ("/api/v1/sites/sad/funnels/none", &read, false),
        ("/api/v1/sites", &read, false),
        ("/api/v1/status", &read, false),
    ] {
        let headers = [("host", "stats.example"), ("authorization", token.as_str())];
        let answer = get_with(&router, path, &headers).await;
        assert_eq!(answer.error_code() != "not_loopback", allowed, "{path}");
    }
}

#[tokio::test]
async fn the_api_says_which_names_exist() {
    let (_bench, router) = router();
    let answer = get(&router, "/api/v1/sites/shp/live").await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::NOT_FOUND, "unknown_site")
    );
    assert_eq!(answer.json()["error"]["hint"], "did you mean `shop`?");
    let answer = get(&router, "/api/v1/sites/shop/funnels/checkuot").await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::NOT_FOUND, "unknown_funnel")
    );
    assert_eq!(answer.json()["error"]["hint"], "did you mean `checkout`?");
}

#[tokio::test]
async fn without_clickhouse_the_api_says_so_and_the_server_is_ready() {
    let (_bench, router) = router();
    for path in [
        "/api/v1/sites/shop/live",
        "/api/v1/sites/shop/funnels/checkout",
    ] {
        let answer = get(&router, path).await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{path}: {}",
            answer.text()
        );
        assert_eq!(answer.error_code(), "clickhouse_away");
        assert_eq!(answer.header("retry-after"), "2");
    }
    let status = get(&router, "/api/v1/status").await.json();
    assert_eq!(status["clickhouse"]["reachable"], false);
    assert_eq!(status["sql"], "http://127.0.0.1:8123");
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert!(status["collector"].is_object());

    let ready = get(&router, "/readyz").await;
    assert_eq!(
        (ready.status, &ready.json()["ready"]),
        (StatusCode::OK, &json!(true))
    );
    assert_eq!(get(&router, "/healthz").await.text(), "ok\n");
}

#[tokio::test]
async fn editors_get_the_schema_in_their_language() {
    let (_bench, router) = router();
    let english = get(&router, "/container.schema.json").await;
    assert_eq!(english.status, StatusCode::OK);
    assert_eq!(english.header("content-type"), "application/schema+json");
    assert_eq!(english.header("access-control-allow-origin"), "*");
    assert_eq!(
        english.text(),
        weir_rules::json_schema(weir_rules::Lang::En)
    );
    let russian = get(&router, "/container.schema.json?lang=ru").await;
    assert_eq!(
        russian.text(),
        weir_rules::json_schema(weir_rules::Lang::Ru)
    );
    let etag = russian.header("etag");
    let known = get_with(
        &router,
        "/container.schema.json?lang=ru",
        &[("if-none-match", etag)],
    )
    .await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    let other = get(&router, "/container.schema.json?lang=de").await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    assert!(other.text().contains("?lang=ru"), "{}", other.text());
}

#[tokio::test]
async fn metrics_are_one_document() {
    let (_bench, router) = router();
    let answer = get(&router, "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    let text = answer.text();
    assert!(
        text.contains("weir_server_sites{state=\"broken\"} 1\n"),
        "{text}"
    );
    assert!(
        text.contains("weir_server_sites{state=\"live\"} 2\n"),
        "{text}"
    );
    assert!(text.contains("weir_collector_"), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist_have_the_same_shape() {
    let (_bench, router) = router();
    let answer = get(&router, "/nothing/here").await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::NOT_FOUND, "not_found")
    );
    let request = Request::post("/healthz").body(Body::empty()).unwrap();
    let answer = send(&router, request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.error_code(), "method_not_allowed");
    assert!(answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn events_are_taken_in_for_published_sites_only() {
    let (_bench, router) = router();
    let post = |site: &str| Request::post("/c").body(Body::from(batch(site))).unwrap();
    let answer = send(&router, post("shop")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    for site in ["sad", "demo", "nobody"] {
        let answer = send(&router, post(site)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{site}");
        assert_eq!(answer.error_code(), "unknown_site");
    }
}

#[tokio::test]
async fn the_owner_sees_which_hosts_are_refused() {
    let (_bench, router) = router();
    let sites = get(&router, "/api/v1/sites").await.json();
    assert_eq!(sites[2]["refused_hosts"], json!([]));
    let before = jiff::Timestamp::now().as_millisecond();
    for _ in 0..2 {
        let request = Request::post("/c")
            .header("origin", "https://www.shop.example:8443")
            .body(Body::from(batch("shop")))
            .unwrap();
        let answer = send(&router, request).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (StatusCode::FORBIDDEN, "foreign_origin")
        );
    }
    let sites = get(&router, "/api/v1/sites").await.json();
    let refused = &sites[2]["refused_hosts"];
    assert_eq!(refused.as_array().unwrap().len(), 1);
    assert_eq!(refused[0]["host"], "www.shop.example");
    assert_eq!(refused[0]["count"], 2);
    assert!(refused[0]["last_at"].as_i64().unwrap() >= before);
    assert_eq!(sites[0]["refused_hosts"], json!([]));
}

/// One page view of the shop's first page.
fn batch(site: &str) -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    json!({
        "v": 1, "site": site, "sent": now, "visitor": "9f86d081884c7d65",
        "session": { "id": format!("{:08x}00000001", now / 1000), "number": 1,
                     "entry": { "url": "https://shop.example/", "referrer": "" } },
        "release": 1, "consent": ["analytics"],
        "pages": [{ "url": "https://shop.example/", "title": "", "referrer": "" }],
        "events": [{ "id": "01941f29-7c00-7aaa-8000-000000000001", "name": "pageview",
                     "ts": now, "seq": 1, "page": 0, "props": {} }],
    })
    .to_string()
}
