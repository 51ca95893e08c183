// A report on its way: asked anew when what is asked changes; the old numbers stay, greyed, until the new ones are there.

import { untrack } from "svelte";
import { ask, at, type Failure } from "../api/client.svelte";
import { sites } from "../state/sites.svelte";
import type { Report } from "./api";
import { sinceData } from "./times";

export type Query = Record<string, string | number | string[] | null | undefined>;

export interface Question {
  site: string;
  id: string;
  query: Query;
  /** A funnel that is not published: sent as a body. */
  body?: unknown;
}

/** The slowest report is ended by the server sooner. */
const PATIENCE_MS = 45_000;
const RETRY_MS = 5_000;
/** Typing is not asked about letter by letter. */
const CALM_MS = 350;

export class ReportLoad {
  data = $state.raw<Report | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  #number = 0;
  #again = $state(0);

  /** To be called while a component is made. `null`: there is nothing to ask. */
  constructor(question: () => Question | null, { calm = false } = {}) {
    $effect(() => {
      const asked = question();
      // A report of a site that was made a moment ago knows its time zone and its currency only then.
      void [this.#again, asked === null || sites.isReady(asked.site)];
      if (!asked) {
        this.data = null;
        return;
      }
      const stop = new AbortController();
      const timer = setTimeout(() => untrack(() => void this.#ask(asked, stop.signal)), calm ? CALM_MS : 0);
      return () => {
        clearTimeout(timer);
        stop.abort();
      };
    });
  }

  again = (): void => {
    this.#again += 1;
  };

  async #ask(asked: Question, signal: AbortSignal): Promise<void> {
    const number = ++this.#number;
    this.loading = true;
    const options = { query: asked.query, signal, patienceMs: PATIENCE_MS, quiet: asked.body !== undefined };
    const answer = asked.body === undefined
      ? await ask<Report>("GET", at`/sites/${asked.site}/reports/${asked.id}`, options)
      : await ask<Report>("POST", at`/sites/${asked.site}/funnels/preview`, { ...options, body: asked.body });
    if (signal.aborted || number !== this.#number) return;
    this.loading = false;
    this.failure = answer.failure ?? null;
    if (answer.data) this.data = sinceData(answer.data, sites.find(asked.site)?.first_day ?? null);
    const passing = answer.failure && (answer.failure.kind === "gone" || answer.failure.status === 503);
    if (passing) setTimeout(() => !signal.aborted && this.again(), (answer.failure?.retryAfterS ?? 0) * 1000 || RETRY_MS);
  }
}
