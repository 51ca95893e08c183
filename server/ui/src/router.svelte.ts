// Where in the application we are: the address bar, and nothing else. Links are plain `<a href>`; the ones that lead to a
// page of the application are followed here, without a load.
//
// What a page shows (period, filters, search) belongs into the address, by `setQuery`, so that a link shows the same thing.

import { FRONT, OF_ALL } from "./routes";

/** First parts of addresses that are pages of the application. The server answers them all with the same file
 *  (`PAGES` in server/src/routes/statics.rs). */
const PAGES: readonly string[] = ["", "sites", ...FRONT, ...OF_ALL];

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  hash = $state(location.hash);
  /** Grows with each change of page, also of that to the page we are on. */
  visits = $state(0);

  /** Parts of the path: `/sites/shop/tags` is `["sites", "shop", "tags"]`. */
  parts: string[] = $derived(this.path.split("/").filter(Boolean).map(decoded));
  query: URLSearchParams = $derived(new URLSearchParams(this.search));

  constructor() {
    window.addEventListener("popstate", () => this.#read());
    document.addEventListener("click", (event) => this.#click(event));
  }

  #read(): void {
    this.path = location.pathname;
    this.search = location.search;
    this.hash = location.hash;
    this.visits += 1;
  }

  /** Goes to an address of the application. */
  go(to: string, { replace = false } = {}): void {
    if (replace) history.replaceState(null, "", to);
    else history.pushState(null, "", to);
    this.#read();
  }

  /** Changes what follows the question mark; `null` takes a name away. Replaces the entry of the history. */
  setQuery(changes: Record<string, string | null>, { push = false } = {}): void {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    const to = `${location.pathname}${text ? `?${text}` : ""}${location.hash}`;
    if (push) history.pushState(null, "", to);
    else history.replaceState(null, "", to);
    this.search = location.search;
  }

  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    const first = link.pathname.split("/")[1] ?? "";
    if (!PAGES.includes(first)) return;
    // A link to a place on this page is the browser's.
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const router = new Router();

/** The address of a page of a site: `sitePath("shop", "tags", "Add to cart")`. */
export const sitePath = (site: string, ...parts: string[]): string =>
  `/sites/${[site, ...parts].map(encodeURIComponent).join("/")}`;
