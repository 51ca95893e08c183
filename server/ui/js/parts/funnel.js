// A funnel, drawn: a bar per step, and between two steps who went on, who left, and how long it took.
//
// Every number is the view's; only who left is counted here, as the difference of two steps.

import { h, withCode } from "../elements.js";
import { count, duration, plural, share } from "../format.js";
import { fill, words } from "../words.js";
import { code } from "./code.js";
import { loading, noNumbers } from "./notice.js";

function between(step, before) {
  const said = words().funnel;
  const left = before.persons - step.persons;
  const maturing = Number(step.maturing);
  return h("p", { class: "between" },
    h("span", {}, h("b", {}, fill(said.went, { share: share(step.conversion_from_prev) }))),
    h("span", {}, plural(left, said.left), maturing > 0 ? `, ${plural(maturing, said.maturing)}` : null),
    step.median_s_from_prev === null || step.persons === 0 ? null
      : h("span", {}, fill(said.median, { time: duration(step.median_s_from_prev) })));
}

function row(step, before) {
  const said = words().funnel;
  const bar = h("div", { class: "fill" });
  bar.style.setProperty("--share", String(Math.min(step.conversion_from_start ?? 0, 1)));
  return h("li", { class: "step" },
    before ? between(step, before) : null,
    h("div", { class: "head" },
      h("span", { class: "label" }, h("span", { class: "no" }, count(step.step_no)), step.step),
      h("span", { class: "number" },
        h("span", { class: "persons" }, plural(step.persons, said.persons)),
        before ? h("span", { class: "soft" }, ` · ${fill(said.ofStart, { share: share(step.conversion_from_start) })}`) : null)),
    h("div", { class: "track", "aria-hidden": "true" }, bar));
}

function drawn({ steps }, sample) {
  const said = words().funnel;
  const [start] = steps;
  if (!start || start.persons === 0) return h("p", {}, fill(sample ? said.sampleEmpty : said.empty, { step: start?.step ?? "" }));
  return h("ol", { class: "funnel" }, steps.map((step, index) => row(step, steps[index - 1])));
}

/** One card; `update` with each answer. */
export function funnel(name, sample) {
  const said = words().funnel;
  const result = h("span", { class: "result number" });
  const period = h("span", { class: "soft" });
  const body = h("div", {}, loading());
  const root = h("section", { class: "card" },
    h("header", {}, h("h2", {}, fill(said.title, { name })), h("span", {}, result, " ", period)), body);
  let shown = "";
  function update({ data, failure }) {
    body.classList.toggle("stale", Boolean(failure) && shown !== "");
    if (failure) {
      if (shown === "") body.replaceChildren(noNumbers());
      return;
    }
    const text = JSON.stringify(data);
    if (text === shown) return;
    shown = text;
    const last = data.steps.at(-1);
    const entered = (data.steps[0]?.persons ?? 0) > 0;
    result.textContent = entered ? fill(said.end, { share: share(last.conversion_from_start) }) : "";
    period.textContent = plural(data.days, words().lastDays);
    body.replaceChildren(drawn(data, sample));
  }
  return { root, update };
}

/** What to write when a site has no funnel. */
export function noFunnel() {
  const said = words().funnel;
  const [first, second] = said.exampleSteps;
  const example = {
    checkout: {
      within: "7 days",
      steps: [
        { name: first, event: "pageview", where: { "page.path": { starts_with: "/product/" } } },
        { name: second, event: "add_to_cart" },
      ],
    },
  };
  return h("section", { class: "card" },
    h("p", {}, withCode(said.none)), code(`"funnels": ${JSON.stringify(example, null, 2)}`, "funnels"));
}
