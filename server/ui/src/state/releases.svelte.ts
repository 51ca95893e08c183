// The latest releases of a site, for the marks on what is drawn over time: asked again when there is another.

import { get } from "../api/client.svelte";
import type { Release } from "../api/types";
import { sites } from "./sites.svelte";

const MOST = 50;

export class LatestReleases {
  all = $state.raw<Release[]>([]);

  /** To be called while a component is made. */
  constructor(site: () => string) {
    // Not the list of sites itself: it changes with every event of any site.
    const version = $derived(sites.find(site())?.container_version);
    $effect(() => {
      const id = site();
      // Without a release there is nothing to ask for.
      if (!version) return;
      let gone = false;
      void get("/sites/{site}/releases", { of: { site: id }, query: { limit: MOST } }).then(({ data }) => {
        if (data && !gone) this.all = data;
      });
      return () => void (gone = true);
    });
  }
}
