// How often each goal that is published was reached in the last 30 days, for lists to choose from.

import { get } from "../api/client.svelte";
import { sites } from "../state/sites.svelte";
import type { Name } from "./api";
import { r } from "./words";

/** A goal that was published a moment ago is counted some seconds later. */
const ASKED_AT_MS = [0, 5_000, 20_000, 60_000];

export class GoalTimes {
  /** Null: not known yet. */
  names = $state.raw<Name[] | null>(null);
  all = $derived<ReadonlyMap<string, number> | null>(this.names && new Map(this.names.map((one) => [one.name, one.events])));

  /** To be called while a component is made. `isWanted` false: there is nothing to ask. */
  constructor(site: () => string, isWanted: () => boolean = () => true) {
    // A release may bring another goal. Not the list of sites itself: it changes with every event of any site.
    const known = $derived(`${sites.isReady(site())} ${sites.find(site())?.container_version} ${sites.begins(site())}`);
    $effect(() => {
      const id = site();
      void known;
      if (!isWanted()) return;
      let gone = false;
      const ask = async (): Promise<void> => {
        const { data } = await get("/sites/{site}/names", { of: { site: id }, query: { kind: "goal" } });
        if (data && !gone) this.names = data;
      };
      const timers = ASKED_AT_MS.map((after) => setTimeout(() => void ask(), after));
      return () => {
        gone = true;
        timers.forEach(clearTimeout);
      };
    });
  }

  /** "Lead (120 × in 30 days)"; only the title of one that is not published. */
  worded(name: string, title: string): string {
    const count = this.all?.get(name);
    return count === undefined ? title : r("filter.goalTimes", { name: title, count });
  }
}
