// A server without a single site: the smallest container to begin with.

import { h, withCode } from "../elements.js";
import { words } from "../words.js";
import { code } from "./code.js";

/** The card. */
export function noSites() {
  const said = words().noSites;
  const smallest = { weir: 1, site: { id: "shop", domains: ["shop.example"] } };
  return h("section", { class: "card" },
    h("h2", {}, said.title),
    h("p", {}, withCode(said.text)),
    code(JSON.stringify(smallest, null, 2), "shop.json"),
    h("p", {}, said.start),
    code("weir serve --container shop.json", "weir serve"));
}
