// Top and bottom of the page.

import { h } from "../elements.js";
import { fill, words } from "../words.js";

/** Name, choice of the site, language. */
export function top(sites, chosen, { choose, otherLanguage }) {
  const said = words();
  const picker = h("select", { id: "site", "aria-label": said.site }, sites.map((site) =>
    h("option", { value: site.id, selected: site.id === chosen }, site.sample ? `${site.id} (${said.state.sample})` : site.id)));
  picker.addEventListener("change", () => choose(picker.value));
  const language = h("button", { type: "button", lang: said.otherLanguageCode }, said.otherLanguage);
  language.addEventListener("click", otherLanguage);
  return [
    h("a", { class: "brand", href: "/", "aria-label": said.home }, h("img", { src: "/ui/weir.svg", alt: "" }), "Weir"),
    h("div", { class: "tools" }, sites.length > 1 ? picker : null, language),
  ];
}

/** Version and the like. */
export function bottom(status) {
  return status ? [h("span", {}, fill(words().version, { version: status.version }))] : [];
}
