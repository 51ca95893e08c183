// Segments: filters that somebody has given a name, kept on the server for everybody who sees the site. What a link shows are the
// filters themselves, so that it shows the same after a segment was changed or removed.

import { ask, get, type Answer } from "../api/client.svelte";
import type { Segment } from "../api/types";
import { readFilter, writeFilter, type Filter } from "./filter";

/** Whether filters leave the same visits, in whatever order they stand. */
export function isSame(segment: Segment, filters: Filter[]): boolean {
  const texts = new Set(filters.map(writeFilter));
  return texts.size === segment.filters.length && segment.filters.every((one) => texts.has(one));
}

export const filtersOf = (segment: Segment): Filter[] => segment.filters.flatMap((one) => readFilter(one) ?? []);

class Segments {
  #site = "";
  all = $state.raw<Segment[]>([]);

  async load(site: string): Promise<void> {
    if (site !== this.#site) {
      this.#site = site;
      this.all = [];
    }
    const { data } = await get("/sites/{site}/segments", { of: { site } });
    if (data && site === this.#site) this.all = data;
  }

  find(name: string): Segment | undefined {
    return this.all.find((one) => one.name === name);
  }

  async save(site: string, name: string, filters: string[]): Promise<Answer<Segment>> {
    const answer = await ask("PUT", "/sites/{site}/segments/{name}", { of: { site, name }, body: { filters } });
    await this.load(site);
    return answer;
  }

  async remove(site: string, name: string): Promise<Answer<null>> {
    const answer = await ask("DELETE", "/sites/{site}/segments/{name}", { of: { site, name } });
    await this.load(site);
    return answer;
  }
}

export const segments = new Segments();
