// Days, weeks and months of a report: what they are called, and which of them are not all there. A week of which two days
// have been counted looks like a loss beside whole ones.

import { day, monthOf } from "../format";
import type { Cell, Report, Row } from "./api";
import { r } from "./words";

/** `open`: it goes on. `cut`: the period has a part of it only. `ahead`: it has not begun. */
export type Part = "open" | "cut" | "ahead" | null;
type Times = Pick<Report, "by" | "from" | "to" | "today" | "first_day">;

const WEEK_DAYS = 7;

/** The last day of what begins with a day. */
export function lastDay(first: string, by: Report["by"]): string {
  const last = new Date(`${first}T00:00:00Z`);
  if (by === "week") last.setUTCDate(last.getUTCDate() + WEEK_DAYS - 1);
  if (by === "month") last.setUTCMonth(last.getUTCMonth() + 1, 0);
  return last.toISOString().slice(0, 10);
}

export function partOf(first: string, { by, from, to, today, first_day: begins = from }: Times): Part {
  if (first > today) return "ahead";
  const last = lastDay(first, by);
  if (last >= today && to >= today) return "open";
  return first < from || (first < begins && begins <= last) || last > to ? "cut" : null;
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
 * How a report stands beside the one before: `all` of it, its `whole` days, or `no`t, because nothing of it is over; the one
 * before may be `coming`. Null: nothing stands beside it.
 */
export type Beside = "all" | "whole" | "no" | "coming" | null;
export function besideOf(report: Pick<Report, "previous" | "whole" | "to" | "today" | "comparing" | "begins"> | null): Beside {
  if (report?.comparing && !report.begins) return "coming";
  if (!report?.previous) return null;
  if (report.whole) return "whole";
  return report.to >= report.today ? "no" : "all";
}

/**
 * A report of a site whose data begin on a day. Of the times before nothing is known, which is not nothing: their zeros become
 * gaps. And a period of which only the end was counted says nothing beside a whole one.
 */
export function sinceData(report: Report, begins: string | null): Report {
  if (begins === null) return report;
  const place = report.by === null ? -1 : report.columns.findIndex((column) => column.name === "day");
  const isNumber = report.columns.map((column) => column.type === "number");
  const isNothing = (cell: Cell | undefined): boolean => !cell;
  const told = (row: Row): Row => {
    // What is known of a time before, such as a cost that was imported, stays.
    const isBefore = place >= 0 && lastDay(String(row[place]), report.by) < begins && row.every((cell, index) => !isNumber[index] || isNothing(cell));
    return isBefore ? row.map((cell, index) => (isNumber[index] ? null : cell)) : row;
  };
  const rows = place < 0 ? report.rows : report.rows.map(told);
  const since = { ...report, rows, first_day: begins };
  return report.previous_from === null || begins <= report.previous_from ? since : { ...since, previous: null, begins };
}
