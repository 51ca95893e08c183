// Facts about a site that several pages tell.

import type { Live, Site } from "../api/types";
import type { Failure } from "../api/client.svelte";
import { t } from "../i18n";

/** Longer than this without an event, and the site is called quiet. */
const QUIET_MS = 5 * 60_000;

/** The hosts that may send events, in words. */
export const domainsOf = (site: Site): string => (site.domains.length > 0 ? site.domains.join(", ") : t("site.anyDomain"));

/** Whether a site works, in one word, and how that looks. */
export function verdict(site: Site, live: Live | null, failure: Failure | null): { kind: string; text: string } {
  if (site.sample) return { kind: "", text: t("state.sample") };
  if (failure) return { kind: "warn", text: t("state.unknown") };
  if (!live) return { kind: "", text: t("loading") };
  if (live.last_event_at === null) return { kind: "warn", text: t("state.waiting") };
  return live.now - live.last_event_at < QUIET_MS ? { kind: "good", text: t("state.arriving") } : { kind: "", text: t("state.quiet") };
}

/** The line to paste, for an address of the script. */
export const scriptTag = (address: string): string => `<script async src="${address}"></script>`;

/** The host of what somebody has typed: `https://Shop.example/cart` is `shop.example`. */
export const hostOf = (typed: string): string => typed.trim().toLowerCase().replace(/^[a-z]+:\/\//, "").replace(/[/?#].*$/, "").replace(/:\d+$/, "");

/** How a site is called: an environment by its site and its own name. */
export const nameOf = (site: Site): string => (site.environment ? `${site.environment.site} · ${site.environment.name}` : site.id);
