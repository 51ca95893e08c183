// What is arriving at one site, asked every two seconds while somebody looks.

import { untrack } from "svelte";
import { get, type Failure } from "../api/client.svelte";
import type { Live, LiveEvent } from "../api/types";
import { repeat } from "./sites.svelte";

const LIVE_MS = 2000;
/** Of a rare name the server looks through a whole day. */
const MORE_MS = 10_000;
const SECOND_MS = 1000;

export class LiveState {
  data = $state.raw<Live | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The server's clock, so that "3 s ago" is right where the browser's is wrong. Moves every second. */
  clock = $state(Date.now());
  #offsetMs = 0;

  /** To be called while a component is made; asks as long as it is there. */
  constructor(site: () => string) {
    $effect(() => {
      const id = site();
      const timer = setInterval(() => (this.clock = Date.now() + this.#offsetMs), SECOND_MS);
      const stop = untrack(() => repeat(() => this.#ask(id), LIVE_MS));
      return () => {
        stop();
        clearInterval(timer);
      };
    });
  }

  async #ask(id: string): Promise<void> {
    const { data, failure } = await get("/sites/{site}/live", { of: { site: id } });
    this.failure = failure ?? null;
    if (!data) return;
    this.#offsetMs = data.now - Date.now();
    this.clock = data.now;
    this.data = data;
  }
}

/** More of the latest events than stand beside the figures, or those of one name, while somebody wants them. */
export class MoreEvents {
  all = $state.raw<LiveEvent[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  #of = "";

  /** To be called while a component is made. Null: they are not wanted. */
  constructor(wanted: () => { site: string; name: string; limit: number } | null) {
    $effect(() => {
      const asked = wanted();
      const of = asked ? `${asked.site} ${asked.name}` : "";
      if (of !== this.#of) {
        this.all = null;
        this.failure = null;
        this.#of = of;
      }
      if (!asked) return;
      const { site, name, limit } = asked;
      let gone = false;
      const ask = async (): Promise<void> => {
        const { data, failure } = await get("/sites/{site}/live/events", { of: { site }, query: { name, limit } });
        if (gone) return;
        this.failure = failure ?? null;
        if (data) this.all = data;
      };
      const stop = untrack(() => repeat(ask, MORE_MS));
      return () => {
        gone = true;
        stop();
      };
    });
  }
}
