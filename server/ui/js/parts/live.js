// Are events arriving: figures, a chart of half an hour, the latest events; before the first one, what to check.

import { h, svg, withCode } from "../elements.js";
import { ago, count } from "../format.js";
import { fill, words } from "../words.js";
import { domainsOf } from "./head.js";
import { loading, noNumbers } from "./notice.js";

const CHART_WIDTH = 300;
const CHART_HEIGHT = 72;
const GAP = 2;
/** A minute with a single event must still be seen. */
const LEAST_BAR = 3;

function chart(minutes) {
  const most = Math.max(...minutes, 1);
  const step = CHART_WIDTH / minutes.length;
  const bars = minutes.map((events, index) => {
    const high = events === 0 ? 0 : Math.max(LEAST_BAR, (events / most) * (CHART_HEIGHT - 2));
    return svg("rect", {
      class: index === minutes.length - 1 ? "bar last" : "bar",
      x: index * step + GAP / 2, y: CHART_HEIGHT - high, width: step - GAP, height: high, rx: 1,
    }, svg("title", {}, count(events)));
  });
  return h("figure", { class: "chart" },
    svg("svg", { class: "spark", viewBox: `0 0 ${CHART_WIDTH} ${CHART_HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": words().live.chart },
      ...bars, svg("line", { class: "base", x1: 0, x2: CHART_WIDTH, y1: CHART_HEIGHT - 0.5, y2: CHART_HEIGHT - 0.5 })),
    h("figcaption", { class: "axis" }, h("span", {}, words().live.from), h("span", {}, words().live.to)));
}

const keyOf = (event) => `${event.ts} ${event.name} ${event.page_path} ${event.item}`;

function row(event, clock, isNew) {
  const said = words().live;
  const about = [
    event.page_path,
    event.item ? `${said.item}: ${event.item}` : null,
    event.tag ? `${said.byTag}: ${event.tag}` : null,
    event.device || null,
  ].filter(Boolean).join(" · ");
  return h("li", { class: isNew ? "fresh" : null },
    h("span", { class: "name" }, event.name),
    h("span", { class: "about" }, about),
    h("span", { class: "ago number", "data-ts": event.ts }, ago(clock - event.ts)));
}

function demoLink(lead) {
  return h("p", {}, `${lead} `, h("a", { href: "/demo/", target: "_blank", rel: "noopener" }, words().live.demo));
}

function waiting(site, demo) {
  const said = words().live;
  const values = { tag: `/t/${site.id}.js`, domains: domainsOf(site) };
  return [
    h("p", {}, said.waiting),
    h("ol", { class: "steps-list" }, said.check.map((text) => h("li", {}, h("span", {}, withCode(fill(text, values)))))),
    demo ? demoLink(said.tryDemo) : null,
  ];
}

function figures(live) {
  const said = words().live;
  return h("dl", { class: "figures" },
    h("div", {}, h("dt", {}, said.minute), h("dd", {}, count(live.events_last_minute))),
    h("div", {}, h("dt", {}, said.halfHour), h("dd", {}, count(live.events_last_30_minutes))));
}

/** The card; `update` with each answer, `tick` every second. */
export function live(site) {
  const body = h("div", { class: "body" }, loading());
  const root = h("section", { class: "card", "aria-labelledby": "live-title" },
    h("h2", { id: "live-title" }, words().live.title), body);
  /** Keys of the events shown before; null until the first answer. */
  let known = null;
  let offered = false;

  function draw(data, clock, demo) {
    const list = h("ol", { class: "recent", tabindex: 0, "aria-label": words().live.recent },
      data.recent.map((event) => row(event, clock, known !== null && !known.has(keyOf(event)))));
    const before = body.querySelector(".recent")?.scrollTop ?? 0;
    body.replaceChildren(figures(data), chart(data.per_minute),
      data.recent.length > 0 ? h("h3", {}, words().live.recent) : "", data.recent.length > 0 ? list : "",
      demo ? demoLink(words().live.demoHere) : "");
    list.scrollTop = before;
    known = new Set(data.recent.map(keyOf));
  }

  /** Stays as it is while it waits, so that it can be read, and its text chosen, in peace. */
  function showWaiting(demo) {
    known ??= new Set();
    const text = waiting(site, demo).filter(Boolean);
    if (body.querySelector(".steps-list") === null || demo !== offered) body.replaceChildren(...text);
    offered = demo;
  }

  function update({ data, failure }, clock, demo) {
    body.classList.toggle("stale", Boolean(failure) && known !== null);
    if (failure) {
      // What was known stays. Why there is nothing new is told once, at the top of the page.
      if (known === null) body.replaceChildren(noNumbers());
      return;
    }
    if (site.sample) body.replaceChildren(h("p", {}, words().live.sample));
    else if (data.last_event_at === null) showWaiting(demo);
    else draw(data, clock, demo);
  }

  function tick(clock) {
    for (const time of body.querySelectorAll("[data-ts]")) time.textContent = ago(clock - Number(time.dataset.ts));
  }

  return { root, update, tick };
}
