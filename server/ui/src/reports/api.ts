// What the server tells about reports: see server/src/routes/reports.

import type { components } from "../api/openapi";
import type { Told } from "../api/types";

export type Unit = "" | "count" | "share" | "money" | "seconds";

export interface Column {
  name: string;
  title: string;
  definition: string;
  type: "text" | "day" | "time" | "number" | "flag";
  unit: Unit;
}

export type Cell = string | number | null | string[];
export type Row = Cell[];

export interface Release {
  at: number;
  day: string;
  version: number;
  author: string;
  note: string;
}

export interface Report {
  id: string;
  title: string;
  definition: string;
  columns: Column[];
  rows: Row[];
  previous: Row[] | null;
  /** The same over the days that are over, where today is in the period: what `previous` is compared with. */
  whole: Row[] | null;
  /** The first day with data, where it is known. */
  first_day?: string;
  /** The same, where that is within what was to be compared with: then there is nothing whole to compare. */
  begins?: string;
  from: string;
  to: string;
  previous_from: string | null;
  previous_to: string | null;
  /** The last day of `whole`. */
  whole_to: string | null;
  /** What a row is of, where rows are times. */
  by: "day" | "week" | "month" | null;
  today: string;
  timezone: string;
  currency: string;
  truncated: boolean;
  /** Null: whoever asks may not see it. */
  sql: string | null;
  view: string;
  /** Views that are read like tables, without parameters. */
  views: string[];
  releases: Release[];
  took_ms: number;
  /** What the numbers are compared with is on its way. */
  comparing?: boolean;
}

/** A name that really occurs. */
export type Name = Told<components["schemas"]["Name"]>;

/** A row with names instead of places. */
export type Named = Record<string, Cell>;

export const at = (report: Pick<Report, "columns">, name: string): number => report.columns.findIndex((column) => column.name === name);

export const columnOf = (report: Report, name: string): Column | undefined => report.columns.find((column) => column.name === name);

export function named(report: Report, rows: Row[] = report.rows): Named[] {
  return rows.map((row) => Object.fromEntries(report.columns.map((column, index) => [column.name, row[index] ?? null])));
}

export const number = (cell: Cell | undefined): number | null => (typeof cell === "number" ? cell : null);

export const text = (cell: Cell | undefined): string => (Array.isArray(cell) ? cell.join(" → ") : cell === null || cell === undefined ? "" : String(cell));

/** The sum of one column; null where nothing is known. */
export function sum(rows: Named[], name: string): number {
  return rows.reduce((total, row) => total + (number(row[name]) ?? 0), 0);
}
