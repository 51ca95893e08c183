// The sites, the server's state and which site is looked at. Asked again and again while somebody looks.

import { get, type Failure } from "../api/client.svelte";
import type { Site, Status } from "../api/types";
import { recall, remember } from "../memory";

const SITES_MS = 4000;
const STATUS_MS = 5000;
const CHOSEN = "weir.site";

class SitesState {
  all = $state.raw<Site[] | null>(null);
  status = $state.raw<Status | null>(null);
  failure = $state.raw<Failure | null>(null);

  find(id: string | undefined): Site | null {
    return this.all?.find((site) => site.id === id) ?? null;
  }

  /** What people call a funnel or a goal that is published. */
  titled(id: string, kind: "funnels" | "goals", name: string): string {
    return this.find(id)?.titles[kind][name] ?? name;
  }

  /** The site that the page opens with: the last one, else the first that is not the sample. */
  get first(): Site | null {
    const all = this.all ?? [];
    return all.find((site) => site.id === recall(CHOSEN)) ?? all.find((site) => !site.sample) ?? all[0] ?? null;
  }

  choose(id: string): void {
    remember(CHOSEN, id);
  }

  async load(): Promise<void> {
    const { data, failure } = await get<Site[]>("/sites");
    this.failure = failure ?? null;
    // Equal answers change nothing, so that nothing on the page is built anew.
    if (data && JSON.stringify(data) !== JSON.stringify(this.all)) this.all = data;
  }

  async loadStatus(): Promise<void> {
    const { data } = await get<Status>("/status");
    if (data) this.status = data;
  }

  /** Asks until it is told to stop. */
  watch(): () => void {
    const stops = [repeat(() => this.load(), SITES_MS), repeat(() => this.loadStatus(), STATUS_MS)];
    return () => stops.forEach((stop) => stop());
  }
}

/** Asks, waits, asks again; rests while nobody looks. Returns what ends it. */
export function repeat(askAgain: () => Promise<unknown>, everyMs: number): () => void {
  let running = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const turn = async (): Promise<void> => {
    if (document.visibilityState === "visible") await askAgain();
    if (running) timer = setTimeout(() => void turn(), everyMs);
  };
  const awake = (): void => {
    if (document.visibilityState === "visible" && running) void askAgain();
  };
  document.addEventListener("visibilitychange", awake);
  void turn();
  return () => {
    running = false;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", awake);
  };
}

export const sites = new SitesState();
