// What is looked at: period, comparison, filters and goal. All of it is in the address, so that a link shows the same thing.

import { router } from "../router.svelte";
import { readFilter, writeFilter, type Filter } from "./filter";
import type { Query } from "./load.svelte";

export const PERIODS = ["today", "yesterday", "7d", "30d", "90d", "month", "last_month", "quarter", "year"] as const;
export const COMPARES = ["previous", "year", "none"] as const;
export type Compare = (typeof COMPARES)[number];
const USUAL_PERIOD = "30d";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

class View {
  period: string = $derived(router.query.get("period") ?? USUAL_PERIOD);
  from: string = $derived(router.query.get("from") ?? "");
  to: string = $derived(router.query.get("to") ?? "");
  isOwn: boolean = $derived(DAY.test(this.from) && DAY.test(this.to));
  compare: Compare = $derived(COMPARES.find((one) => one === router.query.get("compare")) ?? "previous");
  goal: string = $derived(router.query.get("goal") ?? "");
  filters: Filter[] = $derived(readFilters(router.query.get("filters") ?? ""));

  /** The days, for a question. */
  get days(): Query {
    return this.isOwn ? { from: this.from, to: this.to } : { period: this.period };
  }

  /** As the server wants filters. */
  get filterTexts(): string[] {
    return this.filters.map(writeFilter);
  }

  choosePeriod(period: string): void {
    router.setQuery({ period: period === USUAL_PERIOD ? null : period, from: null, to: null });
  }

  chooseDays(from: string, to: string): void {
    const [first, last] = from <= to ? [from, to] : [to, from];
    router.setQuery({ period: null, from: first, to: last });
  }

  chooseCompare(compare: string): void {
    router.setQuery({ compare: compare === "previous" ? null : compare });
  }

  chooseGoal(goal: string): void {
    router.setQuery({ goal: goal || null });
  }

  addFilter(filter: Filter): void {
    const there = this.filters.some((one) => one.field === filter.field && one.value === filter.value && one.negated === filter.negated);
    if (!there) this.#write([...this.filters, filter]);
  }

  removeFilter(index: number): void {
    this.#write(this.filters.filter((_, place) => place !== index));
  }

  clearFilters(): void {
    this.#write([]);
  }

  setFilters(filters: Filter[]): void {
    this.#write(filters);
  }

  #write(filters: Filter[]): void {
    const written = filters.map((one) => writeFilter({ ...one, value: encodeURIComponent(one.value) })).join("~");
    router.setQuery({ filters: written || null });
  }

  /** What goes along from one page of reports to another. */
  get along(): string {
    const kept = new URLSearchParams();
    for (const name of ["period", "from", "to", "compare", "filters", "goal"]) {
      const value = router.query.get(name);
      if (value) kept.set(name, value);
    }
    const written = kept.toString();
    return written ? `?${written}` : "";
  }
}

function readFilters(written: string): Filter[] {
  return written.split("~").flatMap((part) => {
    const filter = readFilter(part);
    if (!filter) return [];
    try {
      return [{ ...filter, value: decodeURIComponent(filter.value) }];
    } catch {
      return [];
    }
  });
}

export const view = new View();
