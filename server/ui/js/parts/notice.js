// What is in the way at the moment: the server gone, ClickHouse away, a refusal.

import { h, withCode } from "../elements.js";
import { plural } from "../format.js";
import { words } from "../words.js";

/** Words for a failure: ours in the language of the page where we have them, else the server's. */
function wordsFor(failure) {
  if (failure.kind === "gone") return words().gone;
  return words().failures[failure.code] ?? failure;
}

/** A failure as a box. */
export function failureBox(failure) {
  const { message, hint } = wordsFor(failure);
  return h("div", { class: failure.kind === "gone" ? "notice bad" : "notice" },
    h("strong", {}, withCode(message)), hint ? h("p", {}, withCode(hint)) : null);
}

/** What is wrong with the collector, in words: events refused, batches set aside, events that wait for ClickHouse. */
export function collectorWarnings(collector) {
  if (!collector) return [];
  const said = words().collector;
  return [
    collector.accepting === false ? said.notAccepting : null,
    collector.refused_batches > 0 ? { ...said.refused, message: plural(collector.refused_batches, said.refused.message) } : null,
    collector.last_error && collector.waiting_events > 0
      ? { message: plural(collector.waiting_events, said.waiting), hint: collector.last_error } : null,
  ].filter(Boolean);
}

/** How long a host that was refused is worth a notice. */
const REFUSED_MS = 24 * 3_600_000;

/** Hosts that send events and are none of the site's, if there were some within a day. */
export function refusedHosts(site, clock) {
  const hosts = (site?.refused_hosts ?? []).filter((one) => clock - one.last_at < REFUSED_MS);
  return hosts.length > 0 ? { hosts: hosts.map(({ host, count }) => ({ host, count })), source: site.source } : null;
}

/** The same as a box. Anybody can send any host: they are put in as they are, as text. */
export function refusedBox({ hosts, source }) {
  const said = words().refusedHosts;
  return h("div", { class: "notice" },
    h("strong", {}, said.message),
    h("ul", {}, hosts.map(({ host, count }) => h("li", {}, h("code", { class: "path" }, host), ` – ${plural(count, said.count)}`))),
    h("p", {}, withCode(said.hint), " ", h("span", { class: "path" }, source)));
}

/** A warning as a box. */
export const warningBox = ({ message, hint }) =>
  h("div", { class: "notice" }, h("strong", {}, withCode(message)), hint ? h("p", {}, withCode(hint)) : null);

/** In the place of numbers that could not be had. */
export const noNumbers = () => h("p", { class: "soft" }, words().noNumbers);

/** Grey lines while an answer is on its way. */
export function loading() {
  return h("div", { class: "loading", "aria-label": words().state.loading, role: "status" }, h("span"), h("span"), h("span"));
}
