// The address of a page of a site: one that visitors were really on, with its scheme and its port.

import { get } from "../api/client.svelte";
import { sites } from "../state/sites.svelte";

/** What an address is without what belongs to one visit. */
function bare(address: string): string {
  try {
    const { origin, pathname, protocol } = new URL(address);
    return /^https?:$/.test(protocol) ? origin + pathname : "";
  } catch {
    return "";
  }
}

/** Of pages that were looked at, the one to begin with: the shortest path, which is most often the first page. */
export function pageOf(addresses: string[]): string | null {
  const pages = addresses.map(bare).filter(Boolean);
  return pages.sort((one, other) => new URL(one).pathname.length - new URL(other).pathname.length)[0] ?? null;
}

/** What can be said without asking: the first of the domains. */
export function usualPage(site: string): string {
  const domain = sites.find(site)?.domains.find((one) => !one.startsWith("*"));
  if (!domain) return "http://127.0.0.1/";
  // On this machine there are no certificates.
  return `${/^(localhost|127\.|\[::1\])/.test(domain) ? "http" : "https"}://${domain}/`;
}

/** The page to begin with, by what has come lately. */
export async function firstPage(site: string): Promise<string> {
  const { data } = await get("/sites/{site}/live", { of: { site } });
  const recent = data?.recent ?? [];
  const people = recent.filter((event) => event.bot === "");
  return pageOf((people.length > 0 ? people : recent).map((event) => event.page_url)) ?? usualPage(site);
}
