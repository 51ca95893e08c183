// Releases beside the days, weeks or months of a chart: at which of them each stands, and what is said of it.

import { day } from "../../format";
import { whoWords } from "../../parts/who";
import type { Release } from "../api";
import { r } from "../words";

/** Of one time there may be many: what hangs at a point names the latest of them. */
const MOST_SAID = 4;

/** The releases of each time, by its first day, the oldest first; those of before the first time are on none. */
export function releasesAt(days: string[], releases: Release[]): Map<string, Release[]> {
  const found = new Map<string, Release[]>();
  for (const release of releases) {
    const place = days.findLast((one) => one <= release.day);
    if (place !== undefined) found.set(place, [...(found.get(place) ?? []), release]);
  }
  return found;
}

/** What stands at a mark: the number of the latest. */
export const markOf = (releases: Release[]): string => `▲ ${releases.at(-1)?.version ?? ""}`;

/** "Release 3, 28 Nov, by anna@example.com: a new form". A note in signs is none that anybody wrote. */
export function releaseWords({ version, day: on, author, note }: Release): string {
  const what = r("chart.releaseBy", { n: version, day: day(on), who: whoWords(author) });
  return note === "" || note.startsWith("= ") ? what : `${what}: ${note}`;
}

/** The latest of them, a line for each. */
export function releaseLines(releases: Release[]): string[] {
  const said = releases.slice(-MOST_SAID).map(releaseWords);
  return said.length < releases.length ? [r("chart.releasesMore", { count: releases.length - said.length }), ...said] : said;
}
