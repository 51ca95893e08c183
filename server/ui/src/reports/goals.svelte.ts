// How often each goal that is published was reached in the last 30 days, for lists to choose from.

import { at, get } from "../api/client.svelte";
import { sites } from "../state/sites.svelte";
import type { Name } from "./api";
import { r } from "./words";

export class GoalTimes {
  all = $state.raw<ReadonlyMap<string, number>>(new Map());

  /** To be called while a component is made. */
  constructor(site: () => string) {
    $effect(() => {
      const id = site();
      // A release may bring another goal.
      void [sites.isReady(id), sites.find(id)?.container_version, sites.begins(id)];
      let gone = false;
      void get<Name[]>(at`/sites/${id}/names`, { kind: "goal" }).then(({ data }) => {
        if (data && !gone) this.all = new Map(data.map((one) => [one.name, one.events]));
      });
      return () => void (gone = true);
    });
  }

  /** "Lead (120 × in 30 days)"; only the title of one that is not published. */
  worded(name: string, title: string): string {
    const count = this.all.get(name);
    return count === undefined ? title : r("filter.goalTimes", { name: title, count });
  }
}
