// The line to paste, and where.

import { h, withCode } from "../elements.js";
import { words } from "../words.js";
import { code } from "./code.js";

/** A card; nothing for a site that has no tag. */
export function install(site) {
  if (!site.script_tag) return null;
  const said = words().install;
  const [copy, ...rest] = said.steps.map((text) => h("li", {}, h("span", {}, withCode(text))));
  return h("section", { class: "card", "aria-labelledby": "install-title" },
    h("h2", { id: "install-title" }, said.title),
    h("ol", { class: "steps-list" }, copy, ...rest),
    code(site.script_tag, said.title),
    site.source ? [h("p", {}, said.rules), code(`weir check ${quoted(site.source)}`, "weir check")] : null);
}

/** A path as a shell takes it. */
function quoted(path) {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
