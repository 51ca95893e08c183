// Days, weeks and months of a report: what they are called, and which of them are not all there. A week of which two days
// have been counted looks like a loss beside whole ones.

import { day, monthOf } from "../format";
import type { Report } from "./api";
import { r } from "./words";

/** `open`: it goes on. `cut`: the period has a part of it only. `ahead`: it has not begun. */
export type Part = "open" | "cut" | "ahead" | null;
type Times = Pick<Report, "by" | "from" | "to" | "today">;

const WEEK_DAYS = 7;

/** The last day of what begins with a day. */
export function lastDay(first: string, by: Report["by"]): string {
  const last = new Date(`${first}T00:00:00Z`);
  if (by === "week") last.setUTCDate(last.getUTCDate() + WEEK_DAYS - 1);
  if (by === "month") last.setUTCMonth(last.getUTCMonth() + 1, 0);
  return last.toISOString().slice(0, 10);
}

export function partOf(first: string, { by, from, to, today }: Times): Part {
  if (first > today) return "ahead";
  const last = lastDay(first, by);
  if (last >= today && to >= today) return "open";
  return first < from || last > to ? "cut" : null;
}

/** "28 Nov", "23 – 29 Nov", "November 2026". */
export function timeName(first: string, by: Report["by"]): string {
  if (by === "month") return monthOf(first);
  return by === "week" ? `${day(first)} – ${day(lastDay(first, by))}` : day(first);
}

/** What is to be said of a time that is not all there. */
export function partWords(part: Part): string {
  return part === "open" ? r("times.open") : part === "cut" ? r("times.cut") : part === "ahead" ? r("times.ahead") : "";
}

/**
 * How a report stands beside the one before: `all` of it, its `whole` days, or `no`t, because nothing of it is over.
 * Null: nothing stands beside it.
 */
export type Beside = "all" | "whole" | "no" | null;
export function besideOf(report: Pick<Report, "previous" | "whole" | "to" | "today"> | null): Beside {
  if (!report?.previous) return null;
  if (report.whole) return "whole";
  return report.to >= report.today ? "no" : "all";
}
