// Pictures of every page of the web application, in both languages and themes, on a phone and on a desktop, for a person's eye; and
// what a program can see in them: what is wider than the window, words that are cut, errors in the console.
//
//   node tools/screenshots.mjs http://127.0.0.1:8080 pictures [part-of-a-page's-name,another]
//
// Asks a server that runs with `--demo` and has no owner yet, or one whose owner is the one below. Makes a site of its own there.
// Of a server that has an owner already the page of the first start is left out; and that ClickHouse is away is only pretended: its
// answers are given by the page itself.

import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [base = "http://127.0.0.1:8080", folder = "pictures", part = ""] = process.argv.slice(2);
const OWNER = { email: "owner@example.com", name: "Анна O'Brien", password: "samovar on the table" };
const SIZES = { phone: [390, 844], desktop: [1440, 900] };
const THEMES = ["light", "dark"];
const LANGUAGES = ["en", "ru"];
const SETTLE_MS = 15_000;

const reports = ["", "/funnels", "/funnels/checkout?breakdown=device", "/funnels/new", "/sources", "/landing", "/pages", "/ctr", "/paths", "/retention", "/sales", "/marketing", "/targets", "/targets/wall"];
const PAGES = Object.fromEntries([
  ["home-shop", "/sites/shop"], ["home-demo", "/sites/demo"], ["home-new", "/sites/looks"], ["new-site", "/new-site"],
  ...reports.map((one) => [`report-${one.replaceAll(/[^a-z]+/g, "-").replace(/^-/, "") || "overview"}`, `/sites/demo/reports${one}`]),
  ["report-empty", "/sites/looks/reports"],
  ["report-segment", `/sites/demo/reports/sources?filters=${encodeURIComponent(`device:${encodeURIComponent("mobile")}`)}`], ["report-segment-naming", "/sites/demo/reports/sources?filters=channel%3ADirect"],
  ["report-sql", "/sites/demo/reports/sources"], ["report-costs", "/sites/looks/reports/marketing"],
  ["report-instead", "/sites/demo/reports/funnels/checkout"], ["report-clickhouse-away", "/sites/demo/reports/sources"],
  ["tags", "/sites/looks/tags"], ["tags-file", "/sites/shop/tags"], ["tag", "/sites/looks/tags/edit/Lead"], ["tag-new", "/sites/looks/tags/new"], ["triggers", "/sites/looks/tags/triggers/form"],
  ["variables", "/sites/looks/tags/variables"], ["goals", "/sites/looks/tags/goals"], ["json", "/sites/looks/tags/json"],
  ["try", "/sites/looks/simulate"], ["try-history", "/sites/shop/simulate/history"], ["try-preview", "/sites/looks/simulate/preview"],
  ["publish", "/sites/looks/publish"], ["publish-staging", "/sites/looks__staging/publish"], ["live", "/sites/shop/live"], ["settings", "/sites/looks/settings"],
  ["tag-picked", `/sites/looks/tags/new?${new URLSearchParams({ kind: "click", selector: "a.promo", event: "click_spring", name: "Click spring" })}`],
  ["problem-publish", "/sites/mend/publish"], ["problem-list", "/sites/mend/tags"], ["problem-field", "/sites/mend/tags/triggers/lead%20form?at=triggers.lead%20form.form.selector"],
  ["publish-back", "/sites/looks/publish"], ["live-open", "/sites/shop/live"], ["target-in-all", "/sites/looks/reports/targets?at=kpis%5B0%5D.to"], ["report-targets-early", "/sites/looks/reports/targets"],
  ["people-invited", "/people"], ["people", "/people"], ["tokens", "/people/tokens"], ["audit", "/people/audit"], ["account", "/account"], ["unknown", "/sites/nosuch"],
  ["clash", "/sites/looks/tags/edit/Lead"], ["expired", "/sites/looks/tags/edit/Lead"],
  ["front-setup", "/setup"], ["front-sign-in", "/sign-in"], ["front-sign-in-wrong", "/sign-in"], ["front-invitation", "/invite"], ["front-invitation-used", "/invite#no-such-code"], ["front-reset", "/reset#no-such-code"], ["front-reset-used", "/reset#no-such-code"],
].filter(([name]) => part.split(",").some((one) => name.includes(one))));

const CONTAINER = {
  weir: 1,
  site: { id: "looks", domains: ["looks.example", "*.looks.example"], timezone: "Europe/Moscow", currency: "RUB" },
  triggers: { form: { form: { selector: "#lead" }, when: { "page.path": { starts_with: "/contact" } } }, "all pages": { pageview: {} } },
  tags: [
    { name: "Lead", on: ["form"], event: "lead", with: { item: "{{page.path}}" }, labels: ["leads", "ads"] },
    { name: "\"><script>window.hacked=1</script>'😀 и длинное имя тега, которое не помещается в строку", on: ["all pages"], event: "seen", paused: true },
  ],
  goals: { lead: { event: "lead" } },
  kpis: [
    { name: "Заявки к концу квартала", metric: "leads", goal: "lead", to: 100, since: "2026-01-01", by: "2099-12-31" },
    { name: "Визиты за 30 дней", metric: "traffic", from: 0, to: 500, by: "2099-12-31" },
  ],
};

/** Pages that are looked at while nobody is in; that of the first start only before there is an owner. */
const isFront = (name) => name.startsWith("front-");
const FIRST = "front-setup";
/** Pages that say what the server has refused, which the browser says as well. */
const REFUSED = /^(front-(sign-in-wrong|invitation-used|reset-used)|clash|expired|report-clickhouse-away)$/;

/** What acts are made of: a field is typed into, a button pressed that says so in either language. */
const HANDS = `
  const type = (field, text) => { field.value = text; for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true })); };
  const find = (selector) => document.querySelector(selector);
  const press = (...words) => [...document.querySelectorAll('main button')].find((one) => words.includes(one.textContent.trim()))?.click();
`;

/** What is done on a page before it is pictured. */
const ACTS = {
  "report-segment-naming": "press('Save as a segment…', 'Сохранить как сегмент…')",
  "report-sql": "press('SQL')",
  "report-costs": "press('Import costs', 'Загрузить расходы')",
  "report-instead": "press('Where did they go instead?', 'Куда они ушли?')",
  "report-clickhouse-away": `
    const asItWas = window.fetch;
    const away = () => Response.json({ error: { code: 'clickhouse_away', message: '', hint: '' } }, { status: 503, headers: { 'retry-after': '60' } });
    window.fetch = (asked, ...rest) => (String(asked).includes('/reports/') ? Promise.resolve(away()) : asItWas(asked, ...rest));
    type(find('#period'), '7d')`,
  "front-sign-in-wrong": "type(find('[name=email]'), 'nobody@example.com'); type(find('[name=password]'), 'not the one of theirs'); find('form').requestSubmit()",
  "front-reset-used": "type(find('[name=password]'), 'kettle on the stove'); type(find('[name=repeat]'), 'kettle on the stove'); setTimeout(() => find('form').requestSubmit(), 100)",
  // Another window of hers saves meanwhile; then this one.
  "clash": `
    (async () => {
      const { csrf } = await (await fetch('/api/v1/session')).json();
      const { source, revision } = await (await fetch('/api/v1/sites/looks/draft')).json();
      const there = JSON.parse(source);
      there.tags[0].event = 'request_' + revision;
      await fetch('/api/v1/sites/looks/draft', { method: 'PUT', headers: { 'content-type': 'application/json', 'x-weir-csrf': csrf }, body: JSON.stringify({ source: JSON.stringify(there, null, 2), revision }) });
      type(find('input[list$=-events]'), 'order_' + revision);
    })()`,
  "expired": "setTimeout(() => type(find('input[list$=-events]'), 'order'), 100)",
  "problem-list": "document.querySelector('.bar .problems').click()",
  "publish-back": "[...document.querySelectorAll('.releases li')].at(-1).querySelector('button:not(.quiet)').click()",
  "live-open": "[...document.querySelectorAll('button.event')].slice(0, 2).forEach((one) => one.click())",
  "people-invited": "const mail = document.querySelector('input[name=email]'); mail.value = 'vera@example.com'; mail.dispatchEvent(new Event('input', { bubbles: true })); document.querySelector('form.line').requestSubmit()",
};
const BROKEN = {
  weir: 1,
  site: { id: "mend", domains: ["mend.example"] },
  triggers: { "lead form": { form: { selector: "#lead[" } }, seen: { visible: {} } },
  tags: [{ name: "Lead form", on: ["lead form", "thanks"], event: "Lead!", sample: 2 }, { name: "Seen", on: ["seen"], event: "seen" }],
  kpis: [{ name: "Leads", metric: "leads", to: 0, since: "2099-01-01", by: "2099-12-31" }],
};

const driver = spawn("chromedriver", ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
const port = await new Promise((resolve, reject) => {
  driver.stdout.on("data", (text) => {
    const found = /started successfully on port (\d+)/.exec(String(text));
    if (found) resolve(found[1]);
  });
  driver.on("exit", () => reject(new Error("chromedriver ended")));
});

async function wire(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${value?.message}`);
  return value;
}

/** What sticks out, what is cut, what is not ready. */
const SEEN = `
  const wide = [...document.querySelectorAll('main *, header *, dialog *')].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1) && !one.closest('.table, .tabs, .wide, pre, .visually-hidden, .skip, [role=tooltip], [role=region], .cm-editor, nav') && getComputedStyle(one).visibility !== 'hidden';
  }).map((one) => one.tagName + '.' + one.className + ' ' + one.textContent.trim().slice(0, 40));
  const cut = [...document.querySelectorAll('button, .button, .pill, h1, h2, h3, option, dt, label')].filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).display !== 'inline' && !one.closest('.visually-hidden') && !one.classList.contains('visually-hidden'))
    .map((one) => one.tagName + ' ' + one.textContent.trim().slice(0, 40));
  return { page: document.documentElement.scrollWidth, wide: wide.slice(0, 4), cut: cut.slice(0, 4), busy: Boolean(document.querySelector('.loading, [aria-busy=true]')) };`;

let failed = 0;
let session = "";
try {
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"];
  session = `/session/${(await wire("POST", "/session", { capabilities: { alwaysMatch: { browserName: "chrome", "goog:chromeOptions": { args }, "goog:loggingPrefs": { browser: "ALL" } } } })).sessionId}`;
  const go = (path) => wire("POST", `${session}/url`, { url: base + path });
  const run = (script, args = []) => wire("POST", `${session}/execute/sync`, { script, args });
  const wait = (script, args = []) => wire("POST", `${session}/execute/async`, { script, args });
  const cdp = (cmd, params) => wire("POST", `${session}/goog/cdp/execute`, { cmd, params });
  const api = (method, path, body, csrf) => wait(
    `const [method, path, body, csrf, done] = arguments;
     fetch('/api/v1' + path, { method, headers: { 'content-type': 'application/json', ...(csrf ? { 'x-weir-csrf': csrf } : {}) }, ...(body === null ? {} : { body: JSON.stringify(body) }) })
       .then((one) => one.text().then((text) => done({ status: one.status, body: text ? JSON.parse(text) : null })), (error) => done({ status: 0, body: String(error) }))`,
    [method, path, body ?? null, csrf ?? null]);

  mkdirSync(folder, { recursive: true });

  /** Pictures of pages in every look. */
  async function look(pages, before) {
    for (const language of LANGUAGES) {
      await before(language);
      await go("/");
      await run("localStorage.setItem('weir.language', arguments[0])", [language]);
      for (const theme of THEMES) {
        await cdp("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: theme }, { name: "prefers-reduced-motion", value: "reduce" }] });
        for (const [size, [width, height]] of Object.entries(SIZES)) {
          await cdp("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: size === "phone" });
          for (const [name, path] of pages) await picture(name, path, { language, theme, size, width });
        }
      }
    }
  }

  async function picture(name, path, { language, theme, size, width }) {
    if (isFront(name)) await leave();
    // What follows # loads nothing anew.
    if (path.includes("#")) await wire("POST", `${session}/url`, { url: "about:blank" });
    await go(path);
    const end = Date.now() + SETTLE_MS;
    const ready = "return Boolean(document.querySelector('main h1, .wall h1')) && !document.querySelector('.loading, [aria-busy=true]')";
    while (!(await run(ready)) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (name === "expired") await leave();
    if (ACTS[name]) {
      await run(HANDS + ACTS[name]);
      await new Promise((resolve) => setTimeout(resolve, name === "clash" ? 4000 : 1500));
    }
    const seen = await run(SEEN);
    const log = (await wire("POST", `${session}/se/log`, { type: "browser" })).map((one) => one.message)
      .filter((one) => !(one.includes("404") && name.includes("unknown")) && !(one.includes("422") && name.startsWith("problem")) && !(REFUSED.test(name) && one.includes("status of 4")) && !one.includes("[DOM]") && !one.includes("beforeunload"));
    const complaints = [
      ...(seen.page > width ? [`is ${seen.page} wide`] : []), ...seen.wide.map((one) => `sticks out: ${one}`), ...seen.cut.map((one) => `is cut: ${one}`),
      ...(seen.busy ? ["is not ready"] : []), ...log.slice(0, 3).map((one) => `says: ${one}`),
    ];
    if (complaints.length > 0) {
      failed += 1;
      console.log(`${name} ${language} ${theme} ${size}:\n  ${complaints.join("\n  ")}`);
    }
    const metrics = await cdp("Page.getLayoutMetrics", {});
    const clip = { x: 0, y: 0, width, height: Math.min(6000, Math.ceil(metrics.cssContentSize.height)), scale: 1 };
    const { data } = await cdp("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });
    writeFileSync(join(folder, `${name}.${language}.${theme}.${size}.png`), Buffer.from(data, "base64"));
    if (name === "expired" || isFront(name)) await enter();
  }

  // The session goes on: whoever signs in too often has to wait.
  let kept = [];
  async function leave() {
    kept = (await cdp("Network.getCookies", { urls: [base] })).cookies;
    await cdp("Network.clearBrowserCookies", {});
  }
  const enter = () => cdp("Network.setCookies", { cookies: kept.map(({ name, value, path, httpOnly, secure, sameSite }) => ({ name, value, path, httpOnly, secure, ...(sameSite ? { sameSite } : {}), url: base })) });

  const all = Object.entries(PAGES);
  await go("/");
  const { body: whose } = await api("GET", "/session");
  if (whose?.setup_needed) await look(all.filter(([name]) => name === FIRST), async () => undefined);
  await go("/");
  let entered = await api("POST", "/setup", OWNER);
  if (entered.status !== 200) entered = await api("POST", "/session", OWNER);
  const csrf = entered.body?.csrf;
  if (!csrf) throw new Error(`cannot sign in: ${JSON.stringify(entered.body)}`);
  await api("POST", "/sites", { id: "looks", domains: CONTAINER.site.domains, timezone: CONTAINER.site.timezone, currency: "RUB" }, csrf);
  await api("PUT", "/sites/looks/environments/staging", { hosts: ["staging.looks.example"] }, csrf);
  const draft = await api("GET", "/sites/looks/draft");
  const saved = await api("PUT", "/sites/looks/draft", { source: JSON.stringify(CONTAINER, null, 2), revision: draft.body.revision }, csrf);
  await api("POST", "/sites/looks/publish", { revision: saved.body?.revision, note: "Заявки и визиты" }, csrf);
  const more = { ...CONTAINER, tags: [...CONTAINER.tags, { name: "Promo", on: ["all pages"], event: "promo" }] };
  const again = await api("GET", "/sites/looks/draft");
  await api("PUT", "/sites/looks/draft", { source: JSON.stringify(more, null, 2), revision: again.body.revision }, csrf);
  await api("POST", "/sites", { id: "mend", domains: ["mend.example"], timezone: "Europe/Moscow", currency: "RUB" }, csrf);
  const broken = await api("GET", "/sites/mend/draft");
  await api("PUT", "/sites/mend/draft", { source: JSON.stringify(BROKEN, null, 2), revision: broken.body.revision }, csrf);
  await api("POST", "/invitations", { email: "boris@example.com", role: "editor" }, csrf);

  await api("PUT", `/sites/demo/segments/${encodeURIComponent("С телефона")}`, { filters: ["device:mobile"] }, csrf);

  // What is there already from the last time was refused, and said so.
  await wire("POST", `${session}/se/log`, { type: "browser" });
  await look(all.filter(([name]) => name !== FIRST), (language) => api("PATCH", "/me", { language }, csrf));
} finally {
  if (session) await wire("DELETE", session).catch(() => undefined);
  driver.kill();
}
console.log(failed === 0 ? "nothing sticks out" : `${failed} pages to look at`);
