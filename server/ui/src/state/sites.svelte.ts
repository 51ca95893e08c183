// The sites, the server's state and which site is looked at. Asked again and again while somebody looks.

import { get, onEarly, type Failure } from "../api/client.svelte";
import type { Site, Status } from "../api/types";
import { recall, remember } from "../memory";
import { demoWord } from "../names";

const SITES_MS = 4000;
const STATUS_MS = 5000;
/** Until there are numbers to look at. */
const EARLY_MS = 1000;
const CHOSEN = "weir.site";

class SitesState {
  all = $state.raw<Site[] | null>(null);
  status = $state.raw<Status | null>(null);
  failure = $state.raw<Failure | null>(null);

  constructor() {
    // What cannot be answered yet is not asked: it would stand in the browser's console as an error.
    onEarly((id, needs) => {
      const { status } = this;
      if (this.isReady(id) || (needs === "tables" && status?.collector.inserting) || (needs === "views" && status?.clickhouse.views)) return null;
      return status?.clickhouse.reachable === false ? "clickhouse_away" : "not_ready";
    });
  }

  find(id: string | undefined): Site | null {
    return this.all?.find((site) => site.id === id) ?? null;
  }

  /** Whether the numbers of a site can be asked for. */
  isReady(id: string): boolean {
    return this.find(id)?.ready !== false;
  }

  /** Where the numbers of a site begin. They change when a past is imported; those of the sample also with its last event, for its
   *  history comes once, in the first minute. */
  begins(id: string): string {
    const site = this.find(id);
    return `${site?.first_day ?? ""} ${site?.sample ? (site.last_event_at ?? "") : ""}`;
  }

  /** What people call a funnel or a goal that is published. */
  titled(id: string, kind: "funnels" | "goals", name: string): string {
    return this.find(id)?.titles[kind][name] ?? this.worded(id, name);
  }

  /** What the demo calls a step, a funnel or a target, in the language of the page; people's own names stay as they are. */
  worded(id: string, name: string): string {
    const site = this.find(id);
    return site?.sample || (this.status?.demo && site?.managed === "file" && id === "shop") ? demoWord(name) : name;
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
    const { data, failure } = await get("/sites");
    this.failure = failure ?? null;
    // Equal answers change nothing, so that nothing on the page is built anew.
    if (data && JSON.stringify(data) !== JSON.stringify(this.all)) this.all = data;
  }

  async loadStatus(): Promise<void> {
    const { data } = await get("/status");
    if (data) this.status = data;
  }

  /** Asks until it is told to stop. */
  watch(): () => void {
    const stops = [
      repeat(() => this.load(), () => (this.all?.some((site) => !site.ready) ? EARLY_MS : SITES_MS)),
      repeat(() => this.loadStatus(), () => (this.status?.clickhouse.views ? STATUS_MS : EARLY_MS)),
    ];
    return () => stops.forEach((stop) => stop());
  }
}

/** Asks, waits, asks again; rests while nobody looks. Returns what ends it. */
export function repeat(askAgain: () => Promise<unknown>, everyMs: number | (() => number)): () => void {
  let running = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const turn = async (): Promise<void> => {
    if (document.visibilityState === "visible") await askAgain();
    if (running) timer = setTimeout(() => void turn(), typeof everyMs === "number" ? everyMs : everyMs());
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
