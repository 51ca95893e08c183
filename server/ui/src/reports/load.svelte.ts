// A report on its way: asked anew when what is asked changes; the old numbers stay, greyed, until the new ones are there.
//
// Over millions of events an answer takes seconds, and all at once would take all of them. So the reports of a page are asked in
// the order in which they stand on it, and first without what they are compared with, which takes twice as long as they do.

import { untrack } from "svelte";
import { ask, type Answer, type Failure, type QueryOf } from "../api/client.svelte";
import { sites } from "../state/sites.svelte";
import type { FunnelDraft } from "../api/types";
import type { Report } from "./api";
import { sinceData } from "./times";
import { inTurn } from "./turns";

/** Beside what all reports take, each has parameters of its own, which the list of reports tells. */
export type Query = QueryOf<"GET", "/sites/{site}/reports/{id}"> & Record<string, string | number | string[] | null | undefined>;

export interface Question {
  site: string;
  id: string;
  query: Query;
  /** A funnel that is not published: sent as a body. */
  body?: FunnelDraft;
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
  /** The numbers are there, and what they are compared with is on its way. */
  comparing = $derived(this.data?.comparing ?? false);
  /** Why that did not come. */
  uncompared = $state.raw<Failure | null>(null);
  #number = 0;
  /** Where the numbers of the site began when it was asked last. */
  #begins = "";
  #again = $state(0);

  /** To be called while a component is made. `null`: there is nothing to ask. */
  constructor(question: () => Question | null, { calm = false } = {}) {
    // A report of a site that was made a moment ago knows its time zone and its currency only later. Of all that the list of sites tells,
    // nothing else begins a question anew: it changes with every event of any site, and with every day of a history that comes.
    const ready = $derived.by(() => {
      const asked = question();
      return asked !== null && sites.isReady(asked.site);
    });
    $effect(() => {
      const asked = question();
      void [this.#again, ready];
      // At once: what is chosen is shown from now on, and the numbers are still those of before.
      this.loading = asked !== null;
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
    // When days have come that were not there, there are other numbers, and something to compare them with. What is on its way is
    // waited for: a history that comes day by day would end each question before it is answered.
    $effect(() => {
      const asked = question();
      if (!asked || (!this.data && !this.failure) || this.loading || this.comparing) return;
      if (sites.begins(asked.site) !== this.#begins) untrack(this.again);
    });
  }

  again = (): void => {
    this.#again += 1;
  };

  async #ask(asked: Question, signal: AbortSignal): Promise<void> {
    const number = ++this.#number;
    const isOver = (): boolean => signal.aborted || number !== this.#number;
    this.#begins = sites.begins(asked.site);
    const compare = asked.query["compare"];
    const isCompared = asked.body === undefined && typeof compare === "string" && compare !== "none";
    const first = await inTurn("numbers", signal, () => question(asked, isCompared ? { only: "rows" } : {}, signal));
    if (isOver() || !first) return;
    this.uncompared = null;
    this.#show(asked, first.failure || !isCompared ? first : { data: { ...first.data, comparing: true } }, signal);
    if (!first.failure && this.comparing) await this.#compare(asked, first.data, signal, isOver);
  }

  /** What the numbers that are shown are compared with. */
  async #compare(asked: Question, shown: Report, signal: AbortSignal, isOver: () => boolean): Promise<void> {
    for (;;) {
      const answer = await inTurn("compared", signal, () => question(asked, { only: "compared" }, signal));
      if (isOver() || !answer) return;
      const again = answer.failure && passingMs(answer.failure);
      if (typeof again === "number") {
        await new Promise((done) => setTimeout(done, again));
        if (isOver()) return;
        continue;
      }
      if (answer.failure) {
        this.#show(asked, { data: { ...shown, previous_from: null, previous_to: null, whole_to: null } }, signal);
        this.uncompared = answer.failure;
        return;
      }
      const { previous, whole, previous_from, whole_to } = answer.data;
      // Midnight lay between the two, or a release.
      if (previous_from !== shown.previous_from || whole_to !== shown.whole_to) return this.again();
      return this.#show(asked, { data: { ...shown, previous, whole } }, signal);
    }
  }

  #show(asked: Question, answer: Answer<Report>, signal: AbortSignal): void {
    this.loading = false;
    this.failure = answer.failure ?? null;
    if (answer.data) this.data = sinceData(answer.data, sites.find(asked.site)?.first_day ?? null);
    // Where the data begin within what was to be compared with, nothing is to come; and nothing comes after a failure.
    if (this.data?.comparing && (this.data.begins || answer.failure)) this.data = { ...this.data, comparing: false };
    const again = answer.failure && passingMs(answer.failure);
    if (typeof again === "number") setTimeout(() => !signal.aborted && this.again(), again);
  }
}

/** When what failed can be asked for again; null: not by itself. */
function passingMs(failure: Failure): number | null {
  return failure.kind === "gone" || failure.status === 503 ? (failure.retryAfterS ?? 0) * 1000 || RETRY_MS : null;
}

function question(asked: Question, changed: Query, signal: AbortSignal): Promise<Answer<Report>> {
  const options = { query: { ...asked.query, ...changed }, signal, patienceMs: PATIENCE_MS, quiet: asked.body !== undefined };
  return asked.body === undefined
    ? ask("GET", "/sites/{site}/reports/{id}", { of: { site: asked.site, id: asked.id }, ...options })
    : ask("POST", "/sites/{site}/funnels/preview", { of: { site: asked.site }, ...options, body: asked.body });
}
