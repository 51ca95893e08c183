// What is wrong with the container file. The last good release stays in use meanwhile, and this says so.

import { h, withCode } from "../elements.js";
import { plural } from "../format.js";
import { fill, words } from "../words.js";

function title(errors, warnings) {
  const said = words().problems;
  return errors > 0 ? plural(errors, said.errors) : plural(warnings, said.warnings);
}

function place({ line, column, path, code }) {
  const said = words().problems;
  return [
    line > 0 ? fill(said.line, { line, column }) : null,
    path || null,
    code,
  ].filter(Boolean).join(" · ");
}

function item(problem) {
  const kind = problem.severity === "error" ? "error" : "warning";
  return h("li", { class: kind },
    h("p", { class: "what" }, `${words().problems[kind]}: `, withCode(problem.message)),
    problem.hint ? h("p", {}, withCode(problem.hint)) : null,
    h("p", { class: "where" }, place(problem)));
}

/** A card, or nothing when all is well. */
export function problems(site) {
  if (site.problems.length === 0) return null;
  const said = words().problems;
  const errors = site.problems.filter((one) => one.severity === "error").length;
  const kept = site.container_version ? fill(said.kept, { n: site.container_version }) : said.none;
  return h("section", { class: errors > 0 ? "card broken" : "card", "aria-labelledby": "problems-title" },
    h("h2", { id: "problems-title" }, title(errors, site.problems.length - errors)),
    h("p", { class: "path" }, site.source),
    errors > 0 ? h("p", {}, kept) : null,
    h("ul", { class: "problems" }, site.problems.map(item)),
    h("p", { class: "soft" }, said.saved));
}
