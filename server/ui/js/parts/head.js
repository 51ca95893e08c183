// The name of the site and, in one word, whether it works.

import { h } from "../elements.js";
import { ago } from "../format.js";
import { fill, words } from "../words.js";

/** Longer than this without an event, and the site is called quiet. */
const QUIET_MS = 5 * 60_000;

/** The hosts that may send events, in words. */
export const domainsOf = (site) => (site.domains.length > 0 ? site.domains.join(", ") : words().anyDomain);

/** Class and words for the state of a site. `live` is the last answer, or null. */
function verdict(site, live, failure) {
  const said = words().state;
  if (site.sample) return ["", said.sample];
  if (failure) return ["warn", said.unknown];
  if (!live) return ["", said.loading];
  if (live.last_event_at === null) return ["warn", said.waiting];
  return live.now - live.last_event_at < QUIET_MS ? ["good", said.arriving] : ["", said.quiet];
}

/** Heading of a site; `update` is called every second. */
export function head(site) {
  const pill = h("span", { class: "pill", role: "status" });
  const last = h("span", { class: "soft number" });
  const facts = [
    site.container_version ? fill(words().release, { n: site.container_version }) : words().noRelease,
    fill(words().domains, { list: domainsOf(site) }),
  ];
  const root = h("section", { class: "site-head" },
    h("div", { class: "row" }, h("h1", {}, site.id), pill, last),
    h("p", { class: "soft" }, site.sample ? words().sampleNote : facts.join(" · ")),
    site.source ? h("p", { class: "soft path" }, fill(words().rulesIn, { path: site.source })) : null);
  const update = (live, failure, clock) => {
    const [kind, text] = verdict(site, live, failure);
    pill.className = `pill ${kind}`;
    if (pill.textContent !== text) pill.textContent = text;
    const known = live && live.last_event_at !== null && !site.sample;
    last.textContent = known ? fill(words().lastEvent, { ago: ago(clock - live.last_event_at) }) : "";
  };
  return { root, update };
}
