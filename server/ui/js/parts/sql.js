// The SQL endpoint, with something to try.

import { h, withCode } from "../elements.js";
import { words } from "../words.js";
import { code } from "./code.js";

/** Site and funnel names are `[a-z0-9_]`, so they need no quoting anywhere. */
function queries(site) {
  const events = `SELECT name, count() AS events, uniq(visitor_id) AS visitors\nFROM weir.events WHERE site = '${site.id}'\nGROUP BY name ORDER BY events DESC FORMAT PrettyCompact`;
  const [funnel] = site.funnels;
  return { events, funnel: funnel ? `SELECT * FROM weir.funnel_${site.id}_${funnel} FORMAT PrettyCompact` : null };
}

/** The card. */
export function sql(site, endpoint) {
  const said = words().sql;
  const { events, funnel } = queries(site);
  const curl = (query) => `curl '${endpoint}' --data-binary "${query}"`;
  return h("section", { class: "card", "aria-labelledby": "sql-title" },
    h("h2", { id: "sql-title" }, said.title),
    h("p", {}, withCode(said.text)),
    h("p", {}, `${said.endpoint}: `, h("code", {}, endpoint)),
    funnel ? code(curl(funnel), said.title) : null,
    h("p", {}, said.events),
    code(curl(events), said.title));
}
