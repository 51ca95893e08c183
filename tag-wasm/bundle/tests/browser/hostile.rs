//! Pages that replace, freeze or break what the tag is made of. Whatever they do, the page works as without the tag; and as
//! long as the browser can be reached at all, what happens is still heard.

use std::collections::{HashMap, HashSet};

use crate::site::{Options, Page, Site};

/// What the tag can still do on such a page.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// Everything.
    Heard,
    /// Events leave at last when the page is left.
    AtTheEnd,
    /// Nobody can say; the page works.
    Unharmed,
}

use Then::{AtTheEnd, Heard, Unharmed};

/// Names, what the page does before the tag, and what then.
const CASES: &[(&str, &str, Then)] = &[
    // Libraries that change what everybody uses.
    (
        "prototypes-with-more",
        "Object.prototype.extra = Array.prototype.extra = function () { return 'extra' };
         String.prototype.extra = Function.prototype.extra = 1",
        Heard,
    ),
    (
        "to-json-of-old-libraries",
        "Array.prototype.toJSON = String.prototype.toJSON = function () { return '[old]' }",
        Heard,
    ),
    ("json-replaced", "window.JSON = { parse() { throw 1 }, stringify() { throw 1 } }", Heard),
    (
        "attributes-replaced",
        "for (const name of ['getAttribute', 'matches', 'closest', 'hasAttribute'])
           Element.prototype['_' + name] = Element.prototype[name], Element.prototype[name] = function () { return this['_' + name](...arguments) }",
        Heard,
    ),
    ("iteration-broken", "breakFor(Array.prototype, Symbol.iterator)", Unharmed),
    ("arrays-broken", "breakFor(Array.prototype, 'find'); breakFor(Array.prototype, 'forEach')", Unharmed),
    ("maps-missing", "for (const name of ['Map', 'WeakMap']) {
           const Real = window[name];
           window[name] = class extends Real { constructor(...given) { super(...given); if (isOurs()) throw new Error(name) } };
         }", Unharmed),
    ("addresses-missing", "window.URL = undefined", Unharmed),
    ("bytes-missing", "window.TextEncoder = undefined", Unharmed),
    ("promises-broken", "const Real = Promise; window.Promise = class extends Real { constructor(work) { if (isOurs()) throw new Error('promise'); super(work) } }", Unharmed),
    ("listening-broken", "breakFor(window, 'addEventListener')", Unharmed),
    // Time.
    ("clock-frozen", "const frozen = Date.now(); Date.now = () => frozen", Heard),
    ("clock-stopped-at-nothing", "Date.now = () => NaN", Heard),
    ("clock-in-words", "const now = Date.now; Date.now = () => String(now())", Heard),
    ("clock-going-back", "let at = Date.now(); Date.now = () => at -= 1000", Heard),
    (
        "clock-replaced",
        "const Real = Date; window.Date = class extends Real { constructor(...given) { given.length ? super(...given) : super(1e12) } static now() { return 1e12 } }",
        Heard,
    ),
    ("clock-broken", "breakFor(Date, 'now')", Unharmed),
    // Timers of a test library: nothing is ever called.
    ("timers-stopped", "window.setTimeout = () => 0", AtTheEnd),
    ("timers-broken", "breakFor(window, 'setTimeout')", Unharmed),
    ("no-performance", "Object.defineProperty(window, 'performance', { value: undefined })", Heard),
    // Chance.
    ("chance-fixed", "Math.random = () => 0.5", Heard),
    ("no-crypto", "Object.defineProperty(window, 'crypto', { value: undefined })", Heard),
    // History.
    ("history-frozen", "Object.freeze(history)", Heard),
    (
        "history-read-only",
        "for (const name of ['pushState', 'replaceState']) Object.defineProperty(history, name, { value: history[name], writable: false })",
        Heard,
    ),
    (
        "history-wrapped-twice",
        "for (let time = 0; time < 2; time++) for (const name of ['pushState', 'replaceState']) {
           const original = history[name];
           history[name] = function () { const result = original.apply(this, arguments); dispatchEvent(new Event(name)); return result };
         }",
        Heard,
    ),
    // Storage.
    (
        "storage-full",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }",
        Heard,
    ),
    ("storage-lying", "Storage.prototype.getItem = () => ({}); Storage.prototype.setItem = () => {}", Heard),
    (
        "storage-garbage",
        "for (const key of ['s', 'q', 'o', 'f']) for (const store of [localStorage, sessionStorage])
           store.setItem('_weir_' + key + '.test', ['1.zz.-1.NaN.9e99.x.y.z a b', '{\"v\":1,\\n{}\\n[1]', '\\ud800 v d s', '[[7,1],{}]'][key.length]);
         document.cookie = '_weir_v=' + '%00;,=' + 'x'.repeat(3000)",
        Heard,
    ),
    ("storage-missing", "Object.defineProperty(window, 'localStorage', { value: null })", Heard),
    (
        "session-storage-refused",
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError') } })",
        Heard,
    ),
    // The way out.
    ("fetch-is-nothing", "const real = fetch; window.fetch = (url, ...rest) => String(url).endsWith('/c') ? undefined : real(url, ...rest)", AtTheEnd),
    (
        "fetch-never-answers",
        "const real = fetch; window.fetch = (url, ...rest) => String(url).endsWith('/c') ? new Promise(() => {}) : real(url, ...rest)",
        AtTheEnd,
    ),
    (
        "fetch-refuses",
        "const real = fetch; window.fetch = (url, ...rest) => String(url).endsWith('/c') ? Promise.reject(new TypeError('blocked')) : real(url, ...rest)",
        AtTheEnd,
    ),
    (
        "fetch-wrapped",
        "const real = fetch; window.fetch = async function () { await null; const answer = await real.apply(this, arguments); return answer.clone() }",
        Heard,
    ),
    ("beacon-missing", "Object.defineProperty(navigator, 'sendBeacon', { value: undefined })", Heard),
    ("beacon-refuses", "navigator.sendBeacon = () => false", Heard),
    ("no-compression", "window.CompressionStream = undefined", Heard),
    // What the tag's own names mean to the page.
    (
        "observers-missing",
        "window.IntersectionObserver = window.MutationObserver = window.PerformanceObserver = undefined",
        Heard,
    ),
    ("path-lost", "Event.prototype.composedPath = () => []", Unharmed),
    (
        "parents-in-a-circle",
        "const real = Object.getOwnPropertyDescriptor(Node.prototype, 'parentNode').get;
         Object.defineProperty(Node.prototype, 'parentNode', { get() { return isOurs() ? document.body : real.call(this) }, configurable: true })",
        Unharmed,
    ),
    ("data-layer-is-a-text", "window.dataLayer = 'none'", Heard),
    ("data-layer-is-frozen", "window.dataLayer = Object.freeze([{ event: 'shop_frozen' }])", Heard),
    ("command-is-taken", "window.weir = { q: 7 }; setTimeout(() => { window.weir = () => {} }, 0)", Heard),
];

/// Elements whose names hide what the tag looks for in the window or the document.
const CLOBBERED: &str = "<img name=currentScript alt='' src=http://elsewhere.example/a.png><form name=referrer><input name=href></form><form name=cookie></form>
  <form id=weir><input name=q></form><a id=__weir></a><a id=dataLayer></a><form name=title></form><a id=__weir_module></a>";

fn html(case: &str, head: &str) -> &'static str {
    format!(
        "<!doctype html><html><head><title>{case}</title><script>
           window.errors = [];
           addEventListener('error', (event) => errors.push(event.message));
           addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
           // What only the tag is refused, because whoever steers the browser needs it too.
           window.isOurs = () => /\\/t\\//.test(new Error().stack);
           window.breakFor = (where, name) => {{
             const real = where[name];
             where[name] = function () {{ if (isOurs()) throw new Error('broken: ' + String(name)); return real.apply(this, arguments) }};
           }};
         </script>{head}{{tag}}</head><body>
         <form class=lead onsubmit='window.sent = true; return false'><input name=id value=x><button id=send>Send</button></form>
         <div class=product data-sku=1><button class=buy onclick='window.bought = true'>Buy</button></div>
         <button id=end>end</button></body></html>"
    )
    .leak()
}

fn path(case: &str) -> &'static str {
    format!("/{case}").leak()
}

async fn site(pages: impl IntoIterator<Item = (&'static str, &'static str)>) -> Site {
    let pages: HashMap<_, _> = pages
        .into_iter()
        .map(|(path, html)| (path, Page { html, headers: &[] }))
        .collect();
    let options = Options {
        container: crate::stress::EVERYTHING,
        ..Options::default()
    };
    Site::open_as(pages, options).await
}

/// The page does everything it does without the tag, and nothing of the tag's is seen.
async fn assert_works(site: &Site, case: &str) {
    let visitor = &site.visitor;
    let here = |error| panic!("{case}: {error:?}");
    visitor.click(".buy").await.unwrap_or_else(here);
    visitor.click("#send").await.unwrap_or_else(here);
    let done = visitor
        .run(
            "try { weir('event', 'shop_call', {}) } catch (error) {}
             history.pushState({}, '', location.href + '/more');
             return [window.bought, window.sent, errors, location.pathname]",
        )
        .await
        .unwrap();
    let expected = serde_json::json!([true, true, [], format!("/{case}/more")]);
    assert_eq!(done, expected, "{case}");
}

async fn try_case(site: &Site, case: &str, then: Then) {
    // What was sent by beacon without an answer is repeated by the next page, with the same id.
    let here = |name: &str| {
        let is_here =
            |url: &str| url.ends_with(&format!("/{case}")) || url.contains(&format!("/{case}/"));
        let events = site.named(name).into_iter();
        let ids: HashSet<_> = events
            .filter(|event| is_here(&event.url))
            .map(|event| event.id)
            .collect();
        ids.len()
    };
    site.visitor
        .open(&site.url(&format!("/{case}")))
        .await
        .unwrap();
    if then == Heard {
        site.wait_until(|| here("pageview") > 0).await;
    }
    assert_works(site, case).await;
    if then == Heard {
        site.wait_until(|| here("buy") > 0 && here("lead") > 0 && here("pageview") > 1)
            .await;
    }
    let errors = site.visitor.run("return errors").await.unwrap();
    assert_eq!(errors, serde_json::json!([]), "{case}");
    site.visitor.leave().await.unwrap();
    if then == AtTheEnd {
        // What the browser kept is sent by the next page at the latest.
        site.visitor.open(&site.url("/plain")).await.unwrap();
        site.wait_until(|| here("buy") > 0).await;
    }
    if then != Unharmed {
        assert_eq!(here("buy"), 1, "{case}");
    }
    let lines = site.visitor.console().await.unwrap();
    let ours: Vec<_> = lines.iter().filter(|line| line.contains("/t/")).collect();
    let is_policy = |line: &&&String| line.contains("WebAssembly");
    assert_eq!(
        ours.iter().filter(|line| !is_policy(line)).count(),
        0,
        "{case}: {ours:?}"
    );
}

/// Some of the cases, so that several browsers share them.
async fn try_part(part: usize, of: usize) {
    let mine = || {
        CASES
            .iter()
            .enumerate()
            .filter(move |(at, _)| at % of == part)
    };
    let pages = mine().map(|(_, (name, script, _))| {
        (
            path(name),
            html(name, &format!("<script>{{ {script} }}</script>")),
        )
    });
    let site = site(pages.chain([("/plain", html("plain", ""))])).await;
    for (_, (name, _, then)) in mine() {
        try_case(&site, name, *then).await;
    }
    // Two events of one id would count as one.
    let mut ids: Vec<_> = site
        .events()
        .into_iter()
        .map(|event| (event.id, event.name, event.ts))
        .collect();
    ids.sort();
    ids.dedup();
    let count = ids.len();
    ids.dedup_by(|one, other| one.0 == other.0);
    assert_eq!(ids.len(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_replace_what_the_tag_uses() {
    try_part(0, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_replace_what_the_tag_uses_and_more_of_them() {
    try_part(1, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_that_hide_what_the_window_and_the_document_have() {
    let html = html("clobbered", "").replace("{tag}", "").replace(
        "<form class=lead",
        &format!("{CLOBBERED}<script src=/t/test.js></script><form class=lead"),
    );
    let site = site([("/clobbered", &*html.leak())]).await;
    try_case(&site, "clobbered", Heard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_way_the_script_is_on_the_page() {
    let plain = html("plain", "");
    let with = |name: &str, head: &str, foot: &str| {
        let page = plain
            .replace("{tag}", head)
            .replace("</body>", &format!("{foot}</body>"));
        (path(name), &*page.leak())
    };
    let late = "<script>addEventListener('load', () => setTimeout(() => {
        const element = document.createElement('script'); element.src = '/t/test.js'; document.head.append(element);
      }, 300))</script>";
    let ways = [
        with("sync-in-head", "<script src=/t/test.js></script>", ""),
        with("at-the-end", "", "<script src=/t/test.js></script>"),
        with(
            "async-at-the-end",
            "",
            "<script async src=/t/test.js></script>",
        ),
        with("deferred", "<script defer src=/t/test.js></script>", ""),
        with("module", "<script type=module src=/t/test.js></script>", ""),
        with(
            "by-import",
            "<script type=module>import '/t/test.js'</script>",
            "",
        ),
        with("added-late", late, ""),
        with(
            "written",
            "<script>document.write('<script src=/t/test.js><\\/script>')</script>",
            "",
        ),
        with(
            "twice",
            "<script src=/t/test.js></script>",
            "<script src=/t/test.js></script>",
        ),
        with(
            "thrice-in-all-ways",
            "<script async src=/t/test.js></script><script defer src='/t/test.js?2'></script>",
            late,
        ),
        with(
            "before-a-base",
            "<script src=/t/test.js></script><base href=https://elsewhere.example/>",
            "",
        ),
        with(
            "with-integrity-and-cors",
            "<script crossorigin src=/t/test.js></script>",
            "",
        ),
    ];
    let names: Vec<_> = ways
        .iter()
        .map(|(path, _)| path.trim_start_matches('/'))
        .collect();
    let site = site(ways).await;
    for name in names {
        try_case(&site, name, Heard).await;
        let views: Vec<_> = site
            .named("pageview")
            .into_iter()
            .filter(|view| view.url.ends_with(name))
            .collect();
        assert_eq!(views.len(), 1, "{name}");
    }
}
